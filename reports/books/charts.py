"""Charts: one specification for page, PDF and picture, drawn on the server without a browser.

Colour never stands alone: every word has a shape of its own, and the numbers are in a table under each chart. The
drawing is told to those who do not see it by the page, in their language: what the library says by itself, in English,
is taken out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
import vl_convert

from campaigns.sentences import Language

WIDTHS: Mapping[bool, int] = {False: 560, True: 250}
"""Of the drawing without its labels, in pixels; narrow for a phone."""
ROW = 17
INK, SOFT, LINE = "#16202c", "#5a6472", "#d5dae0"
FONT = "Inter, Liberation Sans, sans-serif"
LOOKS: Mapping[str, tuple[str, str]] = {
    "over": ("#0b6e4f", "triangle-up"), "about": ("#1f5f99", "circle"), "under": ("#9a3412", "triangle-down"),
    "too_little": ("#5a6472", "square"), "none": ("#5a6472", "square"),
}  # fmt: skip
"""Colour and shape of each word; every colour has at least 4.5 to 1 on white."""
NUMBERS: Mapping[Language, dict[str, Any]] = {
    "nn": {"decimal": ",", "thousands": "\u00a0", "grouping": [3], "currency": ["", "\u00a0kr"]},
    "nb": {"decimal": ",", "thousands": "\u00a0", "grouping": [3], "currency": ["", "\u00a0kr"]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""]},
}
READ_OUT = re.compile(r' (?:aria-[a-z]+|role)="[^"]*"')


@dataclass(frozen=True, slots=True)
class Dot:
    """One municipality in a chart: its level, its interval, and its word."""

    name: str
    group: str
    level: float
    low: float
    high: float
    word: str


def dots(
    rows: Sequence[Dot],
    *,
    axis: str,
    words: Mapping[str, str],
    typical: Mapping[str, float],
    most: float,
    narrow: bool = False,
) -> str:
    """Return the specification of levels with their intervals, group by group in the order of the rows.

    `words` says each word in the reader's language, `typical` is the typical level of a group, and the axis reaches to
    `most`, so that charts beside each other have the same.
    """
    used = [one for one in LOOKS if any(row.word == one for row in rows)]
    charts = []
    for group in dict.fromkeys(row.group for row in rows):
        those = [row for row in rows if row.group == group]
        charts.append(
            _group(group, those, axis, {one: words[one] for one in used}, typical.get(group), most, narrow)
        )
    whole = alt.vconcat(*charts, spacing=10).resolve_scale(x="shared", color="shared", shape="shared")
    config = whole.configure(font=FONT, background="white").configure_view(stroke=None)
    content: dict[str, object] = config.to_dict()
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def _group(
    group: str, rows: Sequence[Dot], axis: str, words: Mapping[str, str], typical: float | None, most: float,
    narrow: bool,
) -> alt.LayerChart | alt.FacetChart:  # fmt: skip
    values = [
        {"name": one.name, "level": one.level, "low": one.low, "high": one.high, "word": words[one.word]}
        for one in rows
    ]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y(
            "name:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=130, ticks=False, domain=False, labelColor=INK),
        )
    )
    scale = {
        "color": alt.Scale(domain=list(words.values()), range=[LOOKS[one][0] for one in words]),
        "shape": alt.Scale(domain=list(words.values()), range=[LOOKS[one][1] for one in words]),
    }
    legend = alt.Legend(title=None, orient="top", columns=2 if narrow else 0, labelColor=INK)
    color = alt.Color("word:N", scale=scale["color"], legend=legend)
    ruled = base.mark_rule(strokeWidth=2, opacity=0.75).encode(
        x=alt.X("low:Q", title=axis, scale=alt.Scale(domain=[0, most], nice=True), axis=_axis()),
        x2="high:Q",
        color=color,
    )
    dotted = base.mark_point(filled=True, size=64, opacity=1).encode(
        x="level:Q", color=color, shape=alt.Shape("word:N", scale=scale["shape"], legend=legend)
    )
    layers: list[alt.Chart] = [ruled, dotted]
    if typical is not None:
        at = alt.Chart(alt.InlineData(values=[{"typical": typical}]))
        layers.insert(0, at.mark_rule(strokeDash=[4, 3], color=SOFT).encode(x="typical:Q"))
    title = alt.TitleParams(group, anchor="start", fontSize=12, fontWeight="bold", color=INK)
    return alt.layer(*layers).properties(width=WIDTHS[narrow], height=ROW * len(rows), title=title)


def _axis() -> alt.Axis:
    return alt.Axis(gridColor=LINE, labelColor=INK, titleColor=INK, tickCount=6, titleFontWeight="normal")


@lru_cache(maxsize=64)
def svg(specification: str, language: Language) -> str:
    """Return a chart as SVG; the same chart is drawn once. Nothing is fetched for it (threat D14)."""
    drawn: str = vl_convert.vegalite_to_svg(
        specification, vl_version="6.4", format_locale=NUMBERS[language], allowed_base_urls=[]
    )
    return READ_OUT.sub("", drawn)


@lru_cache(maxsize=16)
def png(specification: str, language: Language) -> bytes:
    """Return a chart as a picture of twice its size."""
    drawn: bytes = vl_convert.vegalite_to_png(
        specification, vl_version="6.4", format_locale=NUMBERS[language], allowed_base_urls=[], scale=2
    )
    return drawn
