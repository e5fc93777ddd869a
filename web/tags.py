"""Status tags: what stands behind each word in colour and shape, never in colour alone.

Outlined means "look here, something is open"; filled means settled. One shape per meaning. The words are in the
catalogue, the shapes in the style sheet. Knows no row and no rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Colour = Literal["neutral", "info", "success", "warning", "danger"]
Shape = Literal["klokke", "prikk", "pluss", "minus", "pil", "ok", "spm", "feil", "seint", "stopp"]
"""The style sheet's names: clock, dots, plus, minus, arrow, tick, question mark, cross, barred circle, square."""


@dataclass(frozen=True, slots=True)
class Tag:
    """The look of one status."""

    colour: Colour
    shape: Shape
    outlined: bool = False


ANSWERS: Mapping[str, Tag] = {
    "unanswered": Tag("warning", "klokke"),
    "later": Tag("info", "prikk"),
    "in": Tag("success", "pluss", outlined=True),
    "out": Tag("neutral", "minus"),
}
"""What a municipality said; the municipality is the subject of the word."""

STATES: Mapping[str, Tag] = {
    "planned": Tag("neutral", "klokke"),
    "queued": Tag("info", "prikk"),
    "publishing": Tag("info", "pil"),
    "published": Tag("success", "ok"),
    "unsure": Tag("warning", "spm", outlined=True),
    "failed": Tag("danger", "feil"),
    "missed": Tag("danger", "seint", outlined=True),
    "cancelled": Tag("neutral", "minus"),
    "removed": Tag("neutral", "feil", outlined=True),
}
"""A delivery's state; the post is the subject of the word."""

NEEDS: Mapping[str, Tag] = {
    "unsure": STATES["unsure"],
    "failed": STATES["failed"],
    "missed": STATES["missed"],
    "login_lost": Tag("warning", "klokke"),
    "by_hand": Tag("warning", "pluss"),
    "unapproved": Tag("warning", "klokke", outlined=True),
    "unanswered": ANSWERS["unanswered"],
}
"""What waits for a person."""
