"""Every life that one delivery can have, step by step: the real transactions in every order, to a bounded depth.

What is explored is the store's own code on a real SQLite database; the platform and the two workers' memories are
values of the node. A step is one transaction, one call, one death, or the passing of time to the next moment at which
something falls due.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session
from world import World

from campaigns import attempts, deliveries, recovery
from campaigns.attempts import Claimed
from campaigns.recovery import Looked
from campaigns.states import SETTLED, State
from campaigns.store import Attempt, Delivery
from connectors.base import Found, Receipt
from connectors.errors import ConnectorError, NotSent, OutcomeUnknown, Refused

Row = dict[str, object]
Call = Literal["answered", "answer lost", "call lost", "not sent", "refused"]
CALLS: tuple[Call, ...] = ("answered", "answer lost", "call lost", "not sent", "refused")
TAKEN = {"answered", "answer lost"}
IN_DOUBT = {"answered", "answer lost", "call lost"}
"""Of these nobody may make a second call without having looked; a refusal and a call that never left are proofs."""
RECEIPT = Receipt("1", "https://social.example/1")
MOMENTS = ("lease_until", "next_try_at", "late_at", "nudged_at", "next_look_at", "called_at")
DELIVERY, ATTEMPT = Delivery.__table__, Attempt.__table__
ROW, TRIES = select(*DELIVERY.columns), select(*ATTEMPT.columns).order_by(ATTEMPT.c.number)
CLEAR, TRY = delete(ATTEMPT), insert(ATTEMPT)
PUT = update(DELIVERY).values(
    {one.name: bindparam(f"new_{one.name}", type_=one.type) for one in DELIVERY.columns}
)


@dataclass(frozen=True)
class Kind:
    """How a platform keeps a post single: by its key, by being asked, or not at all."""

    name: str
    harmless: bool
    """A second call with the same key gives the first post again."""
    trusts_absence: timedelta | None
    can_look: bool = True


@dataclass(frozen=True)
class Worker:
    """What a worker has in hand: nothing of it survives its death."""

    claimed: Claimed
    noted: Literal["no", "just now", "a while ago"] = "no"
    outcome: Receipt | ConnectorError | None = None


@dataclass(frozen=True)
class Node:
    """A delivery's row, who is at work on it, what is live, and how much may still go wrong."""

    row: Row
    tries: tuple[Row, ...]
    now: datetime
    workers: tuple[Worker | None, Worker | None]
    live: int
    in_doubt: bool
    """A call was made that may have been taken, and nobody has looked since."""
    mishaps: int
    """Deaths of workers and faults of the platform that are still to come."""

    @property
    def state(self) -> State:
        """Return where the delivery is in its life."""
        return State(str(self.row["state"]))

    def key(self, kind: Kind) -> tuple[object, ...]:
        """Return what makes two nodes the same: times count by what is over and by which comes first."""
        ahead: dict[str, timedelta] = {}
        for name in MOMENTS:
            at = self.row[name]
            if isinstance(at, datetime):
                ahead[name] = at - self.now
        if "nudged_at" in ahead:
            ahead["nudged_at"] += recovery.NUDGE_AGAIN
        if "called_at" in ahead and kind.trusts_absence is not None:
            ahead["called_at"] += kind.trusts_absence
        order = tuple(
            sorted((name for name in ahead if ahead[name] > timedelta(0)), key=lambda name: ahead[name])
        )
        hands = sorted(
            str(one and (one.claimed.attempt, one.noted, type(one.outcome).__name__)) for one in self.workers
        )  # it does not matter which of them it is
        return (
            self.state, self.row["attempt"], self.row["noted_at"] is None, self.row["looks"], self.row["needs_person"],
            tuple(sorted(ahead)), order, tuple(one["number"] for one in self.tries if one["noted_at"]), *hands,
            self.live, self.in_doubt, self.mishaps,
        )  # fmt: skip


@dataclass
class Explorer:
    """Walks through every life of the one delivery of a world."""

    world: World
    kind: Kind
    most_attempts: int
    nodes: dict[tuple[object, ...], Node] = field(default_factory=dict)
    ways: dict[tuple[object, ...], list[tuple[str, tuple[object, ...]]]] = field(default_factory=dict)
    came_by: dict[tuple[object, ...], tuple[str, tuple[object, ...]]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    known: dict[tuple[object, ...], tuple[Row, tuple[Row, ...], Any]] = field(default_factory=dict)

    def explore(self, mishaps: int) -> None:
        """Visit every node that can be reached with so many deaths of workers and faults of the platform together; the first wrong one ends it."""
        with self.world.store.system(write=False) as session:
            rows = self._rows(session)
        first = Node(*rows, self.world.now, (None, None), 0, False, mishaps)
        todo = deque([first])
        self.nodes[first.key(self.kind)] = first
        while todo and not self.wrong:
            node = todo.popleft()
            here = node.key(self.kind)
            self.ways[here] = []
            for name, step in self._steps(node):
                there = step()
                if there is None:
                    continue
                key = there.key(self.kind)
                self.ways[here].append((name, key))
                if key not in self.nodes:
                    self.nodes[key] = there
                    self.came_by[key] = (name, here)
                    self._judge(there, key)
                    todo.append(there)

    def way_to(self, key: tuple[object, ...]) -> str:
        """Return the steps that led to a node, for whoever has to understand it."""
        steps = []
        while key in self.came_by:
            name, key = self.came_by[key]
            steps.append(name)
        return " → ".join(reversed(steps))

    def dead_ends(self) -> list[str]:
        """Return the ways to nodes from which nothing leads to an end, or before a person, without further mishap."""
        good = {
            key
            for key, node in self.nodes.items()
            if node.state in SETTLED or node.row["needs_person"] or node.row["attempt"] == self.most_attempts
        }
        grown = True
        while grown:
            more = {
                key
                for key, ways in self.ways.items()
                if key not in good and any(there in good for name, there in ways if "!" not in name)
            }
            grown = bool(more)
            good |= more
        return [self.way_to(key) for key in self.nodes if key not in good]

    # -- what must be true everywhere

    def _judge(self, node: Node, key: tuple[object, ...]) -> None:
        knows = any(one and one.outcome for one in node.workers)
        if node.live > 1:
            self.wrong.append(f"live twice: {self.way_to(key)}")
        if node.state == State.published and node.live != 1:
            self.wrong.append(f"published and not live: {self.way_to(key)}")
        ended = {State.failed, State.missed, State.cancelled, State.planned, State.queued}
        if node.state in ended and node.live and not knows:
            self.wrong.append(f"{node.state} and live: {self.way_to(key)}")

    # -- the steps

    def _steps(self, node: Node) -> Iterator[tuple[str, Callable[[], Node | None]]]:
        now = node.now
        yield (
            "clock releases",
            lambda: self._in_store(node, "release", lambda s: deliveries.release(s, now=now))[0],
        )
        yield (
            "clock recovers",
            lambda: self._in_store(node, "recover", lambda s: recovery.recover(s, now=now))[0],
        )
        yield "time passes", lambda: self._wait(node)
        if node.state == State.unsure:
            yield "look-up", lambda: self._look(node, clear=self.kind.can_look)
            if self.kind.can_look and node.mishaps:
                yield "look-up without an answer!", lambda: self._look(node, clear=False)
            if node.row["needs_person"]:
                yield "person answers", lambda: self._answer(node)
        for place, worker in enumerate(node.workers):
            yield from ((f"{name} by {'AB'[place]}", step) for name, step in self._work(node, place, worker))

    def _work(
        self, node: Node, place: int, worker: Worker | None
    ) -> Iterator[tuple[str, Callable[[], Node | None]]]:
        if worker is None:
            if int(str(node.row["attempt"])) < self.most_attempts:
                yield "nudge, claim", lambda: self._claim(node, place)
            return
        if worker.outcome is not None:
            yield "settle", lambda: self._settle(node, place, worker)
        elif worker.noted != "just now":
            yield "note", lambda: self._note(node, place, worker)
        else:
            for call in CALLS:
                if call == "answered" or node.mishaps:
                    yield (
                        f"call {call}{'' if call == 'answered' else '!'}",
                        lambda call=call: self._call(node, place, worker, call),
                    )
        if node.mishaps:
            yield "death!", lambda: self._with(node, place, None, mishaps=node.mishaps - 1)
            if worker.noted == "just now" and worker.outcome is None:
                yield (
                    "death, the call having been taken!",
                    lambda: self._with(
                        self._called(node, place, "answer lost"), place, None, mishaps=node.mishaps - 1
                    ),
                )

    def _wait(self, node: Node) -> Node | None:
        row = node.row
        waits = {
            State.planned: ("next_try_at", "late_at"), State.queued: ("nudged_at", "late_at"),
            State.publishing: ("lease_until",), State.unsure: ("next_look_at",),
        }.get(node.state, ())  # fmt: skip
        moments = [row[name] for name in waits if isinstance(row[name], datetime)]
        if node.state == State.queued:
            moments = [one + recovery.NUDGE_AGAIN if one == row["nudged_at"] else one for one in moments]
        ahead = [one for one in moments if one >= node.now]
        if not ahead:
            return None
        stale = tuple(
            replace(one, noted="a while ago")
            if one and one.noted == "just now" and one.outcome is None
            else one
            for one in node.workers
        )
        return replace(node, now=min(ahead) + timedelta(milliseconds=1), workers=stale)

    def _claim(self, node: Node, place: int) -> Node | None:
        ids, name = [self._id(node)], "AB"[place]
        after, taken = self._in_store(
            node, f"claim {name}", lambda s: attempts.claim(s, ids, worker=name, now=node.now)
        )
        return self._with(after, place, Worker(taken[0])) if taken else after

    def _note(self, node: Node, place: int, worker: Worker) -> Node:
        mine, now = worker.claimed, node.now
        name = f"{mine.attempt}"
        after, cleared = self._in_store(
            node, f"note {name}", lambda s: attempts.note(s, [(mine, {"media": []})], now=now)
        )
        if cleared:
            return self._with(after, place, replace(worker, noted="just now"))
        after, _ = self._in_store(after, f"back {name}", lambda s: attempts.step_back(s, [mine], now=now))
        return self._with(after, place, None)

    def _call(self, node: Node, place: int, worker: Worker, call: Call) -> Node:
        outcomes: dict[Call, Receipt | ConnectorError] = {
            "answered": RECEIPT, "answer lost": OutcomeUnknown(), "call lost": OutcomeUnknown(),
            "not sent": NotSent(), "refused": Refused(),
        }  # fmt: skip
        called = self._called(node, place, call)
        spent = node.mishaps - (call != "answered")
        return replace(self._with(called, place, replace(worker, outcome=outcomes[call])), mishaps=spent)

    def _called(self, node: Node, place: int, call: Call) -> Node:
        if node.in_doubt and not self.kind.harmless:
            way = self.way_to(node.key(self.kind))
            self.wrong.append(f"a second call without a look between: {way} → call by {'AB'[place]}")
        live = node.live + 1 if call in TAKEN else node.live
        return replace(
            node,
            live=min(live, 1) if self.kind.harmless else live,
            in_doubt=node.in_doubt or call in IN_DOUBT,
        )

    def _settle(self, node: Node, place: int, worker: Worker) -> Node:
        assert worker.outcome is not None
        ended = [(worker.claimed, worker.outcome)]
        name = f"settle {worker.claimed.attempt} {type(worker.outcome).__name__}"
        after, _ = self._in_store(node, name, lambda s: attempts.settle(s, ended, now=node.now))
        return self._with(after, place, None)

    def _look(self, node: Node, *, clear: bool) -> Node | None:
        def take(session: Session) -> list[Looked]:
            due = recovery.due_looks(session, now=node.now)
            return recovery.take_look(session, [one.id for one in due], now=node.now)

        taking, taken = self._in_store(node, "take look", take)
        if not taken:
            return None
        answer = Found(RECEIPT if node.live else None) if clear else NotSent()
        said = (node.live > 0) if clear else None
        after, _ = self._in_store(
            taking, f"settle look {said}", lambda s: recovery.settle_look(
                s, taken[0], answer, trusts_absence=self.kind.trusts_absence, asked_at=node.now, now=node.now
            ),
        )  # fmt: skip
        if not clear and self.kind.can_look:
            after = replace(after, mishaps=node.mishaps - 1)
        return replace(after, in_doubt=False) if after.state in {State.planned, State.missed} else after

    def _answer(self, node: Node) -> Node:
        live = bool(node.live)
        after, _ = self._in_store(
            node, f"answer {live}", lambda s: recovery.answer_unsure(
                s, s.get_one(Delivery, self._id(node)), live=live, address="https://x.example/1", now=node.now,
                actor="person:1",
            ),
        )  # fmt: skip
        return replace(after, in_doubt=False)

    # -- rows and values

    def _id(self, node: Node) -> int:
        return int(str(node.row["id"]))

    def _with(self, node: Node, place: int, worker: Worker | None, mishaps: int | None = None) -> Node:
        both = (worker, node.workers[1]) if place == 0 else (node.workers[0], worker)
        return replace(node, workers=both, mishaps=node.mishaps if mishaps is None else mishaps)

    def _in_store(self, node: Node, name: str, job: Callable[[Session], Any]) -> tuple[Node, Any]:
        """Carry out one transaction on what the store holds in this node, and return what becomes of it.

        The same transaction on the same rows at the same moment is carried out once, whoever else is at work.
        """
        before = (name, node.now, repr(node.row), repr(node.tries))
        if before not in self.known:
            with self.world.store.system() as session:
                self._put(session, node)
                given = job(session)
                session.flush()
                self.known[before] = (*self._rows(session), given)
                session.rollback()  # the next one begins anew
        row, tries, given = self.known[before]
        return replace(node, row=row, tries=tries), given

    def _rows(self, session: Session) -> tuple[Row, tuple[Row, ...]]:
        row = session.execute(ROW).mappings().one()
        return dict(row), tuple(dict(one) for one in session.execute(TRIES).mappings())

    def _put(self, session: Session, node: Node) -> None:
        """Make the store what it is in this node."""
        session.execute(CLEAR)
        session.execute(PUT, {f"new_{name}": value for name, value in node.row.items()})
        if node.tries:
            session.execute(TRY, list(node.tries))
