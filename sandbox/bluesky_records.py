"""Rules of AT Protocol records: identifiers, record keys, and the lexicon of a post.

Pure: values in, values or a refusal out. Sources: atproto.com specs for TID, CID and DAG-CBOR, and the lexicons
`app.bsky.feed.post`, `app.bsky.embed.*` and `app.bsky.richtext.facet`, read 2026-11. Of the lexicons only what a
publishing client can get wrong is checked.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sandbox.exchange import Declined, Doc
from sandbox.text import graphemes

POST = "app.bsky.feed.post"
_SUBJECTS = {"app.bsky.feed.like": "like", "app.bsky.feed.repost": "repost"}

_TEXT_GRAPHEMES, _TEXT_BYTES = 300, 3_000
_IMAGES, _IMAGE_BYTES, _THUMB_BYTES = 4, 2_000_000, 1_000_000
_LANGS, _TAGS = 3, 8

_TID = re.compile(r"[234567a-j][234567abcdefghijklmnopqrstuvwxyz]{12}")
_RECORD_KEY = re.compile(r"[A-Za-z0-9._:~-]{1,512}")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,20})?(Z|[+-]\d\d:\d\d)")
_LANGUAGE = re.compile(r"(i|[a-z]{2,3})(-[A-Za-z0-9]+)*")
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"

_RAW, _DAG_CBOR = 0x55, 0x71


class Wrong(Declined):
    """A record or call that the server refuses. `name` is the error's name, the text its message."""

    def __init__(self, message: str, name: str = "InvalidRequest", status: int = 400) -> None:
        self.name, self.status = name, status
        super().__init__(message)


# Identifiers


def tid(number: int) -> str:
    """Return a timestamp identifier: 13 sortable characters for microseconds and ten bits of clock id."""
    return "".join(_SORTABLE[number >> shift & 31] for shift in range(60, -1, -5))


def tid_of(number: int) -> str:
    """Return the timestamp identifier of a store's number, which holds milliseconds above 16 bits."""
    return tid(((number >> 16) * 1_000 << 10) + (number & 0xFFFF))


def did(handle: str) -> str:
    """Return the DID that follows from a handle."""
    digest = hashlib.sha256(handle.encode()).digest()[:15]
    return "did:plc:" + base64.b32encode(digest).decode().lower()


def blob_cid(content: bytes) -> str:
    """Return the CID of a blob's bytes: the same bytes, the same CID."""
    return _cid(_RAW, content)


def record_cid(record: object) -> str:
    """Return the CID of a record; the order of its keys makes no difference.

    Raises: Wrong when the record holds something that DAG-CBOR has no place for.
    """
    return _cid(_DAG_CBOR, _cbor(record))


def _cid(codec: int, content: bytes) -> str:
    digest = bytes((1, codec, 0x12, 0x20)) + hashlib.sha256(content).digest()
    return "b" + base64.b32encode(digest).decode().lower().rstrip("=")


def _cbor(value: Any) -> bytes:
    """Return a JSON value as DAG-CBOR, with `$link` as a CID and `$bytes` as bytes."""
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(map(_cbor, value))
    if isinstance(value, dict) and set(value) == {"$link"}:
        link = b"\x00" + _unbased(str(value["$link"])[1:])
        return b"\xd8\x2a" + _head(2, len(link)) + link
    if isinstance(value, dict) and set(value) == {"$bytes"}:
        content = base64.b64decode(str(value["$bytes"]) + "==")
        return _head(2, len(content)) + content
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return _head(5, len(keys)) + b"".join(_cbor(key) + _cbor(value[key]) for key in keys)
    raise Wrong("Invalid record: numbers must be whole")


def _unbased(coded: str) -> bytes:
    try:
        return base64.b32decode(coded.upper() + "=" * (-len(coded) % 8))
    except ValueError as error:
        raise Wrong("Invalid record: a CID cannot be read") from error


def _head(major: int, number: int) -> bytes:
    """Return a CBOR head: the major type and the shortest form of its number (RFC 8949, 3)."""
    if number < 24:
        return bytes((major << 5 | number,))
    for marker, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * size:
            return bytes((major << 5 | marker,)) + number.to_bytes(size, "big")
    raise Wrong("Invalid record: a number is too large")


# What is written


def subject(collection: str, record: Doc) -> str | None:
    """Return the address that a record hangs under: what a post answers, what a like or repost is of."""
    if collection == POST:
        found = (record.get("reply") or {}).get("parent")
    else:
        found = record.get("subject") if collection in _SUBJECTS else None
    return str(found["uri"]) if isinstance(found, dict) and "uri" in found else None


def check_key(collection: str, rkey: str) -> None:
    """Raise `Wrong` unless the record key may be used; a post's must be a TID."""
    if collection == POST and not _TID.fullmatch(rkey):
        raise Wrong(f"Invalid record key for {collection}: Invalid TID string (got {json.dumps(rkey)})")
    if not _RECORD_KEY.fullmatch(rkey) or rkey in (".", ".."):
        raise Wrong(f"Invalid record key: {json.dumps(rkey)}")


def check_record(collection: str, record: Doc) -> str:
    """Raise `Wrong` unless the record keeps to its lexicon; return `valid`, or `unknown` for lexicons not known here."""
    given = record.get("$type")
    if given is not None and given != collection:
        raise Wrong(f"Invalid $type: expected {collection}, got {given}")
    if collection != POST:
        return "valid" if collection in _SUBJECTS else "unknown"
    try:
        _check_post(record)
    except (AttributeError, KeyError, TypeError) as error:
        raise Wrong(f"Invalid {POST} record: a value has the wrong kind") from error
    return "valid"


def blobs(value: object) -> Iterator[Doc]:
    """Yield every blob object in a record."""
    if isinstance(value, dict):
        if value.get("$type") == "blob" and isinstance(value.get("ref"), dict):
            yield value
            return
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from blobs(item)


def _invalid(what: str, where: str) -> Wrong:
    return Wrong(f"Invalid {POST} record: {what} at $.record.{where}")


def _check_post(record: Doc) -> None:
    _check_text(record)
    _check_time(record)
    _check_list(record, "langs", _LANGS)
    _check_list(record, "tags", _TAGS)
    for number, language in enumerate(record.get("langs", [])):
        if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
            raise _invalid("Invalid language", f"langs[{number}]")
    for number, facet in enumerate(record.get("facets", [])):
        _check_facet(facet, f"facets[{number}]")
    if "reply" in record:
        for part in ("root", "parent"):
            _check_reference(record["reply"][part], f"reply.{part}")
    if "embed" in record:
        _check_embed(record["embed"], "embed")


def _check_text(record: Doc) -> None:
    words = record.get("text")
    if "text" not in record:
        raise Wrong(f'Invalid {POST} record: Missing required key "text" at $.record')
    if not isinstance(words, str):
        raise _invalid("Expected string value type", "text")
    if len(words.encode()) > _TEXT_BYTES:
        raise _invalid(f"string too big (maximum {_TEXT_BYTES}, got {len(words.encode())})", "text")
    if graphemes(words) > _TEXT_GRAPHEMES:
        raise _invalid(
            f"string too big (maximum {_TEXT_GRAPHEMES} graphemes, got {graphemes(words)})", "text"
        )


def _check_time(record: Doc) -> None:
    given = record.get("createdAt")
    if "createdAt" not in record:
        raise Wrong(f'Invalid {POST} record: Missing required key "createdAt" at $.record')
    try:
        valid = isinstance(given, str) and bool(_DATETIME.fullmatch(given))
        datetime.fromisoformat(str(given)[:19])
    except ValueError:
        valid = False
    if not valid:
        raise _invalid("Invalid datetime", "createdAt")


def _check_list(record: Doc, name: str, most: int) -> None:
    given = record.get(name, [])
    if not isinstance(given, list):
        raise _invalid("Expected array value type", name)
    if len(given) > most:
        raise _invalid(f"array too big (maximum {most}, got {len(given)})", name)


def _check_facet(facet: object, where: str) -> None:
    index = facet.get("index") if isinstance(facet, dict) else None
    if (
        not isinstance(facet, dict)
        or not isinstance(index, dict)
        or not isinstance(facet.get("features"), list)
    ):
        raise _invalid("Invalid facet", where)
    for name in ("byteStart", "byteEnd"):
        if not isinstance(index.get(name), int) or index[name] < 0:
            raise _invalid("Expected integer value type", f"{where}.index.{name}")


def _check_reference(given: object, where: str) -> None:
    if (
        not isinstance(given, dict)
        or not str(given.get("uri", "")).startswith("at://")
        or not given.get("cid")
    ):
        raise _invalid("Invalid strong reference", where)


def _check_embed(embed: object, where: str) -> None:
    kind = embed.get("$type") if isinstance(embed, dict) else None
    if not isinstance(embed, dict) or not isinstance(kind, str):
        raise _invalid("Expected a typed object", where)
    if kind == "app.bsky.embed.images":
        _check_images(embed.get("images"), f"{where}.images")
    elif kind == "app.bsky.embed.external":
        _check_card(embed.get("external"), f"{where}.external")
    elif kind == "app.bsky.embed.record":
        _check_reference(embed.get("record"), f"{where}.record")
    elif kind == "app.bsky.embed.recordWithMedia":
        _check_embed(embed.get("record"), f"{where}.record")
        _check_embed(embed.get("media"), f"{where}.media")


def _check_images(images: object, where: str) -> None:
    if not isinstance(images, list):
        raise _invalid("Expected array value type", where)
    if len(images) > _IMAGES:
        raise _invalid(f"array too big (maximum {_IMAGES}, got {len(images)})", where)
    for number, image in enumerate(images):
        place = f"{where}[{number}]"
        if not isinstance(image, dict) or not isinstance(image.get("alt"), str):
            raise _invalid('Missing required key "alt"', place)
        _check_blob(image.get("image"), f"{place}.image", _IMAGE_BYTES)
        ratio = image.get("aspectRatio", {"width": 1, "height": 1})
        if not isinstance(ratio, dict) or not all(_is_count(ratio.get(side)) for side in ("width", "height")):
            raise _invalid("Invalid aspect ratio", f"{place}.aspectRatio")


def _check_card(card: object, where: str) -> None:
    names = ("uri", "title", "description")
    if not isinstance(card, dict) or not all(isinstance(card.get(name), str) for name in names):
        raise _invalid("Expected uri, title and description", where)
    if "thumb" in card:
        _check_blob(card["thumb"], f"{where}.thumb", _THUMB_BYTES)


def _check_blob(blob: object, where: str, most: int) -> None:
    if not isinstance(blob, dict) or blob.get("$type") != "blob" or not isinstance(blob.get("ref"), dict):
        raise _invalid("Expected blob value type", where)
    if not str(blob.get("mimeType")).startswith("image/"):
        raise Wrong(
            f"Wrong type of file. It is {blob.get('mimeType')} but it must match image/*.", "InvalidMimeType"
        )
    size = blob.get("size")
    if not _is_count(size) or int(str(size)) > most:
        raise _invalid(f"blob too big (maximum {most}, got {size})", where)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
