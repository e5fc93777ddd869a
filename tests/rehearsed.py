"""What a rehearsal came to, made up: one post live, one that missed its time, one kept back, and one surprise."""

from __future__ import annotations

from datetime import timedelta

from world import START, World

from campaigns import rehearsals
from campaigns.states import State
from campaigns.store import Cast
from reports.rehearsal.behaviours import Behaviour
from reports.rehearsal.outcome import Blocked, Outcome, Sent, Surprise, pack


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


def rehearse(world: World) -> None:
    """Have the county rehearse its campaign, and a process come to this."""
    with world.store.scope(world.actors["46"]) as session:
        made = rehearsals.begin(session, "prove", Cast.everybody, now=world.now)
    with world.store.system() as session:
        script = rehearsals.claim(session, made, now=world.now)
        assert script is not None
        assert rehearsals.settle(session, script, pack(OUTCOME), now=world.now)
