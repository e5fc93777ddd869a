"""What a person typed, read within limits and by name: a field that nobody asked for refuses the whole form (threat A9)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

CSRF = "csrf"
LARGEST = 512 * 1024
"""Bytes of a form without files: sixty messages in three languages are far fewer."""
LARGEST_WITH_FILE = 11 * 1024 * 1024
"""Bytes of a form with a picture, which itself may have ten million."""
MOST_FIELDS = 1000


@dataclass(frozen=True, slots=True)
class Error:
    """Something that was typed wrong: where, and a sentence that says what to do."""

    field: str
    """The id of the field, for the link in the summary."""
    sentence: str


@dataclass(frozen=True, slots=True)
class Form:
    """Fields and files by their names. What is not there is empty."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, ("",))[0]

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a field that may be given several times."""
        return self.fields.get(name, ())

    def starting(self, prefix: str) -> dict[str, str]:
        """Return the fields whose names begin with a prefix, by the rest of their names."""
        return {
            name.removeprefix(prefix): values[0]
            for name, values in self.fields.items()
            if name.startswith(prefix)
        }

    def again(self) -> list[tuple[str, str]]:
        """Return every name with each of its values, to put the same into another form; without the token."""
        return [(name, value) for name, values in self.fields.items() if name != CSRF for value in values]


async def read_form(request: Request, takes: Collection[str], *, with_file: bool = False) -> Form:
    """Return what a request brings, if it brings nothing but what is taken: names, or beginnings such as `fact.*`.

    Raises: HTTPException 413 for too much of it, 422 for a field nobody asked for or a body that is no form.
    """
    largest = LARGEST_WITH_FILE if with_file else LARGEST
    length = request.headers.get("content-length", "0" if request.method == "DELETE" else "")
    if not length.isdecimal() or int(length) > largest:
        raise HTTPException(413 if length.isdecimal() else 411)
    try:
        typed = await request.form(max_files=4, max_fields=MOST_FIELDS, max_part_size=LARGEST)
    except (MultiPartException, HTTPException, UnicodeDecodeError):
        raise HTTPException(422) from None
    try:
        return await _taken(typed, takes)
    finally:
        await typed.close()  # uploads lie in temporary files


async def _taken(typed: FormData, takes: Collection[str]) -> Form:
    fields: dict[str, tuple[str, ...]] = {}
    files: dict[str, bytes] = {}
    try:
        for name, value in typed.multi_items():
            if name != CSRF and not _is_taken(name, takes):
                raise HTTPException(422)
            if isinstance(value, UploadFile):
                if value.size:
                    files[name] = await value.read()
            else:
                fields[name] = (*fields.get(name, ()), value.replace("\r\n", "\n").replace("\r", "\n"))
    finally:
        await typed.close()
    return Form(fields, files)


def _is_taken(name: str, takes: Collection[str]) -> bool:
    return any(name == one or (one.endswith("*") and name.startswith(one[:-1])) for one in takes)
