"""Pictures on disk under the digest of their bytes, and the narrow gate through which they come in.

Everything stored is made by us: the upload is decoded with limits, converted to sRGB, painted on a fresh canvas and
encoded again, so that no metadata, no second image and no hidden payload survives (D30, threats D11, D12).
"""

from __future__ import annotations

import hashlib
import io
import uuid
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

MAX_BYTES = 10_000_000
MAX_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
PROFILED = ("L", "RGB", "RGBA", "CMYK")
"""Modes whose numbers a colour profile is about; everything else is made plain first."""
STORED_SIDE = 2048
"""Pixels of the longer side of a rendition; above this no platform of ours shows more."""
STORED_BYTES = 1_900_000
"""Less than the strictest connector's limit for a picture; one rendition serves every platform."""


class PictureRefused(Exception):
    """The picture cannot be taken; `code` and `values` say why."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True, slots=True)
class Rendition:
    """A picture as it is stored and sent."""

    sha256: str
    mime: str
    width: int
    height: int
    content: bytes


def render_picture(source: bytes) -> Rendition:
    """Return the rendition of an uploaded picture.

    Raises: PictureRefused for what is too large, not a picture, or of another format than JPEG, PNG and WebP.
    """
    if len(source) > MAX_BYTES:
        raise PictureRefused("media.too_many_bytes", megabytes=MAX_BYTES // 1_000_000)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(source), formats=FORMATS) as opened:
                if opened.width * opened.height > MAX_PIXELS:
                    raise PictureRefused("media.too_many_pixels", megapixels=MAX_PIXELS // 1_000_000)
                picture = _plain(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureRefused("media.too_many_pixels", megapixels=MAX_PIXELS // 1_000_000) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise PictureRefused("media.not_a_picture") from None
    content = _encode(picture)
    return Rendition(
        hashlib.sha256(content).hexdigest(), "image/jpeg", picture.width, picture.height, content
    )


def _plain(opened: Image.Image) -> Image.Image:
    """Return an upright sRGB picture on a fresh white canvas, no larger than is shown anywhere."""
    profile = opened.info.get("icc_profile")
    upright = ImageOps.exif_transpose(opened)
    if upright.mode.startswith("I"):
        upright = upright.point(lambda value: value / 256).convert("L")  # 16 bits of grey
    elif upright.mode not in PROFILED:
        upright = upright.convert("RGBA")
    upright.thumbnail((STORED_SIDE, STORED_SIDE))
    colours = _to_srgb(upright, profile)
    canvas = Image.new("RGB", colours.size, "white")
    canvas.paste(colours, mask=colours.getchannel("A"))
    return canvas


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in sRGB with transparency; a profile that does not fit leaves the colours as they are."""
    if profile:
        srgb = ImageCms.createProfile("sRGB")
        mode = "RGBA" if picture.mode == "RGBA" else "RGB"
        try:
            converted = ImageCms.profileToProfile(picture, io.BytesIO(profile), srgb, outputMode=mode)
        except ImageCms.PyCMSError:
            converted = None
        if converted is not None:
            return converted.convert("RGBA")
    return picture.convert("RGBA")


def _encode(picture: Image.Image) -> bytes:
    for quality in (88, 80, 70, 60):
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality, optimize=True, progressive=True)
        if buffer.tell() <= STORED_BYTES:
            break
    return buffer.getvalue()


def stored_rendition(content: bytes) -> Rendition:
    """Return the rendition of bytes that are one of ours already."""
    with Image.open(io.BytesIO(content), formats=["JPEG"]) as ours:
        return Rendition(hashlib.sha256(content).hexdigest(), "image/jpeg", ours.width, ours.height, content)


class MediaFolder:
    """Renditions by digest on local disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Return where the bytes with this digest lie.

        Raises: ValueError for anything but a hex digest, which could name another file.
        """
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError("not a digest")
        return self.folder / sha256[:2] / sha256

    def keep(self, rendition: Rendition) -> None:
        """Store a rendition; the same bytes twice are one file, and a file that was altered is put right."""
        path = self.path(rendition.sha256)
        if path.exists() and path.read_bytes() == rendition.content:
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(f".{uuid.uuid4().hex}")
        draft.write_bytes(rendition.content)
        draft.replace(path)

    def render(self, source: bytes) -> Rendition:
        """Return the rendition of an upload; one of ours that comes back is taken as it is.

        Painting it anew would give other bytes, and an exported campaign would come back as another version.

        Raises: PictureRefused.
        """
        digest = hashlib.sha256(source).hexdigest()
        path = self.path(digest)
        if not path.exists() or path.read_bytes() != source:
            return render_picture(source)
        return stored_rendition(source)

    def read(self, sha256: str) -> bytes:
        """Return the bytes, compared with their digest (threat E3).

        Raises: PictureRefused when the file is gone or was altered.
        """
        try:
            content = self.path(sha256).read_bytes()
        except OSError:
            raise PictureRefused("media.gone") from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise PictureRefused("media.altered")
        return content
