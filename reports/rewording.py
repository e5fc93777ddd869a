"""One message as a municipality may change it: its paragraphs beside the county's, offers, its time, and checks. Stores nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import adaptation, checks, participation, timing
from campaigns.adaptation import Offer
from campaigns.checks import Problem
from campaigns.definition.rewording import Piece, Words
from campaigns.store import (
    Account,
    AccountState,
    Campaign,
    CheckOverride,
    Message,
    MessageChoice,
    Organisation,
    Participation,
)
from connectors.base import Connector
from reports.path import Card, path


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph in one language, and what became of the county's words."""

    form: str
    number: int
    kind: str
    county: str
    own: str | None
    """What stands instead; empty where it was dropped, `None` where the county's words stand."""
    difference: tuple[Piece, ...]
    """From the county's words to the own ones; empty where there is nothing to compare."""

    @property
    def name(self) -> str:
        """Return what its field is called."""
        return f"{self.form.replace(':', '_')}.{self.number}"


@dataclass(frozen=True, slots=True)
class Rewording:
    """One message as it may be changed."""

    campaign: str
    campaign_title: Mapping[str, str]
    key: str
    title: Mapping[str, str]
    language: str
    languages: tuple[str, ...]
    blocks: tuple[Block, ...]
    offers: tuple[Offer, ...]
    card: Card
    own_time_at: datetime | None
    rule_at: datetime | None
    rule_end: datetime | None
    waits_for_start: bool
    together: bool
    """It goes out at one moment everywhere, so it has no time of its own."""
    ends_on: datetime
    passable: tuple[Problem, ...]
    """Checks that block, and that a person may pass over with a reason."""
    zone: str


def rewording(
    session: Session, connectors: Mapping[str, Connector], key: str, message: str, *, language: str = "",
    now: datetime,
) -> Rewording:  # fmt: skip
    """Return one message of a campaign as the actor's organisation may change it.

    Raises: Forbidden; NotFound.
    """
    mine = participation.participation_in(session, key)
    row = participation.message_in(session, mine, message)
    campaign = session.get_one(Campaign, mine.campaign_id)
    place = session.get_one(Organisation, mine.organisation_id)
    whole = path(session, connectors, key, only=message, now=now)
    card = next(one for one in whole.cards if one.key == message)
    languages = _languages(session, campaign, place)
    chosen = language if language in languages else languages[0]
    rule = timing.rule_of(row.send)
    window = timing.span(rule, place.timezone)
    choice = session.scalar(
        select(MessageChoice).where(
            MessageChoice.participation_id == mine.id, MessageChoice.message_id == row.id
        )
    )
    return Rewording(
        campaign=key, campaign_title=campaign.title, key=message, title=row.title, language=chosen,
        languages=languages, blocks=_blocks(session, mine, row, chosen),
        offers=tuple(one for one in adaptation.offers(session, mine) if one.message_key == message),
        card=card, own_time_at=choice.own_time_at if choice else None,
        rule_at=window[0] if window else None, rule_end=window[1] if window else None,
        waits_for_start=rule.released, together=rule.together,
        ends_on=datetime.combine(campaign.ends_on, datetime.min.time()),
        passable=_passable(session, mine.id, row.id, card), zone=place.timezone,
    )  # fmt: skip


def _blocks(session: Session, mine: Participation, message: Message, language: str) -> tuple[Block, ...]:
    words = Words()
    return tuple(
        Block(
            one.form, one.number, one.kind.value, one.county, one.own,
            words.compare(one.county, one.own) if one.own else (),
        )
        for one in adaptation.places(session, mine, message, language)
    )  # fmt: skip


def _languages(session: Session, campaign: Campaign, place: Organisation) -> tuple[str, ...]:
    """Return the written languages in which this municipality's accounts publish, its own first."""
    own = [place.language] if place.language else []
    rows = session.scalars(
        select(Account.language).where(
            Account.state != AccountState.disconnected, Account.language.is_not(None)
        )
    )
    wanted = [one for one in (*own, *rows) if one in campaign.languages]
    return tuple(dict.fromkeys(wanted)) or tuple(campaign.languages[:1])


def _passable(session: Session, participation_id: int, message_id: int, card: Card) -> tuple[Problem, ...]:
    passed = set(
        session.scalars(
            select(CheckOverride.code).where(
                CheckOverride.participation_id == participation_id, CheckOverride.message_id == message_id
            )
        )
    )
    found = {one.code: one for text in card.texts for one in text.blocking if checks.may_pass_over(one.code)}
    return tuple(one for code, one in found.items() if code not in passed)
