"""The engagement of a campaign as a book: said once in the reader's language, for whatever renders it."""

from __future__ import annotations

from collections.abc import Iterator

from connectors import kind_of
from connectors.base import Metric
from reports.books.content import Book, Cell, Column, Gap, Table
from reports.engagement import findings
from reports.engagement.posts import METRICS
from reports.engagement.value import Amount, Engagement, GroupRow, PlaceRow
from reports.statistics.comparison import BOUNDS, GROUPS
from reports.voice import Voice


def book_of(found: Engagement, voice: Voice) -> Book:
    """Return the report in one language."""
    return Book(
        language=voice.language,
        title=voice.title(found.title).text,
        lead=lead(found, voice),
        made_at=found.made_at,
        made=voice.say("page.book.made", when=voice.moment(found.made_at)),
        findings=findings.of(found, voice),
        tables=tuple(one for one in _tables(found, voice) if one.rows),
        notes=findings.notes(found, voice),
    )


def lead(found: Engagement, voice: Voice) -> str:
    """Return whose report it is, of which days, and at which age posts are counted."""
    days = voice.say("page.report.no_days")
    if found.first_at is not None and found.last_at is not None:
        first, last = voice.day_of(found.first_at), voice.day_of(found.last_at)
        days = first if first == last else voice.say("page.report.days", first=first, last=last)
    age = voice.say(f"page.report.age.{found.view.age}")
    return voice.say("page.report.lead", owner=found.owner, days=days, age=age)


def metrics_of(found: Engagement) -> tuple[Metric, ...]:
    """Return the metrics that some platform of the campaign offers."""
    return tuple(one for one in METRICS if found.totals[one].gap != "not_offered")


def group_label(numbers: tuple[int, ...], voice: Voice) -> str:
    """Return which sizes belong to groups that were put together."""
    first, last = numbers[0], numbers[-1]
    if first == 0 and last == GROUPS - 1:
        return voice.say("page.report.group.all")
    if first == 0:
        return voice.say("page.report.group.under", to=voice.number(BOUNDS[last]))
    if last == GROUPS - 1:
        return voice.say("page.report.group.over", from_=voice.number(BOUNDS[first - 1]))
    low, high = voice.number(BOUNDS[first - 1]), voice.number(BOUNDS[last] - 1)
    return voice.say("page.report.group.between", from_=low, to=high)


def name_of(row: PlaceRow, voice: Voice) -> str:
    """Return what a row is called: its municipality, or all that are not named."""
    return row.name or voice.say("page.report.others", number=voice.number(row.together))


def cell(amount: Amount, voice: Voice) -> Cell:
    """Return a count as a cell: a number, two numbers for reach, or why there is none."""
    if amount.value is None:
        return Gap(voice.say(f"page.report.gap.{amount.gap or 'unknown'}"))
    if amount.most is not None and amount.most != amount.value:
        low, high = voice.number(amount.value), voice.number(amount.most)
        return voice.say("page.report.between", from_=low, to=high)
    return amount.value


def _tables(found: Engagement, voice: Voice) -> Iterator[Table]:
    yield _totals(found, voice)
    if found.groups and any(one.median is not None for one in found.groups):
        yield _groups(found, voice)
    if any(one.rate for one in found.places):
        yield _rates(found, voice)
    yield _places(found, voice)
    yield _platforms(found, voice)
    yield _messages(found, voice)


def _column(name: str, voice: Voice, kind: str = "text") -> Column:
    return Column(voice.say(f"page.report.column.{name}"), kind)  # type: ignore[arg-type]  # one of the kinds


def _counted(found: Engagement, voice: Voice) -> tuple[Column, ...]:
    return tuple(
        Column(voice.say(f"page.report.metric.{one}"), "count", voice.say(f"page.report.meaning.{one}"))
        for one in metrics_of(found)
    )


def _totals(found: Engagement, voice: Voice) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in metrics_of(found):
        total = found.totals[one]
        kind = voice.say(f"page.report.kind.{found.kinds[one]}")
        rows.append(
            (voice.say(f"page.report.metric.{one}"), cell(total, voice), total.known, total.posts, kind)
        )
    columns = (
        _column("what", voice), _column("value", voice, "count"), _column("known", voice, "count"),
        _column("posts", voice, "count"), _column("kind", voice),
    )  # fmt: skip
    return Table("totals", voice.say("page.report.table.totals"), columns, tuple(rows))


def _groups(found: Engagement, voice: Voice) -> Table:
    def row(one: GroupRow) -> tuple[Cell, ...]:
        unknown = Gap(voice.say("page.report.reason.few_places"))
        typical: tuple[Cell, ...] = (
            (unknown, unknown, unknown)
            if one.median is None or one.low is None or one.high is None
            else (one.median, one.low, one.high)
        )
        return (group_label(one.numbers, voice), one.places, one.with_rate, *typical)

    columns = (
        _column("group", voice), _column("places", voice, "count"), _column("with_rate", voice, "count"),
        _column("typical", voice, "decimal"), _column("low", voice, "decimal"), _column("high", voice, "decimal"),
    )  # fmt: skip
    return Table(
        "groups", voice.say("page.report.table.groups"), columns, tuple(row(one) for one in found.groups)
    )


def _rates(found: Engagement, voice: Voice) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in found.places:
        if not one.name:
            continue
        inhabitants: Cell = one.inhabitants or Gap(voice.say("page.report.gap.unknown"))
        if one.rate is None:
            gap = Gap(voice.say(f"page.report.gap.{one.gap or 'unknown'}"))
            rows.append((one.name, inhabitants, gap, gap, gap, gap, gap, ""))
            continue
        rate = one.rate
        word = voice.say(f"page.report.word.{rate.word or 'none'}")
        why = voice.say(f"page.report.reason.{rate.reason}") if rate.reason else ""
        rows.append((one.name, inhabitants, rate.raw, rate.median, rate.low, rate.high, word, why))
    columns = (
        _column("place", voice), _column("inhabitants", voice, "count"), _column("raw", voice, "decimal"),
        _column("rate", voice, "decimal"), _column("low", voice, "decimal"), _column("high", voice, "decimal"),
        _column("word", voice), _column("why", voice),
    )  # fmt: skip
    note = voice.say(f"page.report.per.{found.view.per}")
    what = voice.say(f"page.report.metric.{found.view.metric}")
    return Table("rates", voice.say("page.report.table.rates"), columns, tuple(rows), f"{what} {note}.")


def _places(found: Engagement, voice: Voice) -> Table:
    rows = tuple(
        (
            name_of(one, voice),
            one.inhabitants if one.inhabitants else Gap(voice.say("page.report.gap.unknown")),
            one.posts,
            *(cell(one.amounts[metric], voice) for metric in metrics_of(found)),
        )
        for one in found.places
    )
    columns = (
        _column("place", voice), _column("inhabitants", voice, "count"), _column("posts", voice, "count"),
        *_counted(found, voice),
    )  # fmt: skip
    return Table("places", voice.say("page.report.table.places"), columns, rows)


def _platforms(found: Engagement, voice: Voice) -> Table:
    rows = tuple(
        (
            kind_of(one.platform).title,
            one.posts,
            *(cell(one.amounts[metric], voice) for metric in metrics_of(found)),
        )
        for one in found.platforms
    )
    columns = (_column("platform", voice), _column("posts", voice, "count"), *_counted(found, voice))
    return Table("platforms", voice.say("page.report.table.platforms"), columns, rows)


def _messages(found: Engagement, voice: Voice) -> Table:
    rows = tuple(
        (
            voice.title(one.title).text,
            one.posts,
            *(cell(one.amounts[metric], voice) for metric in metrics_of(found)),
        )
        for one in found.messages
    )
    columns = (_column("message", voice), _column("posts", voice, "count"), *_counted(found, voice))
    return Table("messages", voice.say("page.report.table.messages"), columns, rows)
