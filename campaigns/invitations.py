"""Invitations of new members that nobody has accepted yet: seen, sent anew, and taken back by the organisation's admin.

Who was invited is a member from then on, and comes in by a link. To take that back is to take both: a membership without
the link would let her in by the letter for a forgotten password.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from campaigns import audit, entry_links, letters, members
from campaigns.access import must
from campaigns.organisations import NotFound
from campaigns.store import Credential, EntryLink, Identity, Membership, Person

LETTER = "member_invitation"


@dataclass(frozen=True, slots=True)
class Pending:
    """An invitation that was not accepted."""

    person_id: int
    sent_at: datetime
    ends_at: datetime

    def is_over(self, now: datetime) -> bool:
        """Return whether its time is over: the link opens nothing any more, and only another one does."""
        return self.ends_at <= now


def pending(session: Session) -> Mapping[int, Pending]:
    """Return the newest invitation of each member who has never come in, by her id.

    Raises: Forbidden.
    """
    actor = must(session, "member.read", "own")
    rows = session.execute(
        select(EntryLink.person_id, EntryLink.made_at, EntryLink.ends_at)
        .where(
            EntryLink.purpose == "invitation",
            EntryLink.place_id == actor.organisation_id,
            EntryLink.used_at.is_(None),
            exists().where(Membership.person_id == EntryLink.person_id),
            ~exists().where(Credential.person_id == EntryLink.person_id),
            ~exists().where(Identity.person_id == EntryLink.person_id),
        )
        .order_by(EntryLink.id)
    ).all()
    return {person: Pending(person, sent, ends) for person, sent, ends in rows if person is not None}


def withdraw(session: Session, person_id: int, *, now: datetime) -> Person:
    """Take a pending invitation's links and letters back, so that another can be sent; return whose it was.

    Raises: Forbidden; NotFound where nothing is pending.
    """
    actor = must(session, "member.add", "own")
    audit.take_turn(session, actor.organisation_id)
    if person_id not in pending(session):
        raise NotFound("member.unknown", id=person_id)
    person = session.get_one(Person, person_id)
    _end(session, person, actor.organisation_id, now)
    audit.record(session, actor, "invitation.anew", person.mail, {}, now=now)
    return person


def remove(session: Session, person_id: int, *, now: datetime) -> None:
    """Take every role here from a member; the invitation of one who has not come in yet opens nothing any more.

    Raises: Forbidden; NotFound; MemberRefused for the last admin.
    """
    actor = must(session, "member.remove", "own")
    was_pending = person_id in pending(session)
    members.remove(session, person_id, now=now)
    person = session.get_one(Person, person_id)
    _end(session, person, actor.organisation_id, now)
    if was_pending:
        audit.record(session, actor, "invitation.take_back", person.mail, {}, now=now)


def _end(session: Session, person: Person, place_id: int, now: datetime) -> None:
    """End an organisation's links for a person, and its letters with them that have not gone."""
    entry_links.void(session, person.id, "invitation", place_id=place_id, now=now)
    letters.call_back(session, person.mail, LETTER, {"place_id": place_id}, now=now)
