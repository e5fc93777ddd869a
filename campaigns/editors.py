"""Who last put a hand to a municipality's text, message by message: for the second pair of eyes (threat E5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.store import (
    Adaptation,
    Fact,
    FactValue,
    Message,
    MessageFactValue,
    Paragraph,
    Participation,
)


def last_editors(session: Session, participation: Participation) -> dict[str, int | None]:
    """Return for each message that somebody here edited who did so last: own words, or a fact it may use.

    A fact of the whole campaign counts for every message, since any of them may use it.
    """
    last: dict[str, tuple[datetime, int | None]] = {}
    for key, at, person in _edits(session, participation):
        if key not in last or at >= last[key][0]:
            last[key] = (at, person)
    return {key: person for key, (_, person) in last.items()}


def _edits(session: Session, participation: Participation) -> Iterator[tuple[str, datetime, int | None]]:
    """Yield message, time and person of every edit that still stands."""
    campaign, place = participation.campaign_id, participation.organisation_id
    words = (
        select(Message.key, Adaptation.set_at, Adaptation.set_by)
        .join(Paragraph, Paragraph.id == Adaptation.paragraph_id)
        .join(Message, Message.id == Paragraph.message_id)
        .where(Adaptation.participation_id == participation.id, Adaptation.set_at.is_not(None))
    )
    own = (
        select(Message.key, MessageFactValue.set_at, MessageFactValue.set_by)
        .join(Message, Message.id == MessageFactValue.message_id)
        .where(Message.campaign_id == campaign, MessageFactValue.organisation_id == place)
    )
    for query in (words, own):
        for key, at, person in session.execute(query):
            if at is not None:
                yield key, at, person
    keys = session.scalars(select(Message.key).where(Message.campaign_id == campaign)).all()
    facts = (
        select(FactValue.set_at, FactValue.set_by)
        .join(Fact, Fact.id == FactValue.fact_id)
        .where(Fact.campaign_id == campaign, FactValue.organisation_id == place)
    )
    for at, person in session.execute(facts):
        for key in keys:
            yield key, at, person
