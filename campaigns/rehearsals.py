"""Rehearsals of campaigns: asked for, taken up, played elsewhere, and told. Plays nothing, and sends nothing.

The row is the truth: a worker takes it under a lease, writes how far it has come, and settles it. A worker that dies
leaves a lease that runs out, and the next one begins anew; the attempt's number is the fence between the two. One
rehearsal at a time is played of a campaign, and the newest few are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campaigns import audit, register, versions
from campaigns.access import must
from campaigns.organisations import NotFound
from campaigns.participation import invited_places, owned_campaign, stored_definition
from campaigns.store import Campaign, Cast, Ending, Rehearsal

KEPT = 10
"""Rehearsals of a campaign that are kept, the newest."""
LEASE = timedelta(minutes=3)
"""So long a worker may say nothing of a rehearsal before another takes it up; one says something every second once it runs,
which takes a while where a machine is busy."""
TRIES = 3
"""So often a rehearsal is taken up; what ends its player three times would do so a fourth time."""
WAITS = timedelta(minutes=15)
"""So long a rehearsal waits for a process that takes it up."""
MOST_POSTS = 6_000
"""Posts of the largest rehearsal asked for on a page: a quarter of an hour of one core. Larger ones have the command."""


class Refused(ValueError):
    """A rehearsal that cannot begin; `code` and `values` say why."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True, slots=True)
class Script:
    """What one attempt plays."""

    id: int
    attempt: int
    document: str
    numbers: tuple[str, ...]
    pictures: Mapping[str, str]
    """Digests by the files that the document names."""
    cast: Cast


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rehearsal has come."""

    share: int
    """Of a hundred."""
    moment: datetime | None = None
    """In the played time; `None` while the stage is set."""
    live: int = 0
    planned: int = 0


# -- what a person asks for


def begin(session: Session, key: str, cast: Cast, *, now: datetime) -> int:
    """Ask for a rehearsal of a campaign as it is stored, and return its number; the oldest ones are let go of.

    Raises: Forbidden; NotFound for a campaign or a group that is not there; Refused where one is under way, where
    nobody would play, or too many would.
    """
    actor = must(session, "campaign.rehearse", "owner")
    campaign = owned_campaign(session, key)
    row = Rehearsal(
        organisation_id=actor.organisation_id, campaign_id=campaign.id, under_way=campaign.id,
        version=campaign.version, cast=cast, script=_script(session, campaign), begun_at=now,
        begun_by=actor.person_id,
    )  # fmt: skip
    if session.scalar(_of(campaign).where(Rehearsal.under_way.is_not(None)).limit(1)) is not None:
        raise Refused("rehearsal.under_way")
    for old in session.scalars(_of(campaign).offset(KEPT - 1)):
        session.delete(old)
    session.add(row)
    try:
        session.flush()
    except IntegrityError:  # two asked at the same moment, and the key is the judge
        raise Refused("rehearsal.under_way") from None
    details = {"version": campaign.version, "cast": cast.value}
    audit.record(session, actor, "campaign.rehearse", campaign.key, details, now=now)
    return row.id


def _script(session: Session, campaign: Campaign) -> dict[str, object]:
    definition = stored_definition(campaign)
    known = register.municipalities()
    places = invited_places(session, campaign.organisation_id, definition.invite)
    numbers = [one.number for one in places if one.number in known]
    if not numbers:
        raise Refused("rehearsal.nobody")
    posts = len(numbers) * sum(len(one.to) for one in definition.messages)
    if posts > MOST_POSTS:
        raise Refused("rehearsal.too_large", number=posts, most=MOST_POSTS)
    pictures = {file: digest for (_, file), digest in versions.digests(session, campaign).items()}
    return {"document": campaign.document, "numbers": numbers, "pictures": pictures}


def stop(session: Session, key: str, rehearsal_id: int, *, now: datetime) -> bool:
    """End a rehearsal that is under way; return whether it still was. Whoever plays it hears of it within a second.

    Raises: Forbidden; NotFound.
    """
    actor = must(session, "campaign.rehearse", "owner")
    row = one(session, key, rehearsal_id)
    if not _end(session, now, Rehearsal.id == row.id, ending=Ending.stopped):
        return False
    audit.record(session, actor, "campaign.rehearse_stop", key, {"rehearsal": row.id}, now=now)
    return True


def of_campaign(session: Session, key: str) -> Sequence[Rehearsal]:
    """Return a campaign's rehearsals, the newest first.

    Raises: Forbidden; NotFound.
    """
    must(session, "campaign.rehearse", "owner")
    return session.scalars(_of(owned_campaign(session, key))).all()


def one(session: Session, key: str, rehearsal_id: int) -> Rehearsal:
    """Return one rehearsal of a campaign.

    Raises: Forbidden; NotFound.
    """
    must(session, "campaign.rehearse", "owner")
    row = session.scalar(_of(owned_campaign(session, key)).where(Rehearsal.id == rehearsal_id))
    if row is None:
        raise NotFound("rehearsal.unknown", id=rehearsal_id)
    return row


def _of(campaign: Campaign) -> Select[Rehearsal]:
    return select(Rehearsal).where(Rehearsal.campaign_id == campaign.id).order_by(Rehearsal.id.desc())


# -- what the clock and the workers do


def due(session: Session, *, now: datetime) -> list[int]:
    """Return the rehearsals that nobody plays and somebody may take up, the oldest first."""
    free = select(Rehearsal.id).where(_free(now), Rehearsal.attempt < TRIES).order_by(Rehearsal.id)
    return list(session.scalars(free.limit(50)))  # as many as a nudge takes (D9)


def anything_lost(session: Session, *, now: datetime) -> bool:
    """Return whether there is a rehearsal that will not be played any more."""
    return session.scalar(select(Rehearsal.id).where(or_(*_lost(now).values())).limit(1)) is not None


def give_up(session: Session, *, now: datetime) -> None:
    """End what nobody took up in time, and what its players did not survive: it is told, and stands in nobody's way."""
    for ending, which in _lost(now).items():
        _end(session, now, which, ending=ending)


def _lost(now: datetime) -> dict[Ending, ColumnElement[bool]]:
    return {
        Ending.broken: and_(_free(now), Rehearsal.attempt >= TRIES),
        Ending.untaken: and_(_free(now), Rehearsal.attempt == 0, Rehearsal.begun_at <= now - WAITS),
    }


def _free(now: datetime) -> ColumnElement[bool]:
    unclaimed = or_(Rehearsal.lease_until.is_(None), Rehearsal.lease_until <= now)
    return and_(Rehearsal.under_way.is_not(None), unclaimed)


def claim(session: Session, rehearsal_id: int, *, now: datetime) -> Script | None:
    """Take a rehearsal up and return what is to be played, or `None` where somebody else does or it has ended."""
    taken = session.execute(
        update(Rehearsal)
        .where(Rehearsal.id == rehearsal_id, _free(now), Rehearsal.attempt < TRIES)
        .values(
            attempt=Rehearsal.attempt + 1, lease_until=now + LEASE, share=0, moment=None, live=0, planned=0
        )
        .execution_options(synchronize_session=False)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]  # what an UPDATE returns has it
        return None
    row = session.get_one(Rehearsal, rehearsal_id)
    script = row.script or {}
    return Script(
        row.id, row.attempt, script["document"], tuple(script["numbers"]), script["pictures"], row.cast
    )


def note(session: Session, script: Script, progress: Progress, *, now: datetime) -> bool:
    """Write down how far an attempt has come; return whether it is still wanted."""
    return _change(
        session, _mine(script), lease_until=now + LEASE, share=progress.share, moment=progress.moment,
        live=progress.live, planned=progress.planned,
    )  # fmt: skip


def settle(session: Session, script: Script, outcome: bytes, *, now: datetime) -> bool:
    """Write down what a rehearsal came to; return whether it was still wanted."""
    return _end(session, now, _mine(script), ending=Ending.played, outcome=outcome, share=100)


def refuse(
    session: Session, script: Script, code: str, values: Mapping[str, object], *, now: datetime
) -> bool:
    """Write down why a rehearsal cannot be played, by a sentence; return whether it was still wanted."""
    return _end(session, now, _mine(script), ending=Ending.refused, code=code, details=dict(values))


def give_back(session: Session, script: Script, *, now: datetime) -> bool:
    """Let go of a rehearsal, so that another may take it up at once."""
    return _change(session, _mine(script), lease_until=now)


def _mine(script: Script) -> ColumnElement[bool]:
    return and_(Rehearsal.id == script.id, Rehearsal.attempt == script.attempt)


def _end(session: Session, now: datetime, which: ColumnElement[bool], **values: object) -> bool:
    return _change(session, which, under_way=None, lease_until=None, script=None, ended_at=now, **values)


def _change(session: Session, which: ColumnElement[bool], **values: object) -> bool:
    """Change the rehearsals under way that are meant; return whether there were any."""
    changed = session.execute(
        update(Rehearsal)
        .where(which, Rehearsal.under_way.is_not(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]  # see claim
