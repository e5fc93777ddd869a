"""Colour profiles made by hand, so that a test can tell whether a picture's own profile was followed."""

from __future__ import annotations

import struct

from PIL import ImageCms


def swapped_rgb() -> bytes:
    """Return an sRGB profile that takes red for blue and blue for red."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack(">I", profile[128:132])
    for place in range(132, 132 + 12 * count, 12):
        name = bytes(profile[place : place + 4])
        profile[place : place + 4] = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}.get(name, name)
    return bytes(profile)


def grey_cmyk() -> bytes:
    """Return a CMYK profile in which every coloured ink gives the same middle grey, and black black (ICC.1:2010, lut8)."""
    ramp = bytes(range(256))
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    corners = bytes([128, 128, 128, 0, 128, 128]) * 2**3  # Lab 50 0 0 without black ink, 0 0 0 with it
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + ramp * 4 + corners + ramp * 3
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    words = b"text\0\0\0\0grey\0\0\0\0"
    named = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"grey\0" + bytes(78)
    parts = ((b"desc", named), (b"cprt", words), (b"wtpt", white), (b"A2B0", table))
    directory, content, at = struct.pack(">I", len(parts)), b"", 128 + 4 + 12 * len(parts)
    for name, part in parts:
        directory += name + struct.pack(">II", at + len(content), len(part))
        content += part + bytes(-len(part) % 4)
    size = at + len(content)
    header = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x02400000, b"prtr", b"CMYK", b"Lab ")
    header += struct.pack(">6H", 2027, 1, 12, 0, 0, 0) + b"acsp" + bytes(28)
    header += struct.pack(">3i", 63190, 65536, 54061)
    return header + bytes(128 - len(header)) + directory + content
