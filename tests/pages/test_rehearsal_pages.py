"""A campaign rehearsed from its page: begun, watched, ended, and read word for word by its county alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from visitor import Visitor, words_of
from world import START, World

from campaigns import rehearsals
from campaigns.rehearsals import Progress, Script
from campaigns.sentences import LANGUAGES
from campaigns.states import State
from reports.rehearsal import kept
from reports.rehearsal.behaviours import Behaviour
from reports.rehearsal.outcome import Blocked, Outcome, Sent, Surprise, pack, unpack

Browser = Callable[..., Visitor]
HERE = "/for/46/campaigns/prove/rehearsals"


@pytest.fixture(autouse=True)
def campaign(world: World) -> None:
    world.load(world.definition(world.message("ein")))


def sent(number: str, name: str, state: State = State.published, **more: object) -> Sent:
    values = {
        "message": "ein", "kind": "post", "platform": "mastodon", "language": "nn", "reason": None, "due_at": START,
        "late_at": START + timedelta(hours=1), "at": START + timedelta(minutes=5), "text": f"Hei {name}.",
        "together": False, "live": 1, "approved": True,
    }  # fmt: skip
    return Sent(number=number, name=name, state=state, **{**values, **more})  # type: ignore[arg-type]


OUTCOME = Outcome(
    "prove", {"nn": "Prøve", "nb": "Prøve"}, {"ein": {"nn": "Fyrste", "nb": "Første"}}, START, START + timedelta(days=1),
    {"4601": Behaviour.joins_at_once, "4621": Behaviour.joins_at_once, "4636": Behaviour.silent},
    (
        sent("4601", "Bergen"),
        sent("4621", "Voss", State.missed, at=None, text="", live=0, approved=False, reason="gate.approval"),
    ),
    (Blocked("4621", "Voss", "ein", "Mastodon @voss", "timing.quiet.night", {"time": "22.30", "day": "12.1."}),),
    (Surprise("rehearsal.lies", {"name": "Bergen", "message": "ein", "platform": "mastodon", "state": "missed"}),),
)  # fmt: skip


def begun(person: Browser, cast: str = "everybody", **more: object) -> tuple[Visitor, str]:
    county = person("46", **more)
    county.get(HERE)
    answer = county.post(HERE, {"cast": cast})
    assert answer.status_code == 303
    return county, answer.headers["location"]


def taken(world: World, address: str) -> Script:
    with world.store.system() as session:
        script = rehearsals.claim(session, int(address.rpartition("/")[2]), now=world.now)
    assert script is not None
    return script


def play(world: World, address: str) -> None:
    script = taken(world, address)
    with world.store.system() as session:
        assert rehearsals.settle(session, script, pack(OUTCOME), now=world.now)


def test_an_outcome_is_the_same_when_it_has_been_kept() -> None:
    assert unpack(pack(OUTCOME)) == OUTCOME


def test_a_rehearsal_is_begun_from_the_campaigns_page_and_watched(world: World, person: Browser) -> None:
    county = person("46")
    assert f'href="{HERE}"' in county.get("/for/46/campaigns/prove").text
    assert "not been rehearsed yet" in words_of(county.get(HERE))
    county, address = begun(person)
    page = county.get(address)
    assert "waits to be played" in words_of(page)
    assert 'role="status"' in page.text
    assert f'hx-get="{address}/progress"' in page.text
    assert f'<a href="{address}">Get the latest</a>' in page.text, "it is watched without a script, too"
    script = taken(world, address)
    assert "stage is being set" in words_of(county.get(f"{address}/progress"))
    with world.store.system() as session:
        rehearsals.note(session, script, Progress(47, START, 3, 9), now=world.now)
    told = words_of(county.get(f"{address}/progress"))
    assert "More than 40 per cent" in told
    assert "3 of 9 posts are live on the stand-in platforms" in told
    assert "hx-get" not in county.get(f"{address}/progress").text
    assert "Follow it" in words_of(county.get(HERE))


def test_when_nobody_plays_the_page_says_so(world: World, person: Browser) -> None:
    county, address = begun(person)
    world.now += kept.PATIENCE + timedelta(seconds=1)
    assert "No process has taken the rehearsal up yet" in words_of(county.get(address))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_it_came_to_is_told_per_message_and_municipality_and_platform(
    world: World, person: Browser, language: str
) -> None:
    county, address = begun(person, language=language)
    play(world, address)
    progress = county.get(f"{address}/progress").text
    assert f'href="{address}"' in progress
    page = county.get(address)
    assert f'<html lang="{language}">' in page.text
    told = words_of(page)
    assert all(name in told for name in ("Bergen", "Voss"))
    assert f'href="{address}/messages/ein"' in page.text
    assert f'href="{address}/places/4621"' in page.text
    assert "{" not in told
    message = words_of(county.get(f"{address}/messages/ein"))
    assert all(word in message for word in ("Bergen", "Voss", "Mastodon"))
    bergen = words_of(county.get(f"{address}/places/4601"))
    assert all(word in bergen for word in ("Hei Bergen.", "Mastodon"))
    voss = words_of(county.get(f"{address}/places/4621"))
    assert "Hei" not in voss
    assert {"nn": "Fyrste", "nb": "Første", "en": "Fyrste"}[language] in voss


def test_a_changed_campaign_says_which_version_was_rehearsed(world: World, person: Browser) -> None:
    county, address = begun(person)
    play(world, address)
    assert "has changed since" not in words_of(county.get(address))
    world.load(world.definition(world.message("ein", words="Nytt:")))
    assert "The campaign has changed since; the rehearsal is about version 1." in words_of(
        county.get(address)
    )


def test_a_rehearsal_is_ended_from_its_page_and_another_begun(world: World, person: Browser) -> None:
    county, address = begun(person)
    again = county.post(HERE, {"cast": "mixed"})
    assert again.status_code == 409
    assert "being rehearsed just now" in words_of(again)
    county.get(address)
    assert "The rehearsal is ended." in words_of(county.follow(county.post(f"{address}/stop")))
    assert "Somebody ended the rehearsal." in words_of(county.get(address))
    county.get(HERE)
    assert county.post(HERE, {"cast": "mixed"}).status_code == 303
    assert "As on an ordinary day" in words_of(county.get(HERE))


def test_what_was_not_played_has_no_pages_of_its_outcome(world: World, person: Browser) -> None:
    county, address = begun(person)
    for path in ("messages/ein", "places/4601"):
        assert county.get(f"{address}/{path}").status_code == 404
    play(world, address)
    for path in ("messages/nothing", "places/9999"):
        assert county.get(f"{address}/{path}").status_code == 404
    assert county.post(HERE, {"cast": "nobody"}).status_code == 422


def test_an_invited_municipality_sees_nothing_of_it(world: World, person: Browser) -> None:
    _, address = begun(person)
    play(world, address)
    world.invite()
    bergen = person("4601")
    assert "rehearsals" not in bergen.get("/for/4601/campaigns/prove").text
    own = address.replace("/for/46/", "/for/4601/")
    assert bergen.get(own).status_code == 403
    assert bergen.get(address).status_code == 404
