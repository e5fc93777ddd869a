"""Draws the pictures of the library campaign: each what the alternative text of its message says, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from samklang.campaigns_demo.sheet import HEIGHT, WIDTH, Sheet
from samklang.campaigns_demo.things import CREAM, INK, book

SPINES = ("#c8553d", "#44607a", "#e0a83f", "#4f7f5c", "#6d5a8c", "#8a6f5a", "#3f6470", "#b98a5a")


def shelf_with_notes() -> Sheet:
    """Draw a bookshelf with handwritten notes hanging below the books."""
    sheet = Sheet("#6f4e32")
    for row in range(2):
        base = 290 + row * 320
        sheet.box(40, base - 250, 1120, 250, "#5a3d26")
        x = 60
        for place in range(17):
            width, height = 44 + (place * 17 + row * 9) % 34, 170 + (place * 37 + row * 23) % 66
            if x + width > 1140:
                break
            colour = SPINES[(place * 3 + row) % len(SPINES)]
            sheet.box(x, base - height, width, height, colour, round_=4)
            sheet.box(x + width * 0.2, base - height * 0.8, width * 0.6, 10, CREAM, round_=5)
            x += width + 6
        sheet.box(20, base, 1160, 30, "#a97c50", round_=4)
        for left in (150, 520, 890):
            sheet.box(left + row * 60, base + 14, 130, 66, "#f7df8a", round_=3)
            for line in range(3):
                y = base + 30 + line * 16
                sheet.line([(left + row * 60 + 14, y), (left + row * 60 + 110 - line * 22, y)], "#4a4433", 4)
    return sheet


def blanket_and_books() -> Sheet:
    """Draw a red blanket over the corner of a sofa, with a pile of picture books."""
    sheet = Sheet("#e9e2d3")
    sheet.box(0, 560, WIDTH, HEIGHT - 560, "#b98a5a")
    sheet.box(120, 200, 960, 330, "#5b7f86", round_=46)
    sheet.box(80, 300, 170, 290, "#4d6d73", round_=46)
    sheet.box(950, 300, 170, 290, "#4d6d73", round_=46)
    sheet.box(240, 400, 720, 150, "#6b9098", round_=26)
    sheet.shape([(150, 190), (430, 196), (470, 420), (420, 560), (110, 560), (120, 320)], "#b8352f")
    for y in range(240, 550, 54):
        sheet.line([(150, y), (420, y + 16)], "#9c2a25", 9)
    for x in range(120, 420, 26):
        sheet.line([(x, 560), (x - 3, 592)], "#b8352f", 8)
    for place, (left, width) in enumerate(((590, 300), (606, 270), (584, 290), (612, 240))):
        book(sheet, left, 356 - place * 44, width, 42, SPINES[place + 1])
    return sheet


def phone_on_book() -> Sheet:
    """Draw a phone with a paused series on top of an open book."""
    sheet = Sheet("#d9c9b0")
    sheet.box(0, 0, WIDTH, HEIGHT, "#cbb795")
    sheet.shape([(600, 150), (1090, 110), (1130, 560), (600, 600)], CREAM)
    sheet.shape([(600, 150), (110, 110), (70, 560), (600, 600)], "#efe6d4")
    sheet.line([(600, 150), (600, 600)], "#c9bfae", 8)
    for line in range(10):
        y = 180 + line * 38
        sheet.line([(150 - line * 3, y), (550, y + 30)], "#c9bfae", 6)
        sheet.line([(650, y + 30), (1050 + line * 3, y)], "#c9bfae", 6)
    sheet.box(380, 230, 440, 230, INK, round_=30)
    sheet.box(412, 248, 376, 194, "#44607a", round_=8)
    sheet.shape(
        [(412, 442), (412, 380), (520, 320), (620, 390), (700, 340), (788, 400), (788, 442)], "#2f4458"
    )
    sheet.oval(700, 296, 54, 54, "#e0a83f")
    for x in (566, 616):
        sheet.box(x, 300, 28, 92, CREAM, round_=6)
    return sheet


def card_and_sewing_machine() -> Sheet:
    """Draw a library card beside a sewing machine, a board game and a guitar."""
    sheet = Sheet("#dfe6dc")
    sheet.box(0, 540, WIDTH, 135, "#b98a5a")
    sheet.box(0, 540, WIDTH, 14, "#d0a473")
    sheet.box(60, 400, 250, 150, "#c8553d", round_=16)
    sheet.box(84, 426, 90, 16, CREAM, round_=8)
    for bar in range(14):
        sheet.box(86 + bar * 14, 478, 4 + bar % 3 * 3, 46, CREAM)
    sheet.box(350, 506, 300, 40, "#34545f", round_=8)
    sheet.box(580, 300, 66, 210, "#3f6470", round_=10)
    sheet.box(370, 280, 276, 80, "#3f6470", round_=30)
    sheet.box(376, 340, 50, 110, "#3f6470", round_=8)
    sheet.line([(400, 450), (400, 504)], "#c3cdd1", 7)
    sheet.oval(660, 330, 66, 66, "#c3cdd1")
    sheet.box(520, 248, 20, 36, "#e0a83f", round_=4)
    sheet.shape([(720, 548), (760, 440), (930, 440), (950, 548)], "#e0a83f")
    for row in range(4):
        for column in range(6):
            if (row + column) % 2:
                sheet.box(766 + column * 27 - row * 4, 446 + row * 24, 25, 20, CREAM)
    for x, colour in ((800, "#c8553d"), (860, "#44607a")):
        sheet.shape([(x - 16, 470), (x + 16, 470), (x, 416)], colour)
        sheet.oval(x, 416, 26, 26, colour)
    sheet.line([(1070, 400), (1070, 60)], "#6f4e32", 28)
    sheet.box(1046, 30, 48, 70, "#5a3d26", round_=8)
    sheet.oval(1070, 360, 150, 140, "#c2772f")
    sheet.oval(1070, 470, 200, 170, "#c2772f")
    sheet.oval(1070, 400, 64, 64, "#5a3d26")
    sheet.box(1036, 486, 68, 14, "#5a3d26", round_=4)
    for string in range(4):
        sheet.line([(1061 + string * 6, 80), (1061 + string * 6, 490)], CREAM, 2)
    return sheet


def high_pile() -> Sheet:
    """Draw a pile of books so high that it leaves the picture."""
    sheet = Sheet("#d8e2e0")
    sheet.box(0, 600, WIDTH, 75, "#a97c50")
    top, place = 600.0, 0
    while top > -40:
        height = 46 + (place * 23) % 26
        width = 430 + (place * 67) % 150
        top -= height
        left = 600 - width / 2 + (place * 41) % 60 - 30
        book(sheet, left, top, width, height - 2, SPINES[(place * 5) % len(SPINES)])
        place += 1
    sheet.oval(930, 560, 90, 80, "#c8553d")
    sheet.line([(930, 526), (936, 500)], "#6f4e32", 8)
    sheet.shape([(936, 506), (972, 486), (960, 516)], "#4f7f5c")
    return sheet


PICTURES: Mapping[str, Callable[[], Sheet]] = {
    "hylle-med-lappar.png": shelf_with_notes,
    "ullteppe-og-boker.png": blanket_and_books,
    "mobil-pa-bok.png": phone_on_book,
    "kort-og-symaskin.png": card_and_sewing_machine,
    "hog-bokstabel.png": high_pile,
}
"""What draws each file of the campaign."""
