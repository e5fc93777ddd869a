"""The way in for people with a local account: password, code, forgotten passwords, invitations. Each step a transaction.

Opens sessions that see everything, since nobody is an actor before she is in; what it gives out is a session's token, or
a link's, and never whether somebody is known here (threat B14).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from campaigns import audit, credentials, entry_links, identities, invitations, letters, sessions, tries
from campaigns.credentials import NewSeed, PasswordRefused
from campaigns.mail_addresses import must_be_address
from campaigns.store import Actor, Credential, EntryLink, Identity, Organisation, Person, Store
from campaigns.timing import NORWAY
from campaigns.vault import Vault
from connectors.base import Problem
from connectors.secret import Secret

HOW_CODE = "password and code"
TOLD_FOR = timedelta(days=7)
"""So long what was done to somebody's way in is worth telling."""


@dataclass(frozen=True, slots=True)
class Browser:
    """Where somebody comes from: her network address, what her browser calls itself, and the session it had."""

    address: str
    device: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Door:
    """What the way in needs."""

    store: Store
    vault: Vault
    now: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """What a right password opens: a session, or the question for a code."""

    session: Secret | None = None
    asks_code: Secret | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a link is for, to be shown to whoever opened it."""

    purpose: str
    mail: str
    name: str
    place: str
    known: bool
    """She has a password already, and keeps it."""


def knock(door: Door, mail: str, password: str, browser: Browser) -> Opened | None:
    """Return what mail address and password open; `None` where they are not right together.

    Raises: TooSoon.
    """
    with door.store.system() as session:
        asked = credentials.ask_password(session, mail, address=browser.address, now=door.now)
    if not asked.fits(password):  # between the transactions: a stop does not wait for it (threat E9)
        return None
    with door.store.system() as session:
        credentials.password_was_right(session, mail, address=browser.address)
        person = session.get_one(Person, asked.person_id or 0)
        if credentials.has_codes(session, person.id):
            token = entry_links.make(session, "code", mail=person.mail, person=person, now=door.now)
            return Opened(asks_code=token)
        return Opened(session=_begin(session, door, person, browser, how=sessions.NO_FACTOR, factor=False))


def give_code(door: Door, token: str, code: str, browser: Browser) -> Secret | None:
    """Return a session for whoever gave her password a moment ago and a right code now; `None` for a wrong code.

    Raises: TooSoon; LookupError where the password was too long ago.
    """
    with door.store.system() as session:
        link = entry_links.find(session, token, "code", now=door.now)
        if link is None or link.person_id is None:
            raise LookupError("no password was given, or too long ago")
        right = credentials.check_code(
            session, door.vault, link.person_id, code, address=browser.address, now=door.now
        )
        if not right:
            return None
        entry_links.use(session, link, now=door.now)
        person = session.get_one(Person, link.person_id)
        return _begin(session, door, person, browser, how=HOW_CODE, factor=True)


def prove_again(
    door: Door, guest: sessions.Guest, token: Secret, code: str, browser: Browser
) -> Secret | None:
    """Return the session's new token when the code is right; `None` when it is not.

    Raises: TooSoon.
    """
    with door.store.system() as session:
        right = credentials.check_code(
            session, door.vault, guest.person_id, code, address=browser.address, now=door.now
        )
        if not right:
            return None
        return sessions.renew_factor(session, guest.session_id, token.reveal(), now=door.now)


def forgot(door: Door, mail: str, browser: Browser) -> None:
    """Send a link for a new password to whoever has this address and a local account, or none yet; says nothing either way.

    Where nobody has, or who has logs in at a provider, the same is done and taken back, so that it takes as long (B14).

    Raises: TooSoon, AddressRefused; known or not.
    """
    mail = mail.strip().lower()
    with door.store.system() as session:
        _ask_letter(session, mail, browser, now=door.now)
        person = session.scalar(select(Person).where(Person.mail == mail))
        elsewhere = _has_login_elsewhere(session, person.id if person else 0)
        with session.begin_nested() as written:
            token = entry_links.make(session, "password", mail=mail, person=person, now=door.now)
            _send(session, door, mail, "new_password", token, {})
            if person is None or elsewhere:
                written.rollback()


def _ask_letter(session: Session, mail: str, browser: Browser, *, now: datetime) -> None:
    """Count a letter that anybody can ask for, by address and by network (threat G13); who had it gets it back by using it.

    Raises: TooSoon.
    """
    tries.begin(session, [_letters_to(mail)], now=now, pace=tries.LETTERS)
    if network := tries.network_of(browser.address):
        tries.begin(session, [f"letters from:{network}"], now=now, pace=tries.LETTERS_FROM)


def _letters_to(mail: str) -> str:
    return f"letters:{hashlib.sha256(mail.encode()).hexdigest()[:40]}"


def ask_first_admin(door: Door, number: str, mail: str, name: str, browser: Browser) -> None:
    """Send a link to a mailbox in a municipality's own domain, where it has no admin yet; says nothing either way.

    Raises: TooSoon, AddressRefused.
    """
    must_be_address(mail.strip())
    with door.store.system() as session:
        _ask_letter(session, mail.strip().lower(), browser, now=door.now)
        token = entry_links.first_admin(session, number, mail=mail, name=name, now=door.now)
        if token is not None:
            place = session.scalars(select(Organisation).where(Organisation.number == number)).one()
            _send(session, door, mail.strip().lower(), "first_admin", token, {"place": place.name})


def welcome(session: Session, door: Door, person: Person, place: str) -> None:
    """Send a new member the link she chooses her password by, in the transaction that made her one; none where she has a way in.

    Raises: Forbidden.
    """
    if not identities.has_way_in(session, person.id):
        _invite(session, door, person, place)


def invite_again(session: Session, door: Door, person_id: int, place: str) -> None:
    """Send a member who has not come in yet another link; the one before opens nothing any more.

    Raises: Forbidden; NotFound where nothing is pending; TooSoon for too many letters to her.
    """
    person = invitations.withdraw(session, person_id, now=door.now)
    tries.begin(session, [_letters_to(person.mail)], now=door.now, pace=tries.LETTERS)
    _invite(session, door, person, place)


def _invite(session: Session, door: Door, person: Person, place: str) -> None:
    token = entry_links.invite(session, person, now=door.now)
    values: dict[str, str | int] = {"place": place}
    if isinstance(actor := session.info.get("actor"), Actor):
        values["place_id"] = actor.organisation_id
    _send(session, door, person.mail, invitations.LETTER, token, values)


def look_at(door: Door, token: str) -> Shown | None:
    """Return what a link is for; `None` when it opens nothing (any more)."""
    with door.store.system(write=False) as session:
        link = entry_links.find(session, token, "password", "invitation", "first_admin", now=door.now)
        if link is None:
            return None
        place = session.get(Organisation, link.place_id) if link.place_id else None
        known = _known(session, link)
        return Shown(link.purpose, link.mail, link.name, place.name if place else "", known)


def enter_by_link(door: Door, token: str, password: str, browser: Browser) -> Secret | None:
    """Let somebody in by a link, with the password that she chose; `None` when the link opens nothing (any more).

    A new password ends every other session of hers, leaves her codes as they are, and is told to her by mail (B13). Where
    codes are asked for, the session has no second factor yet.

    Raises: PasswordRefused; nothing was changed then.
    """
    with door.store.system() as session:
        link = entry_links.find(session, token, "password", "invitation", "first_admin", now=door.now)
        if link is None:
            return None
        keeps = link.purpose != "password" and _known(session, link)
        person = entry_links.accept(session, link, now=door.now)
        if keeps:  # whoever has the mailbox has not shown that she knows the password
            return None
        credentials.set_password(session, person, password, now=door.now)
        tries.went_well(session, [_letters_to(link.mail)])
        _record(session, door, person, f"link for {link.purpose}", "password.new")
        sessions.end_all(session, person.id)
        _tell(session, door, person, "password_changed")
        if credentials.has_codes(session, person.id):
            return None
        return _begin(session, door, person, browser, how=sessions.NO_FACTOR, factor=False)


def change_password(
    door: Door, guest: sessions.Guest, token: Secret, present: str, new: str, browser: Browser
) -> Secret | None:
    """Give a person another password and return her session's new token; `None` when the present one is wrong.

    That counts as a try. Her other sessions end, and so do links for a new password; her codes stay; she is told by mail.

    Raises: TooSoon; PasswordRefused; LookupError without a local account.
    """
    with door.store.system() as session:
        asked = credentials.ask_password(session, guest.mail, address=browser.address, now=door.now)
        if asked.person_id != guest.person_id:
            raise LookupError("there is no local account")
    if not asked.fits(present):  # between the transactions, as at the door
        return None
    with door.store.system() as session:
        credentials.password_was_right(session, guest.mail, address=browser.address)
    if asked.fits(new):
        raise PasswordRefused([Problem("login.password_same")])
    with door.store.system() as session:
        person = session.get_one(Person, guest.person_id)
        credentials.set_password(session, person, new, now=door.now)
        entry_links.void(session, person.id, "password", "code", now=door.now)
        sessions.end_all(session, person.id, but=guest.session_id)
        _record(session, door, person, guest.how, "password.change")
        _tell(session, door, person, "password_changed")
        return sessions.renew(session, guest.session_id, token.reveal(), now=door.now)


def _record(session: Session, door: Door, person: Person, how: str, act: str) -> None:
    """Write down what was done to a person's way in, in the chain of each organisation that she works for."""
    today = door.now.astimezone(NORWAY).date()
    for one in sorted(sessions.places(session, person.id, today), key=lambda place: place.id):
        actor = Actor(person.id, one.id, one.kind.value, one.roles, how, one.name)
        audit.record(session, actor, act, person.mail, {}, now=door.now)


def operator_link(door: Door, mail: str) -> Secret | None:
    """Return a link for a person's first or new password, for the operator to hand over; `None` for nobody known."""
    with door.store.system() as session:
        person = session.scalar(select(Person).where(Person.mail == mail.strip().lower()))
        if person is None:
            return None
        return entry_links.make(session, "password", mail=person.mail, person=person, now=door.now)


def begin_codes(door: Door, person_id: int) -> NewSeed | None:
    """Return a new seed for one-time codes; `None` without a local account."""
    with door.store.system() as session:
        try:
            return credentials.begin_codes(session, door.vault, person_id, now=door.now)
        except LookupError:
            return None


def begun_seed(door: Door, person_id: int, ticket: str) -> NewSeed | None:
    """Return the seed that was begun with this ticket, to show it again; `None` when it is over."""
    with door.store.system(write=False) as session:
        return credentials.begun_seed(session, door.vault, person_id, ticket, now=door.now)


def confirm_codes(
    door: Door, guest: sessions.Guest, token: Secret, ticket: str, code: str, browser: Browser
) -> tuple[Secret, list[str]] | None:
    """Return the session's new token and the recovery codes when the first code is right; `None` when it is not.

    Her other sessions end, and she is told by mail: somebody who has her password could have done it.

    Raises: TooSoon; LookupError when the seed is over.
    """
    with door.store.system() as session:
        codes = credentials.confirm_codes(
            session, door.vault, guest.person_id, ticket, code, address=browser.address, now=door.now
        )
        if codes is None:
            return None
        fresh = sessions.renew_factor(session, guest.session_id, token.reveal(), now=door.now)
        sessions.end_all(session, guest.person_id, but=guest.session_id)
        person = session.get_one(Person, guest.person_id)
        _record(session, door, person, guest.how, "codes.begin")
        _tell(session, door, person, "codes_begun")
        return fresh, codes


def has_codes(store: Store, person_id: int) -> bool | None:
    """Return whether a person gives one-time codes; `None` where she has no local account at all."""
    with store.system(write=False) as session:
        if credentials.of(session, person_id) is None:
            return None
        return credentials.has_codes(session, person_id)


def _known(session: Session, link: EntryLink) -> bool:
    person = session.scalar(select(Person).where(Person.mail == link.mail))
    return person is not None and identities.has_way_in(session, person.id)


def _has_login_elsewhere(session: Session, person_id: int) -> bool:
    """Return whether a person logs in at a provider alone: a mailbox is no way round its second factor."""
    here = exists().where(Credential.person_id == person_id)
    elsewhere = exists().where(Identity.person_id == person_id)
    return bool(session.scalar(select(elsewhere & ~here)))  # one question, whoever she is (B14)


def _begin(
    session: Session, door: Door, person: Person, browser: Browser, *, how: str, factor: bool
) -> Secret:
    return sessions.begin(
        session, person, how=how, device=browser.device, now=door.now, factor=factor,
        instead_of=browser.token or None,
    )  # fmt: skip


def _tell(session: Session, door: Door, person: Person, kind: str) -> None:
    """Tell a person by mail what was done to her way in, whoever did it."""
    letters.send_now(session, person, kind, {}, now=door.now, until=door.now + TOLD_FOR)


def _send(
    session: Session, door: Door, mail: str, kind: str, token: Secret, values: dict[str, str | int]
) -> None:
    life = entry_links.LIVES["password" if kind == "new_password" else "invitation"]
    letters.send_now(
        session, mail, kind, values, now=door.now, until=door.now + life, vault=door.vault,
        secret_path=Secret(f"/enter/{token.reveal()}"),
    )  # fmt: skip
