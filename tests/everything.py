"""A world in which everything has been used once, so that every page has something to show."""

from __future__ import annotations

from datetime import timedelta

from rehearsed import rehearse
from sqlalchemy import select
from world import World

from campaigns import api_tokens, credentials, drafts, drills, holds, local_days, standing
from campaigns.definition.model import Invite
from campaigns.drafting import beginning
from campaigns.local_days import Stretch
from campaigns.settings import Settings
from campaigns.store import Announcement, CampaignDraft, Delivery, HoldLevel, Organisation, Person

WALKERS = ("46", "4601", "4636")
"""The county, a municipality with accounts, and one without, which puts out by hand."""


def use_everything(world: World, messages: int, platforms: str, words: str = "Les meir:") -> None:
    """Have Bergen and Voss under way with so many messages, Solund by hand, and a stop that stands in Bergen."""
    world.under_way("4601", "4621", to=platforms, messages=texts(world, messages, platforms, words))
    world.join("4636")
    world.approve("4636")
    rehearse(world)
    with world.store.system() as session:
        for person in session.query(Person):  # whose page for it is there then
            credentials.set_password(session, person, "seks gule paraplyar", now=world.now)
    for number in ("46", "4601"):
        drills.rehearse(world.store, world.actors[number], now=world.now, seconds=lambda: 0.0)
    with world.store.scope(world.actors["4601"]) as session:
        here = session.get_one(Organisation, world.places["4601"].id)
        holds.set_hold(session, HoldLevel.municipality, target=here, reason="Ei prøve", now=world.now)
    edit(world)


def texts(world: World, messages: int, platforms: str, words: str = "Les meir:") -> list[str]:
    """Return so many messages, the first of which is the one that was rehearsed."""
    keys = ["ein", *(f"m{turn}" for turn in range(1, messages))]
    return [
        world.message(key, to=platforms, at=f"{10 + turn}:05", words=words) for turn, key in enumerate(keys)
    ]


def use_the_rest(world: World) -> None:
    """Have Bergen invited to a campaign alone, with a token, a day off, and a text that a standing approval announces."""
    definition = world.definition(world.message("loynd"), key="berre")
    world.load(definition.model_copy(update={"invite": Invite(municipalities=("4601",))}))
    world.invite("berre")
    now, day = world.now, world.now.date() + timedelta(days=30)
    with world.store.scope(world.actors["4601"]) as session:
        api_tokens.make(session, "Prøve", ["read"], 30, now=now)
        local_days.replace(session, [Stretch(day, day, "Marknad")], now=now)
        given = standing.give(session, "46", now=now)
        one = session.scalars(select(Delivery)).first()
        assert one is not None
        session.add(
            Announcement(
                organisation_id=one.organisation_id, delivery_id=one.id, snapshot_hash=one.snapshot_hash,
                standing_id=given.id, announced_at=now, effective_at=now + timedelta(minutes=30),
            )
        )  # fmt: skip


def with_operators(world: World) -> Settings:
    """Return the world's settings, with those who walk through it as the instance's operators, too."""
    mails = "ingrid@county.example, adviser@4601.example, adviser@4636.example"
    return world.settings.model_copy(update={"operators": mails})


def edit(world: World) -> None:
    """Have the county begin to change its campaign, anew."""
    with world.store.scope(world.actors["46"]) as session:
        for row in session.query(CampaignDraft).where(CampaignDraft.ended_at.is_(None)):
            drafts.put_away(session, row, now=world.now)
        beginning.reopen(session, "prove", now=world.now)
