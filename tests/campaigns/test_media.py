"""Pictures: the narrow gate through which they come in, and the folder in which they lie (threats D11, D12, E3)."""

from __future__ import annotations

import io
import struct
import threading
import time
import zipfile
import zlib
from pathlib import Path

import colour_profiles
import pytest
from PIL import Image, PngImagePlugin

from campaigns.media import (
    FORMATS,
    MAX_BYTES,
    MAX_PIXELS,
    STORED_BYTES,
    STORED_SIDE,
    MediaFolder,
    PictureRefused,
    Rendition,
    render_picture,
)
from connectors import CONNECTORS


def encoded(picture: Image.Image, form: str = "PNG", **more: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **more)
    return buffer.getvalue()


def opened(rendition: Rendition) -> Image.Image:
    return Image.open(io.BytesIO(rendition.content))


def refusal(source: bytes) -> str:
    with pytest.raises(PictureRefused) as told:
        render_picture(source)
    return told.value.code


def near(found: object, wanted: tuple[int, int, int], within: int = 12) -> bool:
    assert isinstance(found, tuple)
    return all(abs(one - other) <= within for one, other in zip(found, wanted, strict=True))


# -- what comes out


def test_where_the_picture_was_taken_does_not_survive() -> None:
    exif = Image.Exif()
    exif[0x010F] = "canary-maker"
    exif[0x9286] = "canary-comment"
    exif.get_ifd(0x8825).update({1: "N", 2: (60.0, 23.0, 30.0), 3: "E", 4: (5.0, 19.0, 45.0)})
    exif[0x8825] = {1: "N", 2: (60.0, 23.0, 30.0), 3: "E", 4: (5.0, 19.0, 45.0)}
    source = encoded(Image.new("RGB", (60, 40), "green"), "JPEG", exif=exif, comment=b"canary-jpeg")
    assert Image.open(io.BytesIO(source)).getexif().get_ifd(0x8825)
    rendition = render_picture(source)
    assert dict(opened(rendition).getexif()) == {}
    assert not {"exif", "comment", "xmp", "icc_profile", "photoshop"} & set(opened(rendition).info)
    assert b"canary" not in rendition.content
    assert b"Exif" not in rendition.content


def test_words_inside_a_png_or_webp_do_not_survive() -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", "canary-text", zip=False)
    words.add_itxt("XML:com.adobe.xmp", "<x>canary-xmp</x>")
    for source in (
        encoded(Image.new("RGB", (20, 20)), pnginfo=words),
        encoded(Image.new("RGB", (20, 20)), "WEBP", xmp=b"<x>canary-xmp</x>"),
    ):
        assert b"canary" in source
        assert b"canary" not in render_picture(source).content


def test_a_picture_lying_on_its_side_is_set_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by a quarter to the right to see it upright
    rendition = render_picture(encoded(Image.new("RGB", (60, 40)), "JPEG", exif=exif))
    assert (rendition.width, rendition.height) == (40, 60) == opened(rendition).size


def test_a_profile_of_its_own_is_turned_into_srgb_and_dropped() -> None:
    for mode, colour in (("RGB", (255, 0, 0)), ("RGBA", (255, 0, 0, 255))):
        source = encoded(Image.new(mode, (20, 20), colour), icc_profile=colour_profiles.swapped_rgb())
        rendition = render_picture(source)
        assert near(opened(rendition).getpixel((5, 5)), (0, 0, 255)), mode
        assert "icc_profile" not in opened(rendition).info


def test_a_palette_with_a_profile_is_turned_into_srgb_too() -> None:
    source = Image.new("RGB", (20, 20), (255, 0, 0)).convert("P")
    rendition = render_picture(encoded(source, icc_profile=colour_profiles.swapped_rgb()))
    assert near(opened(rendition).getpixel((5, 5)), (0, 0, 255))


def test_inks_are_turned_into_srgb_by_their_profile_and_plainly_without_one() -> None:
    inks = Image.new("CMYK", (20, 20), (0, 255, 255, 0))
    plain = render_picture(encoded(inks, "JPEG"))
    assert near(opened(plain).getpixel((5, 5)), (255, 0, 0), 20)
    grey = render_picture(encoded(inks, "JPEG", icc_profile=colour_profiles.grey_cmyk()))
    assert near(opened(grey).getpixel((5, 5)), (119, 119, 119))


@pytest.mark.parametrize("profile", [b"", b"no profile at all", colour_profiles.swapped_rgb()[:200]])
def test_a_broken_profile_leaves_the_colours_as_they_are(profile: bytes) -> None:
    rendition = render_picture(encoded(Image.new("RGB", (20, 20), "red"), icc_profile=profile))
    assert near(opened(rendition).getpixel((5, 5)), (255, 0, 0))


def test_a_profile_for_other_colours_than_the_pictures_is_ignored() -> None:
    rendition = render_picture(
        encoded(Image.new("RGB", (20, 20), "red"), "JPEG", icc_profile=colour_profiles.grey_cmyk())
    )
    assert near(opened(rendition).getpixel((5, 5)), (255, 0, 0))


def test_what_one_could_see_through_is_white() -> None:
    half = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    half.paste((0, 0, 255, 255), (0, 0, 10, 20))
    for source in (encoded(half), encoded(half, "WEBP", lossless=True), encoded(half.convert("LA"))):
        rendition = render_picture(source)
        assert near(opened(rendition).getpixel((16, 10)), (255, 255, 255))
        assert opened(rendition).mode == "RGB"
    palette = half.convert("P")
    rendition = render_picture(encoded(palette, transparency=palette.getpixel((16, 10))))
    assert near(opened(rendition).getpixel((16, 10)), (255, 255, 255))


def test_sixteen_bits_of_grey_keep_their_middle() -> None:
    rendition = render_picture(encoded(Image.new("I;16", (20, 20), 32768)))
    assert near(opened(rendition).getpixel((5, 5)), (128, 128, 128))


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    for form in ("PNG", "WEBP"):
        source = encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=100)
        rendition = render_picture(source)
        assert getattr(opened(rendition), "n_frames", 1) == 1
        assert near(opened(rendition).getpixel((5, 5)), (255, 0, 0))


def test_a_rendition_fits_every_platform_there_is() -> None:
    noise = Image.effect_noise((3000, 2200), 120).convert("RGB")
    rendition = render_picture(encoded(noise, "JPEG", quality=95))
    assert max(rendition.width, rendition.height) == STORED_SIDE
    assert len(rendition.content) <= STORED_BYTES
    for kind in CONNECTORS:
        assert kind.limits.picture_bytes >= STORED_BYTES
        assert kind.limits.picture_pixels >= STORED_SIDE**2
        assert rendition.mime in kind.limits.picture_kinds


def test_the_same_upload_gives_the_same_rendition_and_another_another() -> None:
    source = encoded(Image.new("RGB", (20, 20), "red"))
    assert render_picture(source) == render_picture(source)
    assert render_picture(source).sha256 != render_picture(encoded(Image.new("RGB", (20, 20)))).sha256


# -- what is refused


def png_of_size(width: int, height: int) -> bytes:
    """Return a PNG whose header promises so many pixels and whose data is a few bytes."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    chunks = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(
    ("width", "height"), [(10_000, 6_000), (10_000, 9_500), (14_000, 14_000), (40_000, 40_000)]
)
def test_a_flood_of_pixels_is_refused_before_it_is_unpacked(width: int, height: int) -> None:
    assert width * height > MAX_PIXELS
    begun = time.monotonic()
    assert refusal(png_of_size(width, height)) == "media.too_many_pixels"
    assert time.monotonic() - begun < 5  # a hang guard; what is refused unread takes milliseconds


def test_too_many_bytes_are_refused_unread() -> None:
    assert refusal(b"\xff\xd8" + b"\0" * MAX_BYTES) == "media.too_many_bytes"


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(/etc/passwd) run\nshowpage\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "source",
    [
        b"", b"GIF89a", b"not a picture", EPS, SVG, b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff",
        encoded(Image.new("RGB", (9, 9)), "TIFF"),
        encoded(Image.new("RGB", (9, 9)), "GIF"),
        encoded(Image.new("RGB", (9, 9)), "BMP"),
        encoded(Image.new("RGB", (9, 9)), "PPM"),
        encoded(Image.new("RGB", (9, 9)), "ICO"),
        encoded(Image.new("RGB", (900, 900), "red"))[:200],
        encoded(Image.effect_noise((300, 300), 50), "JPEG")[:900],
        png_of_size(300, 300),
    ],
)  # fmt: skip
def test_what_is_no_jpeg_png_or_webp_or_is_cut_short_is_refused(source: bytes) -> None:
    assert refusal(source) == "media.not_a_picture"


def test_a_picture_that_is_also_something_else_comes_out_as_a_picture_alone() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("canary.txt", "canary")
    script = b"<script>canary</script>"
    for form in FORMATS:
        source = encoded(Image.new("RGB", (30, 30), "red"), form) + script + archive.getvalue()
        content = render_picture(source).content
        assert not any(sign in content for sign in (b"<script>", b"PK\x03\x04", b"canary")), form


# -- the folder


@pytest.fixture
def folder(tmp_path: Path) -> MediaFolder:
    return MediaFolder(tmp_path / "media")


@pytest.fixture
def rendition() -> Rendition:
    return render_picture(encoded(Image.new("RGB", (20, 20), "red")))


def test_a_picture_lies_under_the_digest_of_its_bytes_and_once(
    folder: MediaFolder, rendition: Rendition
) -> None:
    folder.keep(rendition)
    folder.keep(rendition)
    files = [path for path in folder.folder.rglob("*") if path.is_file()]
    assert [path.name for path in files] == [rendition.sha256]
    assert folder.read(rendition.sha256) == rendition.content


def test_the_digest_is_checked_whenever_a_picture_is_read(folder: MediaFolder, rendition: Rendition) -> None:
    with pytest.raises(PictureRefused) as gone:
        folder.read(rendition.sha256)
    folder.keep(rendition)
    folder.path(rendition.sha256).write_bytes(rendition.content + b"x")
    with pytest.raises(PictureRefused) as altered:
        folder.read(rendition.sha256)
    assert (gone.value.code, altered.value.code) == ("media.gone", "media.altered")
    folder.keep(rendition)
    assert folder.read(rendition.sha256) == rendition.content


def test_many_at_once_may_store_the_same_picture(folder: MediaFolder, rendition: Rendition) -> None:
    troubles: list[Exception] = []

    def keep() -> None:
        try:
            folder.keep(rendition)
        except OSError as trouble:
            troubles.append(trouble)

    threads = [threading.Thread(target=keep) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert folder.read(rendition.sha256) == rendition.content
    assert len(list(folder.folder.rglob("*.*"))) == 0


@pytest.mark.parametrize("name", ["../../etc/passwd", "a" * 63, "A" * 64, "g" * 64, "", "a" * 64 + "/"])
def test_nothing_but_a_digest_names_a_file(folder: MediaFolder, name: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        folder.path(name)
