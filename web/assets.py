"""What browsers load beside the pages: style, script, letters and pictures, read once and answered from memory.

One fingerprint over everything stands in each address (`/static/<fingerprint>/samklang.css`), so that a browser may keep
a file for good and yet never shows a page with yesterday's look: another content is another address. Files find each
other by relative addresses, below the same fingerprint.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
BELOW = "/static/"
"""The addresses that are answered from here."""
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
"""For an address without the present fingerprint: it may be kept, but not used unasked."""
TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
"""The kinds of files that are given out; any other one in the folder is not."""

_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


class AssetsMissing(Exception):
    """The files of others that pages load are not there; the text says what brings them."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, and the same packed where that is smaller."""

    media_type: str
    content: bytes
    packed: bytes | None
    tag: str
    """A digest of the content, for whoever has it already."""


class Assets:
    """A folder of files, as it was when it was read."""

    def __init__(self, folder: Path) -> None:
        """Read a folder.

        Raises: AssetsMissing where the files of others are not in it.
        """
        found = (one for one in sorted(folder.rglob("*")) if one.is_file() and one.suffix in TYPES)
        self.files = {one.relative_to(folder).as_posix(): _read(one) for one in found}
        if not any(name.startswith("vendor/") for name in self.files):
            raise AssetsMissing(
                f"The style and script of others that every page loads are not in {folder / 'vendor'}. "
                "In a checkout `make run` and `pip install -e .` bring them, and so does: python vendor.py"
            )
        whole = "".join(f"{name} {one.tag}\n" for name, one in self.files.items())
        self.fingerprint = sha256(whole.encode()).hexdigest()[:16]

    def path(self, name: str) -> str:
        """Return the address of a file in the folder.

        Raises: KeyError where there is none of that name.
        """
        if name not in self.files:
            raise KeyError(name)
        return f"{BELOW}{self.fingerprint}/{name}"

    def answer(self, request: Request, where: str) -> Response:
        """Return a file by what stands after `/static/`, with the present fingerprint, an old one or none.

        Raises: HTTPException where there is no such file.
        """
        first, _, rest = where.partition("/")
        file = self.files.get(rest if _FINGERPRINT.fullmatch(first) else where)
        if file is None:
            raise HTTPException(404)
        packed = file.packed if accepts_gzip(request.headers.get("accept-encoding", "")) else None
        tag = f'"{file.tag}"' if packed is None else f'"{file.tag}-gzip"'
        headers = {"ETag": tag, "Cache-Control": FOR_GOOD if first == self.fingerprint else ASK_AGAIN}
        if file.packed is not None:
            headers["Vary"] = "Accept-Encoding"
        if tag in _known(request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        if packed is not None:
            headers["Content-Encoding"] = "gzip"
        return Response(packed or file.content, headers={**headers, "Content-Type": file.media_type})


def accepts_gzip(header: str) -> bool:
    """Return whether a browser takes gzip, by its Accept-Encoding."""
    offers = (one.partition(";") for one in header.lower().split(","))
    return any(
        name.strip() == "gzip" and not re.fullmatch(r"\s*q=0(\.0*)?\s*", quality)
        for name, _, quality in offers
    )


@cache
def assets() -> Assets:
    """Return the files of this installation, read once.

    Raises: AssetsMissing.
    """
    return Assets(FOLDER)


def asset(name: str) -> str:
    """Return the address of a file in `web/static`, for templates.

    Raises: AssetsMissing; KeyError where there is none of that name.
    """
    return assets().path(name)


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    packed = gzip.compress(content, mtime=0) if path.suffix != ".woff2" else content
    smaller = packed if len(packed) < len(content) else None
    return Asset(TYPES[path.suffix], content, smaller, sha256(content).hexdigest()[:16])


def _known(header: str) -> set[str]:
    return {one.strip().removeprefix("W/") for one in header.split(",")}
