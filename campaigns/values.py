"""What a municipality's placeholders stand for: its profile, the campaign's facts, and what it filled in. Writes nothing.

A message's own value wins over the municipality's for the whole campaign, and that over a default; what the county
states for all is not up for change (D19).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import wording
from campaigns.definition.placeholders import PROFILE
from campaigns.facts import check_fact, format_fact
from campaigns.store import Campaign, Fact, FactValue, Message, MessageFactValue, Organisation


class Values:
    """One organisation's values in one campaign, read once."""

    def __init__(
        self,
        session: Session,
        campaign: Campaign,
        organisation: Organisation,
        facts: Sequence[Fact] | None = None,
    ) -> None:
        """Take the campaign's facts as they are stored, or those of a campaign that is not."""
        self.organisation = organisation
        self._county = session.get(Organisation, organisation.parent_id) if organisation.parent_id else None
        if facts is None:
            facts = session.scalars(select(Fact).where(Fact.campaign_id == campaign.id)).all()
        self._facts = facts
        own = select(FactValue).where(FactValue.organisation_id == organisation.id)
        self._own = {one.fact_id: one.value for one in session.scalars(own)}
        mine = select(MessageFactValue).where(MessageFactValue.organisation_id == organisation.id)
        self._of_message = {(one.message_id, one.fact_id): one.value for one in session.scalars(mine)}

    def of(self, message: Message, language: str) -> dict[str, str]:
        """Return every placeholder's value in one language; one that has none is left out."""
        profile = self._profile(language)
        values = dict(profile)
        shared = {fact.key: fact.id for fact in self._facts if fact.message_id is None}
        for key, fact in self._chosen(message).items():
            asked = shared.get(key, fact.id)
            own = self._of_message.get((message.id, asked)) or self._own.get(asked)
            kept = fact.value or own or _default(fact, profile)
            if kept:
                values[key] = format_fact(fact.kind, kept, language)  # type: ignore[arg-type]  # checked when read
        return values

    def default(self, fact: Fact) -> str | None:
        """Return what a fact is without anybody's word, in its kept form: from the document, or from the profile."""
        return _default(fact, self._profile(self.organisation.language or "nn"))

    def late(self, message: Message) -> dict[str, date]:
        """Return the facts that come late for this message, with the day on which each is asked for."""
        return {
            key: fact.known_on
            for key, fact in self._chosen(message).items()
            if fact.known_on is not None and not fact.value
        }

    def _chosen(self, message: Message) -> dict[str, Fact]:
        """Return each fact as it holds for this message, whose own words win."""
        chosen: dict[str, Fact] = {}
        for fact in sorted(self._facts, key=lambda one: one.message_id is not None):
            if fact.message_id in (None, message.id):
                chosen[fact.key] = fact
        return chosen

    def _profile(self, language: str) -> dict[str, str]:
        return profile_of(self.organisation, self._county, language)


def profile_of(place: Organisation, county: Organisation | None, language: str) -> dict[str, str]:
    """Return what an organisation's profile says for placeholders in one language."""
    more = place.profile
    return wording.profile_values(
        wording.Profile(
            name=place.name,
            form=place.form,
            county=county.name if county else "",
            website=place.website or "",
            phone=str(more.get("phone") or ""),
            names=more.get("names") or {},
            full_names=more.get("full_names") or {},
            county_names=(county.profile.get("names") if county else None) or {},
        ),
        language,
    )


def _default(fact: Fact, profile: Mapping[str, str]) -> str | None:
    """Return a fact's default; what the profile says counts only where it is a value of the fact's kind."""
    if not fact.default or not fact.default.startswith("profile."):
        return fact.default
    return from_profile(fact.kind, fact.default, profile)


def from_profile(kind: str, default: str, profile: Mapping[str, str]) -> str | None:
    """Return what `profile.phone` and the like stand for, if that is a value of the fact's kind."""
    asked = default.removeprefix("profile.")
    found = next((profile.get(name) for name, known in PROFILE.items() if known == asked), None)
    checked = check_fact(kind, found) if found else None  # type: ignore[arg-type]  # checked when read
    return checked if isinstance(checked, str) else None
