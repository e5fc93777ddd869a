"""Notices: what people are told is written down here, with a copy for everybody whom it concerns, and what they chose.

The clock makes them from `causes`. What waits for a person (`attention`) is no notice: it is asked for when a letter is
written, so that no letter asks for what is done. Sends nothing; the letters that carry them are `letters`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from campaigns.causes import Cause, causes
from campaigns.notice_kinds import KINDS, When, choices, roles_told, when
from campaigns.organisations import NotFound
from campaigns.store import Actor, Letter, Membership, Notice, NoticeChoice, NoticeCopy, Person, Role, Store
from campaigns.timing import NORWAY
from connectors.secret import Secret

KEPT = timedelta(days=90)
"""So long it can be looked up what somebody was told."""
REFUSED_AGAIN = timedelta(days=14)
"""That a mailbox takes nothing is told to the admins so often at most."""

LinkMaker = Callable[[Session, Notice, Person, datetime], Secret | None]
"""Gives the path of a link for one addressee, made when the letter is written; `None` where there is none for her."""
LINKS: dict[str, LinkMaker] = {}
"""Links of their own, by kind: whoever makes such links enters a function here. Others lead to the kind's page."""


def untold(session: Session, *, now: datetime) -> list[Cause]:
    """Return what nobody was told of yet, for the clock: a question that takes no lock."""
    return list(causes(session, now=now))


def make_notices(session: Session, found: Sequence[Cause], *, now: datetime) -> int:
    """Make a notice of each cause, and a copy for everybody whom it concerns; return how many were new."""
    if not found:
        return 0
    members = _members(session, {one.organisation_id for one in found}, now)
    chosen = {
        (row[0], row[1]): row[2]
        for row in session.execute(select(NoticeChoice.person_id, NoticeChoice.kind, NoticeChoice.chosen))
    }
    made = 0
    for one in found:
        notice_id = _keep(session, one, now)
        if notice_id is None:
            continue  # another clock was first
        made += 1
        copies = []
        for person_id, roles in members.get(one.organisation_id, {}).items():
            told = when(one.kind, roles, chosen.get((person_id, one.kind)), soon=one.soon)
            if roles & roles_told(one.kind) and told != When.off and person_id != one.without:
                copies.append(
                    {
                        "organisation_id": one.organisation_id, "notice_id": notice_id,
                        "person_id": person_id, "at_once": told == When.at_once,
                    }
                )  # fmt: skip
        if copies:
            session.execute(insert(NoticeCopy), copies)
    return made


def _members(
    session: Session, organisations: Collection[int], now: datetime
) -> dict[int, dict[int, set[Role]]]:
    """Return the members of organisations with their roles; a substitute on her days alone."""
    found: dict[int, dict[int, set[Role]]] = {}
    rows = select(Membership.organisation_id, Membership.person_id, Membership.role)
    for place, person, role in session.execute(
        rows.where(
            Membership.organisation_id.in_(organisations), Membership.lasts(now.astimezone(NORWAY).date())
        )
    ):
        found.setdefault(place, {}).setdefault(person, set()).add(role)
    return found


def _keep(session: Session, cause: Cause, now: datetime) -> int | None:
    """Store a notice unless it is there, and return its id if it is new."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    kept: int | None = session.scalar(
        dialect.insert(Notice)
        .values(
            organisation_id=cause.organisation_id, kind=cause.kind, subject_id=cause.subject_id,
            turn=cause.turn, details=dict(cause.details), made_at=now,
        )
        .on_conflict_do_nothing(index_elements=["organisation_id", "kind", "subject_id", "turn"])
        .returning(Notice.id)
    )  # fmt: skip
    return kept


def tell_refused(session: Session, person_id: int, *, now: datetime) -> None:
    """Tell the admins of a person's organisations that her mailbox takes nothing, once a fortnight."""
    lately = select(Notice.id).where(
        Notice.kind == "mail_refused", Notice.subject_id == person_id, Notice.made_at > now - REFUSED_AGAIN
    )
    person = session.get(Person, person_id)
    if person is None or session.scalar(lately.limit(1)) is not None:
        return
    places = select(Membership.organisation_id).where(Membership.person_id == person_id).distinct()
    details = {"person": person.name, "mail": person.mail}
    found = [
        Cause(one, "mail_refused", person_id, now, details, without=person_id)
        for one in session.scalars(places).all()
    ]
    make_notices(session, found, now=now)


def forget(session: Session, *, now: datetime) -> None:
    """Delete what was told and ended long ago."""
    old = now - KEPT
    ended = select(Letter.id).where(Letter.ended_at < old)
    session.execute(delete(NoticeCopy).where(NoticeCopy.letter_id.in_(ended)))
    past = select(Notice.id).where(Notice.made_at < old)
    session.execute(delete(NoticeCopy).where(NoticeCopy.notice_id.in_(past)))
    session.execute(delete(Notice).where(Notice.made_at < old))
    carried = select(NoticeCopy.letter_id).where(NoticeCopy.letter_id.is_not(None))
    gone = (Letter.ended_at < old, Letter.id.not_in(carried))
    session.execute(delete(Letter).where(*gone, Letter.of_id.is_not(None)))
    said_again = select(Letter.of_id).where(Letter.of_id.is_not(None))
    session.execute(delete(Letter).where(*gone, Letter.id.not_in(said_again)))


# -- what a person chooses


def own_choices(session: Session, person_id: int) -> dict[str, tuple[When | None, tuple[When, ...]]]:
    """Return for each kind that concerns a person what she chose, and what she may choose.

    Roles in all her organisations count together: where one makes her hear of stops, she hears of them.
    """
    roles = _roles(session, person_id)
    rows = select(NoticeChoice.kind, NoticeChoice.chosen).where(NoticeChoice.person_id == person_id)
    chosen = {row[0]: row[1] for row in session.execute(rows)}
    return {
        kind: (
            When(chosen[kind]) if chosen.get(kind) in choices(kind, roles) else None,
            choices(kind, roles),
        )
        for kind in KINDS
        if roles & roles_told(kind)
    }


def choose(session: Session, person_id: int, wanted: Mapping[str, str]) -> None:
    """Store what a person chose for some kinds; an empty word goes back to the usual. Her own act, for herself alone.

    Raises: PermissionError for anybody else; NotFound for a kind or a choice that is not offered to her.
    """
    actor = session.info.get("actor")
    if isinstance(actor, Actor) and actor.person_id != person_id:
        raise PermissionError("a person chooses for herself alone")
    offered = own_choices(session, person_id)
    for kind, word in wanted.items():
        if kind not in offered or (word and word not in offered[kind][1]):
            raise NotFound("notice.no_such_choice", kind=kind, wanted=word)
    for kind, word in wanted.items():
        session.execute(
            delete(NoticeChoice).where(NoticeChoice.person_id == person_id, NoticeChoice.kind == kind)
        )
        if word:
            session.add(NoticeChoice(person_id=person_id, kind=kind, chosen=word))
    session.flush()


def choices_of(store: Store, person_id: int) -> dict[str, tuple[When | None, tuple[When, ...]]]:
    """Return a person's own choices, seen across all organisations that she works for."""
    with store.system(write=False) as session:
        return own_choices(session, person_id)


def choose_of(store: Store, person_id: int, wanted: Mapping[str, str]) -> None:
    """Store a person's own choices, for all organisations that she works for.

    Raises: NotFound for a kind or a choice that is not offered to her.
    """
    with store.system() as session:
        choose(session, person_id, wanted)


def wants_reminders(session: Session, person_id: int) -> bool:
    """Return whether a person wants to read in her daily letter what waits for her."""
    chosen = select(NoticeChoice.chosen).where(
        NoticeChoice.person_id == person_id, NoticeChoice.kind == "waiting"
    )
    return session.scalar(chosen) != When.off


def _roles(session: Session, person_id: int) -> set[Role]:
    """Return a person's roles in all her organisations; asked of the person's own rows across them."""
    person = session.get_one(Person, person_id)
    return {one.role for one in person.memberships}
