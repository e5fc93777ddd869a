"""Draws the pictures of the campaign for a dry summer: each what the alternative text of its message says, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import cos, radians, sin

from samklang.campaigns_demo.sheet import HEIGHT, WIDTH, Colour, Sheet
from samklang.campaigns_demo.things import CREAM, INK, terrain

WET = "#4f9dbd"
LIGHT = "#a9d8e6"
RED = "#c8553d"


def drop(sheet: Sheet, x: float, y: float, size: float, colour: Colour) -> None:
    """Draw a drop with its tip at `(x, y)`."""
    sheet.shape([(x, y), (x - size * 0.36, y + size * 0.62), (x + size * 0.36, y + size * 0.62)], colour)
    sheet.oval(x, y + size * 0.7, size * 0.8, size * 0.76, colour)


def sprinkler() -> Sheet:
    """Draw a garden sprinkler on a yellowed lawn, crossed out in red."""
    sheet = Sheet("#cfe3ea")
    sheet.box(0, 420, WIDTH, HEIGHT - 420, "#d9c27a")
    for place in range(40):
        x, y = (place * 137) % WIDTH, 440 + (place * 61) % 220
        sheet.line([(x, y), (x + 8, y - 22)], "#c4a954", 5)
    sheet.box(480, 500, 240, 26, "#3f6470", round_=12)
    sheet.box(580, 420, 40, 90, "#3f6470", round_=8)
    sheet.box(520, 396, 160, 32, "#34545f", round_=14)
    for side in (-1, 1):
        for place in range(3):
            reach = 130 + place * 90
            for step in range(1, 6):
                along = step / 6
                across = 600 + side * (60 + reach * along)
                drop(sheet, across, 380 - reach * 1.5 * along * (1.25 - along), 22, WET)
    sheet.line([(350, 120), (850, 580)], RED, 34)
    sheet.line([(850, 120), (350, 580)], RED, 34)
    return sheet


def five_symbols() -> Sheet:
    """Draw five symbols: a shower, a dishwasher, a washing machine, a watering can and a jug."""
    sheet = Sheet("#dcebf0")
    for place in range(5):
        sheet.oval(130 + place * 235, 338, 212, 212, CREAM)
    sheet.arc(146, 300, 70, 180, 360, INK, 12)
    sheet.box(105, 296, 12, 110, INK)
    sheet.shape([(158, 300), (206, 300), (216, 322), (148, 322)], INK)
    for place in range(3):
        drop(sheet, 162 + place * 20, 336 + place % 2 * 24, 22, WET)
    _machine(sheet, 365)
    for row in (340, 372):
        sheet.box(330, row, 70, 8, CREAM, round_=4)
        for x in (342, 364, 386):
            sheet.arc(x, row, 24, 180, 360, CREAM, 5)
    _machine(sheet, 600)
    sheet.oval(600, 356, 74, 74, CREAM)
    sheet.oval(600, 356, 56, 56, WET)
    sheet.box(800, 318, 74, 80, "#4f7f5c", round_=10)
    sheet.line([(874, 384), (912, 312)], "#4f7f5c", 14)
    sheet.line([(898, 306), (928, 322)], "#4f7f5c", 14)
    sheet.arc(806, 348, 64, 90, 270, "#4f7f5c", 10)
    sheet.shape([(1036, 270), (1104, 270), (1112, 400), (1028, 400)], LIGHT)
    sheet.shape([(1032, 318), (1108, 318), (1112, 400), (1028, 400)], WET)
    sheet.arc(1112, 334, 60, 270, 90, INK, 9)
    return sheet


def _machine(sheet: Sheet, x: float) -> None:
    """Draw the body of a machine with its panel; `x` is its middle."""
    sheet.box(x - 56, 270, 112, 136, "#7d8f99", round_=10)
    sheet.box(x - 56, 270, 112, 34, "#66767f", round_=10)
    for knob in (-36, -14):
        sheet.oval(x + knob, 287, 12, 12, CREAM)


def hatched_map() -> Sheet:
    """Draw a map on which one area is hatched."""
    sheet = Sheet("#dcebf0")
    sheet.box(90, 50, 1020, 575, CREAM, round_=14)
    terrain(sheet, 116, 76, 968, 523)
    x, y, across, down = 640, 300, 400, 250
    for place in range(-9, 10):
        left = place * 20
        half = down / 2 * (1 - (2 * left / across) ** 2) ** 0.5
        sheet.line([(x + left - half * 0.3, y + half), (x + left + half * 0.3, y - half)], RED, 5)
    edge = [
        (x + across / 2 * cos(radians(step)), y + down / 2 * sin(radians(step))) for step in range(0, 361, 6)
    ]
    sheet.line(edge, RED, 8)
    return sheet


def two_bars() -> Sheet:
    """Draw two bars of water used in two weeks, the last one lower."""
    sheet = Sheet("#eef3f1")
    for y in range(140, 560, 84):
        sheet.line([(180, y), (1020, y)], "#d5dedb", 4)
    for left, top in ((320, 150), (660, 282)):
        sheet.box(left, top, 220, 410, WET, round_=10)
        sheet.box(left, top, 220, 40, LIGHT, round_=10)
        drop(sheet, left + 110, top + 120, 90, LIGHT)
    sheet.box(160, 556, 880, 119, "#eef3f1")
    sheet.line([(180, 560), (1020, 560)], INK, 8)
    sheet.line([(180, 100), (180, 560)], INK, 8)
    return sheet


def raindrops() -> Sheet:
    """Draw raindrops on a green leaf."""
    sheet = Sheet("#c4d9d3")
    outline = [
        (140, 520),
        (300, 250),
        (560, 110),
        (860, 120),
        (1090, 210),
        (960, 420),
        (720, 560),
        (420, 590),
    ]
    sheet.shape(outline, "#5f9a5b")
    sheet.line(outline + outline[:1], "#5f9a5b", 60)
    sheet.line([(60, 600), (320, 440), (640, 330), (1070, 214)], "#4a7d47", 12)
    for begin, end in (
        ((360, 424), (420, 250)), ((520, 370), (600, 190)), ((700, 314), (790, 170)),
        ((470, 386), (600, 520)), ((640, 330), (770, 470)), ((810, 286), (910, 380)),
    ):  # fmt: skip
        sheet.line([begin, end], "#4a7d47", 6)
    for x, y, size in (
        (300, 400, 70),
        (470, 260, 90),
        (640, 420, 110),
        (700, 190, 60),
        (860, 240, 84),
        (930, 340, 50),
        (520, 490, 56),
    ):
        sheet.oval(x, y, size, size * 0.92, LIGHT)
        sheet.oval(x - size * 0.16, y - size * 0.16, size * 0.26, size * 0.22, "#eef8fb")
    return sheet


PICTURES: Mapping[str, Callable[[], Sheet]] = {
    "hagespreiar.png": sprinkler,
    "fem-symbol.png": five_symbols,
    "skravert-kart.png": hatched_map,
    "to-soyler.png": two_bars,
    "regndropar.png": raindrops,
}
"""What draws each file of the campaign."""
