"""The chart of a campaign's engagement: every named municipality's rate with its interval, from the smallest to the largest."""

from __future__ import annotations

from dataclasses import replace

from reports.books import charts
from reports.books.charts import Dot
from reports.books.content import Book, Figure
from reports.engagement.book import book_of, group_label
from reports.engagement.value import Engagement
from reports.voice import Voice

FEWEST = 2
"""One municipality is no chart."""


def specification(found: Engagement, voice: Voice, *, narrow: bool = False) -> str | None:
    """Return the chart of a report, or `None` where there is nothing to draw."""
    rows: list[Dot] = []
    labels = {number: group_label(one.numbers, voice) for one in found.groups for number in one.numbers}
    for one in found.places:
        if one.rate is not None and one.name:
            rate = one.rate
            word = rate.word or "none"
            rows.append(Dot(one.name, labels[one.group], rate.median, rate.low, rate.high, word))
    if len(rows) < FEWEST:
        return None
    what = voice.say(f"page.report.metric.{found.view.metric}")
    typical = {group_label(one.numbers, voice): one.median for one in found.groups if one.median is not None}
    return charts.dots(
        rows, axis=f"{what} {voice.say(f'page.report.per.{found.view.per}')}", narrow=narrow, typical=typical,
        words={one: voice.say(f"page.report.word.{one}") for one in charts.LOOKS},
    )  # fmt: skip


def caption(found: Engagement, voice: Voice) -> str:
    """Return what a chart shows."""
    return voice.say(
        "page.report.chart.caption", what=voice.say(f"page.report.metric.{found.view.metric}"),
        per=voice.say(f"page.report.per.{found.view.per}"), age=voice.say(f"page.report.age.{found.view.age}"),
    )  # fmt: skip


def alternative(found: Engagement, voice: Voice) -> str:
    """Return what is said to whoever does not see the chart: what it shows, and where its numbers are."""
    drawn = sum(bool(one.rate and one.name) for one in found.places)
    return f"{caption(found, voice)}. {voice.say('page.report.chart.alt', number=voice.number(drawn))}"


def illustrated(found: Engagement, voice: Voice) -> Book:
    """Return the book of a report with its chart."""
    book = book_of(found, voice)
    drawn = specification(found, voice)
    if drawn is None:
        return book
    figure = Figure(
        charts.svg(drawn, voice.language), alternative(found, voice), caption(found, voice), "rates"
    )
    return replace(book, figures=(figure,))
