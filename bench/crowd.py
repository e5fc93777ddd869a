"""Fills a store with a crowd: every municipality of the register, their accounts, and approved deliveries."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from campaigns import organisations
from campaigns.accounts import context_of
from campaigns.snapshots import Destination, digest, encode
from campaigns.store import (
    Account,
    Answer,
    Approval,
    ApprovalKind,
    Campaign,
    Delivery,
    Message,
    Organisation,
    OrganisationKind,
    Participation,
    Person,
    SealedLogin,
    Snapshot,
    Store,
)
from campaigns.vault import Vault
from connectors import Post, Secret

PLATFORM = "mastodon"
TEXT = "Straumen er borte. Nettet er nede. Kor lenge klarer du deg? https://www.example.no/beredskap"


def fill(store: Store, vault: Vault, base: str, count: int, due: datetime) -> None:
    """Store `count` approved deliveries, due at one moment, spread over all municipalities with one account each."""
    with store.system() as session:
        organisations.load_register(session)
        session.flush()
        places = session.scalars(
            select(Organisation)
            .where(Organisation.kind == OrganisationKind.municipality)
            .order_by(Organisation.number)
        ).all()
        for one in places:
            one.quiet_hours, one.language = False, "nn"
        campaign = _campaign(session, places[0], -(-count // len(places)))
        hashes = {one.id: _join(session, vault, campaign, one, base) for one in places}
        session.flush()
        rows = list(_deliveries(session, campaign, hashes, count, due))
        session.execute(insert(Delivery), rows)


def _campaign(session: Session, owner: Organisation, messages: int) -> Campaign:
    today = datetime.now(UTC)
    campaign = Campaign(
        organisation_id=owner.id, key="bench", title={"nn": "Måling"}, purpose="inform", document="",
        ends_on=date(2099, 1, 1), answer_by=date(2099, 1, 1), silence="out", late_after=86_400, languages=["nn"],
        hashtags=[], loaded_at=today, active_at=today,
    )  # fmt: skip
    session.add(campaign)
    session.flush()
    session.add_all(
        Message(
            campaign_id=campaign.id, key=f"m{turn}", position=turn, title={"nn": "Hei"}, platforms=[PLATFORM], send={},
        )
        for turn in range(messages)
    )  # fmt: skip
    session.add(Person(name="Kari", mail="kari@bench.example"))
    session.flush()
    return campaign


def _join(session: Session, vault: Vault, campaign: Campaign, place: Organisation, base: str) -> str:
    """Let a municipality take part with one account, and return the hash of what it approved."""
    now = datetime.now(UTC)
    account = Account(
        organisation_id=place.id, platform=PLATFORM, base=base, remote_id=place.number, handle=place.number,
        title=place.name, address=f"{base}/@{place.number}", connected_at=now,
    )  # fmt: skip
    session.add(account)
    session.add(
        Participation(
            organisation_id=place.id, campaign_id=campaign.id, answer=Answer.joined, invited_at=now,
            planned_version=campaign.version,
        )
    )  # fmt: skip
    body = encode(
        Post(TEXT, "nn"), Destination(PLATFORM, base, place.number), organisation=place.number, message="bench/m",
        kind="post", position=0,
    )  # fmt: skip
    session.add(Snapshot(organisation_id=place.id, hash=digest(body), body=body, stored_at=now))
    session.flush()
    person = session.scalars(select(Person.id)).first()
    session.add(
        Approval(
            organisation_id=place.id, snapshot_hash=digest(body), kind=ApprovalKind.final, person_id=person, at=now,
            how="bench", withdrawn_at=None,
        )
    )  # fmt: skip
    key, sealed = vault.seal(context_of(account, "access_token"), Secret(f"token-{place.number}"))
    session.add(
        SealedLogin(
            organisation_id=place.id, account_id=account.id, field="access_token", sealed=sealed, key_id=key,
            sealed_at=now,
        )
    )  # fmt: skip
    return digest(body)


def _deliveries(
    session: Session, campaign: Campaign, hashes: dict[int, str], count: int, due: datetime
) -> Iterator[dict[str, object]]:
    accounts = session.execute(select(Account.organisation_id, Account.id).order_by(Account.id)).all()
    parts = {
        row[0]: row[1] for row in session.execute(select(Participation.organisation_id, Participation.id))
    }
    counties = {row[0]: row[1] for row in session.execute(select(Organisation.id, Organisation.parent_id))}
    messages = session.scalars(select(Message.id).order_by(Message.position)).all()
    for turn in range(count):
        place, account = accounts[turn % len(accounts)]
        yield {
            "organisation_id": place, "owner_id": campaign.organisation_id, "county_id": counties[place],
            "campaign_id": campaign.id, "participation_id": parts[place],
            "message_id": messages[turn // len(accounts)], "account_id": account, "platform": PLATFORM,
            "kind": "post", "position": 0, "key": str(uuid.uuid4()), "due_at": due, "next_try_at": due,
            "late_at": due + timedelta(hours=6), "ignores_quiet": True, "snapshot_hash": hashes[place],
        }  # fmt: skip
