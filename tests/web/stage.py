"""Rows for the page to show: a county, municipalities, a campaign, and deliveries in any state."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.states import State
from campaigns.store import (
    Account,
    AccountState,
    Answer,
    Campaign,
    Delivery,
    History,
    Hold,
    HoldLevel,
    Message,
    Organisation,
    OrganisationKind,
    Participation,
    Pause,
    Sample,
    Store,
)
from connectors import CONNECTORS
from reports import rollup

NOW = datetime(2026, 11, 28, 9, 6, 12, tzinfo=UTC)
"""Saturday 28 November 2026, 10.06.12 in Norway."""
PLATFORM = CONNECTORS[0].name
PLATFORM_TITLE = CONNECTORS[0].title

MOVES = {
    State.queued: "release",
    State.publishing: "claim",
    State.published: "confirm",
    State.unsure: "doubt",
    State.failed: "refuse",
    State.missed: "miss",
    State.cancelled: "cancel",
    State.removed: "remove",
    State.planned: "postpone",
}


@dataclass
class Stage:
    """Adds rows to a store through its models, with words that a test may choose."""

    session: Session
    county: Organisation = field(init=False)

    def __post_init__(self) -> None:
        present = self.session.scalar(select(Organisation).where(Organisation.number == "46"))
        self.county = present or self.organisation("46", "Vestland", kind=OrganisationKind.county)

    def add(self, row):
        self.session.add(row)
        self.session.flush()
        return row

    def organisation(self, number: str, name: str, *, kind=OrganisationKind.municipality) -> Organisation:
        parent = self.county.id if kind == OrganisationKind.municipality else None
        return self.add(Organisation(number=number, name=name, kind=kind, parent_id=parent, population=4000))

    def campaign(
        self, key: str = "bok", *, title: dict[str, str] | None = None, active: bool = True
    ) -> Campaign:
        campaign = self.add(
            Campaign(
                organisation_id=self.county.id, key=key, title=title or {"nn": "Éi bok til", "en": "One more book"},
                purpose="inform", document="", ends_on=date(2026, 12, 1), answer_by=date(2026, 11, 1),
                silence="out", late_after=3600, languages=["nn"], hashtags=[], loaded_at=NOW,
                active_at=NOW if active else None,
            )
        )  # fmt: skip
        self.add(
            Message(
                campaign_id=campaign.id, key="m1", position=1, title={"nn": "Meir enn bøker", "nb": "Mer enn bøker"},
                platforms=[PLATFORM], send={},
            )
        )  # fmt: skip
        return campaign

    def joins(self, campaign: Campaign, place: Organisation, answer: Answer = Answer.joined) -> Participation:
        return self.add(
            Participation(
                campaign_id=campaign.id, organisation_id=place.id, answer=answer, invited_at=NOW,
                planned_version=campaign.version,
            )
        )  # fmt: skip

    def account(self, place: Organisation, handle: str, *, state=AccountState.connected) -> Account:
        return self.add(
            Account(
                organisation_id=place.id, platform=PLATFORM, base="https://social.example", remote_id=handle,
                handle=handle, title=place.name, address=f"https://social.example/@{handle}", state=state,
                connected_at=NOW,
            )
        )  # fmt: skip

    def delivery(
        self, participation: Participation, account: Account, state: State, *, position: int = 0,
        due_at: datetime | None = None, at: datetime | None = None, counts: dict[str, int | None] | None = None,
        **more: object,
    ) -> Delivery:  # fmt: skip
        live = state == State.published
        campaign = self.session.get_one(Campaign, participation.campaign_id)
        due = due_at or NOW - timedelta(hours=1)
        columns: dict[str, object] = {
            "owner_id": self.county.id, "county_id": self.county.id, "campaign_id": campaign.id,
            "organisation_id": participation.organisation_id, "participation_id": participation.id,
            "message_id": campaign.messages[0].id, "account_id": account.id, "platform": PLATFORM,
            "position": position, "key": str(uuid.uuid4()), "state": state, "due_at": due,
            "late_at": due + timedelta(hours=2), "next_try_at": due,
            "published_at": due if live else None,
            "address": f"https://social.example/@{account.handle}/{position}" if live else None,
        }  # fmt: skip
        delivery = self.add(Delivery(**(columns | more)))
        self.moved(
            delivery, MOVES[state], state, at=at or NOW - timedelta(seconds=30), reason=delivery.reason
        )
        for metric, value in (counts or {}).items():
            self.add(
                Sample(
                    organisation_id=delivery.organisation_id, delivery_id=delivery.id, planned=0, metric=metric,
                    at=NOW, age=1.0, value=value, absent=None if value is not None else "not_offered", version=1,
                )
            )  # fmt: skip
        if counts:
            rollup.roll_up(self.session, [delivery.id], now=NOW)
        return delivery

    def moved(self, delivery: Delivery, move: str, target: State, *, at: datetime, reason: str | None = None):
        return self.add(
            History(
                organisation_id=delivery.organisation_id, delivery_id=delivery.id, at=at, move=move,
                target=target, attempt=1, actor="worker", reason=reason, reason_values=delivery.reason_values,
            )
        )  # fmt: skip

    def hold(self, level: HoldLevel, *, by: Organisation | None = None, target: Organisation | None = None,
             account: Account | None = None, reason: str = "", since: datetime = NOW) -> Hold:  # fmt: skip
        return self.add(
            Hold(
                level=level, organisation_id=by.id if by else None, target_id=target.id if target else None,
                account_id=account.id if account else None, set_at=since, reason=reason,
            )
        )  # fmt: skip

    def pause(self, scope: str, target: str, *, account: Account | None = None) -> Pause:
        until = NOW + timedelta(minutes=34)
        account_id = account.id if account else None
        return self.add(
            Pause(
                scope=scope, target=target, until=until, code="connector.rate_limited", account_id=account_id
            )
        )


def play_a_busy_morning(store: Store) -> None:
    """Fill a store with a campaign in which every state of every list occurs."""
    with store.system() as session:
        stage = Stage(session)
        campaign = stage.campaign()
        names = ["Askvoll", "Bergen", "Fedje", "Luster", "Masfjorden", "Stryn", "Vaksdal", "Vik"]
        places = [stage.organisation(f"46{i:02}", name) for i, name in enumerate(names, 1)]
        for place, state in zip(places, list(State)[:8], strict=True):
            account = stage.account(place, f"{place.name.lower()}-post")
            part = stage.joins(campaign, place)
            stage.delivery(
                part, account, State.published, counts={"reactions": 1268, "comments": None, "shares": 3}
            )
            stage.delivery(
                part, account, state, position=1, needs_person=True, by_person=state == State.cancelled,
                lease_until=NOW + timedelta(minutes=1), reason="delivery.too_late" if state == State.missed else None,
            )  # fmt: skip
        for number, name, answer in (("4690", "Solund", Answer.out), ("4691", "Gulen", Answer.unanswered),
                                     ("4692", "Etne", Answer.later)):  # fmt: skip
            stage.joins(campaign, stage.organisation(number, name), answer)
        stage.account(places[4], "masfjorden-bilete", state=AccountState.login_lost)
        stage.pause("app", PLATFORM)
