"""The things that stand in the pictures: jugs, tins, a radio, jars. Each stands on `base` with its left side at `x`."""

from __future__ import annotations

from math import cos, radians, sin

from samklang.campaigns_demo.sheet import Colour, Sheet

INK = "#22303c"
CREAM = "#f6efe2"


def jug(
    sheet: Sheet, x: float, base: float, height: float, colour: Colour, light: Colour, behind: Colour
) -> None:
    """Draw a ten-litre water jug with a cap, a handle and its water line."""
    width = height * 0.7
    sheet.box(x, base - height * 0.84, width, height * 0.84, colour, round_=height * 0.1)
    sheet.box(x + width * 0.08, base - height * 0.56, width * 0.84, height * 0.5, light, round_=height * 0.06)
    sheet.box(
        x + width * 0.42, base - height * 0.74, width * 0.46, height * 0.1, behind, round_=height * 0.05
    )
    sheet.box(
        x + width * 0.12, base - height * 0.94, width * 0.24, height * 0.14, colour, round_=height * 0.02
    )
    sheet.box(x + width * 0.09, base - height, width * 0.3, height * 0.09, CREAM, round_=height * 0.02)


def tin(
    sheet: Sheet, x: float, base: float, width: float, height: float, label: Colour, metal: Colour
) -> None:
    """Draw a tin with a label."""
    rim = width * 0.16
    sheet.oval(x + width / 2, base - rim / 2, width, rim, metal)
    sheet.box(x, base - height + rim / 2, width, height - rim, metal)
    sheet.box(x, base - height * 0.82, width, height * 0.62, label)
    sheet.oval(x + width / 2, base - height * 0.51, width * 0.46, width * 0.46, CREAM)
    sheet.oval(x + width / 2, base - height + rim / 2, width, rim, "#e8ecee")


def radio(sheet: Sheet, x: float, base: float, width: float, body: Colour, face: Colour) -> None:
    """Draw a battery radio with a loudspeaker, a dial, two knobs, a handle and its aerial up."""
    height = width * 0.58
    top = base - height
    sheet.line([(x + width * 0.86, top), (x + width * 1.02, top - height * 0.95)], "#aab4ba", width * 0.016)
    sheet.oval(x + width * 1.02, top - height * 0.95, width * 0.035, width * 0.035, "#aab4ba")
    for side in (0.22, 0.72):
        sheet.line([(x + width * side, top + 4), (x + width * side, top - height * 0.15)], INK, width * 0.03)
    sheet.line(
        [(x + width * 0.22, top - height * 0.15), (x + width * 0.72, top - height * 0.15)], INK, width * 0.04
    )
    for foot in (0.1, 0.8):
        sheet.box(x + width * foot, base - width * 0.03, width * 0.1, width * 0.045, INK, round_=width * 0.01)
    sheet.box(x, top, width, height - width * 0.02, body, round_=width * 0.06)
    sheet.oval(x + width * 0.29, top + height * 0.5, width * 0.42, width * 0.42, INK)
    for ring in range(1, 4):
        for step in range(ring * 6):
            _hole(
                sheet,
                x + width * 0.29,
                top + height * 0.5,
                width * 0.055 * ring,
                step * 360 / (ring * 6),
                width,
            )
    sheet.oval(x + width * 0.29, top + height * 0.5, width * 0.022, width * 0.022, face)
    sheet.box(x + width * 0.58, top + height * 0.18, width * 0.34, height * 0.26, face, round_=width * 0.02)
    for mark in range(7):
        left = x + width * (0.61 + mark * 0.045)
        sheet.line([(left, top + height * 0.24), (left, top + height * (0.3 + 0.04 * (mark % 2)))], INK, 2)
    sheet.line(
        [(x + width * 0.72, top + height * 0.21), (x + width * 0.72, top + height * 0.41)], "#c8553d", 4
    )
    for knob in (0.66, 0.84):
        sheet.oval(x + width * knob, top + height * 0.68, width * 0.13, width * 0.13, INK)
        sheet.line([(x + width * knob, top + height * 0.68), (x + width * knob, top + height * 0.6)], face, 4)


def _hole(sheet: Sheet, x: float, y: float, distance: float, degrees: float, width: float) -> None:
    """Draw one hole of the loudspeaker."""
    angle = radians(degrees)
    sheet.oval(x + distance * cos(angle), y + distance * sin(angle), width * 0.022, width * 0.022, "#f3e3b0")


def crispbread(sheet: Sheet, x: float, base: float, width: float, height: float) -> None:
    """Draw a packet of crispbread with a round crispbread on its front."""
    sheet.box(x, base - height, width, height, "#b8442f", round_=6)
    sheet.box(x, base - height, width, height * 0.16, "#8f3222", round_=6)
    sheet.box(x, base - height * 0.9, width, height * 0.06, "#8f3222")
    middle, around = x + width / 2, base - height * 0.42
    sheet.oval(middle, around, width * 0.74, width * 0.74, CREAM)
    sheet.oval(middle, around, width * 0.66, width * 0.66, "#c99a5b")
    for row in range(-2, 3):
        for column in range(-2, 3):
            if abs(row) + abs(column) < 4:
                sheet.oval(middle + column * width * 0.12, around + row * width * 0.12, 7, 7, "#9c6f38")
    sheet.oval(middle, around, width * 0.12, width * 0.12, CREAM)


def jar(
    sheet: Sheet, x: float, base: float, width: float, height: float, fill: Colour, other: Colour
) -> None:
    """Draw a glass jar, filled with pieces in two colours, under a lid."""
    sheet.box(x, base - height * 0.86, width, height * 0.86, "#dfe9ea", round_=width * 0.14)
    across, down = 6, 7
    for row in range(down):
        for column in range(across - row % 2):
            left = x + width * (0.14 + 0.145 * column + 0.072 * (row % 2))
            middle = base - height * (0.075 + 0.095 * row)
            sheet.oval(left, middle, width * 0.17, height * 0.105, fill if (row * 2 + column) % 3 else other)
    sheet.box(x + width * 0.06, base - height, width * 0.88, height * 0.15, "#51707c", round_=5)


def mug(sheet: Sheet, x: float, base: float, size: float, colour: Colour) -> None:
    """Draw a mug with its ear to the right."""
    sheet.arc(x + size, base - size * 0.5, size * 0.62, -90, 90, colour, size * 0.13)
    sheet.box(x, base - size, size, size, colour, round_=size * 0.14)
    sheet.box(x, base - size, size, size * 0.3, colour)


def terrain(sheet: Sheet, x: float, y: float, width: float, height: float) -> None:
    """Draw a map: land, a fjord, a river and two roads; it is no place in particular."""

    def at(*points: tuple[float, float]) -> list[tuple[float, float]]:
        return [(x + width * right, y + height * down) for right, down in points]

    sheet.box(x, y, width, height, "#cfdcb4", round_=8)
    sheet.shape(at((0, 0.62), (0.2, 0.56), (0.36, 0.68), (0.52, 0.72), (0.58, 1), (0, 1)), "#8fc0d4")
    sheet.shape(at((0.1, 0.08), (0.34, 0.05), (0.42, 0.26), (0.26, 0.4), (0.08, 0.3)), "#b3c78f")
    sheet.shape(at((0.66, 0.5), (0.92, 0.44), (0.96, 0.8), (0.74, 0.9)), "#b3c78f")
    sheet.line(at((0.98, 0.1), (0.8, 0.2), (0.68, 0.38), (0.5, 0.5), (0.46, 0.7)), "#8fc0d4", width * 0.014)
    sheet.line(at((0.02, 0.5), (0.22, 0.46), (0.46, 0.4), (0.6, 0.2), (0.64, 0.02)), CREAM, width * 0.012)
    sheet.line(at((0.46, 0.4), (0.62, 0.56), (0.98, 0.66)), CREAM, width * 0.012)


def pin(sheet: Sheet, x: float, y: float, size: float, colour: Colour) -> None:
    """Draw a pin that marks the point `(x, y)` of a map."""
    sheet.shape([(x, y), (x - size * 0.3, y - size * 0.55), (x + size * 0.3, y - size * 0.55)], colour)
    sheet.oval(x, y - size * 0.68, size * 0.7, size * 0.7, colour)
    sheet.oval(x, y - size * 0.68, size * 0.28, size * 0.28, CREAM)


def tick(sheet: Sheet, x: float, y: float, size: float, colour: Colour) -> None:
    """Draw a tick around the middle `(x, y)`."""
    points = [(x - size * 0.45, y), (x - size * 0.12, y + size * 0.34), (x + size * 0.5, y - size * 0.38)]
    sheet.line(points, colour, size * 0.2)


def bubble(sheet: Sheet, x: float, y: float, width: float, height: float, colour: Colour) -> None:
    """Draw a speech bubble with its tail below on the left."""
    tail = [
        (x + width * 0.2, y + height * 0.9),
        (x + width * 0.42, y + height * 0.9),
        (x + width * 0.16, y + height * 1.25),
    ]
    sheet.shape(tail, colour)
    sheet.box(x, y, width, height, colour, round_=min(width, height) * 0.3)


def ballot_box(sheet: Sheet, x: float, base: float, width: float) -> None:
    """Draw a ballot box with its slot."""
    height = width * 0.72
    sheet.box(x, base - height, width, height, "#3f6470", round_=width * 0.03)
    sheet.box(
        x - width * 0.04,
        base - height - width * 0.06,
        width * 1.08,
        width * 0.13,
        "#34545f",
        round_=width * 0.03,
    )
    sheet.box(
        x + width * 0.26, base - height - width * 0.015, width * 0.48, width * 0.04, INK, round_=width * 0.02
    )
    sheet.oval(x + width * 0.5, base - height * 0.42, width * 0.36, width * 0.36, CREAM)
    tick(sheet, x + width * 0.5, base - height * 0.42, width * 0.2, "#3f6470")


def book(sheet: Sheet, x: float, y: float, width: float, height: float, colour: Colour) -> None:
    """Draw a book that lies on its side, its back to us; `(x, y)` is its upper left corner."""
    sheet.box(x, y, width, height, colour, round_=height * 0.12)
    for side in (0.08, 0.86):
        sheet.box(x + width * side, y, width * 0.03, height, CREAM)
    sheet.box(x + width * 0.3, y + height * 0.36, width * 0.4, height * 0.28, CREAM, round_=height * 0.1)
