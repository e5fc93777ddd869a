"""Finds what a platform would refuse about a post without asking it, from the platform's limits alone.

What only one platform minds stands in that platform's file. It is no house style: emoji, readability and wording are
judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.base import Limits, Problem
from connectors.post import Picture, Poll, Post
from connectors.text import graphemes


def common_problems(post: Post, limits: Limits, length: int, platform: str) -> list[Problem]:
    """Return everything about `post` that breaks `limits`; `length` is its text as the platform counts it."""
    return [
        *_text(post, limits, length, platform),
        *_pictures(post, limits, platform),
        *_poll(post, limits, platform),
    ]


def _text(post: Post, limits: Limits, length: int, platform: str) -> Iterator[Problem]:
    if length > limits.length:
        yield Problem("connector.too_long", {"limit": limits.length, "length": length, "platform": platform})
    if not post.text.strip() and not post.pictures:
        yield Problem("connector.empty", {"platform": platform})


def _pictures(post: Post, limits: Limits, platform: str) -> Iterator[Problem]:
    if len(post.pictures) > limits.pictures:
        yield Problem(
            "connector.too_many_pictures",
            {"limit": limits.pictures, "length": len(post.pictures), "platform": platform},
        )
    for number, picture in enumerate(post.pictures, start=1):
        yield from picture_problems(picture, number, limits, platform)


def picture_problems(picture: Picture, number: int, limits: Limits, platform: str) -> Iterator[Problem]:
    """Yield what a platform would refuse about one picture, the `number`th of its post."""
    at: dict[str, str | int] = {"number": number, "platform": platform}
    if picture.mime not in limits.picture_kinds:
        yield Problem("connector.picture_kind", {**at, "kind": picture.mime})
    if picture.size > limits.picture_bytes:
        yield Problem(
            "connector.picture_bytes", {**at, "limit": limits.picture_bytes, "length": picture.size}
        )
    pixels = picture.width * picture.height
    if pixels > limits.picture_pixels:
        yield Problem("connector.picture_pixels", {**at, "limit": limits.picture_pixels, "length": pixels})
    if not picture.alt.strip():
        yield Problem("connector.alt_missing", at)
    length = graphemes(picture.alt)
    if length > limits.alt_length:
        yield Problem("connector.alt_too_long", {**at, "limit": limits.alt_length, "length": length})


def _poll(post: Post, limits: Limits, platform: str) -> Iterator[Problem]:
    if post.poll is None:
        return
    if not limits.polls:
        yield Problem("connector.no_polls", {"platform": platform})
        return
    yield from _poll_bounds(post.poll, limits, platform)


def _poll_bounds(poll: Poll, limits: Limits, platform: str) -> Iterator[Problem]:
    at: dict[str, str | int] = {"platform": platform}
    if not 2 <= len(poll.options) <= limits.poll_options:
        yield Problem(
            "connector.poll_options", {**at, "limit": limits.poll_options, "length": len(poll.options)}
        )
    if len(set(poll.options)) < len(poll.options) or not all(option.strip() for option in poll.options):
        yield Problem("connector.poll_options_alike", at)
    for number, option in enumerate(poll.options, start=1):
        if graphemes(option) > limits.poll_option_length:
            yield Problem(
                "connector.poll_option_too_long",
                {**at, "number": number, "limit": limits.poll_option_length, "length": graphemes(option)},
            )
    if not 1 <= poll.days <= limits.poll_days:
        yield Problem("connector.poll_days", {**at, "limit": limits.poll_days, "length": poll.days})
