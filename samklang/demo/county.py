"""The people of the demo: Vestland and its 43 municipalities from the register; persons and accounts are made up."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import accounts, organisations, profiles
from campaigns.store import Account, Organisation, Person, Role, Store
from connectors import REACHED, Secret
from workers.desk import Desk

COUNTY = "46"
COORDINATOR = "ingrid@vestlandfylke.example"
ADMIN_AT = "4601"
"""The municipality that has an administrator who is nothing else: the third kind of person one can be in the demo."""
FIRST_NAMES = (
    "Marta", "Jon", "Eli", "Ola", "Turid", "Arne", "Solveig", "Knut", "Ragnhild", "Leif", "Gunn", "Odd", "Hilde", "Per",
    "Astrid", "Terje", "Liv",
)  # fmt: skip
LAST_NAMES = (
    "Lien", "Øvrebø", "Hauge", "Nes", "Solheim", "Bakke", "Dale", "Fosse", "Myklebust", "Aasen", "Tveit", "Vik", "Berge",
)  # fmt: skip


BEGINNER = "4636"
"""A municipality that has not answered everything yet, so that its beginning is to be seen."""
A_YEAR = timedelta(days=365)


def settle_in(
    store: Store, desk: Desk, platforms: Mapping[str, str], report: Callable[[], object] = lambda: None
) -> None:
    """Make the people and connect the accounts; what is there already is left, so an interrupted start can go on.

    `report` is called once if there is anything to do.
    """
    with store.system(write=False) as session:
        there = session.scalar(select(func.count(Account.id))) or 0
        places = municipalities(session) if there else []
    if places and there == len(places) * len(REACHED):
        return
    report()
    with store.system() as session:
        places = _make_people(session)
    for place in places:
        _connect_accounts(store, desk, place, platforms)


def _make_people(session: Session) -> list[Organisation]:
    if not session.scalar(select(func.count(Organisation.id))):
        organisations.load_register(session)
    places = municipalities(session)
    if session.scalar(select(Person.id).where(Person.mail == COORDINATOR)):
        return places
    organisations.add_member(
        session, COUNTY, name="Ingrid Mæland", mail=COORDINATOR, roles=[Role.coordinator, Role.admin]
    )
    for turn, row in enumerate(places):
        row.quiet_hours = False
        if row.number != BEGINNER:
            row.named, row.settled = True, list(profiles.STEPS)
        # asked at onboarding, since neutral never means bokmål; in the demo the neutral ones said bokmål
        row.language = row.language_decision if row.language_decision in {"nn", "nb"} else "nb"
        row.profile = {**row.profile, "phone": f"55 00 {row.number[:2]} {row.number[2:]}"}
        organisations.add_member(
            session, row.number, name=name_of(turn), mail=adviser(row.number),
            roles=[Role.editor, Role.approver, Role.admin],
        )  # fmt: skip
    organisations.add_member(
        session, ADMIN_AT, name="Siri Nygård", mail=f"admin@{ADMIN_AT}.example", roles=[Role.admin]
    )
    return places


def name_of(turn: int) -> str:
    """Return the made-up name of the adviser of a municipality, by its place in the list."""
    return f"{FIRST_NAMES[turn % len(FIRST_NAMES)]} {LAST_NAMES[turn * 7 % len(LAST_NAMES)]}"


def _connect_accounts(store: Store, desk: Desk, place: Organisation, platforms: Mapping[str, str]) -> None:
    actor = store.actor(adviser(place.number), place.number, how="demo")
    handle = account_name(place)
    with store.scope(actor, write=False) as session:
        there = set(session.scalars(select(Account.platform)))
    for kind in REACHED:
        if kind.name in there:
            continue
        base = platforms[kind.name]
        profile = {
            "title": f"{place.name} {place.form}",
            "inhabitants": place.population,
            "followers": round((place.population or 0) * 0.08) + 40,
        }
        tell_platform(base, "PUT", f"/_sandbox/accounts/{handle}", profile)
        secret = Secret(f"demo-{handle}-{place.population}")
        typed = {
            field.name: secret
            if field.secret
            else Secret(base if field.name == "base" else handle if field.needed else "")
            for field in kind.login_fields
        }
        connected = desk.connectors[kind.name].connect(base, typed)
        with store.scope(actor) as session:
            account = accounts.keep_account(
                session, desk.vault, kind.name, base, connected, language=None, now=desk.now()
            )
            if place.number != BEGINNER:
                account.assessment = f"https://{place.number}.example/personvern/{kind.name}"
                account.assessment_review_on = (desk.now() + A_YEAR).date()


def municipalities(session: Session) -> list[Organisation]:
    """Return Vestland's municipalities in the order of their numbers."""
    county = organisations.organisation(session, COUNTY)
    rows = select(Organisation).where(Organisation.parent_id == county.id).order_by(Organisation.number)
    return list(session.scalars(rows))


def adviser(number: str) -> str:
    """Return the mail address of a municipality's communications adviser."""
    return f"raadgjevar@{number}.example"


def account_name(place: Organisation) -> str:
    """Return the name of a municipality's accounts on the stand-ins."""
    plain = place.name.lower()
    for letter, written in (("æ", "ae"), ("ø", "oe"), ("å", "aa"), (" ", ""), ("-", "")):
        plain = plain.replace(letter, written)
    return f"{plain}{place.form}"


def tell_platform(base: str, method: str, path: str, content: object) -> None:
    """Tell a stand-in what it is to play; loopback only."""
    asked = urllib.request.Request(  # noqa: S310  # an address that our own child gave
        base + path,
        data=json.dumps(content).encode(),
        method=method,
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=10):  # noqa: S310  # see above
        pass
