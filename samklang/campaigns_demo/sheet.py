"""A sheet of paper to draw flat shapes on: 1200 by 675 points, smooth edges, the same picture every time.

It knows shapes and no motifs; it opens no file.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1200, 675
"""Pixels of the finished picture; 16:9, which platforms show uncut."""
_FINER = 3
"""Drawn this much larger and then reduced, which smooths every edge."""

Point = tuple[float, float]
Colour = str


class Sheet:
    """One picture being drawn; coordinates are points of the finished picture, from the upper left corner."""

    def __init__(self, paper: Colour) -> None:
        self._image = Image.new("RGB", (WIDTH * _FINER, HEIGHT * _FINER), paper)
        self._draw = ImageDraw.Draw(self._image)

    def box(
        self, x: float, y: float, width: float, height: float, colour: Colour, *, round_: float = 0
    ) -> None:
        """Draw a filled rectangle, with rounded corners where `round_` gives their radius."""
        corners = self._scaled([(x, y), (x + width, y + height)])
        self._draw.rounded_rectangle(corners, radius=round_ * _FINER, fill=colour)

    def oval(self, x: float, y: float, across: float, down: float, colour: Colour) -> None:
        """Draw a filled ellipse around the middle `(x, y)`; `across` and `down` are whole diameters."""
        corners = self._scaled([(x - across / 2, y - down / 2), (x + across / 2, y + down / 2)])
        self._draw.ellipse(corners, fill=colour)

    def shape(self, points: Sequence[Point], colour: Colour) -> None:
        """Draw a filled polygon."""
        self._draw.polygon(self._scaled(points), fill=colour)

    def line(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        """Draw a line with round ends and joints."""
        scaled = self._scaled(points)
        self._draw.line(scaled, fill=colour, width=round(width * _FINER), joint="curve")
        radius = width * _FINER / 2
        for x, y in (scaled[0], scaled[-1]):
            self._draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)

    def arc(
        self, x: float, y: float, size: float, start: float, end: float, colour: Colour, width: float
    ) -> None:
        """Draw a part of a circle around `(x, y)`; degrees clockwise from three o'clock."""
        corners = self._scaled([(x - size / 2, y - size / 2), (x + size / 2, y + size / 2)])
        self._draw.arc(corners, start, end, fill=colour, width=round(width * _FINER))

    def veil(self, points: Sequence[Point], colour: Colour, strength: float) -> None:
        """Lay a see-through polygon over what is there; `strength` is from 0 (nothing) to 1 (solid)."""
        mask = Image.new("L", self._image.size, 0)
        ImageDraw.Draw(mask).polygon(self._scaled(points), fill=round(255 * strength))
        self._image.paste(Image.new("RGB", self._image.size, colour), mask=mask)

    def finished(self) -> Image.Image:
        """Return the picture in its final size."""
        return self._image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)

    def _scaled(self, points: Sequence[Point]) -> list[Point]:
        return [(x * _FINER, y * _FINER) for x, y in points]
