"""The demo's live view in the terminal: a table that renews itself, or plain lines where the output is no terminal."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import gates
from campaigns.states import State
from campaigns.store import Campaign, Delivery, History, Message, Organisation, Sample, Store
from campaigns.timing import NORWAY

SHOWN = (
    State.planned,
    State.queued,
    State.publishing,
    State.published,
    State.unsure,
    State.failed,
    State.missed,
)
COLOURS = {
    State.published: "green",
    State.unsure: "yellow",
    State.failed: "red",
    State.missed: "red",
    State.queued: "cyan",
    State.publishing: "cyan",
}
STAND_IN = " stand-in"
"""What the names of the platforms' addresses end with: in a table they share a line."""
NEWEST = 12
SUMMARY_EVERY = 10.0
"""Seconds between two summary lines where there is no terminal."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A move worth a line."""

    id: int
    clock: str
    place: str
    platform: str
    message: str
    state: State
    address: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What the view shows at one moment."""

    states: Mapping[State, int]
    counts: Mapping[str, int]
    moved: tuple[Moved, ...]
    coming: str
    """When the next delivery that is free to go is due, as the end of a sentence; empty when none is."""


def watch(
    store: Store, out: Console, addresses: Mapping[str, str], key: str, log: Path, *, seconds: float | None
) -> None:
    """Show what happens until Ctrl-C, SIGTERM, or for so many seconds."""
    ended = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    deadline = time.monotonic() + seconds if seconds else None
    try:
        if out.is_terminal:
            _watch_table(store, out, addresses, key, log, ended, deadline)
        else:
            _watch_lines(store, out, addresses, key, ended, deadline)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _over(ended: threading.Event, deadline: float | None, wait: float) -> bool:
    return ended.wait(wait) or (deadline is not None and time.monotonic() >= deadline)


def _watch_table(
    store: Store, out: Console, addresses: Mapping[str, str], key: str, log: Path,
    ended: threading.Event, deadline: float | None,
) -> None:  # fmt: skip
    with Live(console=out, refresh_per_second=4, screen=False) as live:
        while not _over(ended, deadline, 0.5):
            live.update(fitting(out, _read(store, key, 0), addresses, key, log))


def _watch_lines(
    store: Store,
    out: Console,
    addresses: Mapping[str, str],
    key: str,
    ended: threading.Event,
    deadline: float | None,
) -> None:
    for name, address in addresses.items():
        out.print(escape(f"{name}: {address}"))
    with store.system(write=False) as session:  # what happened before is history, not news
        last = session.scalar(select(func.max(History.id))) or 0
    summary_at = 0.0
    while True:
        over = _over(ended, deadline, 0.5)
        picture = _read(store, key, last, newest=500)
        for one in reversed(picture.moved):
            line = f"{one.clock} {one.place} · {one.platform} · {one.message}: {one.state} {one.address}"
            out.print(escape(line.rstrip()))
            last = max(last, one.id)
        if over or time.monotonic() >= summary_at:
            out.print(escape(_summary(picture)))
            summary_at = time.monotonic() + SUMMARY_EVERY
        if over:
            return


def _summary(picture: Picture) -> str:
    states = ", ".join(f"{picture.states.get(one, 0)} {one}" for one in SHOWN if picture.states.get(one))
    counts = ", ".join(f"{value} {metric}" for metric, value in picture.counts.items())
    return f"{states}. {counts or 'No figures yet'}."


def fitting(out: Console, picture: Picture, addresses: Mapping[str, str], key: str, log: Path) -> Group:
    """Return the view with as many moves as the terminal has lines for; the way out of it is never cut."""
    with_one = len(out.render_lines(_drawing(picture, addresses, key, log, 1)))
    moves = max(0, min(NEWEST, out.height - with_one))
    return _drawing(picture, addresses, key, log, moves)


def _drawing(picture: Picture, addresses: Mapping[str, str], key: str, log: Path, moves: int) -> Group:
    places = Table.grid(padding=(0, 2))
    for name, address in addresses.items():
        if not name.endswith(STAND_IN):
            places.add_row(Text(name, style="bold"), Text(address, style=f"link {address}"))
    ports = [address.rpartition(":")[2] for name, address in addresses.items() if name.endswith(STAND_IN)]
    if ports:
        places.add_row(
            Text("Stand-in platforms", style="bold"), Text(f"http://127.0.0.1:{ports[0]} to :{ports[-1]}")
        )
    total = sum(picture.states.values())
    live = picture.states.get(State.published, 0)
    bar = Table.grid()
    bar.add_row(ProgressBar(total=max(total, 1), completed=live, width=60))
    states = Text("   ").join(
        Text(f"{picture.states[one]} {one}", style=COLOURS.get(one, ""))
        for one in SHOWN
        if picture.states.get(one)
    )
    figures = (
        "   ".join(f"{value:,} {metric}" for metric, value in picture.counts.items())
        or "figures come within a minute"
    )
    return Group(
        Text("Samklang demo · Vestland · nothing leaves this machine", style="bold"),
        places,
        Text(),
        Text(f"Campaign {key}: {live} of {total} posts are live{picture.coming}", style="bold"),
        bar,
        states,
        Text(figures, style="green"),
        Text(),
        _newest(picture.moved[:moves]),
        *([Text()] if moves else []),
        Text(f"Ctrl-C ends it. Log: {log}", style="dim"),
        Text("In another terminal: .venv/bin/samklang --demo status", style="dim"),
    )


def _newest(moved: Sequence[Moved]) -> Table:
    """Return the newest moves, one line each whatever the width: a post's address is cut before anything else."""
    moves = Table(box=None, pad_edge=False, show_header=False, expand=True)
    for _ in range(5):
        moves.add_column(no_wrap=True, overflow="ellipsis")
    moves.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for one in moved:
        moves.add_row(
            Text(one.clock, style="dim"), Text(one.place, style="bold"), Text(one.platform), Text(one.message),
            Text(str(one.state), style=COLOURS.get(one.state, "")), Text(one.address, style="dim"),
        )  # fmt: skip
    return moves


def _read(store: Store, key: str, after: int, newest: int = NEWEST) -> Picture:
    now = datetime.now(UTC)
    with store.system(write=False) as session:
        campaign = session.scalars(select(Campaign.id).where(Campaign.key == key)).one()
        by_state = session.execute(
            select(Delivery.state, func.count())
            .where(Delivery.campaign_id == campaign)
            .group_by(Delivery.state)
        )
        states = {row[0]: row[1] for row in by_state}
        due = select(func.min(Delivery.due_at)).where(
            Delivery.campaign_id == campaign,
            Delivery.state == State.planned,
            Delivery.due_at > now,
            gates.all_open(now),
        )
        return Picture(
            states,
            _counts(session, campaign),
            _moved(session, campaign, after, newest),
            coming(session.scalar(due), now),
        )


def coming(next_at: datetime | None, now: datetime) -> str:
    """Return when the next post goes, as the end of a sentence: a clock today, else with its day."""
    if next_at is None:
        return ""
    local, today = next_at.astimezone(NORWAY), now.astimezone(NORWAY).date()
    return (
        f"; the next at {local:%H:%M:%S}" if local.date() == today else f"; the next {local:%d.%m. at %H:%M}"
    )


def _counts(session: Session, campaign: int) -> Mapping[str, int]:
    """Return the newest known count of each post, added up by metric."""
    newest = (
        select(Sample.delivery_id, Sample.metric, func.max(Sample.planned).label("planned"))
        .join(Delivery, Delivery.id == Sample.delivery_id)
        .where(Delivery.campaign_id == campaign, Sample.value.is_not(None))
        .group_by(Sample.delivery_id, Sample.metric)
        .subquery()
    )
    rows = session.execute(
        select(Sample.metric, func.sum(Sample.value))
        .join(
            newest,
            (newest.c.delivery_id == Sample.delivery_id)
            & (newest.c.metric == Sample.metric)
            & (newest.c.planned == Sample.planned),
        )
        .group_by(Sample.metric)
    )
    sums: Counter[str] = Counter({row[0]: int(row[1] or 0) for row in rows})
    return {metric: sums[metric] for metric in ("reactions", "comments", "shares") if metric in sums}


def _moved(session: Session, campaign: int, after: int, newest: int) -> tuple[Moved, ...]:
    """Return the newest moves that say something: being queued and being sent are passing states."""
    rows = session.execute(
        select(History, Organisation.name, Delivery.platform, Message.key, Delivery.address)
        .join(Delivery, Delivery.id == History.delivery_id)
        .join(Organisation, Organisation.id == Delivery.organisation_id)
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.campaign_id == campaign, History.id > after)
        .where(History.target.not_in([State.queued, State.publishing]))
        .order_by(History.id.desc())
        .limit(newest)
    )
    return tuple(
        Moved(
            move.id,
            f"{move.at.astimezone(NORWAY):%H:%M:%S}",
            place,
            platform,
            message,
            move.target,
            (address or "") if move.target == State.published else "",
        )
        for move, place, platform, message, address in rows
    )
