"""The post as a connector gets it: finished, frozen, exactly what a reader will see.

This module does not render, shorten or translate anything; whatever stands here was approved by a person (D6).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Visibility = Literal["public", "unlisted"]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its stored rendition and what is said of it."""

    sha256: str
    """Hex digest of the rendition's bytes; the bytes are fetched and re-hashed just before sending."""
    mime: str
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    size: int
    """Bytes."""
    alt: str
    focus: tuple[float, float] = (0.0, 0.0)
    """Focal point, x and y from -1 to 1."""


@dataclass(frozen=True, slots=True)
class LinkCard:
    """The card shown for a link, fetched before approval so that nobody is surprised."""

    address: str
    title: str
    description: str = ""
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """A question's options and how long it stays open."""

    options: tuple[str, ...]
    days: int


@dataclass(frozen=True, slots=True)
class Post:
    """One irreversible call's worth of content: a post, a thread part or a first comment (D7)."""

    text: str
    language: str
    """Written language as BCP 47: `nn`, `nb`, `en`, `se`, `sma`, `smj`."""
    pictures: tuple[Picture, ...] = ()
    card: LinkCard | None = None
    poll: Poll | None = None
    visibility: Visibility = "public"
    reply_to: str | None = None
    """The platform's id of the live post that this one follows."""
