"""A county as large as it gets, made through the same functions as people's acts: municipalities × messages × accounts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from campaigns import approval, documents, organisations, participation, plans
from campaigns.definition.reading import read
from campaigns.store import Account, Answer, Organisation, OrganisationKind, Role, Store
from connectors import names
from workers.desk import Desk

COUNTY = "46"
PLATFORMS = ("mastodon", "bluesky", "facebook", "linkedin")
COORDINATOR = "coordinator@bench.example"
HEAD = """
samklang: 1
campaign: stor
title: {nn: Ein stor kampanje, nb: En stor kampanje}
owner: "46"
contact: {name: Ingrid, mail: coordinator@bench.example}
purpose: inform
goal: {nn: Å måle, nb: Å måle}
invite: {county: "46"}
answer: {by: ANSWER, silence: out}
anchor: ANCHOR
ends: T+90
languages: [nn, nb]
facts:
  lenke: {kind: url, own_site: true, ask: {nn: Lenkje til sida, nb: Lenke til siden}}
messages:
"""
MESSAGE = """
  - key: bodskap-NUMBER
    title: {nn: Bodskap NUMBER, nb: Budskap NUMBER}
    send: {on: T+DAY, at: "10:00"}
    quiet: {override: It is measured at any time of the year.}
    to: [PLATFORMS]
    text:
      - locked: {nn: "Straumen er borte. Nettet er nede. Det kjem ikkje vatn i krana.", nb: "Strømmen er borte. Nettet er nede. Det kommer ikke vann i krana."}
      - fill: {nn: "I {kommune} kan du lese meir her: {lenke}", nb: "I {kommune} kan du lese mer her: {lenke}"}
      - free: {nn: "Kor lenge klarer du deg?", nb: "Hvor lenge klarer du deg?"}
"""


def adviser(number: str) -> str:
    """Return the mail address of a municipality's adviser."""
    return f"adviser@{number}.example"


def fill(store: Store, desk: Desk, *, places: int, messages: int, today: date) -> list[str]:
    """Fill a store with a campaign of so many messages for so many municipalities, four accounts each, all approved.

    More municipalities than the county has are taken from the others, and belong to it here. Returns their numbers.
    """
    now = datetime.now(UTC)
    with store.system() as session:
        organisations.load_register(session)
        county = organisations.organisation(session, COUNTY)
        municipal = select(Organisation).where(Organisation.kind == OrganisationKind.municipality)
        every = session.scalars(
            municipal.order_by(Organisation.parent_id != county.id, Organisation.number)
        ).all()
        for turn, one in enumerate(every):
            one.parent_id = (
                county.id if turn < places else one.parent_id if one.parent_id != county.id else None
            )
        chosen = [(one.id, one.number, one.website or "") for one in every[:places]]
        for one in every[:places]:
            one.quiet_hours, one.language = False, "nn"
        organisations.add_member(
            session, COUNTY, name="Ingrid Mæland", mail=COORDINATOR, roles=[Role.coordinator, Role.admin]
        )
        for place_id, number, _ in chosen:
            organisations.add_member(
                session,
                number,
                name="Marta Lien",
                mail=adviser(number),
                roles=[Role.editor, Role.approver, Role.admin],
            )
            session.add_all(
                Account(
                    organisation_id=place_id, platform=name, base=f"https://{name}.example", remote_id=number,
                    handle=number, title=number, address=f"https://{name}.example/{number}", connected_at=now,
                )
                for name in PLATFORMS
            )  # fmt: skip
    _load(store, desk, messages, today, now)
    for _, number, website in chosen:
        _take_part(store, desk, number, website, now)
    return [number for _, number, _ in chosen]


def _load(store: Store, desk: Desk, messages: int, today: date, now: datetime) -> None:
    head = HEAD.replace("ANSWER", today.isoformat())
    document = head.replace("ANCHOR", (today + timedelta(days=3)).isoformat()) + "".join(
        MESSAGE.replace("NUMBER", str(turn))
        .replace("DAY", str(turn))
        .replace("PLATFORMS", ", ".join(PLATFORMS))
        for turn in range(messages)
    )
    found = read(document.encode(), platforms=frozenset(names()))
    if found.definition is None:
        raise ValueError([(one.code, one.values) for one in found.problems])
    with store.scope(store.actor(COORDINATOR, COUNTY, how="bench")) as session:
        campaign = documents.load(session, desk.media, found.definition, {}, now=now)
        participation.invite(session, campaign, now=now)


def _take_part(store: Store, desk: Desk, number: str, website: str, now: datetime) -> None:
    with store.scope(store.actor(adviser(number), number, how="bench")) as session:
        mine = participation.participation_in(session, "stor")
        participation.answer(session, mine, Answer.joined, now=now)
        participation.fill_facts(session, mine, {"lenke": f"{website.rstrip('/')}/x"}, now=now)
        plans.plan_participation(session, mine, now=now)
        approval.approve(session, desk.connectors, mine, now=now)
