"""What reports cost: beside ten thousand samples and ten million, on paper, in a workbook, and the second time."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from bench import county, engaged
from bench.ground import Ground
from campaigns.settings import Settings
from campaigns.store import Store
from reports.books import charts, paper, workbook
from reports.books.content import Book, Column, Table
from reports.engagement import drawing
from reports.engagement.campaign import engagement
from reports.engagement.value import Engagement
from reports.voice import Voice
from workers.desk import Desk

PLACES, CAMPAIGNS = 357, 30
FEW = 42
"""Posts that are counted at first: ten thousand samples."""
ROWS = 100_000
TIMES = 7


@dataclass(frozen=True, slots=True)
class Line:
    """One measure with what was to be reached."""

    what: str
    measured: str
    goal: str
    reached: bool


def reporting(ground: Ground) -> list[Line]:
    """Return what a campaign's report costs in the whole country, with thirty campaigns of four accounts each."""
    with ground.house() as house:
        now = datetime.now(UTC)
        desk = Desk(Settings(home=house.home), house.store)
        county.fill(house.store, desk, places=PLACES, messages=CAMPAIGNS, today=now.date())
        with house.store.engine.begin() as connection:
            _spread(connection)
        with house.store.system() as session:
            engaged.engage(session, now=now, seed=7)
        desk.close()
        few, _ = _counted(house.store, now, FEW), _memory()
        first = _timed(lambda: _report(house.store, now))
        before = _memory()
        many = _counted(house.store, now, None)
        second = _timed(lambda: _report(house.store, now))
        grown = _memory() - before
        found = _report(house.store, now)
    return [
        Line(
            f"a report beside {many:,} samples, against the same beside {few:,}",
            f"{second / first:.2f} ({second:.0f} ms and {first:.0f} ms)", "≤ 2", second <= 2 * first,
        ),
        Line("memory that the report took beside the many", f"{grown:.0f} MB more", "≤ 50 MB", grown <= 50),
        *_rendered(found, Voice("nn", now)),
    ]  # fmt: skip


def table(lines: list[Line]) -> str:
    """Return the measures as a Markdown table."""
    head = ["| what | measured | to reach | reached |", "|---|---|---|---|"]
    return "\n".join(
        [
            *head,
            *(
                f"| {one.what} | {one.measured} | {one.goal} | {'yes' if one.reached else '**no**'} |"
                for one in lines
            ),
        ]
    )


def _spread(connection: Connection) -> None:
    """Make thirty campaigns of one message each out of one campaign of thirty; everybody may be named."""
    connection.execute(text("UPDATE organisation SET named = true"))
    columns = [
        row[0]
        for row in connection.execute(
            text("SELECT column_name FROM information_schema.columns WHERE table_name = 'campaign'")
        )
        if row[0] not in ("id", "key")
    ]
    names = ", ".join(f'"{one}"' for one in columns)
    connection.execute(
        text(
            f"INSERT INTO campaign (key, {names}) SELECT 'nr-' || turn, {names} FROM campaign, "  # noqa: S608  # names of our own columns
            "generate_series(1, :more) AS turn"
        ),
        {"more": CAMPAIGNS - 1},
    )
    connection.execute(
        text(
            "UPDATE message SET campaign_id = chosen.id FROM "
            "(SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM campaign) AS chosen WHERE position = place"
        )
    )
    connection.execute(
        text(
            "UPDATE delivery SET campaign_id = message.campaign_id FROM message WHERE message.id = message_id"
        )
    )
    connection.execute(
        text(
            "INSERT INTO participation (organisation_id, campaign_id, answer, invited_at, planned_version) "
            "SELECT p.organisation_id, c.id, p.answer, p.invited_at, p.planned_version FROM participation p, campaign c "
            "WHERE c.id <> p.campaign_id"
        )
    )


def _counted(store: Store, now: datetime, posts: int | None) -> int:
    """Count these first posts eighty times over, or all that are not counted yet, and return how many samples there are."""
    with store.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO sample (organisation_id, delivery_id, planned, metric, at, age, value, version) "
                "SELECT organisation_id, id, planned, metric, :now, planned + 1, planned, 1 FROM "
                "(SELECT * FROM delivery ORDER BY id LIMIT :posts) AS post, generate_series(0, 79) AS planned, "
                "unnest(ARRAY['reactions', 'comments', 'shares']) AS metric ON CONFLICT DO NOTHING"
            ),
            {"now": now, "posts": posts},
        )
    with store.engine.begin() as connection:
        connection.execute(text("ANALYZE"))
        return int(connection.execute(text("SELECT count(*) FROM sample")).scalar_one())


def _report(store: Store, now: datetime) -> Engagement:
    with store.scope(store.actor(county.COORDINATOR, county.COUNTY, how="bench"), write=False) as session:
        return engagement(session, "stor", now=now)


def _timed(work: Callable[[], object]) -> float:
    """Return the median of milliseconds, after once to warm up."""
    work()
    taken = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def _once(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _rendered(found: Engagement, voice: Voice) -> list[Line]:
    charts.svg.cache_clear()
    drawn = drawing.specification(found, voice)
    assert drawn is not None
    cold, warm = (
        _once(lambda: charts.svg(drawn, voice.language)),
        _once(lambda: charts.svg(drawn, voice.language)),
    )
    book = drawing.illustrated(found, voice)
    on_paper = _once(lambda: paper.pdf_of(book))
    sheet = _once(lambda: workbook.workbook_of(_large(book)))
    return [
        Line("a PDF of 357 municipalities", f"{on_paper:.2f} s", "≤ 2 s", on_paper <= 2),
        Line(f"a workbook of {ROWS:,} rows", f"{sheet:.1f} s", "≤ 10 s", sheet <= 10),
        Line(
            "a chart the second time",
            f"{warm * 1000:.2f} ms, after {cold * 1000:.0f} ms",
            "≤ 1 ms",
            warm <= 0.001,
        ),
    ]


def _large(book: Book) -> Book:
    """Return a book of one table with very many rows."""
    columns = (Column("Kommune"), Column("Dag", "day"), *(Column(f"Tal {one}", "count") for one in range(6)))
    day = book.made_at.date()
    rows = tuple((f"Kommune {row}", day, *range(row, row + 6)) for row in range(ROWS))
    return replace(book, findings=(), tables=(Table("alt", "Alt", columns, rows),), figures=(), notes=())


def _memory() -> float:
    """Return the most memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
