"""Draws the pictures of the campaign before elections: no politicians, no colours of parties, no words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from samklang.campaigns_demo.sheet import HEIGHT, WIDTH, Sheet
from samklang.campaigns_demo.things import CREAM, INK, ballot_box, bubble, pin, terrain, tick

SKIN = "#d9a07a"
CALM = "#7d8f99"
PURPLE = "#6d5a8c"
"""Of no party that stands for election here; the others in these pictures are paper, wood and grey."""


def hand_and_ballot_box() -> Sheet:
    """Draw a hand that puts an envelope into a ballot box."""
    sheet = Sheet("#e4dfe9")
    sheet.box(0, 570, WIDTH, HEIGHT - 570, "#a97c50")
    sheet.box(0, 570, WIDTH, 14, "#c2935f")
    ballot_box(sheet, 400, 572, 400)
    sheet.shape([(520, 120), (690, 150), (668, 276), (530, 276)], CREAM)
    sheet.line([(520, 120), (596, 196), (690, 150)], "#c9bfae", 5)
    sheet.line([(1010, 0), (860, 70), (760, 130)], PURPLE, 110)
    sheet.line([(800, 106), (700, 160)], SKIN, 74)
    for place, length in enumerate((76, 84, 80, 64)):
        sheet.line([(700 - place * 4, 136 + place * 26), (690 - length, 150 + place * 26)], SKIN, 25)
    sheet.line([(720, 130), (640, 116)], "#c98f69", 24)
    return sheet


def four_steps() -> Sheet:
    """Draw four drawings in a row: a map, a driving licence, a polling booth and a ballot box."""
    sheet = Sheet("#efeaf3")
    for place in range(4):
        sheet.box(40 + place * 285, 140, 265, 395, "#fbf8f1", round_=20)
    terrain(sheet, 62, 210, 221, 250)
    pin(sheet, 190, 350, 96, PURPLE)
    sheet.box(345, 260, 225, 150, "#c9d9e3", round_=14)
    sheet.box(345, 260, 225, 32, CALM, round_=14)
    sheet.oval(396, 330, 44, 50, SKIN)
    sheet.box(366, 352, 60, 40, CALM, round_=18)
    for line, length in enumerate((104, 84, 94)):
        sheet.box(446, 312 + line * 28, length, 14, "#8d9ba5", round_=7)
    sheet.box(640, 190, 210, 300, "#a97c50", round_=8)
    sheet.box(656, 206, 178, 284, "#6f4e32")
    for fold in range(5):
        sheet.box(656 + fold * 24, 206, 22, 250, PURPLE if fold % 2 else "#7d6a9d", round_=6)
    ballot_box(sheet, 925, 450, 195)
    for place in range(3):
        x = 40 + place * 285 + 275
        sheet.shape([(x - 8, 318), (x + 12, 338), (x - 8, 358)], PURPLE)
    return sheet


def six_bubbles() -> Sheet:
    """Draw six speech bubbles, each in a colour of its own, with a tick in each."""
    sheet = Sheet("#f3efe6")
    colours = ("#6d5a8c", "#7d8f99", "#a97c50", "#4a7c83", "#8a6f5a", "#5b6f82")
    for place, colour in enumerate(colours):
        left, top = 60 + place % 3 * 375, 60 + place // 3 * 305 + (place % 2) * 24
        bubble(sheet, left, top, 320, 190, colour)
        tick(sheet, left + 160, top + 95, 104, CREAM)
    return sheet


def map_with_polling_places() -> Sheet:
    """Draw a map on which the polling places are marked."""
    sheet = Sheet("#e4dfe9")
    sheet.box(90, 50, 1020, 575, CREAM, round_=14)
    terrain(sheet, 116, 76, 968, 523)
    for x, y in ((330, 230), (560, 330), (760, 190), (900, 480)):
        pin(sheet, x, y, 110, PURPLE)
    return sheet


def entrance() -> Sheet:
    """Draw the entrance of a polling place with a ballot box on the sign over the door."""
    sheet = Sheet("#d8cbb3")
    for y in range(45, 560, 45):
        sheet.line([(0, y), (WIDTH, y)], "#cbbda3", 3)
    sheet.box(0, 560, WIDTH, HEIGHT - 560, "#9aa3a8")
    sheet.box(400, 210, 400, 370, CREAM, round_=6)
    for left in (420, 606):
        sheet.box(left, 230, 174, 350, "#4a5c6b")
        sheet.box(left + 26, 262, 122, 190, "#a9cbd6", round_=4)
    for x in (580, 620):
        sheet.box(x - 5, 420, 10, 74, "#e9dfc8", round_=5)
    sheet.box(360, 576, 480, 34, "#b9b4aa")
    sheet.box(320, 606, 560, 69, "#aaa59b")
    sheet.box(470, 44, 260, 150, PURPLE, round_=16)
    sheet.box(480, 54, 240, 130, CREAM, round_=12)
    ballot_box(sheet, 545, 172, 110)
    for side in (140, 930):
        sheet.box(side, 200, 150, 220, CREAM)
        sheet.box(side + 12, 212, 126, 196, "#a9cbd6")
        sheet.box(side + 70, 212, 10, 196, CREAM)
    sheet.oval(300, 560, 90, 30, INK)
    sheet.box(268, 480, 64, 76, "#8a6f5a", round_=8)
    sheet.oval(300, 440, 120, 110, "#6f8f5f")
    return sheet


PICTURES: Mapping[str, Callable[[], Sheet]] = {
    "hand-og-valurne.png": hand_and_ballot_box,
    "fire-steg.png": four_steps,
    "seks-snakkebobler.png": six_bubbles,
    "kart-med-vallokale.png": map_with_polling_places,
    "inngang.png": entrance,
}
"""What draws each file of the campaign."""
