"""The gate that a document's bytes pass: YAML 1.2 into nodes that know their place, within written limits.

Every value stays text here; what it means is decided by the model, so that `no`, `0301` and `18:00` are never
mistaken. Anchors, aliases, tags, directives and second documents are refused (threat D6): a document says what it
means where it stands. The parser's events are read one by one, so a hostile document is left at its first excess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from campaigns.definition.slips import comment_sign, slip
from campaigns.wording import hidden_characters

# Limits of threat D6.
MOST_BYTES = 512 * 1024
DEEPEST = 20
MOST_NODES = 20_000

Path = tuple[str | int, ...]
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a document; line and column count from 1."""

    line: int
    column: int


class Scalar(str):
    """A text that knows its place; `plain` is true where no quotes or block sign held it."""

    __slots__ = ("path", "place", "plain")

    def __new__(cls, value: str, place: Place, path: Path, *, plain: bool = False) -> Scalar:
        """Return the text with its place."""
        self = super().__new__(cls, value)
        self.place, self.path, self.plain = place, path, plain
        return self

    place: Place
    path: Path
    plain: bool


class Table(dict[str, "Node | None"]):
    """A mapping that knows its place and its keys' places; a key that stands without a value has `None`."""

    def __init__(self, place: Place, path: Path, *, flow: bool = False) -> None:
        super().__init__()
        self.place = place
        self.path = path
        self.flow = flow
        self.key_places: dict[str, Place] = {}

    def like(self, items: Mapping[str, Node | None]) -> Table:
        """Return a table with other content at the same place."""
        table = Table(self.place, self.path, flow=self.flow)
        table.update(items)
        table.key_places = self.key_places
        return table


class Rows(list["Node"]):
    """A sequence that knows its place."""

    def __init__(self, place: Place, path: Path, items: Iterable[Node] = ()) -> None:
        super().__init__(items)
        self.place = place
        self.path = path


Node = Scalar | Table | Rows


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a document that must be put right, or (a warning) looked at."""

    code: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    line: int = 1
    column: int = 1
    path: str = ""
    """Where in the document, such as `messages[0].text[1].free.nn`."""
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Source:
    """A document's nodes, or `None` where it cannot be read to its end; its lines; what was wrong on the way."""

    root: Table | None
    lines: tuple[str, ...]
    problems: tuple[Problem, ...]


class _Unreadable(Exception):
    """The document cannot be read further; carries the one problem that says why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.code)


def path_text(path: Path) -> str:
    """Return a path as people read it: `messages[0].text`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def problem_at(
    code: str,
    place: Place,
    path: Path = (),
    values: Mapping[str, str | int] | None = None,
    severity: Severity = "error",
) -> Problem:
    """Return a problem with its place; values that come from the document are cut and made visible."""
    shown = {
        name: visible(value) if isinstance(value, str) else value for name, value in (values or {}).items()
    }
    return Problem(code, shown, place.line, place.column, path_text(path), severity)


def locate(root: Table, path: Path) -> tuple[Path, Place]:
    """Return where the deepest existing node, or key, of a path in the unfolded document stands in the document."""
    node: Node = root
    for part in path:
        child: Node | None = None
        if isinstance(node, Table) and isinstance(part, str):
            child = node.get(part)
            if child is None and part in node.key_places:
                return (*node.path, part), node.key_places[part]
        elif isinstance(node, Rows) and isinstance(part, int) and part < len(node):
            child = node[part]
        if child is None:
            break
        node = child
    return node.path, node.place


def visible(text: str) -> str:
    """Return the text fit for a sentence: one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[: _LONGEST_SHOWN - 1]}…"


_MOST_HIDDEN_SHOWN = 20
_LONGEST_SHOWN = 160
"""Characters of a value in a sentence."""


def read_source(source: bytes) -> Source:
    """Return what the bytes hold; never raises, whatever they are."""
    if len(source) > MOST_BYTES:
        return Source(None, (), (Problem("definition.too_large", {"most": MOST_BYTES // 1024}),))
    if source.count(0) * 4 > len(source):  # UTF-16 or UTF-32 without its mark is valid UTF-8 full of zeroes
        return Source(None, (), (Problem("definition.encoding"),))
    try:
        text = source.decode("utf-8").removeprefix(
            "\ufeff"
        )  # Windows' Notepad may begin a file with this mark
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        return Source(None, (), (Problem("definition.encoding", {}, line),))
    layout_aside = text.replace("\t", " ").replace("\r\n", "\n")
    hidden = [chr(int(name.removeprefix("U+"), 16)) for name in hidden_characters(layout_aside)]
    problems = list(_hidden_places(text, hidden))
    seen = text.translate(dict.fromkeys(map(ord, hidden), "\N{REPLACEMENT CHARACTER}"))
    lines = seen.splitlines()
    try:
        root = _Builder(lines, problems).build(seen)
    except _Unreadable as unreadable:
        return Source(None, tuple(lines), (*problems, unreadable.problem))
    return Source(root, tuple(lines), tuple(problems))


def _hidden_places(text: str, hidden: Sequence[str]) -> Iterator[Problem]:
    """Yield a problem for each character that a reader cannot see, the first twenty (threat D5)."""
    if not hidden:
        return
    pattern = re.compile("|".join(map(re.escape, hidden)))
    for found in islice(pattern.finditer(text), _MOST_HIDDEN_SHOWN):
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        yield Problem("definition.hidden_character", {"character": f"U+{ord(found[0]):04X}"}, line, column)


class _Builder:
    """Builds nodes from the parser's events; one use."""

    def __init__(self, lines: list[str], problems: list[Problem]) -> None:
        self.lines = lines
        self.problems = problems
        self.open: list[Table | Rows] = []
        self.key: Scalar | None = None
        """The key that waits for its value, in the innermost table."""
        self.root: Node | None = None
        self.nodes = 0
        self.documents = 0

    def build(self, text: str) -> Table:
        """Return the root table.

        Raises: _Unreadable.
        """
        try:
            for event in YAML(typ="safe", pure=True).parse(text):
                self._take(event)
        except MarkedYAMLError as error:
            raise _Unreadable(self._explained(error)) from None
        if self.root is None or (isinstance(self.root, Scalar) and not self.root):
            raise _Unreadable(Problem("definition.empty"))
        if not isinstance(self.root, Table):
            raise _Unreadable(problem_at("definition.not_mapping", self.root.place))
        return self.root

    def _explained(self, error: MarkedYAMLError) -> Problem:
        """Return the parser's refusal as a problem that says how to write it."""
        spots = [(mark.line, mark.column) for mark in (error.problem_mark, error.context_mark) if mark]
        code, values, (line, column) = slip(f"{error.context}; {error.problem}", spots, self.lines)
        return Problem(code, values, line + 1, column + 1)

    def _take(self, event: Event) -> None:
        place = Place(event.start_mark.line + 1, event.start_mark.column + 1)
        self._refuse_feature(event, place)
        if isinstance(event, ScalarEvent):
            self._count(place)
            self._take_scalar(event, place)
        elif isinstance(event, MappingStartEvent):
            self._count(place)
            self._open(Table(place, self._next_path(), flow=bool(event.flow_style)), place)
        elif isinstance(event, SequenceStartEvent):
            self._count(place)
            self._open(Rows(place, self._next_path()), place)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self.open.pop()

    def _refuse_feature(self, event: Event, place: Place) -> None:
        """Refuse what YAML can do and a campaign has no use for."""
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise _Unreadable(problem_at("definition.yaml_anchor", place))
        if isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1 or event.version or event.tags:
                raise _Unreadable(problem_at("definition.yaml_documents", place))
        elif getattr(event, "tag", None) is not None:
            raise _Unreadable(problem_at("definition.yaml_tag", place))

    def _count(self, place: Place) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise _Unreadable(problem_at("definition.too_many_nodes", place, values={"most": MOST_NODES}))

    def _next_path(self) -> Path:
        if not self.open:
            return ()
        top = self.open[-1]
        return (*top.path, len(top) if isinstance(top, Rows) else str(self.key))

    def _open(self, node: Table | Rows, place: Place) -> None:
        if self.open and isinstance(self.open[-1], Table) and self.key is None:
            raise _Unreadable(problem_at("definition.slip_brace", place))
        if len(self.open) == DEEPEST:
            raise _Unreadable(problem_at("definition.too_deep", place, values={"most": DEEPEST}))
        self._add(node)
        self.open.append(node)

    def _take_scalar(self, event: ScalarEvent, place: Place) -> None:
        top = self.open[-1] if self.open else None
        is_key = isinstance(top, Table) and self.key is None
        path = (*top.path, event.value) if isinstance(top, Table) and is_key else self._next_path()
        scalar = Scalar(event.value, place, path, plain=event.style is None)
        self._note_hidden(scalar)
        self._note_comment(scalar, event)
        if is_key:
            self.key = scalar
        else:
            self._add(scalar)

    def _note_hidden(self, scalar: Scalar) -> None:
        """Note a hidden character that came in through an escape such as `\\u202e`, or a tab."""
        for character in hidden_characters(scalar)[:1]:
            values = {"character": character}
            problem = problem_at("definition.hidden_character", scalar.place, scalar.path, values)
            self.problems.append(problem)

    def _note_comment(self, scalar: Scalar, event: ScalarEvent) -> None:
        """Note a `#` that ends a text without quotes; an empty value is looked for behind its key."""
        line, column = event.end_mark.line, event.end_mark.column
        if not scalar and self.key is not None:
            line, column = self.key.place.line - 1, self.key.place.column + len(self.key)
        if scalar.plain and (sign := comment_sign(self.lines, line, column)):
            self.problems.append(problem_at("definition.slip_hash", Place(line + 1, sign), scalar.path))

    def _add(self, node: Node) -> None:
        """Put a finished or just opened node where it belongs."""
        if not self.open:
            self.root = node
            return
        top = self.open[-1]
        if isinstance(top, Rows):
            top.append(node)
            return
        assert self.key is not None  # noqa: S101  # a table's value comes after its key
        key, self.key = self.key, None
        if key in top.key_places:
            first = top.key_places[key].line
            self.problems.append(
                problem_at("definition.key_twice", key.place, key.path, {"key": key, "first": first})
            )
            return
        top.key_places[str(key)] = key.place
        empty = isinstance(node, Scalar) and node.plain and node in ("", "~", "null")
        top[str(key)] = None if empty else node
