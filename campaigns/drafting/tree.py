"""A draft's parts: the campaign itself, its facts and messages, and their paragraphs and pictures, each under an id.

All parts stand in one list, whose order is theirs; what is taken out keeps its place, so that it comes back there.
Every field is text as it was typed: what it means is found out when the draft becomes a document.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, cast

from campaigns.definition.shape import LANGUAGES

Kind = Literal["campaign", "fact", "message", "override", "paragraph", "picture"]

FIELDS: Mapping[Kind, tuple[str, ...]] = {
    "campaign": (
        "key", "title.*", "contact.name", "contact.mail", "purpose", "goal.*", "measure.what", "measure.per",
        "measure.target", "invite.county", "invite.municipalities", "invite.group", "answer.by", "answer.silence",
        "approve_by", "anchor", "ends", "late_after", "languages", "local_element", "hashtags",
    ),
    "fact": ("name", "kind", "own_site", "value", "default", "known", "ask.*"),
    "message": (
        "key", "title.*", "mandatory", "when", "date", "offset", "clock", "end", "together", "to", "watch", "link",
        "quiet", "poll.days", "poll.1.*", "poll.2.*", "poll.3.*", "poll.4.*", "poll.otherwise", "trial.outcome",
        "trial.stop",
    ),
    "override": ("name", "own_site", "value", "default", "known", "ask.*"),
    "paragraph": ("kind", "text.*"),
    "picture": (
        "file", "alt.*", "credit", "licence", "consent", "until", "covers.county", "covers.municipalities",
        "covers.group", "channels", "focus.x", "focus.y",
    ),
}  # fmt: skip
"""What can be typed in each kind of part; `*` stands for every written language. An override is a message's own fact."""
OPTIONS = tuple(f"poll.{number}" for number in range(1, 5))
"""The options of a message's poll."""
FORM = re.compile(r"text|short|comment|b|thread:\d{1,2}|platform:[a-z]{1,24}", re.ASCII)
"""What a paragraph is of: the full or the short text, the first comment, another wording, a part of the thread."""
_BREAKS = re.compile(r"\r\n?|[\u0085\u2028\u2029\v\f]")


@dataclass(slots=True)
class Part:
    """One part: what was typed in it, what no page shows, and who changed it last."""

    id: str
    kind: Kind
    under: str
    """The part that it belongs to; empty for the campaign."""
    fields: dict[str, str] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    """What the document says beside the fields, in the document's own shape."""
    revision: int = 0
    by: str = ""
    at: str = ""
    """When it was changed, as an ISO instant."""
    gone: int = 0
    """The revision in which it was taken out; 0 while it is there."""
    pens: dict[str, tuple[str, int]] = field(default_factory=dict)
    """By field, the open page that wrote it last and how much had been typed there by then."""

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")

    def texts(self, name: str) -> dict[str, str]:
        """Return a text's languages that say something, in the order of the list of languages."""
        found = {one: self[f"{name}.{one}"] for one in LANGUAGES}
        return {language: text for language, text in found.items() if text.strip()}


def takes(kind: Kind, name: str) -> bool:
    """Return whether a part of this kind has such a field."""
    known = FIELDS[kind]
    head, _, language = name.rpartition(".")
    return (name in known and "*" not in name) or (f"{head}.*" in known and language in LANGUAGES)


def cleaned(value: str) -> str:
    """Return what was typed with one kind of line break and nothing around it."""
    return _BREAKS.sub("\n", value).strip()


def digest(value: str) -> str:
    """Return a short digest by which a field's former text is known again."""
    return hashlib.sha256(cleaned(value).encode()).hexdigest()[:12]


@dataclass(slots=True)
class Tree:
    """All parts of a draft in their order."""

    revision: int = 0
    last: int = 0
    """The highest id given."""
    parts: list[Part] = field(default_factory=list)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Tree:
        """Return the tree that was stored."""
        return cls(stored["revision"], stored["last"], [Part(**one) for one in stored["parts"]])

    def json(self) -> dict[str, Any]:
        """Return the tree to be stored."""
        return asdict(self)

    def add(self, kind: Kind, under: str = "", **more: Any) -> Part:
        """Add a part at the end of its kind, and return it."""
        self.last += 1
        part = Part(str(self.last), kind, under, **more)
        self.parts.append(part)
        return part

    @property
    def campaign(self) -> Part:
        """The part that is the campaign itself."""
        return self.parts[0]

    @property
    def languages(self) -> tuple[str, ...]:
        """The written languages of the campaign that are known, in its order."""
        return tuple(dict.fromkeys(one for one in self.campaign["languages"].split() if one in LANGUAGES))

    @property
    def facts(self) -> list[Part]:
        """The facts that are there."""
        return self.below(self.campaign.id, "fact")

    @property
    def messages(self) -> list[Part]:
        """The messages that are there."""
        return self.below(self.campaign.id, "message")

    def overrides(self, message: Part) -> list[Part]:
        """Return what a message says differently of the campaign's facts."""
        return self.below(message.id, "override")

    def below(self, under: str, kind: Kind) -> list[Part]:
        """Return the parts of a kind that belong to another and are there."""
        return [one for one in self.parts if one.under == under and one.kind == kind and not one.gone]

    def forms(self, message: Part) -> dict[str, list[Part]]:
        """Return a message's paragraphs by what they are of; those of its text come first."""
        found: dict[str, list[Part]] = {"text": []}
        for one in self.below(message.id, "paragraph"):
            found.setdefault(one.kept["form"], []).append(one)
        return found

    def find(self, part_id: str) -> Part | None:
        """Return a part that is there, and whose owner is."""
        found = next((one for one in self.parts if one.id == part_id and not one.gone), None)
        return found if found is None or not found.under or self.find(found.under) else None

    def removed(self, under: str = "") -> list[Part]:
        """Return what was taken out and can come back, the newest first; of one part, or of all."""
        gone = sorted((one for one in self.parts if one.gone), key=lambda one: -one.gone)
        return [one for one in gone if self.find(one.under) and under in ("", one.under)]

    def taken_out_with(self, part: Part) -> Part:
        """Return the part whose coming back brings another one back: itself, or what it belongs to."""
        owner = next((one for one in self.parts if one.id == part.under), None)
        above = self.taken_out_with(owner) if owner else part
        return above if above.gone else part

    def with_its_own(self, part: Part) -> list[str]:
        """Return the ids of a part and of what belongs to it."""
        return [part.id, *(one.id for one in self.parts if one.under == part.id and not one.gone)]

    def beside(self, part: Part, step: int) -> Part | None:
        """Return the part before (-1) or after (1) one among its likes."""
        likes = [
            one for one in self.below(part.under, part.kind) if one.kept.get("form") == part.kept.get("form")
        ]
        place = likes.index(part) + step
        return likes[place] if 0 <= place < len(likes) else None

    def swap(self, one: Part, other: Part) -> None:
        """Let two parts change places."""
        a, b = self.parts.index(one), self.parts.index(other)
        self.parts[a], self.parts[b] = other, one


def title_of(tree: Tree) -> str:
    """Return what a draft is called in a list: its first language's title, or its key."""
    titles = list(tree.campaign.texts("title").values())
    return (titles[0] if titles else tree.campaign["key"])[:200]


def marks(part: Part) -> str:
    """Return the digests of everything that stands in a part, for the page that shows it."""
    return " ".join(f"{name}={digest(part[name])}" for name in names_of(part.kind))


def unmarked(given: str) -> dict[str, str]:
    """Return the digests that a page sends back, by field; what is none is left out."""
    pairs = (one.partition("=") for one in given.split())
    return {name: value for name, sign, value in pairs if sign}


def names_of(kind: Kind) -> list[str]:
    """Return every field of a kind of part, in every written language."""
    found: list[str] = []
    for name in FIELDS[kind]:
        head = name.removesuffix("*")
        found += [f"{head}{one}" for one in LANGUAGES] if name.endswith("*") else [name]
    return found


def kind_of(value: str) -> Kind | None:
    """Return the kind of that name that people add: everything but the campaign."""
    return cast("Kind", value) if value in FIELDS and value != "campaign" else None
