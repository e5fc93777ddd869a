"""Draws the pictures of the preparedness campaign: each what the alternative text of its message says, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from samklang.campaigns_demo.sheet import HEIGHT, WIDTH, Colour, Sheet
from samklang.campaigns_demo.things import CREAM, INK, crispbread, jar, jug, mug, radio, tin


def dark_kitchen() -> Sheet:
    """Draw a dark kitchen in which a head torch shines on water jugs, tins and a radio."""
    sheet = Sheet("#141d29")
    _night_window(sheet)
    for left in (420, 676, 932):
        sheet.box(left, 0, 240, 180, "#1b2735", round_=6)
        sheet.box(left + 208, 112, 8, 44, "#2a3a4b", round_=4)
    sheet.box(0, 520, WIDTH, HEIGHT - 520, "#1f2c3a")
    sheet.box(0, 505, WIDTH, 26, "#33465a")
    for left in (60, 440, 820):
        sheet.box(left, 565, 320, 110, "#243343", round_=6)
    for narrower in (0, 60, 120):
        beam = [(206, 436), (WIDTH, 60 + narrower), (WIDTH, 531), (330 + narrower, 531), (206, 478)]
        sheet.veil(beam, "#ffe6a3", 0.14)
    jug(sheet, 470, 508, 190, "#5fa3bd", "#9cd0df", "#6a6654")
    jug(sheet, 626, 508, 190, "#5fa3bd", "#9cd0df", "#6a6654")
    tin(sheet, 796, 508, 80, 106, "#c8553d", "#b9c2c6")
    tin(sheet, 886, 508, 80, 106, "#4f7f5c", "#b9c2c6")
    radio(sheet, 986, 508, 176, "#e9b949", CREAM)
    _head_torch(sheet, 150, 505)
    return sheet


def _night_window(sheet: Sheet) -> None:
    """Draw a window with a night sky."""
    sheet.box(70, 50, 270, 210, "#25364a", round_=6)
    sheet.box(82, 62, 246, 186, "#0f1722")
    sheet.oval(266, 112, 46, 46, "#d9dfe6")
    sheet.oval(282, 104, 42, 42, "#0f1722")
    for x, y in ((112, 100), (150, 190), (182, 130), (300, 190), (244, 212)):
        sheet.oval(x, y, 5, 5, "#7c8ea3")
    sheet.box(201, 62, 8, 186, "#25364a")


def _head_torch(sheet: Sheet, x: float, base: float) -> None:
    """Draw a head torch that lies on its band and shines to the right."""
    sheet.oval(x - 36, base - 44, 128, 88, "#c8553d")
    sheet.oval(x - 36, base - 44, 98, 58, "#141d29")
    sheet.box(x + 2, base - 78, 48, 68, "#5b6f82", round_=12)
    sheet.box(x + 44, base - 70, 18, 52, "#ffe6a3", round_=8)


def water_in_cupboard() -> Sheet:
    """Draw two ten-litre jugs of water in a cupboard beside a packet of crispbread."""
    sheet = Sheet("#e4dccb")
    sheet.box(170, 30, 860, 615, "#a97c50", round_=10)
    sheet.box(196, 56, 808, 563, "#6f4e32")
    sheet.shape([(20, 60), (196, 56), (196, 619), (20, 665)], "#bf9162")
    sheet.shape([(50, 110), (168, 106), (168, 572), (50, 606)], "#b08355")
    sheet.shape([(1180, 60), (1004, 56), (1004, 619), (1180, 665)], "#bf9162")
    sheet.shape([(1150, 110), (1032, 106), (1032, 572), (1150, 606)], "#b08355")
    sheet.oval(156, 340, 18, 18, INK)
    sheet.oval(1044, 340, 18, 18, INK)
    sheet.box(196, 130, 808, 24, "#a97c50")
    sheet.box(196, 560, 808, 59, "#a97c50")
    sheet.box(196, 560, 808, 10, "#8c6440")
    jug(sheet, 236, 562, 340, "#6fb1c9", "#a9d8e6", "#6f4e32")
    jug(sheet, 500, 562, 340, "#6fb1c9", "#a9d8e6", "#6f4e32")
    crispbread(sheet, 778, 562, 180, 270)
    return sheet


def coffee_on_the_steps() -> Sheet:
    """Draw an older man and a young woman who drink coffee from a flask, on the steps of a house."""
    sheet = Sheet("#c96f52")
    for y in range(38, 520, 38):
        sheet.line([(0, y), (WIDTH, y)], "#bb6347", 3)
    sheet.box(470, 20, 260, 420, CREAM)
    sheet.box(492, 42, 216, 398, "#3f6470")
    sheet.box(530, 80, 140, 130, "#b9d3da", round_=4)
    sheet.oval(684, 260, 18, 18, "#e9b949")
    for side in (110, 900):
        sheet.box(side, 70, 190, 200, CREAM)
        sheet.box(side + 14, 84, 162, 172, "#8fb3bd")
        sheet.box(side + 90, 84, 10, 172, CREAM)
    sheet.box(0, 520, WIDTH, 80, "#8d9296")
    sheet.box(0, 590, WIDTH, 85, "#8fa878")
    for number, (left, top) in enumerate(((250, 420), (200, 500), (150, 580))):
        sheet.box(left, top, WIDTH - 2 * left, 95, ("#b9b4aa", "#aaa59b", "#9b968c")[number])
        sheet.box(left, top, WIDTH - 2 * left, 14, "#d0cbc1")
    _sitting(sheet, 430, coat="#44607a", edge="#38516a", legs="#3a3f46", skin="#e8bd9c")
    _older_head(sheet, 430)
    _sitting(sheet, 770, coat="#e0a83f", edge="#c9922d", legs="#4a5c78", skin="#d9a07a")
    _younger_head(sheet, 770)
    _flask(sheet, 600, 500)
    return sheet


def _sitting(sheet: Sheet, x: float, *, coat: Colour, edge: Colour, legs: Colour, skin: Colour) -> None:
    """Draw a person who sits on the steps, seen from the front, with a mug in both hands; `x` is the middle."""
    for side in (-1, 1):
        sheet.line([(x + side * 30, 432), (x + side * 52, 470), (x + side * 46, 546)], legs, 46)
        sheet.box(x + side * 46 - 36, 552, 72, 30, INK, round_=14)
    sheet.box(x - 82, 232, 164, 222, coat, round_=62)
    sheet.box(x - 20, 205, 40, 50, skin, round_=14)
    for side in (-1, 1):
        sheet.line([(x + side * 70, 290), (x + side * 88, 372), (x + side * 26, 366)], edge, 43)
        sheet.line([(x + side * 70, 290), (x + side * 88, 372), (x + side * 26, 366)], coat, 37)
    mug(sheet, x - 22, 384, 46, CREAM)
    for side in (-1, 1):
        sheet.oval(x + side * 24, 366, 28, 34, skin)
    for rise in (-10, 10):
        sheet.arc(x + rise, 322, 14, 90, 270, CREAM, 3)
        sheet.arc(x + rise, 309, 14, -90, 90, CREAM, 3)


def _face(sheet: Sheet, x: float, skin: Colour) -> None:
    """Draw a calm face."""
    sheet.oval(x, 166, 104, 118, skin)
    for side in (-1, 1):
        sheet.oval(x + side * 20, 162, 9, 10, INK)
    sheet.arc(x, 182, 38, 25, 155, INK, 4)


def _older_head(sheet: Sheet, x: float) -> None:
    """Draw an older man's head: grey hair and beard, glasses."""
    grey = "#e6e6e4"
    sheet.oval(x, 148, 124, 100, grey)
    sheet.oval(x, 204, 92, 66, grey)
    _face(sheet, x, "#e8bd9c")
    sheet.oval(x, 206, 84, 54, grey)
    sheet.oval(x, 120, 70, 22, "#e8bd9c")
    sheet.arc(x, 186, 34, 25, 155, INK, 4)
    for side in (-1, 1):
        sheet.arc(x + side * 21, 162, 34, 0, 360, INK, 3)
    sheet.line([(x - 4, 160), (x + 4, 160)], INK, 3)


def _younger_head(sheet: Sheet, x: float) -> None:
    """Draw a young woman's head with dark hair in a knot."""
    hair = "#3b2a24"
    sheet.oval(x, 92, 58, 54, hair)
    sheet.oval(x, 156, 128, 126, hair)
    _face(sheet, x, "#d9a07a")
    sheet.shape([(x - 54, 150), (x - 40, 112), (x, 100), (x + 42, 112), (x + 54, 150), (x + 10, 128)], hair)


def _flask(sheet: Sheet, x: float, base: float) -> None:
    """Draw a steel flask with a cup for a lid; `x` is the middle."""
    sheet.box(x - 32, base - 128, 64, 130, "#7d8f99", round_=12)
    sheet.box(x - 32, base - 96, 64, 12, "#66767f")
    sheet.box(x - 24, base - 166, 48, 44, "#c8553d", round_=8)
    sheet.box(x - 18, base - 82, 10, 70, "#9db0ba", round_=5)


def yellow_radio() -> Sheet:
    """Draw a yellow battery radio on a kitchen table."""
    sheet = Sheet("#dfe6dc")
    sheet.box(0, 0, WIDTH, 480, "#cddad0")
    sheet.box(90, 40, 330, 330, CREAM, round_=6)
    sheet.box(108, 58, 294, 294, "#a9cbd6")
    sheet.shape(
        [(108, 352), (108, 270), (200, 190), (270, 262), (330, 214), (402, 290), (402, 352)], "#7fa08a"
    )
    sheet.box(248, 58, 14, 294, CREAM)
    sheet.box(108, 196, 294, 14, CREAM)
    sheet.box(78, 366, 354, 18, CREAM, round_=4)
    for left in (860, 1010):
        sheet.box(left, 0, 138, 250, "#b9c9bd", round_=6)
        sheet.box(left + (112 if left == 860 else 14), 176, 10, 46, "#8fa297", round_=5)
    sheet.box(0, 540, WIDTH, 135, "#b98a5a")
    sheet.box(0, 540, WIDTH, 18, "#d0a473")
    for y in (590, 632):
        sheet.line([(0, y), (WIDTH, y)], "#ad7e4f", 3)
    sheet.oval(610, 560, 520, 22, "#a4774a")
    radio(sheet, 380, 560, 450, "#f0c02f", CREAM)
    return sheet


def food_shelf() -> Sheet:
    """Draw a shelf with tins, crispbread, nuts in a jar and dried fruit in another."""
    sheet = Sheet("#d8e2e0")
    for left in range(0, WIDTH, 100):
        sheet.line([(left, 0), (left, HEIGHT)], "#cdd9d7", 3)
    sheet.box(60, 500, 1080, 34, "#a97c50", round_=5)
    sheet.box(60, 500, 1080, 10, "#c2935f", round_=5)
    for left in (180, 960):
        sheet.shape([(left, 534), (left + 60, 534), (left, 620)], "#8c6440")
    tin(sheet, 110, 502, 118, 152, "#c8553d", "#b9c2c6")
    tin(sheet, 242, 502, 118, 152, "#4f7f5c", "#b9c2c6")
    tin(sheet, 176, 366, 118, 152, "#e0a83f", "#b9c2c6")
    crispbread(sheet, 404, 502, 190, 290)
    jar(sheet, 644, 502, 200, 260, "#9c6f38", "#c49a62")
    jar(sheet, 886, 502, 200, 260, "#d98032", "#7a3b46")
    return sheet


def checklist() -> Sheet:
    """Draw a checklist with seven lines, four of them ticked."""
    sheet = Sheet("#2f5d62")
    sheet.box(318, 44, 564, 611, "#234a4f", round_=18)
    sheet.box(306, 34, 564, 606, "#b98a5a", round_=18)
    sheet.box(334, 70, 508, 546, "#fbf8f1", round_=6)
    sheet.box(498, 18, 180, 62, "#9aa7ad", round_=14)
    sheet.box(528, 34, 120, 16, "#c3cdd1", round_=8)
    lengths = (300, 344, 256, 320, 280, 336, 228)
    for row, length in enumerate(lengths):
        y = 112 + row * 70
        sheet.box(372, y, 44, 44, INK, round_=8)
        sheet.box(377, y + 5, 34, 34, "#fbf8f1", round_=4)
        ticked = row in (0, 1, 3, 5)
        sheet.box(444, y + 13, length, 18, "#7d8f99" if ticked else "#c9d0d2", round_=9)
        if ticked:
            sheet.line([(382, y + 20), (393, y + 33), (420, y - 4)], "#c8553d", 9)
    _pencil(sheet)
    return sheet


def _pencil(sheet: Sheet) -> None:
    """Draw a pencil that lies beside the list."""
    sheet.shape([(953, 192), (982, 184), (1057, 468), (1066, 526), (1028, 476)], "#234a4f")
    sheet.shape([(943, 186), (972, 178), (1047, 462), (1018, 470)], "#f0c02f")
    sheet.shape([(943, 186), (972, 178), (978, 201), (949, 209)], "#c3cdd1")
    sheet.line([(957, 178), (955, 170)], "#c8553d", 29)
    sheet.shape([(1018, 470), (1047, 462), (1047, 520)], "#f0d9b5")
    sheet.shape([(1037, 503), (1047, 500), (1047, 520)], INK)


PICTURES: Mapping[str, Callable[[], Sheet]] = {
    "morkt-kjokken.png": dark_kitchen,
    "vatn-i-skapet.png": water_in_cupboard,
    "kaffi-pa-trappa.png": coffee_on_the_steps,
    "gul-radio.png": yellow_radio,
    "mat-pa-hylla.png": food_shelf,
    "sjekkliste.png": checklist,
}
"""What draws each file of the campaign."""
