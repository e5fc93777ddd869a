"""Other organisations' things under one's own address: as unknown as what does not exist (threats A1, A3).

Every id is a real one, of a thing that is there: for each kind of id that an address of the route table takes, the
organisations here have one, and a new kind without one fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
from dumping import PEOPLE, dump
from everything import use_everything, use_the_rest
from fastapi import FastAPI
from lasting import lasting_world
from routing import ABSENT, ask, fill, in_organisations, params, with_roles
from sqlalchemy import select
from world import World

from bench.addresses import IDS, Wanted
from campaigns import holds
from campaigns.drafting import beginning
from campaigns.store import (
    Announcement,
    ApiToken,
    CampaignDraft,
    HoldLevel,
    LocalDay,
    Media,
    Organisation,
    OrganisationKind,
    StandingApproval,
)
from web.app import make_web

NOBODYS = {"number": "one's own here", "platform": "a platform", "step": "a step", "provider": "a provider"}
"""What stands in addresses and belongs to no organisation."""
Things = Mapping[str, object]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world in which Bergen and the county have something of everything; tests here leave no change behind."""
    with lasting_world(request, tmp_path_factory.mktemp("foreign")) as made:
        use_everything(made, 1, "mastodon, instagram")  # which has a picture with every message
        use_the_rest(made)
        with made.store.scope(made.actors["46"]) as session:
            target = session.get_one(Organisation, made.places["4621"].id)
            holds.set_hold(session, HoldLevel.municipality, target=target, reason="Voss", now=made.now)
        with made.store.system() as session:
            session.add(
                Organisation(number="11", kind=OrganisationKind.county, name="Rogaland", form="fylkeskommune")
            )
        yield made


@pytest.fixture(scope="module")
def web(world: World) -> FastAPI:
    return make_web(world.settings, world.store, now=lambda: world.now)


MORE = {
    "token": select(ApiToken.id),
    "day": select(LocalDay.id),
    "standing_id": select(StandingApproval.id),
    "announcement": select(Announcement.id),
    "sha256": select(Media.sha256),
}
"""How a thing is found that no page is opened with."""


def things(world: World, number: str, path: str) -> dict[str, object]:
    """Return the ids of things of this organisation that an address takes; nothing for what it has none of."""
    asked = [name for name in params(path) if name not in NOBODYS]
    with world.store.scope(world.actors[number], write=False) as session:
        wanted = Wanted(session, world.actors[number], path, "berre")
        return {
            name: session.scalar(MORE[name].limit(1)) if name in MORE else IDS[name](wanted) for name in asked
        }


FIELDS = {"answer": "in", "choice": "in", "language": "nn", "act": "drop", "live": "no", "shown": "no"}
"""What a form has to say before anybody looks at what it is about."""
SHOWN = {
    (
        "4621",
        "GET",
        "/for/{number}/media/{sha256}.jpg",
    ): "the county's picture is everybody's whom it invited",
    ("46", "GET", "/for/{number}/deliveries/{delivery:int}"): "a county follows what comes of its campaign",
    ("46", "GET", "/for/{number}/stops/{hold:int}"): "a county sees what is stopped in it",
}
"""What is shown of another's things, with the reason; everything else is unknown."""
SAVING = "/for/{number}/drafts/{draft:int}/autosave"
"""Says the same of every draft that is not there, and keeps what was typed."""


@pytest.mark.parametrize("number", ["4621", "46", pytest.param("11", marks=pytest.mark.slow)])
def test_another_organisations_thing_under_ones_own_address_is_unknown(
    world: World, web: FastAPI, number: str
) -> None:
    """Bergen's, Solund's and the county's things for a neighbour, for the county itself, and for another county."""
    visitor = with_roles(world, web, number)
    before = dump(world.store, without=PEOPLE)
    shown = set()
    for method, path, on in in_organisations():
        for theirs in foreign(world, number, path):
            given = {**ABSENT, "number": number, "platform": "mastodon"}
            fields = {name: FIELDS[name] for name in on.takes if name in FIELDS}
            unknown = ask(visitor, method, fill(path, given), number, fields)
            answer = ask(visitor, method, fill(path, {**given, **theirs}), number, fields)
            if (number, method, path) in SHOWN and answer.status_code == 200:
                shown.add((number, method, path))
                continue
            assert answer.status_code == unknown.status_code, (method, path, theirs)
            assert answer.status_code == 404 or path == SAVING, (method, path, theirs)
            assert bare(answer.text, theirs) == bare(unknown.text, ABSENT), (method, path, theirs)
    assert shown == {one for one in SHOWN if one[0] == number}
    assert dump(world.store, without=PEOPLE) == before


def foreign(world: World, number: str, path: str) -> Iterator[dict[str, object]]:
    """Yield the ids that an address takes, of each other organisation that has such things and not from this one."""
    for owner in {"4601", "46", "4636"} - {number}:
        theirs = things(world, owner, path)
        if number == "46" and theirs.keys() & {"key", "message", "sha256"}:
            continue  # whoever takes part has these from the county
        if theirs and None not in theirs.values():
            yield theirs


def bare(text: str, ids: Things) -> str:
    """Return a page without what differs each time, and without the ids that were asked for."""
    text = re.sub(r'value="[0-9a-f]{80}"', "", text)
    for one in ids.values():
        text = text.replace(f"/{one}", "/…")
    return text


def test_somebody_has_a_thing_of_each_kind_that_an_address_takes(world: World) -> None:
    for method, path, _ in in_organisations():
        found = [things(world, owner, path) for owner in ("4601", "46", "4636")]
        assert any(None not in one.values() for one in found), (method, path)


def test_what_belongs_to_another_thing_of_ones_own_is_unknown_under_this_one(
    world: World, web: FastAPI
) -> None:
    """A message of another campaign, a part and a picture of another draft (A3)."""
    bergen, ingrid = with_roles(world, web, "4601"), with_roles(world, web, "46")
    full, bare_one = _drafts(world)
    before = dump(world.store, without=PEOPLE)
    asked = 0
    for method, path, on in in_organisations():
        fields = {name: FIELDS[name] for name in on.takes if name in FIELDS}
        if {"key", "message"} <= set(params(path)) and "rehearsal" not in params(path):
            for key, message in (("prove", "loynd"), ("berre", "ein")):
                where = fill(path, {"number": "4601", "key": key, "message": message})
                assert ask(bergen, method, where, "4601", fields).status_code == 404, (method, where)
                asked += 1
        elif "draft" in params(path) and len(params(path)) > 2:
            own = things(world, "46", path) | {"number": "46", "draft": full}
            if "part" in own:
                own["part"] = 3
            assert ask(ingrid, method, fill(path, own), "46", fields).status_code == 200, (method, path)
            other = fill(path, {**own, "draft": bare_one})
            assert ask(ingrid, method, other, "46", fields).status_code == 404, (method, path)
            asked += 1
    assert asked > 10
    assert dump(world.store, without=PEOPLE) == before


def _drafts(world: World) -> tuple[int, int]:
    """Return a draft with a message and a picture, and one with neither."""
    with world.store.scope(world.actors["46"]) as session:
        full = session.scalars(select(CampaignDraft.id).where(CampaignDraft.ended_at.is_(None))).one()
        return full, beginning.begin(session, now=world.now).id
