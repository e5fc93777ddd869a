"""Channels beside mail: what a person types to be told in a chat as well, and which hosts that may be (threat C15).

She types fields, each of a narrow form; there is no address of a program's own language anywhere, and nothing that is
typed decides where we connect to but for a host that stands on a list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.accounts import keep_keys
from campaigns.store import Letter, NoticeChannel, Store
from campaigns.vault import CannotOpen, Context, Vault
from connectors.base import Problem
from connectors.secret import Secret

NOBODY = 0
_SIGNATURE = r"[A-Za-z0-9_-]{1,200}"
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """A service, the fields that lead to one's own place there, and the hosts it may be on."""

    title: str
    fields: Mapping[str, str]
    """Name to the form that the whole value must have."""
    optional: frozenset[str] = frozenset()
    ends: tuple[str, ...] = ()
    """Ends of hosts that belong to the service."""
    listed: bool = False
    """It may be on the operator's own hosts (`SAMKLANG_NOTICE_HOSTS`)."""
    usual: str = ""
    """Its host where none is typed."""

    @property
    def asks_host(self) -> bool:
        """Return whether it may be on more than one host."""
        return self.listed or not self.usual


CHANNELS: Mapping[str, ChannelKind] = {
    # hosts of Workflows: learn.microsoft.com/power-automate, "HTTP request trigger", read 2026-11
    "teams": ChannelKind(
        "Microsoft Teams",
        {"workflow": r"[a-f0-9]{32}", "signature": _SIGNATURE},
        ends=(".logic.azure.com", ".api.powerplatform.com"),
    ),
    "slack": ChannelKind(
        "Slack",
        {"first": r"T[A-Z0-9]{8,14}", "second": r"B[A-Z0-9]{8,14}", "third": r"[A-Za-z0-9]{24}"},
        ends=("hooks.slack.com",),
        usual="hooks.slack.com",
    ),
    "ntfy": ChannelKind(
        "ntfy",
        {"topic": r"[A-Za-z0-9_-]{1,64}", "token": r"tk_[A-Za-z0-9]{8,64}"},
        optional=frozenset({"token"}),
        ends=("ntfy.sh",),
        listed=True,
        usual="ntfy.sh",
    ),
    "mattermost": ChannelKind("Mattermost", {"token": r"[a-z0-9]{20,40}"}, listed=True),
    "json": ChannelKind("JSON", {"path": r"[A-Za-z0-9_-]{1,200}(?:/[A-Za-z0-9_-]{1,200}){0,5}"}, listed=True),
}


class ChannelRefused(ValueError):
    """What was typed is no channel; every problem at once, and nothing was stored."""

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Channel:
    """A person's channel, opened: what a worker needs to send there."""

    kind: str
    host: str
    fields: Mapping[str, Secret] = field(repr=False)


def set_channel(
    session: Session, vault: Vault, person_id: int, kind: str, typed: Mapping[str, Secret], *,
    hosts: Collection[str], now: datetime,
) -> NoticeChannel:  # fmt: skip
    """Store the one channel of a person, in place of an earlier one; `hosts` are the operator's own.

    Raises: ChannelRefused with every problem at once.
    """
    host, fields = _checked(kind, typed, hosts)
    keep_keys(session)
    row = channel_row(session, person_id)
    if row is None:
        row = NoticeChannel(person_id=person_id)
        session.add(row)
    row.kind, row.host, row.set_at = kind, host, now
    row.key_id, row.sealed = vault.seal(_context(row), Secret(json.dumps(fields)))
    session.flush()
    return row


def _checked(kind: str, typed: Mapping[str, Secret], hosts: Collection[str]) -> tuple[str, dict[str, str]]:
    known = CHANNELS.get(kind)
    if known is None:
        raise ChannelRefused({"kind": Problem("channel.unknown", {"kind": kind[:20]})})
    values = {name: secret.reveal().strip() for name, secret in typed.items()}
    problems: dict[str, Problem] = {}
    host = values.pop("host", "").lower().removesuffix(":443") or known.usual
    if not _may_be(known, host, hosts):
        problems["host"] = Problem("channel.host", {"title": known.title})
    fields: dict[str, str] = {}
    for name, value in values.items():
        if name not in known.fields:
            problems[name] = Problem("channel.field", {"field": name[:20], "title": known.title})
        elif value:
            fields[name] = value
    for name, form in known.fields.items():
        if (name in fields and not re.fullmatch(form, fields[name])) or (
            name not in fields and name not in known.optional
        ):
            problems[name] = Problem("channel.field", {"field": name, "title": known.title})
    if problems:
        raise ChannelRefused(problems)
    return host, fields


def _may_be(kind: ChannelKind, host: str, hosts: Collection[str]) -> bool:
    """Return whether the service may be on this host: one of its own, or one that the operator named for it."""
    if not _HOST.fullmatch(host) or ".." in host:
        return False
    own = any(host == end or (end.startswith(".") and host.endswith(end)) for end in kind.ends)
    return own or (kind.listed and host in hosts)


def channel_row(session: Session, person_id: int) -> NoticeChannel | None:
    """Return a person's channel, its secrets sealed."""
    return session.scalar(select(NoticeChannel).where(NoticeChannel.person_id == person_id))


def drop_channel(session: Session, person_id: int) -> None:
    """Forget a person's channel."""
    if (row := channel_row(session, person_id)) is not None:
        session.delete(row)
        session.flush()


def set_channel_of(
    store: Store, vault: Vault, person_id: int, kind: str, typed: Mapping[str, Secret], *,
    hosts: Collection[str], now: datetime,
) -> None:  # fmt: skip
    """Store a person's own channel; she belongs to no one organisation.

    Raises: ChannelRefused with every problem at once.
    """
    with store.system() as session:
        set_channel(session, vault, person_id, kind, typed, hosts=hosts, now=now)


def drop_channel_of(store: Store, person_id: int) -> None:
    """Forget a person's own channel."""
    with store.system() as session:
        drop_channel(session, person_id)


def channel_of(store: Store, person_id: int) -> tuple[str, str] | None:
    """Return the service and the host of a person's own channel, for her to see; nothing of what is sealed."""
    with store.system(write=False) as session:
        row = channel_row(session, person_id)
        if row is None:
            return None
        return CHANNELS[row.kind].title if row.kind in CHANNELS else row.kind, row.host


def open_channel(session: Session, vault: Vault, person_id: int, *, hosts: Collection[str]) -> Channel | None:
    """Return a person's channel, opened; `None` where there is none, or its host stands on no list any more.

    Raises: CannotOpen.
    """
    row = channel_row(session, person_id)
    if row is None or row.kind not in CHANNELS or not _may_be(CHANNELS[row.kind], row.host, hosts):
        return None
    fields = json.loads(vault.open(_context(row), row.key_id, row.sealed).reveal())
    return Channel(row.kind, row.host, {name: Secret(value) for name, value in fields.items()})


def _context(row: NoticeChannel) -> Context:
    return Context(NOBODY, f"person {row.person_id}", "channel")


# -- rotation of the vault's keys


def sealed_under(session: Session) -> set[str]:
    """Return the keys that seal a channel or a letter's secret."""
    found = set(session.scalars(select(NoticeChannel.key_id).distinct()))
    letters = select(Letter.key_id).where(Letter.key_id.is_not(None)).distinct()
    return found | {one for one in session.scalars(letters) if one}


def seal_again(session: Session, vault: Vault) -> None:
    """Seal everything here under the current key; a channel that does not open is dropped, to be typed anew."""
    keep_keys(session)
    channels = select(NoticeChannel).where(NoticeChannel.key_id != vault.current).with_for_update()
    for row in session.scalars(channels).all():
        try:
            row.key_id, row.sealed = vault.seal(
                _context(row), vault.open(_context(row), row.key_id, row.sealed)
            )
        except CannotOpen:
            session.delete(row)
    letters = select(Letter).where(Letter.key_id != vault.current, Letter.sealed.is_not(None))
    for letter in session.scalars(letters.with_for_update()).all():
        context = Context(NOBODY, f"letter {letter.message_id}", "path")
        try:
            secret = vault.open(context, letter.key_id or "", letter.sealed or b"")
        except CannotOpen:
            continue  # it gives up by itself, and says so
        letter.key_id, letter.sealed = vault.seal(context, secret)
