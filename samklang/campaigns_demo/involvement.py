"""Draws the pictures of the involvement campaign: each what the alternative text of its message says, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from samklang.campaigns_demo.people import Look, arm, person
from samklang.campaigns_demo.sheet import HEIGHT, WIDTH, Sheet
from samklang.campaigns_demo.things import CREAM, INK, bubble, terrain, tick

OLDER = Look("#e8bd9c", "#e6e6e4", "#44607a", "#38516a", "bald")
MIDDLE = Look("#a9714b", "#2b2320", "#c8553d", "#ad4430", "long")
YOUNG = Look("#d9a07a", "#6b4427", "#e0a83f", "#c9922d", "short")
FRIEND = Look("#e8bd9c", "#3b2a24", "#4f7f5c", "#40694b", "knot")


def people_over_map() -> Sheet:
    """Draw three people of different ages over a large map on a table, each pointing to a place of their own."""
    sheet = Sheet("#e9e2d3")
    sheet.box(0, 0, WIDTH, 330, "#dcd3c0")
    for x, look in ((270, OLDER), (600, MIDDLE), (930, YOUNG)):
        person(sheet, x, 150, look, height=260)
    sheet.shape([(130, 400), (1070, 400), (1200, 675), (0, 675)], "#a97c50")
    sheet.shape([(200, 420), (1000, 420), (1110, 660), (90, 660)], CREAM)
    terrain(sheet, 180, 432, 840, 214)
    arm(sheet, ((200, 250), (190, 400), (330, 500)), OLDER)
    arm(sheet, ((530, 250), (500, 400), (580, 540)), MIDDLE)
    arm(sheet, ((1000, 250), (1010, 400), (860, 480)), YOUNG)
    for x, y in ((352, 516), (600, 558), (836, 496)):
        sheet.oval(x, y, 22, 22, "#c8553d")
    return sheet


def young_on_a_bench() -> Sheet:
    """Draw two young people on a bench at a bus stop, looking at one phone together."""
    sheet = Sheet("#bcd4dc")
    sheet.box(0, 560, WIDTH, HEIGHT - 560, "#9aa3a8")
    sheet.box(0, 540, WIDTH, 26, "#c6ccce")
    sheet.box(210, 60, 700, 24, "#3f6470", round_=8)
    for x in (230, 870):
        sheet.box(x, 70, 20, 480, "#3f6470")
    sheet.box(250, 100, 620, 330, "#d5e6ea")
    sheet.box(1010, 90, 14, 460, "#6b7a82")
    sheet.box(960, 90, 114, 114, "#c8553d", round_=18)
    sheet.box(982, 122, 70, 46, CREAM, round_=8)
    for x in (998, 1036):
        sheet.oval(x, 172, 16, 16, CREAM)
    sheet.box(330, 440, 460, 26, "#a97c50", round_=8)
    for x in (360, 740):
        sheet.box(x, 466, 18, 90, "#6f4e32")
    for x, look, legs in ((470, YOUNG, "#4a5c78"), (660, FRIEND, "#3a3f46")):
        for side in (-1, 1):
            sheet.line([(x + side * 32, 440), (x + side * 44, 470), (x + side * 40, 540)], legs, 44)
            sheet.box(x + side * 40 - 34, 540, 68, 28, INK, round_=14)
        person(sheet, x, 180, look, height=220)
    arm(sheet, ((410, 290), (416, 390), (536, 376)), YOUNG)
    arm(sheet, ((720, 290), (714, 390), (594, 376)), FRIEND)
    sheet.box(538, 316, 54, 92, INK, round_=10)
    sheet.box(544, 326, 42, 70, "#a9d8e6", round_=4)
    return sheet


def calendar_and_postbox() -> Sheet:
    """Draw a calendar with one day ringed in, and an open postbox beside it."""
    sheet = Sheet("#d9e4d8")
    sheet.box(0, 560, WIDTH, HEIGHT - 560, "#8fa878")
    sheet.box(140, 90, 520, 450, CREAM, round_=14)
    sheet.box(140, 90, 520, 90, "#c8553d", round_=14)
    for x in (240, 400, 560):
        sheet.box(x - 8, 66, 16, 52, "#6b7a82", round_=8)
    for row in range(4):
        for column in range(7):
            sheet.box(172 + column * 66, 210 + row * 78, 52, 60, "#dfe6e2", round_=8)
    sheet.arc(172 + 4 * 66 + 26, 210 + 2 * 78 + 30, 100, 0, 360, "#c8553d", 9)
    sheet.box(890, 330, 26, 250, "#6f4e32")
    sheet.box(770, 190, 300, 170, "#c8553d", round_=26)
    sheet.box(800, 216, 200, 118, "#6d2b20", round_=16)
    sheet.shape([(800, 334), (1000, 334), (1030, 400), (770, 400)], "#ad4430")
    for lift, colour in ((0, "#f6efe2"), (26, "#e0d6c2")):
        sheet.box(826, 246 + lift, 150, 70, colour, round_=4)
    sheet.line([(826, 274), (901, 310), (976, 274)], "#b8ad97", 4)
    return sheet


def yellow_notes() -> Sheet:
    """Draw a wall full of yellow notes with handwriting."""
    sheet = Sheet("#e8e4dc")
    shades = ("#f4d35e", "#f0c02f", "#f7df8a")
    for row in range(4):
        for column in range(7):
            left = 36 + column * 164 + (row % 2) * 14
            top = 26 + row * 160 + (column % 3) * 8
            sheet.box(left + 5, top + 6, 136, 132, "#cfc8ba", round_=3)
            sheet.box(left, top, 136, 132, shades[(row * 2 + column) % 3], round_=3)
            for line in range(4 - (row + column) % 2):
                y = top + 32 + line * 24
                width = 96 - (line * 17 + row * 11 + column * 7) % 44
                wave = [(left + 20 + step, y + (4 if step // 8 % 2 else -3)) for step in range(0, width, 8)]
                sheet.line(wave, "#4a4433", 3)
    return sheet


def you_said_we_did() -> Sheet:
    """Draw two columns with three points in each, a speech bubble over the one and a tick over the other."""
    sheet = Sheet("#2f5d62")
    for left, paper in ((110, "#fbf8f1"), (640, "#f4efdf")):
        sheet.box(left, 60, 450, 560, paper, round_=20)
        for row in range(3):
            y = 290 + row * 104
            sheet.oval(left + 66, y + 20, 36, 36, "#c8553d" if left == 110 else "#4f7f5c")
            for line, length in enumerate((286, 220 - row * 30)):
                sheet.box(left + 106, y + line * 30, length, 18, "#c9d0d2", round_=9)
    bubble(sheet, 265, 100, 140, 96, "#c8553d")
    tick(sheet, 865, 160, 110, "#4f7f5c")
    return sheet


PICTURES: Mapping[str, Callable[[], Sheet]] = {
    "folk-over-kart.png": people_over_map,
    "unge-pa-benk.png": young_on_a_bench,
    "kalender-og-postkasse.png": calendar_and_postbox,
    "gule-lappar.png": yellow_notes,
    "de-sa-vi-gjorde.png": you_said_we_did,
}
"""What draws each file of the campaign."""
