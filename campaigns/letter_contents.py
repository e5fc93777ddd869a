"""What a letter says, read when it is written: its notices as far as they are still so, and for whom. No sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import holds, notices, timing
from campaigns.letters import COPIES
from campaigns.notice_kinds import KINDS, STOPS, known_zone, roles_told
from campaigns.sentences import LANGUAGES, Language
from campaigns.store import (
    Actor,
    Hold,
    Letter,
    Membership,
    Notice,
    NoticeCopy,
    Organisation,
    Person,
    Role,
)
from campaigns.validity import is_still_so
from connectors.secret import Secret

HOW = "letter"
"""How whoever a letter is written for acts: she reads."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """An organisation that the addressee works for."""

    actor: Actor
    number: str
    name: str
    zone: str
    language: Language


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that is told: notices of one kind about one thing count as one."""

    kind: str
    post: Workplace
    details: Mapping[str, object]
    accounts: Sequence[str] = ()
    places: Sequence[str] = ()
    count: int = 1
    slipped: int = 0
    link: Secret | None = field(default=None, repr=False)
    """Path of a link of its own; else the kind's page."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a letter says, and to whom."""

    name: str
    address: str
    language: Language
    posts: Sequence[Workplace] = ()
    told: Sequence[Told] = ()
    reminders: bool = False
    """What waits is asked for and told, too."""


def contents(session: Session, letter: Letter, *, now: datetime) -> Contents | None:
    """Return what a letter carries, links made for its addressee; `None` where she is no longer anybody's member.

    A notice of an organisation that she has left, or in a role she has lost, is not told.
    """
    person = session.get(Person, letter.person_id) if letter.person_id else None
    if person is None:
        return None
    posts = _posts(session, person, now)
    if not posts:
        return None
    told = _told(session, letter, person, posts, now)
    wants = not letter.at_once and notices.wants_reminders(session, person.id)
    return Contents(person.name, person.mail, _language(person, posts), tuple(posts.values()), told, wants)


def language_of(session: Session, letter: Letter, *, now: datetime) -> Language:
    """Return the language of somebody's letter of its own: asked for, hers, else of her first organisation, else ours."""
    asked = _known(str(letter.details.get("language") or ""))
    person = session.get(Person, letter.person_id) if letter.person_id else None
    if asked or person is None:
        return asked or LANGUAGES[0]
    return _language(person, _posts(session, person, now))


def _language(person: Person, posts: Mapping[int, Workplace]) -> Language:
    spoken = [_known(person.language), *(one.language for one in posts.values())]
    return next((one for one in spoken if one), LANGUAGES[0])


def _posts(session: Session, person: Person, now: datetime) -> dict[int, Workplace]:
    rows = session.execute(
        select(Organisation, Membership.role)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == person.id, Membership.lasts(now.astimezone(timing.NORWAY).date()))
        .order_by(Organisation.id)
    ).all()
    roles: dict[int, set[Role]] = {}
    for place, role in rows:
        roles.setdefault(place.id, set()).add(role)
    return {
        place.id: Workplace(
            Actor(person.id, place.id, place.kind.value, frozenset(roles[place.id]), HOW, place.name),
            place.number,
            place.name,
            known_zone(place.timezone),
            _known(place.language) or _known(place.language_decision) or LANGUAGES[0],
        )
        for place, _ in rows
    }


def _known(language: str | None) -> Language | None:
    return next((one for one in LANGUAGES if one == language), None)


def _told(
    session: Session, letter: Letter, person: Person, posts: Mapping[int, Workplace], now: datetime
) -> list[Told]:
    on_channel = NoticeCopy.id.in_(letter.details.get(COPIES, ()))
    carried = on_channel if letter.way == "channel" else NoticeCopy.letter_id == letter.id
    rows = session.scalars(
        select(Notice)
        .join(NoticeCopy, NoticeCopy.notice_id == Notice.id)
        .where(carried, NoticeCopy.person_id == person.id)
        .order_by(Notice.id)
    ).all()
    groups: dict[tuple[object, ...], list[Notice]] = {}
    for one in rows:
        post = posts.get(one.organisation_id)
        if post and post.actor.roles & roles_told(one.kind) and is_still_so(session, one, now=now):
            groups.setdefault(_group(one), []).append(one)
    order = list(KINDS)
    to_her_alone = letter.way == "mail"  # others may read a channel: no link of her own goes there
    told = [
        _one_of(session, group, person if to_her_alone else None, posts, now) for group in groups.values()
    ]
    return sorted(told, key=lambda one: (one.kind not in STOPS, order.index(one.kind)))


def _group(notice: Notice) -> tuple[object, ...]:
    details = notice.details
    if "message" in details and notice.kind != "veto":
        return notice.organisation_id, notice.kind, details["campaign"], details["message"]
    return notice.organisation_id, notice.kind, notice.subject_id


def _one_of(
    session: Session,
    group: Sequence[Notice],
    person: Person | None,
    posts: Mapping[int, Workplace],
    now: datetime,
) -> Told:
    last = group[-1]
    maker = notices.LINKS.get(last.kind)
    hold = session.get(Hold, last.subject_id) if last.kind == "stop" else None
    slipped = 0
    if hold is not None:
        slipped = sum(one.organisation_id == last.organisation_id for one in holds.slipped_out(session, hold))
    return Told(
        last.kind,
        posts[last.organisation_id],
        last.details,
        tuple(dict.fromkeys(str(one.details["account"]) for one in group if one.details.get("account"))),
        tuple(dict.fromkeys(str(one.details["place"]) for one in group if one.details.get("place"))),
        len(group),
        slipped,
        maker(session, last, person, now) if maker and person else None,
    )
