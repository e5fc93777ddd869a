"""The chart of a campaign's engagement: every named municipality's rate with its interval, from the smallest to the largest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reports.books import charts
from reports.books.charts import Dot
from reports.books.content import Book, Figure
from reports.engagement.book import book_of, group_label
from reports.engagement.value import Engagement
from reports.voice import Voice

A_PAGE = 40
"""So many municipalities have room on a sheet of paper, in three groups."""
FEWEST = 2
"""One municipality is no chart."""


def specification(found: Engagement, voice: Voice, *, narrow: bool = False) -> str | None:
    """Return the chart of a report, or `None` where there is nothing to draw."""
    rows = _rows(found, voice)
    return _drawn(found, voice, rows, rows, narrow=narrow) if rows else None


def _rows(found: Engagement, voice: Voice) -> list[Dot]:
    """Return who is drawn, from the smallest to the largest; nobody where it would be one alone."""
    labels = {number: group_label(one.numbers, voice) for one in found.groups for number in one.numbers}
    rows = [
        Dot(
            one.name, labels[one.group], one.rate.median, one.rate.low, one.rate.high, one.rate.word or "none"
        )
        for one in found.places
        if one.rate is not None and one.name
    ]
    return rows if len(rows) >= FEWEST else []


def _drawn(
    found: Engagement, voice: Voice, rows: Sequence[Dot], whole: Sequence[Dot], *, narrow: bool = False
) -> str:
    """Return the chart of some of the rows, on the axis of them all."""
    what = voice.say(f"page.report.metric.{found.view.metric}")
    typical = {group_label(one.numbers, voice): one.median for one in found.groups if one.median is not None}
    return charts.dots(
        rows, axis=f"{what} {voice.say(f'page.report.per.{found.view.per}')}", narrow=narrow, typical=typical,
        most=max(one.high for one in whole), words={one: voice.say(f"page.report.word.{one}") for one in charts.LOOKS},
    )  # fmt: skip


def caption(found: Engagement, voice: Voice) -> str:
    """Return what a chart shows."""
    return voice.say(
        "page.report.chart.caption", what=voice.say(f"page.report.metric.{found.view.metric}"),
        per=voice.say(f"page.report.per.{found.view.per}"), age=voice.say(f"page.report.age.{found.view.age}"),
    )  # fmt: skip


def illustrated(found: Engagement, voice: Voice) -> Book:
    """Return the book of a report with its chart, in as many pieces as pages need."""
    whole = _rows(found, voice)
    pieces = [whole[begin : begin + A_PAGE] for begin in range(0, len(whole), A_PAGE)]
    return replace(book_of(found, voice), figures=tuple(_figure(found, voice, one, whole) for one in pieces))


def _figure(found: Engagement, voice: Voice, rows: Sequence[Dot], whole: Sequence[Dot]) -> Figure:
    """Return a drawing with what is said of it, and to whoever does not see it: whom it shows, and where the numbers are."""
    said = caption(found, voice)
    if len(rows) < len(whole):
        said = voice.say("page.report.chart.part", first=rows[0].name, last=rows[-1].name, caption=said)
    told = voice.say("page.report.chart.alt", number=voice.number(len(rows)))
    return Figure(
        charts.svg(_drawn(found, voice, rows, whole), voice.language), f"{said}. {told}", said, "rates"
    )
