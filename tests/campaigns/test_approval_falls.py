"""An approval falls exactly where something approved changed, and what leaves is what was approved (threat E1)."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import paper
from sqlalchemy import select
from world import World

from campaigns import approval, gates
from campaigns.media import Rendition
from campaigns.store import Account, Delivery, Message, Organisation, Snapshot

BOTH = ("mastodon", "bluesky")
EVERYTHING = {(message, platform) for message in ("bilete", "tekst") for platform in BOTH}
PICTURE_POSTS = {("bilete", platform) for platform in BOTH}
CHANGED = "gate.changed_after_approval"


def fallen(world: World) -> set[tuple[str, str]]:
    """Return message and platform of the deliveries whose approval fell, as their gates say it."""
    with world.store.system(write=False) as session:
        rows = session.execute(select(Delivery.id, Message.key, Delivery.platform).join(Message)).all()
        closed = gates.closed_gates(session, [row[0] for row in rows], world.now)
    return {(row[1], row[2]) for row in rows if CHANGED in closed[row[0]]}


def approved_texts(world: World) -> dict[str, list[str]]:
    """Return by platform what was approved, in the order of the messages."""
    found: dict[str, list[str]] = {}
    with world.store.system(write=False) as session:
        rows = session.execute(
            select(Delivery.platform, Snapshot.body)
            .join(Snapshot, Snapshot.hash == Delivery.snapshot_hash)
            .order_by(Delivery.due_at, Delivery.platform)
        )
        for platform, body in rows:
            found.setdefault(platform, []).append(json.loads(body)["post"]["text"])
    return found


# -- the fall of an approval (E1)


@dataclass
class Sheet:
    """The document and its pictures as they stand after the changes so far."""

    paper: paper.Paper = field(default_factory=paper.paper)
    pictures: dict[str, Rendition] = field(default_factory=lambda: {"bilete.png": paper.picture()})


class Change:
    """One change of one input, and which approvals have to fall because of it."""

    def __init__(self, name: str, falls: set[tuple[str, str]], act: Callable[[World, Sheet], object]) -> None:
        self.name = name
        self.falls = falls
        self.act = act


def _document(change: Callable[[paper.Paper], object]) -> Callable[[World, Sheet], object]:
    """Return an act that changes the document and loads it; the clock does the rest."""

    def act(world: World, content: Sheet) -> None:
        change(content.paper)
        paper.load(world, content.paper, content.pictures)

    return act


def _set(*path: str | int, to: object) -> Callable[[paper.Paper], object]:
    def change(content: paper.Paper) -> None:
        place = content
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = to

    return change


def _load_red(world: World, content: Sheet) -> None:
    content.pictures = {"bilete.png": paper.picture("red")}
    paper.load(world, content.paper, content.pictures)


def _fill_link(world: World, content: Sheet) -> None:
    del content
    paper.fill(world, "4601", lenke=f"https://www.bergen.kommune.no/{world.campaign(paper.KEY).version}")
    _review(world)


def _review(world: World) -> None:
    with world.store.scope(world.actors["4601"]) as session:
        approval.review_all(session, world.desk.connectors, now=world.now)


def _own_language(world: World, content: Sheet) -> None:
    del content
    with world.store.system() as session:
        session.get_one(Organisation, world.places["4601"].id).language = "nb"
    _review(world)


def _account_language(world: World, content: Sheet) -> None:
    del content
    with world.store.system() as session:
        session.scalars(select(Account).where(Account.platform == "bluesky")).one().language = "nn"
    _review(world)


FIRST = ("messages", 0)
FREE = (*FIRST, "text", 0, "free")
PIC = (*FIRST, "picture")
CHANGES = (
    Change("the text in the municipality's language", PICTURE_POSTS, _document(_set(*FREE, "nn", to="Hallo {kommune}!"))),
    Change("a locked part", EVERYTHING - PICTURE_POSTS, _document(_set("messages", 1, "text", 0, "locked", "nn", to="Vatn."))),
    Change("a short form that nobody needs", set(), _document(_set(*FIRST, "short", to={"nn": "Kort", "nb": "Kort"}))),
    Change("the text in another language", set(), _document(_set(*FREE, "nb", to="Hallo, {kommune}!"))),
    Change("a title, which is no post", set(), _document(_set(*FIRST, "title", "nn", to="Nytt"))),
    Change("the time, which is told", set(), _document(_set(*FIRST, "send", "at", to="10:07"))),
    Change("the lateness limit", set(), _document(_set("late_after", to="90 min"))),
    Change("a fact of the county", PICTURE_POSTS, _document(_set("facts", "frist", "value", to="T+6"))),
    Change("a fact of the municipality", PICTURE_POSTS, _fill_link),
    Change("the alternative text", PICTURE_POSTS, _document(_set(*PIC, "alt", "nn", to="Ei lykt."))),
    Change("the alternative text in another language", set(), _document(_set(*PIC, "alt", "nb", to="En lykt."))),
    Change("the picture's point of focus", PICTURE_POSTS, _document(_set(*PIC, "focus", to=[0.5, 0.5]))),
    Change("the photographer, who is not shown", set(), _document(_set(*PIC, "credit", to="Siri"))),
    Change("the picture's bytes", PICTURE_POSTS, _load_red),
    Change("the consent, which no longer covers it", PICTURE_POSTS, _document(_set(*PIC, "people", "covers", to={"municipalities": ["4636"]}))),
    Change("the consent, which covers it again: what fell does not rise by itself", PICTURE_POSTS, _document(_set(*PIC, "people", "covers", to={"county": "46"}))),
    Change("the hashtags", EVERYTHING, _document(_set("hashtags", to=["KlarForEiVeke"]))),
    Change("a poll", {("tekst", "mastodon"), ("tekst", "bluesky")}, _document(_set(
        "messages", 1, "poll", to={"days": 2, "options": [{"nn": "Ja", "nb": "Ja"}, {"nn": "Nei", "nb": "Nei"}]}))),
    Change("the organisation's language", EVERYTHING, _own_language),
    Change("the account's language, which is its own from now on", {("bilete", "bluesky"), ("tekst", "bluesky")}, _account_language),
)  # fmt: skip


def _step(world: World, content: Sheet, change: Change) -> None:
    """Make one change, see what falls, and approve again what can be."""
    change.act(world, content)
    world.clock.plan()
    assert fallen(world) == change.falls, change.name
    world.approve("4601", paper.KEY)


def test_an_approval_falls_exactly_where_something_approved_changed(world: World) -> None:
    content = Sheet()
    paper.under_way(world, "4601", content=content.paper)
    assert fallen(world) == set()
    for change in CHANGES:
        _step(world, content, change)
    assert fallen(world) == set()
    expected = approved_texts(world)
    world.wait(minutes=8)
    world.tick()
    world.tick()
    assert set(world.states()) == {"published"}
    for platform in BOTH:
        assert sorted(post["text"] for post in world.live(platform=platform)) == sorted(expected[platform])


def test_whatever_changes_only_what_is_approved_goes_out(world: World) -> None:
    drawn = random.Random(world.store.engine.dialect.name)  # another three on each engine
    content = Sheet()
    paper.under_way(world, "4601", content=content.paper)
    before = approved_texts(world)
    changes = drawn.sample([one for one in CHANGES if not re.search("consent|account", one.name)], 3)
    for change in changes:
        change.act(world, content)
    world.clock.plan()
    kept = EVERYTHING - set().union(*(one.falls for one in changes))
    assert fallen(world) == EVERYTHING - kept, [one.name for one in changes]
    world.wait(minutes=8)
    world.tick()
    world.tick()
    for platform in BOTH:
        live = [str(post["text"]) for post in world.live(platform=platform)]
        assert len(live) == sum(one[1] == platform for one in kept)
        assert set(live) <= set(before[platform])


def test_what_leaves_is_what_was_approved_to_the_last_byte(world: World) -> None:
    paper.under_way(world, "4601")
    with world.store.system(write=False) as session:
        bodies = [json.loads(body)["post"] for body in session.scalars(select(Snapshot.body))]
    world.wait(minutes=7)
    world.tick()
    for platform in BOTH:
        for post in world.live(platform=platform):
            (approved,) = [
                one
                for one in bodies
                if one["text"] == post["text"] and len(one["pictures"]) == len(post["pictures"])
            ][:1]
            pictures = [{"alt": one["alt"], "sha256": one["sha256"]} for one in approved["pictures"]]
            assert post["pictures"] == pictures
            assert post["language"] == approved["language"] == "nn"
    assert set(world.states()) == {"published"}
