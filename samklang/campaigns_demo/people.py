"""The people in the pictures, seen from the front; nobody in particular. Everything hangs on the middle of the face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from samklang.campaigns_demo.sheet import Colour, Point, Sheet
from samklang.campaigns_demo.things import INK


@dataclass(frozen=True, slots=True)
class Look:
    """How a person looks."""

    skin: Colour
    hair: Colour
    coat: Colour
    edge: Colour
    """A shade darker than the coat, around an arm."""
    cut: Literal["short", "long", "knot", "bald"] = "short"


def person(sheet: Sheet, x: float, y: float, look: Look, *, height: float = 220) -> None:
    """Draw a person from the head to `height` points of coat, without arms."""
    if look.cut == "long":
        sheet.box(x - 66, y - 62, 132, 190, look.hair, round_=60)
    if look.cut == "knot":
        sheet.oval(x, y - 72, 56, 52, look.hair)
    sheet.box(x - 82, y + 66, 164, height, look.coat, round_=62)
    sheet.box(x - 20, y + 40, 40, 48, look.skin, round_=14)
    sheet.oval(x, y - 10, 128, 122, look.hair)
    sheet.oval(x, y, 104, 118, look.skin)
    if look.cut == "bald":
        sheet.oval(x, y - 40, 96, 50, look.skin)
    else:
        sheet.shape(
            [(x - 54, y - 14), (x - 38, y - 54), (x + 40, y - 54), (x + 54, y - 14), (x + 8, y - 38)],
            look.hair,
        )
    for side in (-1, 1):
        sheet.oval(x + side * 20, y - 4, 9, 10, INK)
    sheet.arc(x, y + 16, 38, 25, 155, INK, 4)


def arm(sheet: Sheet, points: tuple[Point, ...], look: Look) -> None:
    """Draw an arm through these points, from the shoulder to the hand."""
    sheet.line(points, look.edge, 42)
    sheet.line(points, look.coat, 36)
    sheet.oval(*points[-1], 38, 34, look.skin)
