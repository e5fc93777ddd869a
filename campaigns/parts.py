"""What one message becomes on one account: its post, and what follows that post as deliveries of their own (D7). Pure.

One irreversible call is one delivery. Thread parts follow each other, a first comment follows the post, and so does a
poll where the platform takes no poll beside pictures.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta
from typing import NamedTuple

from connectors.base import Limits

POST, THREAD, COMMENT, POLL = "post", "thread", "comment", "poll"
FOLLOW_GRACE = timedelta(hours=1)
"""What follows a post may go so much later than the post itself: a thread that has begun is finished."""

_THREAD = re.compile(r"thread:(\d+)", re.ASCII)


class Part(NamedTuple):
    """A delivery of a message: its kind and its place, and those of the delivery it follows."""

    kind: str
    position: int
    follows: tuple[str, int] | None = None


def thread_form(position: int) -> str:
    """Return the name of the paragraphs of a thread's part, counted from 1."""
    return f"{THREAD}:{position}"


def parts(forms: Collection[str], *, poll_apart: bool) -> list[Part]:
    """Return what a message with paragraphs of these forms becomes, each after what it follows."""
    found = [Part(POST, 0)]
    numbers = sorted(int(match[1]) for form in set(forms) if (match := _THREAD.fullmatch(form)))
    for number in numbers:
        before = found[-1]
        found.append(Part(THREAD, number, (before.kind, before.position)))
    if COMMENT in forms:
        found.append(Part(COMMENT, 0, (POST, 0)))
    if poll_apart:
        found.append(Part(POLL, 0, (POST, 0)))
    return found


def poll_stands_apart(limits: Limits, *, poll: bool, pictures: bool) -> bool:
    """Return whether a message's poll becomes a delivery of its own on a platform with these limits."""
    return poll and limits.polls and pictures and not limits.poll_and_pictures
