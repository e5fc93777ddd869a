"""A delivery's life explored: whatever the order of steps, deaths and faults, no second post and no life without an end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from exploring import Explorer, Kind
from sqlalchemy.orm import Session
from world import World

from campaigns import recovery
from campaigns.deliveries import make
from campaigns.states import State

MOST_ATTEMPTS = 2
KINDS = (
    Kind("a key", harmless=True, trusts_absence=timedelta(0)),
    Kind("a look-up", harmless=False, trusts_absence=timedelta(minutes=10)),
    Kind("nothing", harmless=False, trusts_absence=None, can_look=False),
)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("kind", "mishaps"),
    [
        pytest.param(
            kind, mishaps, id=f"{kind.name}, {mishaps} mishaps",
            marks=[] if (kind.name, mishaps) == ("a look-up", 1) else [pytest.mark.slow],
        )
        for kind in KINDS
        for mishaps in (1, 3)
    ],
)  # fmt: skip
def test_no_life_has_a_second_post_or_no_end(
    world: World, kind: Kind, mishaps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "LOOK_WAITS", recovery.LOOK_WAITS[4:7])  # the same, sooner before a person
    explorer = explore(world, kind, mishaps)
    assert explorer.wrong == []
    assert explorer.dead_ends() == []
    assert {node.state for node in explorer.nodes.values()} >= set(State) - {State.cancelled, State.removed}
    before_a_person = any(node.row["needs_person"] for node in explorer.nodes.values())
    assert before_a_person or kind.can_look, "what cannot be looked up is put before a person"
    assert not (before_a_person and kind.harmless and mishaps == 1), "one mishap is no reason to ask anybody"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_life_in_which_the_dead_are_not_doubted_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forget(session: Session, move: str, ids: Sequence[int], **more: Any) -> list[int]:
        return make(session, "postpone" if move == "doubt" else move, ids, **more)

    monkeypatch.setattr(recovery, "make", forget)
    found = explore(world, KINDS[1], 1).wrong
    assert [one.partition(":")[0] for one in found] == ["planned and live"]


def explore(world: World, kind: Kind, mishaps: int) -> Explorer:
    """Explore the lives of Bergen's one delivery, which is due."""
    world.under_way("4601")
    world.wait(minutes=5)
    explorer = Explorer(world, kind, MOST_ATTEMPTS)
    explorer.explore(mishaps)
    print(f"{kind.name}: {len(explorer.nodes)} nodes, {sum(map(len, explorer.ways.values()))} steps")
    return explorer
