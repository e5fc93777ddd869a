"""From a message and a municipality to a finished post with everything that is wrong with it. Writes nothing.

What comes out is what a person approves; the workers cannot import this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from campaigns import checks, local_days, timing, wording
from campaigns.accounts import limits_of, visibility_of
from campaigns.parts import COMMENT, POLL, POST, THREAD, poll_stands_apart, thread_form
from campaigns.rendered import Draft
from campaigns.snapshots import Destination, digest, encode
from campaigns.store import (
    Account,
    Adaptation,
    Campaign,
    CheckOverride,
    Delivery,
    Message,
    MessagePicture,
    Organisation,
    Paragraph,
    ParagraphKind,
    Person,
)
from campaigns.values import Values
from connectors.base import Connector, Limits, Problem
from connectors.post import Picture, Poll, Post

WHOLE = (
    selectinload(Campaign.messages).selectinload(Message.paragraphs).selectinload(Paragraph.wordings),
    selectinload(Campaign.messages).selectinload(Message.pictures).joinedload(MessagePicture.media),
)
"""A campaign with everything that its texts are made of: a question for each table, not for each message."""


@dataclass
class _Composed:
    """A post in the making: what it came to, its paragraphs with their kinds, and what it lacks."""

    post: Post | None = None
    parts: tuple[tuple[str, str], ...] = ()
    missing: dict[str, None] = field(default_factory=dict)
    problem: Problem | None = None
    form: str = ""
    length: int = 0


@dataclass(frozen=True, slots=True)
class _Target:
    """What is rendered: a delivery of a message on an account, in a language, within limits."""

    delivery: Delivery
    message: Message
    account: Account
    connector: Connector
    limits: Limits
    language: str

    @property
    def forms(self) -> tuple[str, ...]:
        """Return the forms of paragraphs that its text may be made of."""
        kind, position = self.delivery.kind, self.delivery.position
        if kind == THREAD:
            return (thread_form(position),)
        return (COMMENT,) if kind == COMMENT else ("full", "short", self.connector.name)

    @property
    def poll_apart(self) -> bool:
        """Whether the message's poll follows its post here."""
        return poll_stands_apart(
            self.limits, poll=self.message.poll is not None, pictures=bool(self.message.pictures)
        )


class Renderer:
    """Renders one organisation's deliveries of one campaign; reads what they share once."""

    def __init__(
        self,
        session: Session,
        campaign: Campaign,
        organisation: Organisation,
        connectors: Mapping[str, Connector],
        values: Values | None = None,
    ) -> None:
        self.campaign = campaign
        self.organisation = organisation
        self.connectors = connectors
        self.values = values or Values(session, campaign, organisation)
        self.days = local_days.stretches(session, organisation.id)
        mine = select(Adaptation).where(Adaptation.organisation_id == organisation.id)
        self.adaptations = {(one.paragraph_id, one.language): one.text for one in session.scalars(mine)}
        passed_over = (
            select(CheckOverride, Person.name)
            .join(Person, Person.id == CheckOverride.person_id)
            .where(CheckOverride.organisation_id == organisation.id)
        )
        self.overrides = {
            (one.message_id, one.code): {"reason": one.reason, "name": name}
            for one, name in session.execute(passed_over)
        }

    def draft(self, delivery: Delivery, message: Message, account: Account) -> Draft:
        """Return what this delivery would send, and every problem with it."""
        connector = self.connectors[account.platform]
        label = f"{account.platform} {account.handle}"
        if delivery.kind != POST:
            label = f"{label} {delivery.kind} {delivery.position or ''}".rstrip()
        language = account.language or wording.written_language(
            self.organisation.language_decision, self.organisation.language
        )
        if language is None:
            unknown = checks.Problem("approval.language_unknown", {"organisation": self.organisation.name})
            return Draft(delivery.id, message.key, label, None, "", "", (unknown,))
        limits = limits_of(account) or connector.limits
        target = _Target(delivery, message, account, connector, limits, language)
        values, late = self.values.of(message, language), self.values.late(message)
        made = self._compose(target, values)
        awaits = tuple(name for name in made.missing if name in late)
        problems = self._problems(target, made, {name: f"{late[name]:%d.%m.%Y}" for name in awaits})
        body = self._encode(target, made)
        worded = self._wording(target, values, late) if late else ""
        hashed = digest(body) if body else ""
        price = connector.price(made.post) if made.post else None
        return Draft(
            delivery.id, message.key, label, made.post, body, hashed, problems, worded, awaits, price,
            parts=made.parts, form=made.form, length=made.length, limit=limits.length, missing=tuple(made.missing),
        )  # fmt: skip

    def _wording(self, target: _Target, values: Mapping[str, str], late: Mapping[str, object]) -> str:
        """Return the snapshot with holes where facts come late, or nothing where this text has none of them."""
        made = self._compose(target, {name: value for name, value in values.items() if name not in late})
        holes = [name for name in made.missing if name in late]
        return self._encode(target, made, holes) if holes else ""

    def _encode(self, target: _Target, made: _Composed, holes: Sequence[str] = ()) -> str:
        if made.post is None:
            return ""
        account = target.account
        return encode(
            made.post,
            Destination(account.platform, account.base, account.remote_id),
            organisation=self.organisation.number,
            message=f"{self.campaign.key}/{target.message.key}",
            kind=target.delivery.kind,
            position=target.delivery.position,
            parts=made.parts,
            holes=holes,
        )

    # -- the post

    def _compose(self, target: _Target, values: Mapping[str, str]) -> _Composed:
        """Return the post with these values; what has none stands in it in braces, and among the missing."""
        made = _Composed()

        def filled(text: str) -> str:
            rendered = wording.fill(text, values)
            made.missing |= dict.fromkeys(rendered.missing)
            return rendered.text

        texts: dict[str, wording.Rendered] = {}
        try:
            for form in target.forms if target.delivery.kind != POLL else ():
                paragraphs = [
                    one
                    for one in target.message.paragraphs
                    if (one.form, one.arm, one.retired) == (form, "a", False)
                ]
                if paragraphs:
                    texts[form] = self._render(paragraphs, target.language, values)
                    made.missing |= dict.fromkeys(texts[form].missing)
            if target.delivery.kind == POLL:
                texts["full"] = wording.render([_title(target.message)], target.language, values)
        except wording.MissingLanguage as trouble:
            made.problem = Problem(trouble.code, trouble.values)
            return made
        poll, listed = self._poll(target, filled)
        text = self._choose(target, texts, listed, made)
        if made.problem is not None:
            return made
        pictures = _pictures(target, filled) if target.delivery.kind == POST else ()
        made.post = Post(
            text=text, language=target.language, pictures=pictures, poll=poll,
            visibility=visibility_of(target.account),
        )  # fmt: skip
        return made

    def _choose(
        self, target: _Target, texts: Mapping[str, wording.Rendered], listed: str, made: _Composed
    ) -> str:
        """Return the text in the form that fits the account; note which, how long, of which parts, or that none fits."""
        connector, limits = target.connector, target.limits
        own = texts.get(connector.name) or texts.get("full") or next(iter(texts.values()))
        full = f"{own.text}{listed}"
        tags = ""
        if target.delivery.kind == POST:
            tags = _tags(full, self.campaign.hashtags, connector, limits)
        short = texts.get("short") if connector.name not in texts else None
        chosen = wording.choose_form(
            f"{full}{tags}",
            f"{short.text}{listed}" if short else None,
            lambda text: connector.length(text, limits),
            limits.length,
            prefers_short=connector.prefers_short,
        )
        more = [("options", listed)] if listed else []
        if isinstance(chosen, Problem):
            made.problem, made.length, made.parts = chosen, int(chosen.values["length"]), (*own.parts, *more)
            return ""
        made.form = connector.name if connector.name in texts else chosen.form
        made.length = chosen.length
        if chosen.form == "short" and short:
            made.parts = (*short.parts, *more)
        else:
            made.parts = (*own.parts, *more, *([("tags", tags)] if tags else []))
        return chosen.text

    def _render(
        self, paragraphs: Sequence[Paragraph], language: str, values: Mapping[str, str]
    ) -> wording.Rendered:
        """Return the text of paragraphs with the municipality's own words, where a paragraph is still free."""
        worded = [
            wording.Paragraph(one.kind.value, {each.language: each.text for each in one.wordings})
            for one in paragraphs
        ]
        own = {
            place: self.adaptations[one.id, language]
            for place, one in enumerate(paragraphs)
            if one.kind == ParagraphKind.free and (one.id, language) in self.adaptations
        }
        return wording.render(worded, language, values, own)

    @staticmethod
    def _poll(target: _Target, filled: Callable[[str], str]) -> tuple[Poll | None, str]:
        """Return the poll, or the list of its options that the text ends with where the platform has none."""
        stored, kind = target.message.poll, target.delivery.kind
        if stored is None or kind not in (POST, POLL) or (kind == POST and target.poll_apart):
            return None, ""
        listed = stored["options"]
        options = (
            tuple(filled(str(one[target.language])) for one in listed) if isinstance(listed, list) else ()
        )
        if target.limits.polls:
            return Poll(options, int(str(stored["days"]))), ""
        if stored.get("otherwise") == "drop":
            return None, ""
        return None, "\n\n" + "\n".join(f"– {one}" for one in options)

    # -- what is wrong with it

    def _problems(
        self, target: _Target, made: _Composed, awaited: Mapping[str, str]
    ) -> tuple[checks.Problem, ...]:
        found = [
            checks.Problem("approval.fact_awaited", {"fact": name, "day": awaited[name]})
            if name in awaited
            else checks.Problem("approval.fact_missing", {"fact": name})
            for name in made.missing
        ]
        if made.problem is not None:
            found.append(checks.Problem(made.problem.code, made.problem.values))
        number, limit = len(target.message.pictures), target.limits.pictures
        if target.delivery.kind == POST and number > limit:
            left_out: Mapping[str, str | int] = {
                "number": number, "limit": limit, "platform": target.connector.title,
            }  # fmt: skip
            found.append(checks.Problem("approval.pictures_left_out", left_out, "warning"))
        if made.post is not None:
            checked = self._check(
                made.post, target.delivery, target.message, target.account, target.connector
            )
            found += [one for one in checked if not (made.missing and one.code == "checks.unfilled")]
        return tuple(told for one in found for told in self._passed_over(target.message, one))

    def _passed_over(self, message: Message, problem: checks.Problem) -> tuple[checks.Problem, ...]:
        """Return a problem, or where a person passed it over a warning, and her name and reason beside it."""
        word = self.overrides.get((message.id, problem.code))
        if word is None or not checks.may_pass_over(problem.code):
            return (problem,)
        mild = checks.Problem(problem.code, problem.values, "warning")
        return mild, checks.Problem("checks.passed_over", word, "warning")

    def _local_day(self, at: datetime | None) -> str | None:
        if at is None:
            return None
        return local_days.name_of(timing.local(at, self.organisation.timezone).date(), self.days)

    def _check(
        self, post: Post, delivery: Delivery, message: Message, account: Account, connector: Connector
    ) -> Sequence[checks.Problem]:
        profile = self.organisation.profile
        return checks.check_post(
            post,
            connector.check(post, limits_of(account)),
            checks.Context(
                municipality=self.organisation.number,
                platform=account.platform,
                own_hosts=tuple(profile.get("own_hosts", [])),
                due_at=delivery.due_at,
                zone=self.organisation.timezone,
                rights={
                    one.media.sha256: checks.Rights(one.valid_until, one.covers, one.channels)
                    for one in message.pictures
                },
                quiet_hours=self.organisation.quiet_hours,
                quiet_override=message.quiet_override,
                local_day=self._local_day(delivery.due_at),
                purpose=self.campaign.purpose,
                values=tuple(self.values.of(message, post.language).values()),
            ),
        )


def _title(message: Message) -> wording.Paragraph:
    """Return the words over a poll that stands apart from its post."""
    return wording.Paragraph("fill", message.title)


def _pictures(target: _Target, filled: Callable[[str], str]) -> tuple[Picture, ...]:
    return tuple(
        Picture(
            one.media.sha256, one.media.mime, one.media.width, one.media.height, one.media.size,
            alt=filled(one.alt.get(target.language, "")), focus=(one.focus[0], one.focus[1]),
        )
        for one in target.message.pictures[: target.limits.pictures]
    )  # fmt: skip


def _tags(text: str, tags: Sequence[str], connector: Connector, limits: Limits) -> str:
    """Return what adds the campaign's hashtags to the text, where they are not in it and there is room."""
    missing = [f"#{tag}" for tag in tags if f"#{tag.lower()}" not in text.lower()]
    added = f"\n\n{' '.join(missing)}"
    return added if missing and connector.length(text + added, limits) <= limits.length else ""


def drafts(
    session: Session, campaign: Campaign, organisation: Organisation, connectors: Mapping[str, Connector],
    deliveries: Sequence[Delivery],
) -> list[Draft]:  # fmt: skip
    """Return the drafts of one organisation's deliveries of one campaign, in their order."""
    renderer = Renderer(session, campaign, organisation, connectors)
    messages = {one.id: one for one in campaign.messages}
    accounts = {
        one.id: one
        for one in session.scalars(select(Account).where(Account.organisation_id == organisation.id))
    }
    return [
        renderer.draft(one, messages[one.message_id], accounts[one.account_id])
        for one in deliveries
        if one.message_id in messages and one.account_id in accounts
    ]
