"""One request and one response as values, and the encodings a request body may come in.

It opens no socket; the server turns bytes into a `Request` and a `Response` into bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any
from urllib.parse import parse_qsl

Doc = dict[str, Any]
"""A decoded JSON object or form; its values are checked where they are used."""

_DEEPEST = 6
"""Levels of brackets in a form field's name; `poll[options][]` has two."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in a multipart form."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """A status, a body and the headers that go with it."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """Ends a request early with an answer."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__(f"answered {response.status}")


class Declined(Exception):
    """The platform says no to what was asked; each platform shapes its answer in its own way."""


class Unreadable(ValueError):
    """The body is not what its content type says."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked. `path` is decoded; `query` keeps order and repeats."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Message
    body: bytes = b""
    hidden: float = 0.0
    """Seconds that a post made by this request stays unseen by readers; a fault sets it."""

    @property
    def bearer(self) -> str:
        """Return the bearer token, or an empty string."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    @property
    def mime(self) -> str:
        """Return the declared type of the body without its parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def asked(self, name: str, default: str = "") -> str:
        """Return the last value of a query parameter."""
        return dict(self.query).get(name, default)

    def asked_all(self, name: str) -> list[str]:
        """Return every value of a repeated query parameter."""
        return [value for key, value in self.query if key == name]

    def object(self) -> Doc:
        """Return the body as a JSON object.

        Raises: Unreadable.
        """
        try:
            found = json.loads(self.body)
            json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is JSON but no text
        except (ValueError, RecursionError) as error:
            raise Unreadable("not JSON") from error
        if not isinstance(found, dict):
            raise Unreadable("not a JSON object")
        return found

    def params(self) -> Doc:
        """Return query and body as one nested object, whether form, multipart or JSON.

        Raises: Unreadable.
        """
        given = nest(self.query)
        if not self.body:
            return given
        if self.mime == "application/json":
            return given | self.object()
        if self.mime == "multipart/form-data":
            return given | nest(_parts(self.headers["Content-Type"], self.body))
        try:
            return given | nest(parse_qsl(self.body.decode(), keep_blank_values=True))
        except UnicodeDecodeError as error:
            raise Unreadable("not UTF-8") from error


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return `value` as a JSON response."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, body, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


def nest(pairs: Iterable[tuple[str, object]]) -> Doc:
    """Return form fields as a nested object: `poll[options][]=a` becomes `{"poll": {"options": ["a"]}}`.

    Raises: Unreadable when a name is used both as a value and as a group.
    """
    root: Doc = {}
    for name, value in pairs:
        keys = re.findall(r"[^\[\]]+|\[\]", name)
        if not keys or len(keys) > _DEEPEST:
            raise Unreadable(f"field name {name[:40]!r}")
        try:
            _place(root, keys, value)
        except (AttributeError, TypeError) as error:
            raise Unreadable(f"field name {name[:40]!r} clashes with another") from error
    return root


def _place(node: Doc, keys: list[str], value: object) -> None:
    key, rest = keys[0], keys[1:]
    if not rest:
        node[key] = value
    elif rest == ["[]"]:
        node.setdefault(key, []).append(value)
    elif rest[0] == "[]":
        items = node.setdefault(key, [])
        if not items or rest[1] in items[-1]:  # a name that comes again begins the next item
            items.append({})
        _place(items[-1], rest[1:], value)
    else:
        _place(node.setdefault(key, {}), rest, value)


def _parts(content_type: str, body: bytes) -> list[tuple[str, object]]:
    """Return the fields of a multipart form; files as `Upload`, the rest as text (RFC 7578)."""
    head = Message()
    head["Content-Type"] = content_type
    boundary = head.get_boundary()
    if not boundary:
        raise Unreadable("multipart without boundary")
    fields: list[tuple[str, object]] = []
    for piece in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:]:
        if piece.startswith(b"--"):
            break
        lines, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        part = BytesHeaderParser().parsebytes(lines)
        name = part.get_param("name", "", "content-disposition")
        filename = part.get_filename()
        if filename is not None:
            fields.append((str(name), Upload(filename, part.get_content_type(), content)))
        else:
            fields.append((str(name), content.decode("utf-8", "replace")))
    return fields
