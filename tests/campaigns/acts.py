"""Every act of the access table as a test tries it, and people with a single role each to try it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from world import World

from campaigns import (
    accounts,
    approval,
    assessments,
    closing,
    documents,
    drills,
    holds,
    members,
    open_pages,
    organisations,
    overrides,
    participation,
    profiles,
    rescheduling,
    standing,
    versions,
)
from campaigns.access import Relation
from campaigns.store import (
    Account,
    Actor,
    Answer,
    Choice,
    Hold,
    HoldLevel,
    Message,
    Participation,
    Person,
    Role,
)
from campaigns.timing import Rule
from connectors.base import Connected, Profile
from connectors.secret import Secret


def actor(role: Role, *, organisation_id: int = 1) -> Actor:
    return Actor(1, organisation_id, "municipality", frozenset({role}), "test")


def staff(world: World) -> World:
    """Have an approved campaign, and a person for each single role in Bergen and in the county."""
    world.under_way("4601", "4621")
    with world.store.scope(world.actors["4601"]) as session:
        holds.set_hold(session, HoldLevel.municipality, target=world.places["4601"], now=world.now)
    with world.store.system() as session:
        for number in ("46", "4601"):
            for role in Role:
                organisations.add_member(
                    session, number, name=role, mail=f"{role}@{number}.example", roles=[role]
                )
    return world


Act = Callable[[World, Session], object]


def _participation(world: World, session: Session) -> Participation:
    """Return Bergen's participation: its row where this session sees it, else a copy got hold of elsewhere."""
    mine = world.participation("4601")
    return session.get(Participation, mine.id) or mine


ACTS: dict[tuple[str, Relation], Act] = {
    ("campaign.load", "owner"): lambda world, session: documents.load(
        session, world.desk.media, world.definition(world.message(words="Nytt:")), {}, now=world.now
    ),
    ("campaign.invite", "owner"): lambda world, session: participation.invite(
        session, session.get_one(type(world.campaign()), world.campaign().id), now=world.now
    ),
    ("campaign.close", "owner"): lambda world, session: closing.close(
        session, session.get_one(type(world.campaign()), world.campaign().id), now=world.now
    ),
    ("campaign.show", "owner"): lambda world, session: [
        open_pages.switch(
            session, session.get_one(type(world.campaign()), world.campaign().id), shown=shown, now=world.now
        )
        for shown in (False, True)
    ],
    ("campaign.read", "owner"): lambda world, session: versions.export(session, world.desk.media, "prove"),
    ("group.set", "own"): lambda world, session: organisations.set_group(
        session, "alle", ["4601"], now=world.now
    ),
    ("participation.answer", "invited"): lambda world, session: (
        participation.answer(session, _participation(world, session), Answer.later, now=world.now),
        participation.choose(
            session, _participation(world, session), session.scalars(select(Message)).one(), Choice.out, now=world.now
        ),
    ),
    ("participation.fill", "invited"): lambda world, session: participation.fill_facts(
        session, _participation(world, session), {"lenke": "https://www.bergen.kommune.no/ny"}, now=world.now
    ),
    ("draft.read", "own"): lambda world, session: approval.open_drafts(
        session, world.desk.connectors, _participation(world, session), (), now=world.now
    ),
    ("message.approve", "invited"): lambda world, session: approval.approve(
        session, world.desk.connectors, _participation(world, session), now=world.now
    ),
    ("participation.adapt", "invited"): lambda world, session: rescheduling.set_own_time(
        session, _participation(world, session), session.scalars(select(Message)).one(), None, now=world.now
    ),
    ("check.pass_over", "invited"): lambda world, session: overrides.pass_over(
        session, _participation(world, session), session.scalars(select(Message)).one(), "timing.quiet.night",
        "Storm", now=world.now,
    ),
    ("message.release", "invited"): lambda world, session: _started(world, session),
    ("delivery.withdraw", "own"): lambda world, session: (
        rescheduling.withdraw(
            session, _participation(world, session), session.scalars(select(Message)).one(), now=world.now
        ),
        rescheduling.drop(
            session, _participation(world, session), session.scalars(select(Message)).one(), now=world.now
        ),
    ),
    ("delivery.move", "own"): lambda world, session: _moved(world, session),
    ("standing.give", "own"): lambda world, session: standing.give(session, "46", now=world.now),
    ("trust.change", "own"): lambda world, session: profiles.change_trust(
        session, second_person=True, now=world.now
    ),
    ("profile.change", "own"): lambda world, session: profiles.change_profile(
        session, language="nb", phone="55123456", now=world.now
    ),
    ("account.connect", "own"): lambda world, session: accounts.keep_account(
        session, world.desk.vault, "p", "https://p.example",
        Connected(Profile("1", "h", "t", "https://p.example/h", None), {"token": Secret("s")}),
        language=None, now=world.now,
    ),
    ("account.disconnect", "own"): lambda world, session: accounts.forget_login(
        session, _account(world, session), now=world.now
    ),
    ("account.pause", "own"): lambda world, session: accounts.pause_account(
        session, _account(world, session), paused=True, now=world.now
    ),
    ("hold.set", "own"): lambda world, session: holds.set_hold(
        session, HoldLevel.municipality, target=world.places["4601"], now=world.now
    ),
    ("hold.set", "parent"): lambda world, session: holds.set_hold(
        session, HoldLevel.municipality, target=world.places["4621"], now=world.now
    ),
    ("hold.lift", "own"): lambda world, session: holds.lift_hold(
        session, session.scalars(select(Hold).where(Hold.lifted_at.is_(None))).first(), now=world.now
    ),
    ("member.change", "own"): lambda world, session: members.change(
        session, _reader(session, "4601"), roles=[Role.editor], now=world.now
    ),
    ("member.remove", "own"): lambda world, session: members.remove(
        session, _reader(session, "4601"), now=world.now
    ),
    ("choices.change", "own"): lambda world, session: profiles.change_choices(
        session, named=True, now=world.now
    ),
    ("account.assess", "own"): lambda world, session: assessments.keep(
        session, _account(world, session), address="https://www.bergen.kommune.no/dpia",
        review_on=world.now.date(), now=world.now,
    ),
    ("drill.run", "own"): lambda world, session: drills.begin(session, now=world.now),
    ("member.add", "own"): lambda world, session: organisations.appoint(
        session, "4601", name="Ny", mail="ny@4601.example", roles=[Role.approver], now=world.now
    ),
}  # fmt: skip


def _reader(session: Session, number: str) -> int:
    """Return who is a reader there and nothing else."""
    return session.scalars(select(Person.id).where(Person.mail == f"reader@{number}.example")).one()


def _started(world: World, session: Session) -> None:
    """Start the message, which has to be one that waits for it."""
    mine, message = _participation(world, session), session.scalars(select(Message)).one()
    message.send = Rule().json()
    session.flush()
    rescheduling.start(session, mine, message, now=world.now)


def _moved(world: World, session: Session) -> None:
    """Move the message, which has to be one that need not go together with everybody's."""
    mine, message = _participation(world, session), session.scalars(select(Message)).one()
    message.send = {**message.send, "together": False}
    session.flush()
    rescheduling.move(session, mine, message, world.now + timedelta(hours=1), now=world.now)


def _account(world: World, session: Session) -> Account:
    mine = world.account(world.delivery("4601").account_id)
    return session.get(Account, mine.id) or mine


class Undone(Exception):
    """Takes an act back, so that the next one begins where this one began."""
