"""By hand: a person carries the delivery out, where software has no way in, and says where it is to be seen.

Local groups have no way in for software since 2024; a municipality without accounts has none either. Nothing here makes a
call: what is due waits for a person behind a gate of its own, and what she says is marked as hers (D32).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import urlsplit

from connectors.addresses import parse
from connectors.base import (
    Connected,
    Connector,
    Counts,
    Dedupe,
    FetchPicture,
    Found,
    Json,
    Limits,
    Login,
    LoginField,
    Metric,
    Problem,
    Profile,
    Receipt,
)
from connectors.checks import common_problems
from connectors.errors import ConnectorError, NotSent, Refused
from connectors.post import Post
from connectors.secret import Secret
from connectors.text import graphemes

_WORDS = re.compile(r"[\s,]+")


class Manual(Connector):
    """A place where a person puts posts out."""

    name: ClassVar[str] = "manual"
    title: ClassVar[str] = "By hand"
    login_fields: ClassVar[tuple[LoginField, ...]] = (
        LoginField("base", secret=False, hint="Nothing; the place is asked for below", needed=False),
        LoginField("place", secret=False, hint="What people there call the place, such as a group's name"),
        LoginField("address", secret=False, hint="Address of the place, https://…"),
        LoginField(
            "covers",
            secret=False,
            hint="Platforms whose messages are put out there too, such as: snapchat. Empty for none",
            needed=False,
        ),
    )
    limits: ClassVar[Limits] = Limits(
        length=20_000,
        pictures=20,
        picture_bytes=20_000_000,
        picture_pixels=100_000_000,
        picture_kinds=("image/jpeg", "image/png", "image/gif", "image/webp"),
        alt_length=2000,
        polls=True,
        poll_options=10,
        poll_option_length=100,
        poll_days=365,
        poll_and_pictures=True,
    )
    metrics: ClassVar[tuple[Metric, ...]] = ()
    metrics_version: ClassVar[int] = 1
    dedupe: ClassVar[Dedupe] = "none"
    trusts_absence: ClassVar[timedelta | None] = None
    by_hand: ClassVar[bool] = True
    patience: ClassVar[timedelta] = timedelta(hours=24)

    def length(self, text: str, _: Limits | None = None) -> int:
        """Return the length in signs that a reader sees."""
        return graphemes(text)

    def check(self, post: Post, limits: Limits | None = None) -> list[Problem]:
        """Return what no place would take; what this very place takes, the person knows who puts it out."""
        return common_problems(post, limits or self.limits, self.length(post.text), self.title)

    def connect(self, base: str, typed: Mapping[str, Secret]) -> Connected:
        """Return the place as an account, without any login.

        Raises: Refused for what is no address of a place.
        """
        del base
        given = {name: value.reveal().strip() for name, value in typed.items()}
        address = given.get("address", "")
        target = parse(address, allow_private=self.wire.allow_private)
        parts = urlsplit(address)
        path = parts.path.strip("/") + (f"?{parts.query}" if parts.query else "")
        name = given.get("place") or target.host
        covers = tuple(sorted({one.lower() for one in _WORDS.split(given.get("covers", "")) if one}))
        profile = Profile(
            remote_id=path or "/",
            handle=name,
            title=name,
            address=address,
            followers=None,
            base=target.origin,
            covers=covers,
        )
        return Connected(profile, {})

    def whoami(self, login: Login) -> Profile:
        """Raise: nobody can be asked.

        Raises: Refused.
        """
        del login
        raise self._nobody()

    def prepare(
        self, login: Login, post: Post, key: str, picture: FetchPicture, at: datetime
    ) -> dict[str, object]:
        """Raise: a person does it.

        Raises: NotSent.
        """
        del login, post, key, picture, at
        raise NotSent("gate.by_hand", platform=self.title)

    def publish(self, login: Login, post: Post, key: str, handle: Json) -> Receipt:
        """Raise: a person does it.

        Raises: NotSent.
        """
        del login, post, key, handle
        raise NotSent("gate.by_hand", platform=self.title)

    def find(self, login: Login, post: Post, key: str, handle: Json | None, planned_at: datetime) -> Found:
        """Raise: nobody can be asked.

        Raises: NotSent.
        """
        del login, post, key, handle, planned_at
        raise NotSent("gate.by_hand", platform=self.title)

    def measure(self, login: Login, remote_ids: Sequence[str]) -> dict[str, Counts]:
        """Raise: nobody can be asked.

        Raises: Refused.
        """
        del login, remote_ids
        raise self._nobody()

    def _nobody(self) -> ConnectorError:
        return Refused("connector.by_hand", platform=self.title)
