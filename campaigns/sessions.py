"""Sessions of people who are logged in: begun, recognised, listed and ended. Proves nobody's identity.

What the browser keeps is 256 random bits; here is only their digest. Roles are never kept in a session: they are read
with every request (threat A10), so whoever loses her membership has lost it at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from campaigns import tickets, timing
from campaigns.store import (
    Actor,
    LoginSession,
    Membership,
    Organisation,
    OrganisationKind,
    Person,
    Role,
    Store,
)
from connectors.secret import Secret

IDLE = timedelta(minutes=60)
"""So long a session lasts without being used (threat B8)."""
ABSOLUTE = timedelta(hours=12)
"""So long it lasts at most: one working day."""
FRESH = timedelta(minutes=15)
"""So long a second factor counts as fresh (threat B21)."""
SEEN_EVERY = timedelta(seconds=60)
"""That somebody was seen is written down no oftener: a page that is read is no reason to write."""
LONGEST_DEVICE = 80
NO_FACTOR = "password"
"""How a session began in which a password was given, and nothing else."""


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation that a person works for, and in which roles."""

    id: int
    number: str
    name: str
    form: str
    kind: OrganisationKind
    language: str | None
    timezone: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Guest:
    """Whoever is behind a session, as things stand in this request."""

    session_id: int
    person_id: int
    name: str
    mail: str
    language: str | None
    how: str
    began_at: datetime
    factor_at: datetime | None
    places: tuple[Place, ...]

    def place(self, number: str) -> Place | None:
        """Return the organisation with this number, if she works for it."""
        return next((one for one in self.places if one.number == number), None)

    def acts_for(self, place: Place) -> Actor:
        """Return her as an actor of one of her organisations."""
        return Actor(self.person_id, place.id, place.kind.value, place.roles, self.how, place.name)

    @property
    def has_password_alone(self) -> bool:
        """Return whether a password is all she has shown: then she sets up one-time codes before anything else.

        Who came through an identity provider, or was chosen in the demo, has shown something else.
        """
        return self.how == NO_FACTOR and self.factor_at is None

    def is_fresh(self, now: datetime) -> bool:
        """Return whether her second factor is fresh enough for what asks for one."""
        return self.factor_at is not None and now - self.factor_at <= FRESH


@dataclass(frozen=True, slots=True)
class Choosable:
    """Somebody one can be in the demo."""

    person_id: int
    name: str
    number: str
    place: str
    kind: OrganisationKind
    roles: frozenset[Role]


def begin(
    session: Session,
    person: Person,
    *,
    how: str,
    device: str,
    now: datetime,
    factor: bool = False,
    factor_at: datetime | None = None,
    instead_of: str | None = None,
) -> Secret:
    """Begin a session and return what the browser keeps; the one it had before ends with it (threat B7).

    `factor` says whether a second factor was given just now, `factor_at` when it was elsewhere; `instead_of` is the
    token that the browser came with.
    """
    if instead_of:
        end(session, instead_of)
    token = tickets.new_token()
    session.add(
        LoginSession(
            token_hash=tickets.digest(token.reveal()), person_id=person.id, how=how, device=device[:LONGEST_DEVICE],
            began_at=now, seen_at=now, factor_at=now if factor else factor_at,
        )
    )  # fmt: skip
    session.execute(delete(LoginSession).where(_over(now)))
    session.flush()
    return token


def recognise(store: Store, token: str, *, now: datetime) -> Guest | None:
    """Return who is behind a token, or `None` where nobody is (any more); three questions at most."""
    with store.system(write=False) as session:
        row = session.execute(
            select(LoginSession, Person)
            .join(Person, Person.id == LoginSession.person_id)
            .where(LoginSession.token_hash == tickets.digest(token), ~_over(now))
        ).one_or_none()
        if row is None:
            return None
        login, person = row
        guest = Guest(
            login.id, person.id, person.name, person.mail, person.language, login.how, login.began_at,
            login.factor_at, places(session, person.id, now.astimezone(timing.NORWAY).date()),
        )  # fmt: skip
        unseen = now - login.seen_at >= SEEN_EVERY
    if unseen:
        with store.system() as session:
            session.execute(
                update(LoginSession).where(LoginSession.id == guest.session_id).values(seen_at=now)
            )
    return guest


def begin_for(
    store: Store, person_id: int, *, how: str, device: str, now: datetime, instead_of: str,
    factor_at: datetime | None,
) -> Secret | None:  # fmt: skip
    """Begin a session for a person who proved who she is; `None` where there is no such person.

    `factor_at` is when she gave a second factor, if she did.
    """
    with store.system() as session:
        person = session.get(Person, person_id)
        if person is None:
            return None
        return begin(
            session,
            person,
            how=how,
            device=device,
            now=now,
            factor_at=factor_at,
            instead_of=instead_of or None,
        )


def prove_again(store: Store, guest: Guest, token: Secret, *, now: datetime) -> Secret:
    """Write down that she proved again who she is, and return her session's new token."""
    with store.system() as session:
        return renew_factor(session, guest.session_id, token.reveal(), now=now)


def leave(store: Store, token: Secret) -> None:
    """End the session of this token."""
    with store.system() as session:
        end(session, token.reveal())


def own_sessions(store: Store, guest: Guest, *, now: datetime) -> list[LoginSession]:
    """Return her sessions, the newest first."""
    with store.system(write=False) as session:
        return own(session, guest.person_id, now=now)


def end_one(store: Store, guest: Guest, session_id: int) -> bool:
    """End one of her own sessions; return whether there was such a one."""
    with store.system() as session:
        return end_own(session, guest.person_id, session_id)


def choose_language(store: Store, guest: Guest, language: str) -> None:
    """Remember which language she reads."""
    with store.system() as session:
        session.execute(update(Person).where(Person.id == guest.person_id).values(language=language))


def choosable(store: Store) -> list[Choosable]:
    """Return everybody with each organisation she works for, for the demo's page on which one chooses who to be."""
    with store.system(write=False) as session:
        rows = session.execute(
            select(Person, Organisation, Membership.role)
            .join(Membership, Membership.person_id == Person.id)
            .join(Organisation, Organisation.id == Membership.organisation_id)
            .order_by(Organisation.kind, Organisation.number, Person.id)
        ).all()
    found: dict[tuple[int, int], Choosable] = {}
    for person, place, role in rows:
        known = found.get((person.id, place.id))
        roles = (known.roles if known else frozenset()) | {role}
        found[person.id, place.id] = Choosable(
            person.id, person.name, place.number, place.name, place.kind, roles
        )
    return list(found.values())


def renew_factor(session: Session, session_id: int, token: str, *, now: datetime) -> Secret:
    """Write down that a second factor was given, and return the session's new token: the old one opens nothing (B7)."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.token_hash == tickets.digest(token))
        .values(factor_at=now)
    )
    return renew(session, session_id, token, now=now)


def renew(session: Session, session_id: int, token: str, *, now: datetime) -> Secret:
    """Return a session's new token; the old one opens nothing (B7)."""
    fresh = tickets.new_token()
    session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.token_hash == tickets.digest(token))
        .values(token_hash=tickets.digest(fresh.reveal()), seen_at=now)
    )
    return fresh


def own(session: Session, person_id: int, *, now: datetime) -> list[LoginSession]:
    """Return a person's sessions, the newest first."""
    mine = select(LoginSession).where(LoginSession.person_id == person_id, ~_over(now))
    return list(session.scalars(mine.order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())))


def end(session: Session, token: str) -> None:
    """End the session of a token."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == tickets.digest(token)))


def end_own(session: Session, person_id: int, session_id: int) -> bool:
    """End one of a person's own sessions; return whether there was such a one."""
    mine = select(LoginSession).where(LoginSession.id == session_id, LoginSession.person_id == person_id)
    found = session.scalar(mine)
    if found is None:
        return False
    session.delete(found)
    session.flush()
    return True


def end_all(session: Session, person_id: int, *, but: int | None = None) -> None:
    """End every session of a person, or every other than this one."""
    mine = delete(LoginSession).where(LoginSession.person_id == person_id)
    session.execute(mine if but is None else mine.where(LoginSession.id != but))


def places(session: Session, person_id: int, today: date) -> tuple[Place, ...]:
    """Return the organisations that a person works for on a day, and her roles there."""
    rows = session.execute(
        select(Organisation, Membership.role)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == person_id, Membership.lasts(today))
        .order_by(Organisation.kind, Organisation.number)
    ).all()
    roles: dict[int, set[Role]] = {}
    found: dict[int, Organisation] = {}
    for place, role in rows:
        found[place.id] = place
        roles.setdefault(place.id, set()).add(role)
    return tuple(
        Place(
            one.id, one.number, one.name, one.form, one.kind, one.language, one.timezone,
            frozenset(roles[one.id]),
        )
        for one in found.values()
    )  # fmt: skip


def _over(now: datetime) -> ColumnElement[bool]:
    return (LoginSession.seen_at < now - IDLE) | (LoginSession.began_at < now - ABSOLUTE)
