"""A delivery's life: the states, and the one table of moves between them. Holds no SQL and no clock."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass


class State(enum.StrEnum):
    """Where a delivery is in its life."""

    planned = "planned"
    queued = "queued"
    publishing = "publishing"
    published = "published"
    unsure = "unsure"
    failed = "failed"
    missed = "missed"
    cancelled = "cancelled"
    removed = "removed"


MEANING: Mapping[State, str] = {
    State.planned: "waits for its time and for its gates",
    State.queued: "handed to the workers",
    State.publishing: "one worker holds it under a lease and may be talking to the platform",
    State.published: "the platform gave an id, or a look-up found it",
    State.unsure: "it may or may not be live; looked up automatically, never resent blindly",
    State.failed: "the platform refused it, or its attempts are used up",
    State.missed: "its window passed before it could go; a person decides",
    State.cancelled: "a person withdrew it, or closed the campaign, before it went",
    State.removed: "it was live and is gone",
}


@dataclass(frozen=True, slots=True)
class Move:
    """A named change of state: from any of `sources` to `target`."""

    sources: frozenset[State]
    target: State
    when: str
    """The occasion, for the diagram and the reader."""


def _move(sources: str, target: State, when: str) -> Move:
    return Move(frozenset(State(word) for word in sources.split()), target, when)


MOVES: Mapping[str, Move] = {
    "release": _move("planned", State.queued, "its time has come and every gate is open"),
    "recall": _move("queued", State.planned, "a gate closed before a worker took it"),
    "claim": _move("queued", State.publishing, "a worker takes it under a lease"),
    "confirm": _move("publishing unsure", State.published, "the platform's receipt, a look-up, or a person's word"),
    "attest": _move("planned missed", State.published, "a person put it out by hand and says where"),
    "postpone": _move("publishing", State.planned, "not taken; sending again later is safe"),
    "refuse": _move("publishing", State.failed, "the platform read it and declined"),
    "doubt": _move("publishing planned queued", State.unsure, "a call left without a clear answer; or a restored backup"),
    "miss": _move("planned queued unsure", State.missed, "too late; from unsure only when found absent"),
    "retry": _move("unsure missed failed cancelled", State.planned, "found absent in time, or a person says publish or joins again"),
    "cancel": _move("planned queued missed failed", State.cancelled, "a person withdrew it"),
    "remove": _move("published", State.removed, "taken down, or seen missing twice"),
}  # fmt: skip

BEFORE_SENDING = frozenset({State.planned, State.queued})
"""Nothing has left yet."""
UNDER_WAY = frozenset({State.publishing, State.unsure})
SETTLED = frozenset({State.published, State.failed, State.missed, State.cancelled, State.removed})


def diagram() -> str:
    """Return the life as a Mermaid state diagram, for `docs/architecture.md`."""
    lines = ["stateDiagram-v2", "    [*] --> planned"]
    for name, move in MOVES.items():
        lines += [f"    {source} --> {move.target}: {name}" for source in sorted(move.sources)]
    return "\n".join(lines)
