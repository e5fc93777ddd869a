"""Letters: what goes to one person at one time. Gathered, claimed and settled here; written and sent by a worker.

Claim – send – settle, as deliveries are, with one difference. A lost answer after a letter was handed over is doubt
here, too, but a letter is sent again: nobody can look a mail up, and a stop that nobody hears of does more harm than
one that is told twice. A repeat bears the same Message-ID, by which mailboxes know it for the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campaigns import local_days, timing
from campaigns.accounts import keep_keys
from campaigns.mail_addresses import must_be_address
from campaigns.notice_kinds import LETTER_AT, LETTER_UNTIL, STOPS, day_of_letter
from campaigns.store import (
    Account,
    AccountState,
    Answer,
    Campaign,
    Letter,
    Membership,
    Notice,
    NoticeChannel,
    NoticeCopy,
    Organisation,
    Participation,
    Person,
)
from campaigns.vault import Context, Vault
from connectors.secret import Secret

LEASE = timedelta(minutes=5)
"""A worker that is not back by then is dead: the steps of handing a mail over end within four minutes in all."""
WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15))
"""Waits between tries; the last one repeats."""
GIVE_UP = timedelta(days=2)
"""So long a letter is tried from its first try on; a daily one has a successor by then."""
BREATH = timedelta(minutes=10)
"""Between two letters that are sent at once to one person, unless it is about a stop: trouble comes in swarms (G13)."""
MOST_DUE = 200
COPIES = "copies"
"""In the details of a letter on a channel: ids of the copies that it carries; a mail is named by its copies."""
NOBODY = 0


# -- gathering: for the clock


def anything_to_gather(session: Session, *, now: datetime) -> bool:
    """Return whether gathering would find anything, without taking a lock."""
    at_once = select(NoticeCopy.id).where(NoticeCopy.at_once, NoticeCopy.letter_id.is_(None)).limit(1)
    return session.scalar(at_once) is not None or bool(_people_of_today(session, now))


def gather(session: Session, *, now: datetime) -> None:
    """Put copies into letters: at once what is told at once, the rest in one daily letter a person and working day."""
    _gather_at_once(session, now)
    for person_id, day in _people_of_today(session, now).items():
        letter = _open_letter(session, person_id, "mail", at_once=False)
        if letter is None:
            try:
                with session.begin_nested():
                    letter = _begin(session, person_id, "mail", at_once=False, now=now, earliest=now, day=day)
            except IntegrityError:
                continue  # another clock has just begun hers of today, and what came meanwhile goes into it next time
        elif letter.lease_until is not None:
            continue
        _say_too(session, letter, _put_in(session, letter), now=now, day=day)


def _gather_at_once(session: Session, now: datetime) -> None:
    waiting = (
        select(NoticeCopy.person_id, func.max(_is_stop()))
        .join(Notice, Notice.id == NoticeCopy.notice_id)
        .where(NoticeCopy.at_once, NoticeCopy.letter_id.is_(None))
        .group_by(NoticeCopy.person_id)
        .order_by(NoticeCopy.person_id)
        .limit(MOST_DUE)
    )
    for person_id, stop in session.execute(waiting).all():
        letter = _open_letter(session, person_id, "mail", at_once=True)
        if letter is None or (stop and letter.attempts):
            # no stop shares the waits, and the giving up, of a letter that a mail server has kept for long
            earliest = now if stop else _after_breath(session, person_id, "mail", now)
            letter = _begin(session, person_id, "mail", at_once=True, now=now, earliest=earliest, day=None)
        elif letter.lease_until is not None:
            continue  # a worker has it in hand; the next tick makes another
        elif stop:
            letter.next_try_at = now
        copies = _put_in(session, letter, NoticeCopy.at_once.is_(True))
        _say_too(session, letter, copies, now=now, stop=bool(stop))


def _is_stop() -> ColumnElement[int]:
    return case((Notice.kind.in_(STOPS), 1), else_=0)


def _after_breath(session: Session, person_id: int, way: str, now: datetime) -> datetime:
    last = session.scalar(
        select(func.max(Letter.ended_at)).where(
            Letter.person_id == person_id, Letter.way == way, Letter.at_once, Letter.kind.is_(None),
            Letter.outcome == "sent",
        )
    )  # fmt: skip
    return now if last is None else max(now, last + BREATH)


def _people_of_today(session: Session, now: datetime) -> dict[int, date]:
    """Return who is to have a daily letter now, and its day: somebody she works for is at work."""
    wall = timing.local(now, timing.ZONES[0])
    if not LETTER_AT <= wall.time() < LETTER_UNTIL or not timing.is_working_day(wall.date()):
        return {}
    rows = (
        select(Membership.person_id, Organisation.id, Organisation.timezone)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            or_(_has_copies(), and_(_has_something_going_on(), ~_has_one_open())),
            ~_had_one(wall.date()),
            Membership.lasts(wall.date()),
        )
        .distinct()
        .order_by(Membership.person_id, Organisation.id)
    )
    days: dict[int, date | None] = {}
    found: dict[int, date] = {}
    for person_id, place, zone in session.execute(rows).all():
        if place not in days:
            working = local_days.working(local_days.stretches(session, place))
            days[place] = day_of_letter(now, zone, working=working)
        if (day := days[place]) is not None:
            found.setdefault(person_id, day)
    return found


def _has_one_open() -> ColumnElement[bool]:
    """Return "a daily letter of hers waits on every way that she is told on"; a mail that is stuck holds no channel up."""

    def waits(way: str) -> ColumnElement[bool]:
        return exists().where(
            Letter.person_id == Membership.person_id,
            Letter.way == way,
            Letter.at_once.is_(False),
            Letter.kind.is_(None),
            Letter.ended_at.is_(None),
        )

    has_channel = exists().where(NoticeChannel.person_id == Membership.person_id)
    return and_(waits("mail"), or_(~has_channel, waits("channel")))


def _has_copies() -> ColumnElement[bool]:
    return exists().where(NoticeCopy.person_id == Membership.person_id, NoticeCopy.letter_id.is_(None))


def _has_something_going_on() -> ColumnElement[bool]:
    """Return "something may wait for people of this organisation": what does, only writing the letter finds out."""
    running = exists().where(
        Participation.organisation_id == Membership.organisation_id,
        Participation.answer != Answer.out,
        Campaign.id == Participation.campaign_id,
        Campaign.active_at.is_not(None),
        Campaign.closed_at.is_(None),
    )
    troubled = exists().where(
        Account.organisation_id == Membership.organisation_id,
        or_(Account.state == AccountState.login_lost, Account.login_ends_at.is_not(None)),
    )
    return or_(running, troubled)


def _had_one(today: date) -> ColumnElement[bool]:
    """Return "she has had a daily letter today, be it an earlier day's that came late", or one of today is under way.

    On her channel, too: while mail is away, that is where she has one a day.
    """
    begins = timing.instant(today, time(0), timing.ZONES[0])
    late = and_(Letter.way == "mail", Letter.ended_at >= begins, Letter.outcome == "sent")
    return exists().where(
        Letter.person_id == Membership.person_id, Letter.day.is_not(None), or_(Letter.day == today, late)
    )


def _open_letter(session: Session, person_id: int, way: str, *, at_once: bool) -> Letter | None:
    """Return the person's letter that has not ended, locked: one that nobody has in hand before others."""
    return session.scalars(
        select(Letter)
        .where(
            Letter.person_id == person_id, Letter.way == way, Letter.at_once.is_(at_once),
            Letter.kind.is_(None), Letter.ended_at.is_(None),
        )
        .order_by(Letter.lease_until.is_not(None), Letter.attempts, Letter.id)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()  # fmt: skip


def _begin(
    session: Session, person_id: int, way: str, *, at_once: bool, now: datetime, earliest: datetime, day: date | None
) -> Letter:  # fmt: skip
    letter = _new(person_id, at_once, now, earliest, day, way)
    session.add(letter)
    session.flush()
    return letter


def _say_too(
    session: Session, mail: Letter, copies: Sequence[int], *, now: datetime, day: date | None = None, stop: bool = False
) -> None:  # fmt: skip
    """Have the same said on the person's own channel, if she has one: in a letter that keeps time by itself.

    A mail may wait for its server while copies come together in it; what a channel has said is not said there again.
    """
    person_id, at_once = mail.person_id or 0, mail.at_once
    if session.scalar(select(NoticeChannel.id).where(NoticeChannel.person_id == person_id)) is None:
        return
    again = _open_letter(session, person_id, "channel", at_once=at_once)
    if again is None or again.lease_until is not None or (stop and again.attempts):
        earliest = now if stop or not at_once else _after_breath(session, person_id, "channel", now)
        again = _begin(session, person_id, "channel", at_once=at_once, now=now, earliest=earliest, day=day)
        again.of_id = mail.id
    elif stop:
        again.next_try_at = now
    again.details = {COPIES: [*again.details.get(COPIES, ()), *copies]}
    session.flush()


def _new(
    person_id: int | None, at_once: bool, now: datetime, earliest: datetime, day: date | None, way: str
) -> Letter:
    return Letter(
        way=way, person_id=person_id, at_once=at_once, day=day, message_id=uuid.uuid4().hex, details={},
        made_at=now, next_try_at=earliest,
    )  # fmt: skip


def _put_in(session: Session, letter: Letter, *conditions: ColumnElement[bool]) -> Sequence[int]:
    """Have a letter carry a person's waiting copies; return which."""
    return session.scalars(
        update(NoticeCopy)
        .where(NoticeCopy.person_id == letter.person_id, NoticeCopy.letter_id.is_(None), *conditions)
        .values(letter_id=letter.id)
        .returning(NoticeCopy.id)
        .execution_options(synchronize_session=False)
    ).all()


def due(session: Session, ways: Collection[str], *, now: datetime, limit: int = MOST_DUE) -> list[int]:
    """Return the letters that can go one of these ways and whose time has come.

    Channels come first: they do not wait for a mail server that is away.
    """
    found = select(Letter.id).where(Letter.way.in_(ways), *_is_due(now))
    return list(session.scalars(found.order_by(Letter.way, Letter.next_try_at).limit(limit)))


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    free = or_(Letter.lease_until.is_(None), Letter.lease_until <= now)
    return Letter.ended_at.is_(None), Letter.next_try_at <= now, free


# -- one thing, to one address, now


def send_now(
    session: Session,
    to: str | Person,
    kind: str,
    values: Mapping[str, str | int],
    *,
    now: datetime,
    until: datetime,
    path: str = "",
    vault: Vault | None = None,
    secret_path: Secret | None = None,
) -> Letter:
    """Have one letter of its own sent at once; `until` is when it is of no use any more.

    Its sentences are `letter.subject.<kind>`, `letter.what.<kind>` and `letter.do.<kind>`. `path` is where its link leads,
    below the public address; one that lets somebody in is given as `secret_path` with the vault, lies sealed until it
    has been sent, and is deleted then.

    Raises: AddressRefused for what is no plain mail address (threat C15); ValueError for a secret without a vault.
    """
    letter = _new(to.id if isinstance(to, Person) else None, True, now, now, None, "mail")
    letter.address = must_be_address(to.mail if isinstance(to, Person) else to)
    letter.kind, letter.until = kind, until
    letter.details = {**values, "path": path}
    if secret_path is not None:
        if vault is None:
            raise ValueError("a secret is stored sealed or not at all")
        keep_keys(session)
        letter.key_id, letter.sealed = vault.seal(context_of(letter), secret_path)
    session.add(letter)
    session.flush()
    return letter


def call_back(
    session: Session, address: str, kind: str, values: Mapping[str, str | int], *, now: datetime
) -> None:
    """End the letters of a kind to an address that have not gone, and bear these values: what they carry is over."""
    waits = select(Letter).where(Letter.address == address, Letter.kind == kind, Letter.ended_at.is_(None))
    for letter in session.scalars(waits).all():
        if all(letter.details.get(name) == value for name, value in values.items()):
            end(session, letter, "over", now=now)


def context_of(letter: Letter) -> Context:
    """Return where the secret of a letter belongs."""
    return Context(NOBODY, f"letter {letter.message_id}", "path")


# -- claim and settle: for a worker


def claim(session: Session, letter_id: int, ways: Collection[str], *, now: datetime) -> Letter | None:
    """Take a letter upon oneself for a while; `None` when somebody else has it, it has ended, or it cannot go that way."""
    taken = session.scalar(
        update(Letter)
        .where(Letter.id == letter_id, Letter.way.in_(ways), *_is_due(now))
        .values(lease_until=now + LEASE, attempts=Letter.attempts + 1)
        .returning(Letter.id)
        .execution_options(synchronize_session=False)
    )
    return session.get(Letter, taken, populate_existing=True) if taken is not None else None


def end(session: Session, letter: Letter, outcome: str, *, now: datetime) -> bool:
    """Write down that a letter has gone (`sent`), had nothing to say (`nothing`), or was given up, for this reason."""
    return _settle(session, letter, {"ended_at": now, "outcome": outcome, "sealed": None, "key_id": None})


def put_off(session: Session, letter: Letter, code: str, *, now: datetime) -> bool:
    """Try a letter again later, or give it up when it has been tried long enough; return whether it will be tried."""
    wait = WAITS[min(letter.attempts, len(WAITS)) - 1]
    until = letter.until or letter.made_at + GIVE_UP
    if now + wait >= until:
        end(session, letter, code, now=now)
        return False
    _settle(session, letter, {"next_try_at": now + wait, "outcome": code})
    return True


def _settle(session: Session, letter: Letter, values: Mapping[str, object]) -> bool:
    """Settle the present attempt; a worker that comes back after its lease settles nothing of a newer one."""
    fence = (Letter.id == letter.id, Letter.attempts == letter.attempts, Letter.ended_at.is_(None))
    settled = session.scalar(
        update(Letter)
        .where(*fence)
        .values(lease_until=None, **values)
        .returning(Letter.id)
        .execution_options(synchronize_session=False)
    )
    return settled is not None


def waiting(session: Session, *, now: datetime, person_id: int | None = None) -> Sequence[Letter]:
    """Return the letters that wait or were given up lately, the oldest first: all, or one person's."""
    given_up = and_(
        Letter.ended_at > now - timedelta(days=7), Letter.outcome.not_in(["sent", "nothing", "over"])
    )
    query = select(Letter).where(or_(Letter.ended_at.is_(None), given_up)).order_by(Letter.made_at, Letter.id)
    if person_id is not None:
        query = query.where(Letter.person_id == person_id)
    return session.scalars(query).all()
