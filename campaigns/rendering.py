"""From a message and a municipality to a finished post with everything that is wrong with it. Writes nothing.

What comes out is what a person approves; the workers cannot import this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import checks, wording
from campaigns.accounts import limits_of
from campaigns.definition.placeholders import PROFILE
from campaigns.facts import check_fact, format_fact
from campaigns.snapshots import Destination, digest, encode
from campaigns.store import (
    Account,
    Adaptation,
    Campaign,
    Delivery,
    Fact,
    FactValue,
    Message,
    Organisation,
    Paragraph,
)
from connectors.base import Connector, Limits, Problem
from connectors.post import Picture, Poll, Post


@dataclass(frozen=True, slots=True)
class Draft:
    """A delivery's content as it would be approved now: the post, its snapshot, and what is wrong with it."""

    delivery_id: int
    message_key: str
    account: str
    post: Post | None
    body: str
    hash: str
    problems: tuple[checks.Problem, ...]

    @property
    def blocked(self) -> bool:
        """Whether it cannot be approved as it stands."""
        return self.post is None or checks.blocks(self.problems)


@dataclass(frozen=True, slots=True)
class _Filling:
    """Fills the small texts beside a post, alternative texts and options, like the post's own."""

    values: Mapping[str, str]
    problems: dict[str, Problem]

    def __call__(self, text: str) -> str:
        """Return the text with its values; what is missing is told among the problems."""
        rendered = wording.fill(text, self.values)
        _tell_missing(rendered, self.problems)
        return rendered.text


def _pictures(
    message: Message, language: str, limits: Limits, filled: Callable[[str], str]
) -> tuple[Picture, ...]:
    return tuple(
        Picture(
            one.media.sha256, one.media.mime, one.media.width, one.media.height, one.media.size,
            alt=filled(one.alt.get(language, "")), focus=(one.focus[0], one.focus[1]),
        )
        for one in message.pictures[: limits.pictures]
    )  # fmt: skip


def _tell_missing(rendered: wording.Rendered, problems: dict[str, Problem]) -> None:
    for name in rendered.missing:
        problems[name] = Problem("approval.fact_missing", {"fact": name})


class Renderer:
    """Renders one organisation's deliveries of one campaign; reads what they share once."""

    def __init__(
        self,
        session: Session,
        campaign: Campaign,
        organisation: Organisation,
        connectors: Mapping[str, Connector],
    ) -> None:
        self.campaign = campaign
        self.organisation = organisation
        self.connectors = connectors
        self.county = session.get(Organisation, organisation.parent_id) if organisation.parent_id else None
        self.facts = list(session.scalars(select(Fact).where(Fact.campaign_id == campaign.id)))
        own = select(FactValue).where(FactValue.organisation_id == organisation.id)
        self.values = {one.fact_id: one.value for one in session.scalars(own)}
        mine = select(Adaptation).where(Adaptation.organisation_id == organisation.id)
        self.adaptations = {(one.paragraph_id, one.language): one.text for one in session.scalars(mine)}

    def draft(self, delivery: Delivery, message: Message, account: Account) -> Draft:
        """Return what this delivery would send, and every problem with it."""
        connector = self.connectors[account.platform]
        limits = limits_of(account) or connector.limits
        post, problems = self._post(message, account, connector, limits)
        found = [checks.Problem(one.code, one.values) for one in problems]
        if (number := len(message.pictures)) > limits.pictures:
            left_out: Mapping[str, str | int] = {
                "number": number, "limit": limits.pictures, "platform": connector.title,
            }  # fmt: skip
            found.append(checks.Problem("approval.pictures_left_out", left_out, "warning"))
        body = hashed = ""
        if post is not None:
            told = any(one.code == "approval.fact_missing" for one in found)  # then the hole is told already
            checked = self._check(post, delivery, message, account, connector)
            found += [one for one in checked if not (told and one.code == "checks.unfilled")]
            body = encode(
                post,
                Destination(account.platform, account.base, account.remote_id),
                organisation=self.organisation.number,
                message=f"{self.campaign.key}/{message.key}",
                kind=delivery.kind,
                position=delivery.position,
            )
            hashed = digest(body)
        label = f"{account.platform} {account.handle}"
        return Draft(delivery.id, message.key, label, post, body, hashed, tuple(found))

    def _post(
        self, message: Message, account: Account, connector: Connector, limits: Limits
    ) -> tuple[Post | None, Sequence[Problem]]:
        language = account.language or wording.written_language(
            self.organisation.language_decision, self.organisation.language
        )
        if language is None:
            return None, [Problem("approval.language_unknown", {"organisation": self.organisation.name})]
        values = self._values(message, language)
        problems: dict[str, Problem] = {}
        texts: dict[str, str] = {}
        try:
            for form in ("full", "short", connector.name):
                if paragraphs := [one for one in message.paragraphs if one.form == form and one.arm == "a"]:
                    rendered = self._render(paragraphs, language, values)
                    texts[form] = rendered.text
                    _tell_missing(rendered, problems)
        except (wording.MissingLanguage, wording.NotAdaptable) as trouble:
            return None, [Problem(trouble.code, trouble.values)]
        filled = _Filling(values, problems)
        poll, listed = self._poll(message, language, limits, filled)
        texts = {form: f"{text}{listed}" for form, text in texts.items()}
        full = self._with_tags(
            texts.get(connector.name, texts["full"]), self.campaign.hashtags, connector, limits
        )
        short = texts.get("short") if connector.name not in texts else None
        chosen = wording.choose_form(
            full, short, connector.length, limits.length, prefers_short=connector.prefers_short
        )
        if isinstance(chosen, Problem):
            return None, [*problems.values(), chosen]
        pictures = _pictures(message, language, limits, filled)
        post = Post(text=chosen.text, language=language, pictures=pictures, poll=poll)
        return post, list(problems.values())

    def _render(
        self, paragraphs: Sequence[Paragraph], language: str, values: Mapping[str, str]
    ) -> wording.Rendered:
        worded = [
            wording.Paragraph(one.kind.value, {each.language: each.text for each in one.wordings})
            for one in paragraphs
        ]
        own = {
            place: self.adaptations[one.id, language]
            for place, one in enumerate(paragraphs)
            if (one.id, language) in self.adaptations
        }
        return wording.render(worded, language, values, own)

    def _values(self, message: Message, language: str) -> dict[str, str]:
        """Return every placeholder's value in one language: the profile's, then the facts' (a message's own wins)."""
        more = self.organisation.profile
        profile = wording.profile_values(
            wording.Profile(
                name=self.organisation.name,
                form=self.organisation.form,
                county=self.county.name if self.county else "",
                website=self.organisation.website or "",
                phone=str(more.get("phone") or ""),
                names=more.get("names") or {},
            ),
            language,
        )
        values = dict(profile)
        chosen: dict[str, Fact] = {}
        for fact in sorted(self.facts, key=lambda one: one.message_id is not None):
            if fact.message_id in (None, message.id):
                chosen[fact.key] = fact
        shared = {fact.key: fact.id for fact in self.facts if fact.message_id is None}
        for key, fact in chosen.items():
            own = self.values.get(shared.get(key, fact.id))
            kept = fact.value or own or self._default(fact, profile)
            if kept:
                values[key] = format_fact(fact.kind, kept, language)  # type: ignore[arg-type]  # checked when read
        return values

    @staticmethod
    def _default(fact: Fact, profile: Mapping[str, str]) -> str | None:
        """Return a fact's default; what the profile says counts only where it is a value of the fact's kind."""
        if not fact.default or not fact.default.startswith("profile."):
            return fact.default
        asked = fact.default.removeprefix("profile.")
        found = next((profile.get(name) for name, known in PROFILE.items() if known == asked), None)
        checked = check_fact(fact.kind, found) if found else None  # type: ignore[arg-type]  # checked when read
        return checked if isinstance(checked, str) else None

    @staticmethod
    def _with_tags(text: str, tags: Sequence[str], connector: Connector, limits: Limits) -> str:
        """Return the text with the campaign's hashtags last, where they are not in it and there is room."""
        missing = [f"#{tag}" for tag in tags if f"#{tag.lower()}" not in text.lower()]
        longer = f"{text}\n\n{' '.join(missing)}"
        return longer if missing and connector.length(longer) <= limits.length else text

    @staticmethod
    def _poll(
        message: Message, language: str, limits: Limits, filled: Callable[[str], str]
    ) -> tuple[Poll | None, str]:
        """Return the poll, or the list of its options that the text ends with where the platform has none."""
        if message.poll is None:
            return None, ""
        stored = message.poll["options"]
        options = tuple(filled(str(one[language])) for one in stored) if isinstance(stored, list) else ()
        if limits.polls:
            return Poll(options, int(str(message.poll["days"]))), ""
        if message.poll.get("otherwise") == "drop":
            return None, ""
        return None, "\n\n" + "\n".join(f"– {one}" for one in options)

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
            ),
        )


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
