"""A round of the demo: one campaign, loaded for this very hour and answered by each municipality in its way.

Everything is done through the same functions that real people's acts go through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import resources

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import approval, closing, documents, gates, participation
from campaigns.definition import reading
from campaigns.definition.model import Definition
from campaigns.definition.moments import Day, Send, Window
from campaigns.media import render_picture
from campaigns.states import State
from campaigns.store import Account, Actor, Answer, Campaign, Delivery, Organisation, Store
from campaigns.timing import NORWAY
from connectors import names
from samklang.console import Exit, Failure
from samklang.demo.county import COORDINATOR, COUNTY, account_name, adviser, municipalities, tell_platform
from workers.desk import Desk

DOCUMENT = resources.files("samklang.campaigns_demo") / "klar-for-ei-veke"
KEY = re.compile(r"klar-for-ei-veke(-\d+)?")
FIRST_WINDOW = (timedelta(seconds=6), timedelta(seconds=50))
NEXT_WINDOWS = (
    (timedelta(seconds=90), timedelta(minutes=4)),
    (timedelta(minutes=8), timedelta(minutes=20)),
    (timedelta(hours=1), timedelta(hours=2)),
)
"""When the first messages go, from the start of a round; the others keep a time of day on the days after."""

SOON = timedelta(seconds=45)
OVERDUE = timedelta(seconds=60)

STANDS_OUT = frozenset({7, 23})
SILENT = frozenset({5, 18, 31})
UNAPPROVED = frozenset({12})
LOST_LOGIN = 27
LOST_ANSWER = 2
"""Places in the list of municipalities, by number, that do something else than join and approve; for two of them the
platform does: one login is revoked, and one answer is dropped after the post was accepted."""


def round_under_way(store: Store, now: datetime) -> str | None:
    """Return the key of the newest round if something of it goes out within the minute; else there is nothing to see."""
    with store.system(write=False) as session:
        newest = next(iter(_rounds(session)), None)
        if newest is None or not _is_answered(session, newest):
            return None
        soon = select(Delivery.id).where(
            Delivery.campaign_id == newest.id,
            Delivery.state == State.planned,
            Delivery.due_at > now,
            Delivery.due_at <= now + SOON,
            gates.all_open(now),
        )
        return newest.key if session.scalar(soon.limit(1)) else None


def begin_round(store: Store, desk: Desk, now: datetime) -> str:
    """Load the demo campaign for now, let the municipalities answer each in its way, and return its key.

    Earlier rounds that were interrupted, or whose time came while nothing ran, are closed first: all that is overdue
    in them would go out, or be missed, in one heap.
    """
    coordinator = store.actor(COORDINATOR, COUNTY, how="demo")
    with store.system(write=False) as session:
        rounds = list(_rounds(session))
        answered = any(_is_answered(session, one) for one in rounds)
        over = [one.key for one in rounds if not _is_answered(session, one) or _is_overdue(session, one, now)]
        places = municipalities(session)
    definition = definition_for(now, len(rounds) + 1)
    pictures = {
        spec.file: render_picture(DOCUMENT.joinpath(spec.file).read_bytes())
        for message in definition.messages
        for spec in message.pictures
    }
    with store.scope(coordinator) as session:
        for key in over:
            closing.close(session, participation.owned_campaign(session, key), now=now)
        campaign = documents.load(session, desk.media, definition, pictures, now=now)
        participation.invite(session, campaign, now=now)
    if not answered:
        _trouble(store, places)
    for turn, place in enumerate(places):
        if turn not in SILENT:
            _answer(store, desk, definition, place, turn, now)
    return definition.campaign


def invited(store: Store) -> str:
    """Return the number of a municipality that has been invited and has not answered: there is something to do there."""
    with store.system(write=False) as session:
        return municipalities(session)[min(SILENT)].number


def _rounds(session: Session) -> Iterator[Campaign]:
    """Yield the demo's own campaigns, the newest first; a visitor's own are left alone."""
    for one in session.scalars(select(Campaign).order_by(Campaign.id.desc())):
        if KEY.fullmatch(one.key):
            yield one


def _is_answered(session: Session, campaign: Campaign) -> bool:
    """Return whether the last of the municipalities has approved: they answer one after another."""
    last = municipalities(session)[-1]
    approved = select(Delivery.id).where(
        Delivery.campaign_id == campaign.id,
        Delivery.organisation_id == last.id,
        Delivery.snapshot_hash.is_not(None),
    )
    return session.scalar(approved.limit(1)) is not None


def _is_overdue(session: Session, campaign: Campaign, now: datetime) -> bool:
    """Return whether something free to go should have gone over a minute ago, and the campaign is not closed."""
    left = select(Delivery.id).where(
        Delivery.campaign_id == campaign.id,
        Delivery.state == State.planned,
        Delivery.due_at <= now - OVERDUE,
        gates.all_open(now),
    )
    return session.scalar(left.limit(1)) is not None


def _answer(
    store: Store, desk: Desk, definition: Definition, place: Organisation, turn: int, now: datetime
) -> None:
    actor: Actor = store.actor(adviser(place.number), place.number, how="demo")
    with store.scope(actor) as session:
        mine = participation.participation_in(session, definition.campaign)
        if turn in STANDS_OUT:
            participation.answer(session, mine, Answer.out, now=now)
            return
        participation.answer(session, mine, Answer.joined, now=now)
        own = {
            name: f"{(place.website or 'https://www.example.no').rstrip('/')}/beredskap"
            for name, fact in definition.facts.items()
            if fact.kind == "url" and fact.value is None
        }
        participation.fill_facts(session, mine, own, now=now)
        if turn not in UNAPPROVED:
            approval.approve(session, desk.connectors, mine, now=now)


def _trouble(store: Store, places: list[Organisation]) -> None:
    """Let two things go wrong on the platforms' side, as they do: a revoked login, and an answer that is lost."""
    with store.system(write=False) as session:
        first = names()[0]
        bases = {
            one.organisation_id: one.base
            for one in session.scalars(select(Account).where(Account.platform == first))
        }
    lost, dropped = places[LOST_LOGIN], places[LOST_ANSWER]
    tell_platform(bases[lost.id], "POST", f"/_sandbox/revoke/{account_name(lost)}", {})
    rule = {
        "match": {"method": "POST", "path": "/api/v1/statuses", "handle": account_name(dropped)},
        "times": 1,
        "do": "drop_after",
    }
    tell_platform(bases[dropped.id], "PUT", "/_sandbox/faults", [rule])


def definition_for(now: datetime, number: int) -> Definition:
    """Return the demo campaign with its first messages moved to now; the rest keep their time of day, on days to come."""
    read = reading.read(DOCUMENT.joinpath("campaign.yaml").read_bytes(), platforms=frozenset(names()))
    definition = read.definition
    if definition is None:
        raise Failure("The demo's own campaign document cannot be read.", Exit.stopped)
    today = now.astimezone(NORWAY).date()
    windows = (FIRST_WINDOW, *NEXT_WINDOWS)
    messages = []
    for place, message in enumerate(definition.messages):
        if place < len(windows):
            # Added before the zone is, so that neither end lands in the hour that summer time skips.
            start, end = ((now + step).astimezone(NORWAY) for step in windows[place])
            send = Send(
                on=Day(fixed=start.date()),
                between=Window(
                    start=start.time().replace(microsecond=0), end=end.time().replace(microsecond=0)
                ),
            )
        else:
            send = message.send.model_copy(update={"on": Day(offset=place)})
        messages.append(message.model_copy(update={"send": send}))
    return definition.model_copy(
        update={
            "campaign": definition.campaign if number == 1 else f"{definition.campaign}-{number}",
            "anchor": today,
            "ends": Day(offset=30),
            "approve_by": None,
            "answer": definition.answer.model_copy(update={"by": today}),
            "messages": tuple(messages),
        }
    )
