"""The demo: set up once however often it is interrupted, and something to see at any hour of any day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import func, select

from campaigns.settings import Settings
from campaigns.states import State
from campaigns.store import Account, Campaign, Delivery, Message, Store
from samklang.demo.county import settle_in
from samklang.demo.live import Moved, Picture, coming, fitting
from samklang.demo.rounds import begin_round, round_under_way
from sandbox import STAND_INS
from scheduler.clock import Clock
from workers.desk import Desk

NOON = datetime(2026, 11, 26, 11, 0, tzinfo=UTC)
ACCOUNTS = 43 * len(STAND_INS)
"""43 municipalities on every platform."""


class Stage:
    """A store, stand-ins of its own, and a time that the test sets."""

    def __init__(self, store: Store, home: Path, platforms: dict[str, str]) -> None:
        home.mkdir()
        self.store, self.platforms, self.now = store, platforms, NOON
        settings = Settings(home=home, allow_private_hosts=True, public_url="http://127.0.0.1:8046")
        self.desk = Desk(settings, store, now=lambda: self.now)
        self.reported = 0

    def settle(self, platforms: dict[str, str] | None = None) -> None:
        settle_in(self.store, self.desk, platforms or self.platforms, self._report)

    def _report(self) -> None:
        self.reported += 1

    def begin(self) -> str:
        return begin_round(self.store, self.desk, self.now)

    def under_way(self) -> str | None:
        return round_under_way(self.store, self.now)

    def start_clock(self) -> Clock:
        """Return a clock that has just been started: one that ran on would see the test's time leap."""
        return Clock(self.desk, lambda errand, platform, ids: None)

    def count(self, column: object, *where: object) -> int:
        with self.store.system(write=False) as session:
            return session.scalar(select(func.count(column)).where(*where)) or 0

    def states(self, key: str) -> set[State]:
        with self.store.system(write=False) as session:
            query = select(Delivery.state).join(Campaign, Campaign.id == Delivery.campaign_id)
            return set(session.scalars(query.where(Campaign.key == key).distinct()))

    def first_times(self) -> list[timedelta]:
        """Return how long from now the newest round's first message goes, for each place that approved it."""
        with self.store.system(write=False) as session:
            newest = session.scalars(select(Campaign).order_by(Campaign.id.desc())).first()
            first = session.scalars(select(Message).where(Message.campaign_id == newest.id)).first()
            due = session.scalars(select(Delivery.due_at).where(Delivery.message_id == first.id)).all()
            return [one - self.now for one in due]


@pytest.fixture
def stage(store: Store, tmp_path: Path) -> Iterator[Stage]:
    with ExitStack() as open_ones:
        platforms = {name: open_ones.enter_context(kind()).address for name, kind in STAND_INS.items()}
        made = Stage(store, tmp_path / "demo", platforms)
        yield made
        made.desk.close()


class Interrupted(dict):
    """A mapping whose reader presses Ctrl-C at the given look."""

    def __init__(self, content: dict, looks: int) -> None:
        super().__init__(content)
        self.left = looks

    def __getitem__(self, key: str) -> object:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return super().__getitem__(key)


sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@sqlite
def test_a_set_up_that_was_interrupted_is_finished_by_the_next_start_and_never_done_twice(
    stage: Stage,
) -> None:
    with pytest.raises(KeyboardInterrupt):
        stage.settle(Interrupted(stage.platforms, 30))
    assert 0 < stage.count(Account.id) < ACCOUNTS
    stage.settle()
    assert stage.count(Account.id) == ACCOUNTS
    assert stage.reported == 2
    stage.settle()
    assert stage.count(Account.id) == ACCOUNTS
    assert stage.reported == 2


@sqlite
@pytest.mark.slow
def test_rounds_go_on_are_closed_when_interrupted_or_overdue_and_begin_anew(stage: Stage) -> None:
    stage.settle()
    connectors = stage.desk.connectors
    stage.desk.connectors = Interrupted(connectors, 20)
    with pytest.raises(KeyboardInterrupt):
        stage.begin()
    stage.desk.connectors = connectors
    assert stage.under_way() is None

    # A new round replaces the one that was half answered, and goes on while something of it is to come.
    second = stage.begin()
    assert second == "klar-for-ei-veke-2"
    assert stage.under_way() == second
    stage.now += timedelta(seconds=30)
    assert stage.under_way() == second
    stage.start_clock().plan()
    assert stage.states("klar-for-ei-veke") == {State.cancelled}

    # Two hours later nothing of it is to come soon: a third begins, and the second's rest makes no heap.
    stage.now += timedelta(hours=2)
    assert stage.under_way() is None
    third = stage.begin()
    assert stage.under_way() == third
    for job, _ in stage.start_clock().jobs():
        job()
    assert State.missed not in stage.states(second)
    assert State.cancelled in stage.states(second)
    assert State.planned in stage.states(third)


@sqlite
@pytest.mark.slow
@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 12, 31, 22, 59, 30, tzinfo=UTC),  # the first window crosses midnight and the year
        datetime(2027, 3, 28, 0, 59, 40, tzinfo=UTC),  # summer time skips the hour it would lie in
        datetime(2027, 5, 17, 1, 30, tzinfo=UTC),  # the national day, at night
        datetime(2026, 11, 29, 10, 0, tzinfo=UTC),  # a Sunday
    ],
    ids=["new year", "summer time", "17 May at night", "Sunday"],
)
def test_at_any_hour_of_any_day_the_first_message_goes_within_the_minute(stage: Stage, now: datetime) -> None:
    stage.now = now
    stage.settle()
    key = stage.begin()
    times = stage.first_times()
    going = 43 - 2 - 3 - 1
    assert len(times) == len(STAND_INS) * going, "two stand out, three are silent, one has not approved"
    assert all(timedelta(seconds=5) <= one <= timedelta(seconds=60) for one in times)
    assert stage.under_way() == key


def picture(moves: int) -> Picture:
    moved = [
        Moved(
            one,
            "12:00:00",
            "Sogndal",
            "bluesky",
            "klarer-du-deg",
            State.published,
            "http://127.0.0.1/" + "x" * 90,
        )
        for one in range(moves)
    ]
    states = {State.planned: 400, State.published: 100, State.unsure: 1, State.missed: 2}
    counts = {"reactions": 1200, "comments": 30, "shares": 40}
    return Picture(states, counts, tuple(moved), "; the next at 12:00:10")


@pytest.mark.parametrize(("width", "height"), [(80, 24), (60, 20), (120, 50)])
def test_the_view_fits_the_terminal_and_always_tells_the_way_out(width: int, height: int) -> None:
    out = Console(width=width, height=height, file=StringIO(), force_terminal=True)
    addresses = {"Status page": "http://127.0.0.1:8046/", "Mastodon stand-in": "http://127.0.0.1:8047"}
    view = fitting(out, picture(12), addresses, "klar-for-ei-veke", Path("samklang.log"))
    lines = ["".join(piece.text for piece in line) for line in out.render_lines(view)]
    assert len(lines) < height
    told = "\n".join(lines)
    assert "Ctrl-C ends it" in told
    assert ".venv/bin/samklang --demo status" in told
    assert told.count("Sogndal") >= (5 if height > 20 else 1)


def test_the_next_time_has_its_day_when_that_is_not_today_in_oslo() -> None:
    assert coming(datetime(2026, 11, 26, 22, 30, tzinfo=UTC), NOON) == "; the next at 23:30:00"
    assert coming(datetime(2026, 11, 26, 23, 30, tzinfo=UTC), NOON) == "; the next 27.11. at 00:30"
    assert coming(None, NOON) == ""
