"""Counts the questions that are put to a store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from campaigns.store import Store


class Count:
    """How many statements were run."""

    def __init__(self) -> None:
        self.value = 0

    def __call__(self, *_: object) -> None:
        """Count one."""
        self.value += 1


@contextmanager
def questions(store: Store) -> Iterator[Count]:
    """Count every statement that the store runs meanwhile, of whatever thread."""
    count = Count()
    event.listen(store.engine, "after_cursor_execute", count)
    try:
        yield count
    finally:
        event.remove(store.engine, "after_cursor_execute", count)
