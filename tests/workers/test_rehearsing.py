"""A worker that rehearses: it plays what it claimed, writes down how it ended, and lets go of what it cannot end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import pytest
from world import World

from campaigns import rehearsals
from campaigns.rehearsals import Progress, Refused, Script
from campaigns.store import Cast, Ending, Rehearsal
from workers.broker import QUEUES, REHEARSALS, make_app
from workers.rehearse import Player, PlayerLost, Told, rehearse
from workers.tasks import Workshop


@pytest.fixture
def made(world: World) -> int:
    world.load(world.definition(world.message("ein", to="instagram")))
    with world.store.scope(world.actors["46"]) as session:
        return rehearsals.begin(session, "prove", Cast.everybody, now=world.now)


def row(world: World) -> Rehearsal:
    with world.store.scope(world.actors["46"], write=False) as session:
        (found,) = rehearsals.of_campaign(session, "prove")
        _ = found.outcome
        return found


def never() -> bool:
    return False


def test_what_was_played_is_kept_and_a_second_nudge_plays_nothing(world: World, made: int) -> None:
    played = []

    def player(script: Script, pictures: Mapping[str, bytes], told: Told) -> bytes:
        assert told(Progress(30, world.now, 1, 4))
        assert (row(world).share, row(world).planned) == (30, 4)
        played.append((script.numbers, sorted(pictures)))
        return b"outcome"

    rehearse(world.desk, [made], player, never)
    rehearse(world.desk, [made], player, never)
    assert played == [(("4601", "4621", "4636"), ["bilete/grøn.png"])]
    assert (row(world).ending, row(world).outcome) == (Ending.played, b"outcome")


def test_what_cannot_be_played_says_why(world: World, made: int) -> None:
    def player(script: Script, pictures: Mapping[str, bytes], told: Told) -> bytes:
        raise Refused("rehearsal.nobody")

    rehearse(world.desk, [made], player, never)
    assert (row(world).ending, row(world).code) == (Ending.refused, "rehearsal.nobody")


def test_a_picture_that_is_gone_from_the_folder_is_told(world: World, made: int) -> None:
    for path in world.settings.media_path.rglob("*"):
        if path.is_file():
            path.unlink()
    rehearse(world.desk, [made], lambda *_: b"", never)
    assert (row(world).ending, row(world).code) == (Ending.refused, "media.gone")


@pytest.mark.parametrize("trouble", [PlayerLost("killed"), ValueError("a fault of ours")])
def test_a_player_that_is_lost_leaves_the_rehearsal_to_the_next(
    world: World, made: int, trouble: Exception
) -> None:
    def player(script: Script, pictures: Mapping[str, bytes], told: Told) -> bytes:
        raise trouble

    rehearse(world.desk, [made], player, never)
    assert row(world).ending is None
    rehearse(world.desk, [made], lambda *_: b"second", never)
    assert (row(world).attempt, row(world).outcome) == (2, b"second")


def test_a_worker_that_is_about_to_end_lets_go_at_once(world: World, made: int) -> None:
    ends = threading.Event()

    def player(script: Script, pictures: Mapping[str, bytes], told: Told) -> bytes | None:
        ends.set()
        return b"" if told(Progress(10)) else None

    rehearse(world.desk, [made], player, ends.is_set)
    with world.store.system(write=False) as session:
        assert rehearsals.due(session, now=world.now) == [made]


def _workshop(world: World, player: Player | None) -> Workshop:
    return Workshop(make_app("memory://"), world.desk, player=player)


def test_a_worker_without_a_player_serves_every_queue_but_that_of_rehearsals(world: World, made: int) -> None:
    bare = _workshop(world, None)
    assert set(bare.queues) == set(QUEUES) - {REHEARSALS}
    bare.app.tasks["samklang.rehearse"](REHEARSALS, [made])
    assert row(world).attempt == 0
    full = _workshop(world, lambda *_: b"played")
    assert set(full.queues) == set(QUEUES)
    assert full.hands == bare.hands + 1


def test_a_forged_nudge_of_a_rehearsal_plays_nothing(world: World, made: int) -> None:
    called: list[Callable[..., object]] = []
    workshop = _workshop(world, lambda *all_: called.append(all_))  # type: ignore[arg-type, return-value]
    task = workshop.app.tasks["samklang.rehearse"]
    task("mastodon", [made])
    task(REHEARSALS, {"id": made})
    task(REHEARSALS, [made + 1])
    assert called == []
