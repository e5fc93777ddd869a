"""How a draft's message will look in one of the invited municipalities, post by post, and what that one would be told.

The posts are made by the one renderer, so that hashtags, options of a poll and everything else that it adds are in the
lengths, and what is said of them is what will be said before they are approved. What a municipality's own words and
facts will be is not known here. Stores nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import checks, plans, timing
from campaigns.drafting.specimen import (
    Size,
    account_of,
    campaign_of,
    delivery_of,
    facts_of,
    message_of,
)
from campaigns.drafting.tree import Part, Tree
from campaigns.organisations import NotFound, members_of
from campaigns.rendered import Draft
from campaigns.rendering import Renderer
from campaigns.store import Media, Message, Organisation
from campaigns.values import Values
from connectors.base import Connector
from connectors.post import Picture, Poll

FILLED_IN_THERE = frozenset({"approval.fact_missing", "approval.fact_awaited", "checks.unfilled"})
"""What a municipality puts right by giving its facts."""
AT_THEIR_FIELDS = ("checks.mixed_", "checks.alt_missing")
"""Beginnings of what the draft is told at the field itself."""


@dataclass(frozen=True, slots=True)
class Showing:
    """One post of a message as it will be on a platform, in one language."""

    platform: str
    """The platform's name."""
    kind: str
    position: int
    language: str
    form: str
    """`full`, `short`, or the platform's key for a text of its own; empty where none fits."""
    length: int
    """As the platform counts, with everything that is added."""
    limit: int
    parts: tuple[tuple[str, str], ...]
    """What it is made of, each with its kind."""
    pictures: tuple[Picture, ...]
    poll: Poll | None
    missing: tuple[str, ...]
    """Facts that the municipality gives, whose names stand in the text in braces."""
    filled: tuple[str, ...]
    """What was put in, to be shown as such."""
    problems: tuple[checks.Problem, ...]

    @property
    def fits(self) -> bool:
        """Whether the platform takes a text of that length."""
        return self.length <= self.limit


@dataclass(frozen=True, slots=True)
class Remark:
    """What a municipality would be told before it approves, and about which posts."""

    problem: checks.Problem
    posts: tuple[tuple[str, str], ...]
    """Platform and language of each."""


class Stage:
    """Where a draft's messages are shown: one municipality, or nowhere in particular while nobody is invited.

    What all messages share is read once.
    """

    def __init__(
        self, session: Session, tree: Tree, owner: Organisation, place: Organisation,
        connectors: Mapping[str, Connector],
    ) -> None:  # fmt: skip
        self.tree = tree
        self.place = place
        self.connectors = connectors
        campaign = campaign_of(tree)
        self.values = Values(session, campaign, place, facts_of(tree))
        self.renderer = Renderer(session, campaign, place, connectors, self.values)
        pictures = [one for one in tree.parts if one.kind == "picture" and tree.find(one.id)]
        self.sizes = _sizes(session, owner, pictures)
        self.covered = _covered(session, owner, pictures)

    def showings(self, message: Part) -> Iterator[Showing]:
        """Yield every post of a message on each of its platforms, in each language of the campaign."""
        platforms = [one for one in dict.fromkeys(message["to"].split()) if one in self.connectors]
        for language in self.tree.languages:
            row = message_of(self.tree, message, language, self.sizes, self.covered)
            filled = tuple(dict.fromkeys(self.values.of(row, language).values()))
            for name in platforms:
                for kind, position, draft in self._drafts(row, self.connectors[name], language):
                    yield _showing(self.connectors[name], kind, position, language, draft, filled)

    def _drafts(self, row: Message, connector: Connector, language: str) -> Iterator[tuple[str, int, Draft]]:
        own = {"full", "short", connector.name}
        if not any(one.form in own and one.arm == "a" for one in row.paragraphs):
            return  # nothing is written in this language yet
        account = account_of(connector, language)
        try:
            due_at = plans.intended_at(self.renderer.campaign, self.place, row, None)
        except timing.SpringGap:
            due_at = None
        for part in plans.parts_on(row, account):
            delivery = delivery_of(part.kind, part.position, due_at)
            yield part.kind, part.position, self.renderer.draft(delivery, row, account)


def _sizes(session: Session, owner: Organisation, pictures: Sequence[Part]) -> dict[str, Size]:
    """Return how large pictures are: noted when they came in, or stored with a campaign that has them."""
    found = {str(one.kept.get("sha256")): Size(*one.kept["size"]) for one in pictures if "size" in one.kept}
    wanted = {str(one.kept.get("sha256") or "") for one in pictures} - set(found) - {""}
    if wanted:
        stored = select(Media).where(Media.organisation_id == owner.id, Media.sha256.in_(wanted))
        found |= {one.sha256: Size(one.width, one.height, one.size) for one in session.scalars(stored)}
    return found


def _covered(session: Session, owner: Organisation, pictures: Sequence[Part]) -> dict[str, Sequence[str]]:
    """Return for each picture with a limit to whom its consent covers, the numbers of those."""
    found: dict[str, Sequence[str]] = {}
    groups: dict[str, Sequence[str]] = {}
    for one in pictures:
        group = one["covers.group"]
        if group and group not in groups:
            try:
                groups[group] = members_of(session, owner.id, group)
            except NotFound:
                groups[group] = ()
        listed = (one["covers.municipalities"] or one["covers.county"]).split()
        if group or listed:
            found[one.id] = groups[group] if group else listed
    return found


def _showing(
    connector: Connector, kind: str, position: int, language: str, draft: Draft, filled: tuple[str, ...]
) -> Showing:
    post = draft.post
    return Showing(
        platform=connector.name, kind=kind, position=position, language=language, form=draft.form,
        length=draft.length, limit=draft.limit, parts=draft.parts, pictures=post.pictures if post else (),
        poll=post.poll if post else None, missing=draft.missing, filled=filled,
        problems=tuple(
            one for one in draft.problems
            if one.code not in FILLED_IN_THERE and not one.code.startswith(AT_THEIR_FIELDS)
        ),
    )  # fmt: skip


def remarks(showings: Sequence[Showing], said: frozenset[str]) -> tuple[Remark, ...]:
    """Return what is said of several posts, each thing once and what blocks first; what was `said` already is left out."""
    found: dict[tuple[object, ...], tuple[checks.Problem, dict[tuple[str, str], None]]] = {}
    for one in showings:
        for problem in one.problems:
            if problem.code not in said:
                key = (problem.code, problem.severity, *sorted(problem.values.items()))
                found.setdefault(key, (problem, {}))[1][one.platform, one.language] = None
    ordered = sorted(found.values(), key=lambda pair: pair[0].severity != "blocking")
    return tuple(Remark(problem, tuple(posts)) for problem, posts in ordered)
