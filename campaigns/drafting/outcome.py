"""What a draft makes: the document as it stands, and for each place in it the part and the field that it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from campaigns.definition import reading
from campaigns.definition.layout import Written
from campaigns.definition.shape import KINDS, LANGUAGES
from campaigns.definition.source import Problem
from campaigns.definition.writing import lay_out
from campaigns.drafting.tree import FIELDS, OPTIONS, Part, Tree

FACT_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
SENDING = {
    "send": "when",
    "send.on": "date",
    "send.at": "clock",
    "send.between": "end",
    "send.together": "together",
}
ELSEWHERE: Mapping[str, str] = {
    **SENDING,
    "campaign": "key", "quiet": "quiet", "people": "consent", "people.consent": "consent", "people.until": "until",
    "people.channels": "channels", "people.covers": "covers.county", "people.covers.county": "covers.county",
    "people.covers.municipalities": "covers.municipalities", "people.covers.group": "covers.group",
    "poll": "poll.days", "poll.options": "poll.1.nn", "experiment": "trial.outcome", "experiment.b": "trial.outcome",
    "experiment.outcome": "trial.outcome", "experiment.stop": "trial.stop", "focus": "focus.x", "invite": "invite.county", "goal": "goal.nn",
    "contact": "contact.name", "answer": "answer.by",
}  # fmt: skip
"""Fields by the document's name for them, where the two differ."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something to put right or to look at, where it is typed: a part and its field, either of them perhaps unknown."""

    code: str
    values: Mapping[str, str | int]
    severity: str
    part: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The document of a draft, what reading it came to, and the pictures that are there by the file it names."""

    document: str
    reading: reading.Reading
    told: tuple[Told, ...]
    pictures: Mapping[str, str]
    """Digests by file."""


# What is written, looked at and loaded is the same text again and again, and reading it takes a tenth of a second.
_read = lru_cache(maxsize=8)(reading.read)


def make(tree: Tree, owner: str, *, platforms: frozenset[str]) -> Outcome:
    """Return what a draft makes as it stands; `owner` is the number of whoever writes it."""
    maker = _Maker(tree)
    document = lay_out(maker.document(owner))
    found = _read(document.encode(), platforms=platforms)
    told = [*maker.told, *(maker.told_of(one) for one in found.problems)]
    return Outcome(document, found, tuple(told), maker.pictures)


def blocks(told: Sequence[Told]) -> bool:
    """Return whether something must be put right before the draft can be loaded."""
    return any(one.severity == "error" for one in told)


class _Maker:
    """Makes the document and remembers which part stands where."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.places: dict[str, Part] = {}
        """Parts by the beginning of their path in the document."""
        self.heads: dict[str, str] = {}
        """The beginnings of fields' names by the path of what stands in several languages and in a list."""
        self.told: list[Told] = []
        self.pictures: dict[str, str] = {}

    def document(self, owner: str) -> dict[str, Written]:
        """Return the document's parts in its own order."""
        part = self.tree.campaign
        self.places[""] = part
        facts = dict(self._facts(self.tree.facts, "facts"))
        messages = [self._message(one, number) for number, one in enumerate(self.tree.messages)]
        measure = {name: part[f"measure.{name}"] for name in ("what", "per", "target")}
        goal: dict[str, Any] = part.texts("goal")
        if any(measure.values()):
            goal["measure"] = _something(measure)
        return _something(
            {
                "samklang": 1,
                "campaign": part["key"],
                "title": part.texts("title"),
                "owner": owner,
                "contact": _something({"name": part["contact.name"], "mail": part["contact.mail"]}),
                "purpose": part["purpose"],
                "goal": goal,
                "invite": _something(
                    {
                        "county": part["invite.county"],
                        "municipalities": part["invite.municipalities"].split(),
                        "group": part["invite.group"],
                    }
                ),
                "answer": _something({"by": part["answer.by"], "silence": part["answer.silence"]}),
                "approve_by": part["approve_by"].replace("T", " "),
                "anchor": part["anchor"],
                "ends": part["ends"],
                "late_after": part["late_after"],
                "languages": part["languages"].split(),
                "local_element": part["local_element"],
                "hashtags": part["hashtags"].split(),
                "facts": facts,
                "messages": messages,
            }
        )

    def _facts(self, parts: Sequence[Part], at: str) -> Iterator[tuple[str, Written]]:
        """Yield facts, or what a message says differently of them."""
        known: set[str] = set()
        for part in parts:
            name = part["name"]
            if not FACT_NAME.fullmatch(name):
                self.told.append(Told("draft.fact_name", {"name": name}, "error", part.id, "name"))
            elif name in known:
                self.told.append(Told("draft.fact_twice", {"name": name}, "error", part.id, "name"))
            else:
                known.add(name)
                self.places[f"{at}.{name}"] = part
                own = {"": None, "0": False}.get(part["own_site"], True)
                yield name, _something(
                    {
                        "kind": part["kind"], "own_site": own, "value": part["value"], "default": part["default"],
                        "known": part["known"], "ask": part.texts("ask"),
                    }
                )  # fmt: skip

    def _message(self, part: Part, number: int) -> dict[str, Written]:
        at = f"messages[{number}]"
        self.places[at] = part
        forms = self.tree.forms(part)
        threads = sorted(
            (one for one in forms if one.startswith("thread:")), key=lambda one: int(one.partition(":")[2])
        )
        platforms = [one for one in forms if one.startswith("platform:")]
        trial = {
            "b": self._paragraphs(forms.get("b", []), f"{at}.experiment.b"),
            "outcome": part["trial.outcome"],
            "stop": part["trial.stop"],
        }
        return _something(
            {
                "key": part["key"],
                "title": part.texts("title"),
                "mandatory": True if part["mandatory"] else None,
                "send": _send(part),
                "to": part["to"].split(),
                "watch": part["watch"].replace(".", ":"),
                "quiet": {"override": part["quiet"]} if part["quiet"] else None,
                "text": self._paragraphs(forms["text"], f"{at}.text"),
                "short": self._paragraphs(forms.get("short", []), f"{at}.short"),
                "by_platform": {
                    one.partition(":")[2]: self._paragraphs(forms[one], f"{at}.by_platform.{one.partition(':')[2]}")
                    for one in platforms
                },
                "link": part["link"],
                "facts": dict(self._facts(self.tree.overrides(part), f"{at}.facts")),
                "pictures": self._pictures(part, at),
                "poll": self._poll(part, f"{at}.poll"),
                "follow_up": [
                    self._paragraphs(forms[one], f"{at}.follow_up[{turn}]") for turn, one in enumerate(threads)
                ],
                "first_comment": self._paragraphs(forms.get("comment", []), f"{at}.first_comment"),
                "experiment": _something(trial),
            }
        )  # fmt: skip

    def _poll(self, part: Part, at: str) -> dict[str, Written]:
        """Return a message's poll; one of which only is said what becomes of it elsewhere is none."""
        options: list[Written] = []
        for name in OPTIONS:
            if texts := part.texts(name):
                self.places[f"{at}.options[{len(options)}]"] = part
                self.heads[f"{at}.options[{len(options)}]"] = name
                options.append(texts)
        if not options and not part["poll.days"]:
            return {}
        return _something(
            {"days": part["poll.days"], "options": options, "otherwise": part["poll.otherwise"]}
        )

    def _paragraphs(self, parts: Sequence[Part], at: str) -> list[Written]:
        for number, part in enumerate(parts):
            self.places[f"{at}[{number}]"] = part
        return [{one["kind"] if one["kind"] in KINDS else "fill": one.texts("text")} for one in parts]

    def _pictures(self, message: Part, at: str) -> list[Written]:
        found: list[Written] = []
        for number, part in enumerate(self.tree.below(message.id, "picture")):
            self.places[f"{at}.pictures[{number}]"] = part
            self._note_picture(part)
            people = _something(
                {
                    "consent": part["consent"],
                    "until": part["until"],
                    "covers": _something(
                        {
                            "county": part["covers.county"],
                            "municipalities": part["covers.municipalities"].split(),
                            "group": part["covers.group"],
                        }
                    ),
                    "channels": part["channels"].split(),
                }
            )
            focus = [part["focus.x"] or "0", part["focus.y"] or "0"]
            found.append(
                _something(
                    {
                        "file": part["file"], "alt": part.texts("alt"), "credit": part["credit"],
                        "licence": part["licence"], "people": people,
                        "focus": focus if part["focus.x"] or part["focus.y"] else None,
                    }
                )
            )  # fmt: skip
        return found

    def _note_picture(self, part: Part) -> None:
        """Note where a picture's bytes are, or that they are not there, or that two have one name."""
        file, digest = part["file"], str(part.kept.get("sha256") or "")
        if not digest:
            self.told.append(Told("draft.picture_missing", {"file": file}, "error", part.id, "file"))
        elif self.pictures.setdefault(file, digest) != digest:
            self.told.append(Told("draft.picture_twice", {"file": file}, "error", part.id, "file"))

    def told_of(self, problem: Problem) -> Told:
        """Return a problem of the document where it was typed."""
        path = problem.path
        at = max((one for one in self.places if _begins(path, one)), key=len)
        part = self.places[at]
        rest = path[len(at) :].lstrip(".")
        if problem.code in ("definition.missing", "definition.texts_expected"):
            missing = f"{rest}.{problem.values['key']}".lstrip(".").removesuffix(".texts")
            name = _field(part, missing)
            return Told("draft.missing", {"field": name}, problem.severity, part.id, name)
        head = self.heads.get(at, "")
        name = f"{head}.{rest if rest in LANGUAGES else LANGUAGES[0]}" if head else _field(part, rest)
        language = str(problem.values.get("language", ""))
        if language in LANGUAGES and name.rpartition(".")[2] in LANGUAGES:
            name = f"{name.rpartition('.')[0]}.{language}"
        return Told(problem.code, problem.values, problem.severity, part.id, name)


def _begins(path: str, at: str) -> bool:
    return not at or path == at or path.startswith((f"{at}.", f"{at}["))


def _field(part: Part, rest: str) -> str:
    """Return the field that a path within a part is about; empty where none is."""
    plain = re.sub(r"\[\d+\].*", "", rest)
    kind, _, language = plain.partition(".")
    if not rest and part.kind in ("fact", "override"):
        return "name"
    if part.kind == "paragraph" and kind in ("free", "fill", "locked"):
        return f"text.{language or LANGUAGES[0]}"
    for name in (plain, plain.rpartition(".")[0], kind):
        if name in ELSEWHERE:
            return ELSEWHERE[name]
        if name in FIELDS[part.kind]:
            return name
        head, _, tail = name.rpartition(".")
        if f"{head}.*" in FIELDS[part.kind]:
            return f"{head}.{tail}"
        if f"{name}.*" in FIELDS[part.kind]:
            return f"{name}.nn"
    return ""


def _something(parts: Mapping[str, Any]) -> dict[str, Written]:
    """Return what says something: no `None`, no empty text, list or mapping."""
    return {key: value for key, value in parts.items() if value not in (None, "", (), [], {})}


def _send(part: Part) -> dict[str, Written]:
    """Return a message's time rule as the document has it."""
    if part["when"] == "released":
        return {"when": "released"}
    clock, end = part["clock"].replace(".", ":"), part["end"].replace(".", ":")
    together = True if part["together"] else None
    if part["when"] == "absolute" and part.kept.get("moment") and part["date"] and clock and not end:
        return _something({"at": f"{part['date']} {clock}", "together": together})
    on = part["date"]
    if part["when"] == "relative":
        on = day_after_anchor(part["offset"])
    if end:
        return _something({"on": on, "between": f"{clock}-{end}", "together": together})
    return _something({"on": on, "at": clock, "together": together})


def day_after_anchor(offset: str) -> str:
    """Return `T`, `T+7`, `T-3`; what is no number stays, so that reading the document says what is wrong with it."""
    plain = offset.replace("−", "-").replace("–", "-").strip()
    if not re.fullmatch(r"[+-]?\d{1,3}", plain, re.ASCII):
        return f"T{plain}" if plain else ""
    days = int(plain)
    return f"T{days:+d}" if days else "T"
