"""Invitations and answers: who takes part in what, with which exceptions and facts. Approves and sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.access import Forbidden, Relation, must
from campaigns.definition import model, reading
from campaigns.deliveries import make
from campaigns.facts import check_fact
from campaigns.organisations import NotFound, members_of, organisation
from campaigns.states import BEFORE_SENDING
from campaigns.store import (
    Actor,
    Answer,
    AnswerLink,
    Campaign,
    Choice,
    Delivery,
    Fact,
    FactValue,
    Message,
    MessageChoice,
    MessageFactValue,
    Organisation,
    OrganisationKind,
    Participation,
    views,
)
from campaigns.timing import NORWAY
from campaigns.values import Values
from connectors.base import Problem

REMIND_AGAIN = timedelta(hours=20)
"""So long after an invitation or a reminder nobody is reminded again (product notes: one mail per person per day)."""


class AnswersOver(ValueError):
    """Nobody is asked for an answer any more: the deadline has passed, or the campaign is closed."""

    code = "campaign.answers_over"

    def __init__(self) -> None:
        super().__init__(self.code)


class FactsRefused(ValueError):
    """One or more facts cannot be taken; every problem at once, and nothing was stored."""

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems


def owned_campaign(session: Session, key: str) -> Campaign:
    """Return a campaign that the actor's organisation owns.

    Raises: Forbidden for another owner's that it is invited to; NotFound for one that it cannot see.
    """
    actor = session.info["actor"]
    found = session.scalar(
        select(Campaign).where(Campaign.organisation_id == actor.organisation_id, Campaign.key == key)
    )
    if found is None:
        raise _not_yours(session, key, "campaign.invite")
    return found


def _not_yours(session: Session, key: str, action: str) -> Forbidden | NotFound:
    """Return the refusal of somebody who may see a campaign, or of somebody to whom it does not exist."""
    visible = any(one.key == key for one in views.visible_campaigns(session))
    return Forbidden(action) if visible else NotFound("campaign.unknown", key=key)


def relations(session: Session, key: str) -> frozenset[Relation]:
    """Return how the actor's organisation stands to campaigns of this key: as `owner`, as `invited`, or both.

    A municipality that runs a campaign for itself invites itself to it (D15).

    Raises: NotFound for a key of no campaign that it can see.
    """
    here = session.info["actor"].organisation_id
    of_it = select(Campaign.id).where(Campaign.key == key).limit(1)
    asked: dict[Relation, Select[int]] = {
        "owner": of_it.where(Campaign.organisation_id == here),
        "invited": of_it.join(Participation, Participation.campaign_id == Campaign.id).where(
            Participation.organisation_id == here
        ),
    }
    found = {relation for relation, query in asked.items() if session.scalar(query) is not None}
    if not found:
        raise NotFound("campaign.unknown", key=key)
    return frozenset(found)


def participation_in(session: Session, key: str) -> Participation:
    """Return the actor's organisation's participation in a campaign it was invited to.

    Raises: Forbidden for the owner of a campaign that did not invite itself; NotFound, also for a campaign that exists
    but did not invite it.
    """
    found = session.scalar(
        select(Participation)
        .join(Campaign, Campaign.id == Participation.campaign_id)
        .where(Campaign.key == key)
        .order_by(Participation.invited_at.desc())
    )
    if found is None:
        raise _not_yours(session, key, "participation.answer")
    return found


def invite(session: Session, campaign: Campaign, *, now: datetime) -> list[Organisation]:
    """Invite everybody the document names who is not yet invited, and make the campaign active; return the new ones.

    Raises: Forbidden; NotFound for a municipality or group that does not exist.
    """
    actor = must(session, "campaign.invite", "owner")
    if campaign.organisation_id != actor.organisation_id:
        raise NotFound("campaign.unknown", key=campaign.key)
    known = {organisation.id for _, organisation in views.participations(session, campaign)}
    named = invited_places(session, actor.organisation_id, stored_definition(campaign).invite)
    new = [one for one in named if one.id not in known]
    views.add_invitations(session, campaign, [one.id for one in new], now=now)
    campaign.active_at = campaign.active_at or now
    session.flush()
    audit.record(
        session, actor, "campaign.invite", campaign.key, {"invited": [one.number for one in new]}, now=now
    )
    return new


def remind(session: Session, campaign: Campaign, *, now: datetime) -> int:
    """Remind those who have not answered, with a new letter; return how many. Nobody is reminded twice in a day.

    Raises: Forbidden; NotFound for another owner's campaign; AnswersOver.
    """
    actor = must(session, "campaign.invite", "owner")
    if campaign.organisation_id != actor.organisation_id or campaign.active_at is None:
        raise NotFound("campaign.unknown", key=campaign.key)
    if not asks_for_answers(campaign, now=now):
        raise AnswersOver
    count = views.remind(session, campaign, not_since=now - REMIND_AGAIN, now=now)
    if count:
        audit.record(session, actor, "campaign.remind", campaign.key, {"number": count}, now=now)
    return count


def asks_for_answers(campaign: Campaign, *, now: datetime) -> bool:
    """Return whether a campaign waits for answers: invited to, not closed, and not after the day of its deadline."""
    today = now.astimezone(NORWAY).date()
    return campaign.active_at is not None and campaign.closed_at is None and today <= campaign.answer_by


def stored_definition(campaign: Campaign) -> model.Definition:
    """Return the definition that a campaign was made from."""
    read = _definition(campaign.document)
    if read is None:
        raise ValueError(f"the stored document of {campaign.key} cannot be read")
    return read


@lru_cache(maxsize=64)
def _definition(document: str) -> model.Definition | None:
    """Return what a stored document says; it is read at every page that shows the campaign and never altered."""
    return reading.read(document.encode(), platforms=frozenset()).definition


def invited_places(session: Session, owner_id: int, invited: model.Invite) -> list[Organisation]:
    """Return whom a document of this owner invites.

    Raises: NotFound for a municipality or group that does not exist.
    """
    municipal = Organisation.kind == OrganisationKind.municipality
    if invited.county:
        county = organisation(session, invited.county)
        return list(
            session.scalars(
                select(Organisation)
                .where(Organisation.parent_id == county.id, municipal)
                .order_by(Organisation.number)
            )
        )
    numbers = invited.municipalities or members_of(session, owner_id, invited.group or "")
    return [organisation(session, number) for number in numbers]


def answer(session: Session, participation: Participation, said: Answer, *, now: datetime) -> int:
    """Write down a municipality's answer, changeable as long as something has not gone; return how many it withdrew.

    A yes or a no takes the links in mails back, whoever has them: it is changed behind the login alone (threat B1).

    Raises: Forbidden.
    """
    actor = must(session, "participation.answer", "invited", owner_id=participation.organisation_id)
    participation.answer = said
    participation.answered_at, participation.answered_by = now, actor.person_id
    if said != Answer.later:
        take_back_links(session, participation, now=now)
    withdrawn = 0 if said == Answer.joined else _withdraw(session, actor, participation, None, now)
    key = _campaign_key(session, participation)
    audit.record(session, actor, "participation.answer", key, {"answer": said.value}, now=now)
    return withdrawn


def take_back_links(session: Session, participation: Participation, *, now: datetime) -> None:
    """Take back every link in a mail by which somebody could still answer."""
    session.execute(
        update(AnswerLink)
        .where(
            AnswerLink.participation_id == participation.id,
            AnswerLink.used_at.is_(None),
            AnswerLink.revoked_at.is_(None),
        )
        .values(revoked_at=now)
        .execution_options(synchronize_session="fetch")
    )


def choose(
    session: Session, participation: Participation, message: Message, choice: Choice, *, now: datetime
) -> int:
    """Write down an exception for one message: in, out, or undecided until it goes; return how many it withdrew.

    Raises: Forbidden.
    """
    actor = must(session, "participation.answer", "invited", owner_id=participation.organisation_id)
    present = next((one for one in participation.choices if one.message_id == message.id), None)
    if present is None:
        present = MessageChoice(organisation_id=participation.organisation_id, message_id=message.id)
        participation.choices.append(present)
    present.choice = choice
    session.flush()
    withdrawn = _withdraw(session, actor, participation, message.id, now) if choice == Choice.out else 0
    subject = f"{_campaign_key(session, participation)}/{message.key}"
    audit.record(session, actor, "participation.choose", subject, {"choice": choice.value}, now=now)
    return withdrawn


def _withdraw(
    session: Session, actor: Actor, participation: Participation, message_id: int | None, now: datetime
) -> int:
    """Cancel what has not gone, also what is queued: a withdrawal holds until the moment of sending."""
    waiting = select(Delivery.id).where(
        Delivery.participation_id == participation.id, Delivery.state.in_(BEFORE_SENDING)
    )
    if message_id is not None:
        waiting = waiting.where(Delivery.message_id == message_id)
    ids = session.scalars(waiting).all()
    return len(make(session, "cancel", ids, now=now, actor=actor.label, reason="delivery.withdrawn"))


def fill_facts(
    session: Session,
    participation: Participation,
    values: Mapping[str, str],
    *,
    message: Message | None = None,
    now: datetime,
) -> list[str]:
    """Store a municipality's values of the campaign's facts; return the names of those that changed.

    With `message` they hold for that message alone, such as a link of its own.

    Raises: FactsRefused with every problem at once, storing none; Forbidden.
    """
    actor = must(session, "participation.fill", "invited", owner_id=participation.organisation_id)
    facts = {
        one.key: one
        for one in session.scalars(
            select(Fact).where(Fact.campaign_id == participation.campaign_id, Fact.message_id.is_(None))
        )
    }
    kept, problems = _check_facts(session, actor, facts, values)
    if problems:
        raise FactsRefused(problems)
    present = _present_values(session, message)
    campaign = session.get_one(Campaign, participation.campaign_id)
    known = Values(session, campaign, session.get_one(Organisation, actor.organisation_id))
    changed = []
    for key, value in kept.items():
        row = present.get(facts[key].id)
        if row is None and message is None and value == known.default(facts[key]):
            continue  # it stands there anyway, and goes on following the profile
        if row is None:
            row = _new_value(actor.organisation_id, facts[key].id, message)
            session.add(row)
        if row.value != value:
            row.value, row.set_at, row.set_by = value, now, actor.person_id
            changed.append(key)
    session.flush()
    if changed:
        subject = _campaign_key(session, participation) + (f"/{message.key}" if message else "")
        audit.record(session, actor, "participation.fill", subject, {"facts": changed}, now=now)
    return changed


def _present_values(session: Session, message: Message | None) -> dict[int, FactValue | MessageFactValue]:
    """Return the organisation's values by their fact: the campaign's, or those of one message."""
    if message is None:
        return {one.fact_id: one for one in session.scalars(select(FactValue))}
    own = select(MessageFactValue).where(MessageFactValue.message_id == message.id)
    return {one.fact_id: one for one in session.scalars(own)}


def _new_value(organisation_id: int, fact_id: int, message: Message | None) -> FactValue | MessageFactValue:
    if message is None:
        return FactValue(organisation_id=organisation_id, fact_id=fact_id, value="")
    return MessageFactValue(organisation_id=organisation_id, fact_id=fact_id, message_id=message.id, value="")


def message_in(session: Session, participation: Participation, key: str) -> Message:
    """Return a message of the participation's campaign.

    Raises: NotFound.
    """
    found = session.scalar(
        select(Message).where(
            Message.campaign_id == participation.campaign_id, Message.key == key, Message.retired.is_(False)
        )
    )
    if found is None:
        raise NotFound("message.unknown", key=key)
    return found


def _check_facts(
    session: Session, actor: Actor, facts: Mapping[str, Fact], values: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, Problem]]:
    place = session.get_one(Organisation, actor.organisation_id)
    hosts = place.profile.get("own_hosts", [])
    kept: dict[str, str] = {}
    problems: dict[str, Problem] = {}
    for key, value in values.items():
        if key not in facts or facts[key].value is not None:
            problems[key] = Problem("participation.unknown_fact", {"fact": key})
            continue
        checked = check_fact(facts[key].kind, value, own_hosts=hosts if facts[key].own_site else None)  # type: ignore[arg-type]  # the kind was checked when the document was read
        if isinstance(checked, Problem):
            problems[key] = checked
        else:
            kept[key] = checked
    return kept, problems


def _campaign_key(session: Session, participation: Participation) -> str:
    return session.get_one(Campaign, participation.campaign_id).key
