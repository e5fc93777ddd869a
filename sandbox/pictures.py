"""Reads the kind and size of a picture from its first bytes. It decodes no pixels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """What the bytes say they are; width and height in pixels, `None` where the kind has none or hides it."""

    mime: str
    width: int | None = None
    height: int | None = None


def recognise(content: bytes) -> Shape | None:
    """Return the shape of a PNG, JPEG, GIF, WebP or MP4 file, `None` for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        return Shape(
            "image/png", int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
        )
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) >= 10:
        return Shape(
            "image/gif", int.from_bytes(content[6:8], "little"), int.from_bytes(content[8:10], "little")
        )
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg(content)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _webp(content)
    if content[4:8] == b"ftyp":
        return Shape("video/mp4")
    return None


def _jpeg(content: bytes) -> Shape | None:
    """Walk the segments to the frame header (ISO/IEC 10918-1, B.2.2)."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = content[at + 5 : at + 7], content[at + 7 : at + 9]
            return Shape("image/jpeg", int.from_bytes(width, "big"), int.from_bytes(height, "big"))
        at += 2 + length
    return None


def _webp(content: bytes) -> Shape | None:
    """Read the first chunk of a WebP container: extended, lossless or lossy."""
    kind = content[12:16]
    if kind == b"VP8X" and len(content) >= 30:
        width, height = content[24:27], content[27:30]
        return Shape("image/webp", 1 + int.from_bytes(width, "little"), 1 + int.from_bytes(height, "little"))
    if kind == b"VP8L" and len(content) >= 25:
        bits = int.from_bytes(content[21:25], "little")
        return Shape("image/webp", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if kind == b"VP8 " and len(content) >= 30:
        width, height = content[26:28], content[28:30]
        return Shape(
            "image/webp", int.from_bytes(width, "little") & 0x3FFF, int.from_bytes(height, "little") & 0x3FFF
        )
    return None
