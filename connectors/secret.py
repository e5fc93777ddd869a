"""A value that must not be seen: it has no text form, no JSON, no pickle and no comparison."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """Holds a secret; `reveal()` is the only way out and is easy to search for."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself, for the wire or the vault and nobody else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(****)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("secrets are not compared")

    __hash__ = None  # type: ignore[assignment]  # unhashable on purpose, which the type of object has no word for

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets are not pickled")
