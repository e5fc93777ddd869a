"""Tokens of programs: made once, shown once, for one organisation and named scopes; never for a yes (threat G6).

A token acts as whoever made it, within its scopes, with the roles she has at that moment: it can do no more than she
may, and dies with her membership. None can approve, connect, lift a stop, appoint people or make another token.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns import audit, tickets, timing
from campaigns.access import must
from campaigns.organisations import NotFound
from campaigns.store import Actor, ApiToken, Membership, Organisation, Store
from connectors.base import Problem
from connectors.secret import Secret

Scope = Literal["read", "report", "stop"]
SCOPES: Mapping[Scope, frozenset[str]] = {
    "read": frozenset({"home.read", "campaign.read", "delivery.read", "report.read"}),
    "report": frozenset({"report.read"}),
    "stop": frozenset({"hold.set"}),
}
"""What each scope lets a program do, as actions of the access table."""
PREFIX = "smk_"
"""What every token begins with, so that one that leaked is found by whoever looks for secrets in files."""
LONGEST = timedelta(days=365)
SEEN_EVERY = timedelta(hours=1)


class TokenRefused(ValueError):
    """A token that cannot be made, with every problem at once."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(", ".join(one.code for one in problems))
        self.problems = problems


def make(session: Session, name: str, scopes: Collection[str], days: int, *, now: datetime) -> Secret:
    """Make a token for the actor's organisation and return it, the only time that it is seen.

    Raises: Forbidden; TokenRefused.
    """
    actor = must(session, "token.make", "own")
    name, problems = " ".join(name.split())[:80], []
    if not name:
        problems.append(Problem("token.name_missing"))
    if not scopes or not set(scopes) <= set(SCOPES):
        problems.append(Problem("token.scopes_missing"))
    if not 1 <= days <= LONGEST.days:
        problems.append(Problem("token.days", {"most": LONGEST.days}))
    if problems:
        raise TokenRefused(problems)
    token = Secret(PREFIX + tickets.new_token().reveal())
    session.add(
        ApiToken(
            organisation_id=actor.organisation_id, token_hash=tickets.digest(token.reveal()), name=name,
            scopes=sorted(scopes), person_id=actor.person_id or 0, made_at=now, ends_at=now + timedelta(days=days),
        )
    )  # fmt: skip
    session.flush()
    audit.record(session, actor, "token.make", name, {"scopes": sorted(scopes), "days": days}, now=now)
    return token


def revoke(session: Session, token_id: int, *, now: datetime) -> None:
    """Take a token back; it opens nothing from now on.

    Raises: Forbidden; NotFound.
    """
    actor = must(session, "token.make", "own")
    row = session.scalar(select(ApiToken).where(ApiToken.id == token_id, ApiToken.revoked_at.is_(None)))
    if row is None:
        raise NotFound("token.unknown", id=token_id)
    row.revoked_at = now
    session.flush()
    audit.record(session, actor, "token.revoke", row.name, {}, now=now)


def own(session: Session, *, now: datetime) -> list[ApiToken]:
    """Return the organisation's tokens that still open something, the newest first.

    Raises: Forbidden.
    """
    must(session, "token.make", "own")
    usable = select(ApiToken).where(ApiToken.revoked_at.is_(None), ApiToken.ends_at > now)
    return list(session.scalars(usable.order_by(ApiToken.id.desc())))


def recognise(store: Store, token: str, number: str, action: str, *, now: datetime) -> Actor | None:
    """Return as whom a token acts for this organisation, or `None` where it opens nothing there for this action."""
    with store.system(write=False) as session:
        row = session.execute(
            select(ApiToken, Organisation)
            .join(Organisation, Organisation.id == ApiToken.organisation_id)
            .where(
                ApiToken.token_hash == tickets.digest(token),
                ApiToken.revoked_at.is_(None),
                ApiToken.ends_at > now,
                Organisation.number == number,
            )
        ).one_or_none()
        if row is None:
            return None
        found, place = row
        allowed = {one for scope, actions in SCOPES.items() if scope in found.scopes for one in actions}
        roles = frozenset(
            session.scalars(
                select(Membership.role).where(
                    Membership.person_id == found.person_id,
                    Membership.organisation_id == place.id,
                    Membership.lasts(now.astimezone(timing.NORWAY).date()),
                )
            )
        )
        token_id, seen_at = found.id, found.used_at
    if action not in allowed or not roles:
        return None
    if seen_at is None or now - seen_at >= SEEN_EVERY:
        with store.system() as session:
            session.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=now))
    return Actor(found.person_id, place.id, place.kind.value, roles, f"token {found.name}"[:40], place.name)
