"""Drafts of campaigns: begun, changed by several people at the same time, and never overwritten unseen.

A draft is one organisation's working copy of a document (`campaigns.drafting`). Whoever saves says for each field
what stood there when she began; what somebody else has changed since is not overwritten but told, with both texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.access import must
from campaigns.definition.model import MOST_MESSAGES
from campaigns.definition.rewording import Piece, Words
from campaigns.drafting.tree import FORM, Kind, Part, Tree, cleaned, digest, takes, title_of
from campaigns.media import Rendition
from campaigns.merging import both
from campaigns.organisations import NotFound
from campaigns.store import Actor, CampaignDraft, Person
from connectors.base import Problem

MOST_PARTS = 3000
"""Parts of a draft, with those taken out: sixty messages with thirty paragraphs, and as much again."""
MOST_SIGNS = 1_500_000
"""Signs in all fields together: three times the largest document."""


PROSE = frozenset({"text", "goal", "alt"})
"""Fields in which the words of two can stand together."""


class DraftRefused(ValueError):
    """Something that cannot be done to a draft; nothing was changed."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that two people changed: what stands there now, what she wrote, and how the two differ."""

    part: str
    kind: Kind
    field: str
    theirs: str
    mine: str
    words: tuple[Piece, ...]
    both: str
    """Both texts in one; empty where two values cannot stand beside each other."""
    by: str
    """Who changed it first."""
    at: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a page sends of one part: its fields, and for each the digest of what the page began with."""

    was: Mapping[str, str]
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pen:
    """An open page that writes: a name that no other page has, and how often something was typed there so far."""

    name: str
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of saving: how many fields changed, what others had changed meanwhile, and what two had changed."""

    changed: int
    merged: tuple[str, ...]
    """Names of those whose changes stand beside hers."""
    conflicts: tuple[Conflict, ...]
    gone: tuple[str, ...]
    """Parts that somebody took out meanwhile; what was written in them is kept there."""


def own(session: Session) -> list[CampaignDraft]:
    """Return the organisation's drafts that are being written, the newest change first.

    Raises: Forbidden.
    """
    must(session, "campaign.draft", "own")
    open_ones = select(CampaignDraft).where(CampaignDraft.ended_at.is_(None))
    return list(session.scalars(open_ones.order_by(CampaignDraft.changed_at.desc(), CampaignDraft.id.desc())))


def draft_in(session: Session, draft_id: int, *, change: bool = False) -> CampaignDraft:
    """Return a draft that is being written; `change` keeps others from changing it until the transaction ends.

    Raises: Forbidden; NotFound.
    """
    must(session, "campaign.draft", "own")
    query = select(CampaignDraft).where(CampaignDraft.id == draft_id, CampaignDraft.ended_at.is_(None))
    found = session.scalar(query.with_for_update() if change else query)
    if found is None:
        raise NotFound("draft.unknown", id=draft_id)
    return found


def is_open(session: Session, draft_id: int) -> bool:
    """Return whether a draft is being written: not loaded, not put away.

    Raises: Forbidden.
    """
    must(session, "campaign.draft", "own")
    query = select(CampaignDraft.id).where(CampaignDraft.id == draft_id, CampaignDraft.ended_at.is_(None))
    return session.scalar(query) is not None


def put_away(session: Session, draft: CampaignDraft, *, now: datetime) -> None:
    """End a draft: it was loaded, or nobody wants it.

    Raises: Forbidden.
    """
    must(session, "campaign.draft", "own", owner_id=draft.organisation_id)
    draft.ended_at = now
    session.flush()


def save(
    session: Session, draft_id: int, changes: Mapping[str, Change], *, now: datetime, pen: Pen | None = None
) -> Saved:
    """Take what was typed in several parts; what somebody else changed since the page was made is not overwritten.

    What the same page wrote before may be overwritten by it, whether or not the answer came back; of two of its saves the
    one that was typed first is passed over when it comes last.

    Raises: Forbidden; NotFound; DraftRefused; KeyError for a part or a field that does not exist.
    """
    draft = draft_in(session, draft_id, change=True)
    tree = Tree.of(draft.tree)
    saving = _Saving(pen if pen and pen.name else None)
    writer = _Writer(session, draft, tree, now)
    changed, gone = 0, []
    for part_id, change in changes.items():
        part = tree.find(part_id)
        if part is None:
            if all(one.id != part_id for one in tree.parts):
                raise KeyError(part_id)
            if any(change.was.get(name) != digest(mine) for name, mine in change.fields.items()):
                gone.append(part_id)
        elif fresh := saving.fresh(part, change):
            writer.write(part, fresh)
            changed += len(fresh)
    if changed:
        writer.keep()
    return Saved(changed, tuple(saving.merged), tuple(saving.conflicts), tuple(gone))


class _Saving:
    """Tells for each field whether what a page sends is new, is old, or meets what another has changed."""

    def __init__(self, pen: Pen | None) -> None:
        self.pen = pen
        self.words = Words()
        self.merged: dict[str, None] = {}
        self.conflicts: list[Conflict] = []

    def fresh(self, part: Part, change: Change) -> dict[str, str]:
        """Return the fields that are to be written; note the others.

        Raises: KeyError.
        """
        found: dict[str, str] = {}
        for name, typed in change.fields.items():
            if not takes(part.kind, name):
                raise KeyError(name)
            mine, theirs = cleaned(typed), part[name]
            last, turn = part.pens.get(name, ("", 0))
            own = self.pen is not None and last == self.pen.name
            if mine == theirs or (own and self.pen and self.pen.turn < turn):
                continue
            if own or change.was.get(name) == digest(theirs):
                found[name] = mine
                part.pens.pop(name, None)
                if self.pen:
                    part.pens[name] = (self.pen.name, self.pen.turn)
            elif change.was.get(name) == digest(mine):
                self.merged[part.by] = None  # hers is what it was; theirs stays
            else:
                self._note(part, name, mine)
        return found

    def _note(self, part: Part, name: str, mine: str) -> None:
        theirs = part[name]
        pieces = self.words.compare(theirs, mine)
        whole = both(theirs, mine) if name.partition(".")[0] in PROSE else ""
        self.conflicts.append(
            Conflict(part.id, part.kind, name, theirs, mine, pieces, whole, part.by, part.at)
        )


def add(
    session: Session, draft_id: int, kind: Kind, under: str, form: str = "text", *, now: datetime
) -> Part:
    """Add an empty part below another: a fact, a message with its first paragraph, a paragraph.

    Raises: Forbidden; NotFound; DraftRefused.
    """
    draft = draft_in(session, draft_id, change=True)
    tree = Tree.of(draft.tree)
    owner = tree.find(under)
    if owner is None or owner.kind != ("campaign" if kind in ("fact", "message") else "message"):
        raise NotFound("draft.part_unknown", id=under)
    if kind == "message" and len(tree.messages) >= MOST_MESSAGES:
        raise DraftRefused(Problem("draft.too_many_messages", {"most": MOST_MESSAGES}))
    writer = _Writer(session, draft, tree, now)
    if kind == "paragraph":
        if not FORM.fullmatch(form):
            raise NotFound("draft.part_unknown", id=form)
        part = tree.add(kind, under, fields={"kind": "fill"}, kept={"form": form})
    else:
        part = tree.add(kind, under, fields=_first_words(kind, tree, owner))
    if kind == "message":
        first = tree.add("paragraph", part.id, fields={"kind": "free"}, kept={"form": "text"})
        writer.write(first, {})
    writer.write(part, {})
    writer.keep()
    return part


def _first_words(kind: Kind, tree: Tree, owner: Part) -> dict[str, str]:
    """Return what a new part says: a message goes where the one before it goes."""
    if kind == "fact":
        return {"kind": "url"}
    if kind == "override":
        spoken_of = {one["name"] for one in tree.overrides(owner)}
        return {"name": next((one["name"] for one in tree.facts if one["name"] not in spoken_of), "")}
    if kind != "message":
        return {}
    before = tree.messages[-1]["to"] if tree.messages else ""
    used = {one["key"] for one in tree.parts if one.kind == "message"}
    number = next(count for count in range(1, len(used) + 2) if f"m{count}" not in used)
    return {"key": f"m{number}", "when": "relative", "offset": "0", "clock": "12:00", "to": before}


def put_picture(session: Session, draft_id: int, under: str, rendition: Rendition, *, now: datetime) -> Part:
    """Add a picture that is kept already to a message, or put it in the place of another one's bytes.

    Raises: Forbidden; NotFound.
    """
    draft = draft_in(session, draft_id, change=True)
    tree = Tree.of(draft.tree)
    owner = tree.find(under)
    if owner is None or owner.kind not in ("message", "picture"):
        raise NotFound("draft.part_unknown", id=under)
    writer = _Writer(session, draft, tree, now)
    part = owner if owner.kind == "picture" else tree.add("picture", under)
    part.kept["sha256"] = rendition.sha256
    part.kept["size"] = [rendition.width, rendition.height, len(rendition.content)]
    writer.write(part, {"file": f"bilete/{rendition.sha256[:16]}.jpg"})
    writer.keep()
    return part


def remove(session: Session, draft_id: int, part_id: str, *, now: datetime) -> Part:
    """Take a part out; it keeps its words and its place, and can come back.

    Raises: Forbidden; NotFound.
    """

    def take_out(writer: _Writer, part: Part) -> None:
        writer.write(part, {})
        part.gone = part.revision

    return _on_part(session, draft_id, part_id, take_out, now)


def restore(session: Session, draft_id: int, part_id: str, *, now: datetime) -> Part:
    """Put a part back where it was.

    Raises: Forbidden; NotFound for one that was not taken out.
    """
    draft = draft_in(session, draft_id, change=True)
    tree = Tree.of(draft.tree)
    part = next((one for one in tree.removed() if one.id == part_id), None)
    if part is None:
        raise NotFound("draft.part_unknown", id=part_id)
    writer = _Writer(session, draft, tree, now)
    part.gone = 0
    writer.write(part, {})
    writer.keep()
    return part


def move(session: Session, draft_id: int, part_id: str, step: int, *, now: datetime) -> Part:
    """Move a part one place up (-1) or down (1) among its likes; the first and the last stay where they are.

    Raises: Forbidden; NotFound.
    """

    def shift(writer: _Writer, part: Part) -> None:
        beside = writer.tree.beside(part, step)
        if beside is not None:
            writer.tree.swap(part, beside)

    return _on_part(session, draft_id, part_id, shift, now)


def _on_part(
    session: Session, draft_id: int, part_id: str, act: Callable[[_Writer, Part], None], now: datetime
) -> Part:
    draft = draft_in(session, draft_id, change=True)
    tree = Tree.of(draft.tree)
    part = tree.find(part_id)
    if part is None or part.kind == "campaign":
        raise NotFound("draft.part_unknown", id=part_id)
    writer = _Writer(session, draft, tree, now)
    act(writer, part)
    writer.keep()
    return part


class _Writer:
    """Writes into one draft in one person's name."""

    def __init__(self, session: Session, draft: CampaignDraft, tree: Tree, now: datetime) -> None:
        self.session = session
        self.draft = draft
        self.tree = tree
        self.now = now
        self.name = name_of(session, session.info["actor"])
        tree.revision += 1

    def write(self, part: Part, fields: Mapping[str, str]) -> None:
        """Put fields into a part, and who did it."""
        part.fields.update(fields)
        part.revision, part.by, part.at = self.tree.revision, self.name, self.now.isoformat()

    def keep(self) -> None:
        """Store the draft.

        Raises: DraftRefused for one that has become too large.
        """
        signs = sum(len(text) for part in self.tree.parts for text in part.fields.values())
        if len(self.tree.parts) > MOST_PARTS or signs > MOST_SIGNS:
            raise DraftRefused(Problem("draft.too_large"))
        self.draft.tree = self.tree.json()
        self.draft.title = title_of(self.tree)
        self.draft.changed_at, self.draft.changed_by = self.now, self.name
        self.session.flush()


def name_of(session: Session, actor: Actor) -> str:
    """Return what colleagues see as whoever wrote something."""
    person = session.get(Person, actor.person_id) if actor.person_id else None
    return (person.name if person else actor.how)[:200]
