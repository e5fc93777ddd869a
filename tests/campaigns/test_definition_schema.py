"""The JSON Schema of documents: it takes every document that is right, and what it refuses is wrong."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from test_definition_difference import at, full
from test_definition_writing import DEFINITION, DOCUMENTS, PLATFORMS

from campaigns.definition.model import Definition, FactKind, Purpose
from campaigns.definition.reading import read
from campaigns.definition.schema import schema
from campaigns.definition.source import Node, Rows, Scalar, Table, read_source
from campaigns.definition.writing import dump

SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)
DOCS = Path(__file__).parents[2] / "docs" / "document.md"


def as_editors_see(node: Node | None) -> Any:
    """Return a document's node as the core schema of YAML 1.2 has it: what editors hold against the schema."""
    if isinstance(node, Table):
        return {key: as_editors_see(part) for key, part in node.items()}
    if isinstance(node, Rows):
        return [as_editors_see(part) for part in node]
    if not isinstance(node, Scalar) or not node.plain:
        return node if node is None else str(node)
    if node in ("", "~", "null", "Null", "NULL"):
        return None
    if node.lower() in ("true", "false") and node in (node.lower(), node.upper(), node.capitalize()):
        return node.lower() == "true"
    if re.fullmatch(r"[-+]?[0-9]+", node):
        return int(node)
    is_number = re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", node)
    return float(node) if is_number else str(node)


def refused(source: str | bytes) -> list[str]:
    """Return what the schema has against a document."""
    root = read_source(source if isinstance(source, bytes) else source.encode()).root
    assert root is not None
    return [error.message for error in VALIDATOR.iter_errors(as_editors_see(root))]


def test_it_is_a_schema_of_its_dialect() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.parent.name + "/" + path.stem)
def test_every_document_of_ours_is_taken_as_written_and_as_given_back(path: Path) -> None:
    assert refused(path.read_bytes()) == []
    definition = read(path.read_bytes(), platforms=PLATFORMS).definition
    assert definition is not None
    assert refused(dump(definition)) == []


def test_the_document_of_the_handbook_is_taken() -> None:
    sample = next(
        block
        for block in re.findall(r"```yaml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
        if "campaign:" in block
    )
    assert refused(sample) == []


@given(DEFINITION)
@pytest.mark.slow
def test_whatever_is_written_out_is_taken(parts: dict[str, Any]) -> None:
    assert refused(dump(Definition.model_validate(parts))) == []


WAYS = {
    "one picture": ("messages", 0, "picture"),
    "words alone": ("messages", 0, "text", {"nn": "Hei", "nb": "Hei"}),
    "one paragraph without a list": ("messages", 0, "text", {"locked": {"nn": "Hei", "nb": "Hei"}}),
    "a bare placeholder": ("messages", 0, "short", "{lenke}"),
    "a hashtag with its sign": ("hashtags", ["#Blåbærtur"]),
    "a number without quotes": ("owner", 46),
    "numbers without quotes": ("invite", {"municipalities": [4601, 4621]}),
    "a number in quotes": ("goal", "measure", "target", "2"),
    "yes as a word": ("messages", 0, "mandatory", "yes"),
    "a number for a text": ("title", {"nn": 2027, "nb": 2027}),
    "a text of several lines": ("goal", "nn", "Å prøve\n\nog vinne\n"),
    "a dash of a word processor": ("ends", "T +30"),
    "a day and time in one": ("messages", 1, "send", {"at": "2027-01-12 10:06"}),
    "a released message": ("messages", 1, "send", {"when": "released"}),
    "a window": ("messages", 1, "send", {"on": "2027-01-12", "between": "9:00–10:00"}),
    "nothing for what may be nothing": ("messages", 1, "quiet", None),
    "one language less to choose from": ("messages", 0, "link", "https://www.dsb.no/æøå"),
    "a file with letters of ours": ("messages", 0, "picture", "file", "bilete/vårflaum_2.jpeg"),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_writing_is_taken(way: str) -> None:
    *path, value = WAYS[way] if way != "one picture" else ("samklang", 1)
    content = full()
    at(content, *path[:-1])[path[-1]] = value
    source = json.dumps(content)
    assert read(source.encode(), platforms=PLATFORMS).errors == ()
    assert refused(source) == []


WRONG = {
    "another version": ("samklang", 2),
    "an unknown key": ("purpse", "inform"),
    "an unknown key of a message": ("messages", 0, "sent", {"on": "T", "at": "10:00"}),
    "a purpose that there is not": ("purpose", "sell"),
    "a language that there is not": ("languages", ["nn", "no"]),
    "a language twice": ("languages", ["nn", "nn"]),
    "a text in a language that there is not": ("title", {"nn": "Hei", "no": "Hei"}),
    "a text in no language": ("title", {}),
    "an empty text": ("title", "nn", "  "),
    "a text that is too long": ("goal", "nn", "a" * 10_001),
    "several lines where one belongs": ("contact", "name", "Ingrid\nMæland"),
    "no address": ("contact", "mail", "ingrid"),
    "a key with capitals": ("campaign", "Papir"),
    "a county of three digits": ("invite", {"county": "460"}),
    "two sets of invited": ("invite", {"county": "46", "group": "kyst"}),
    "none invited": ("invite", {}),
    "an impossible form of a date": ("anchor", "12.1.2027"),
    "a day in words": ("ends", "soon"),
    "a time without minutes": ("messages", 0, "watch", "21"),
    "a length without its unit": ("late_after", 60),
    "no time rule": ("messages", 0, "send", {"on": "T"}),
    "two time rules": ("messages", 0, "send", {"on": "T", "at": "10:00", "between": "10:00-11:00"}),
    "a released message with a time": ("messages", 0, "send", {"when": "released", "on": "T"}),
    "together in a window": ("messages", 0, "send", {"on": "T", "between": "10:00-11:00", "together": True}),
    "a paragraph of two kinds": ("messages", 0, "text", [{"free": {"nn": "a", "nb": "a"}, "locked": {"nn": "a"}}]),
    "a kind that there is not": ("messages", 0, "text", [{"open": {"nn": "a", "nb": "a"}}]),
    "no paragraph": ("messages", 0, "text", []),
    "a fact without its kind": ("facts", "lenke", {"own_site": True}),
    "a fact's name with a hyphen": ("facts", "min-lenke", {"kind": "url"}),
    "a kind of fact that there is not": ("facts", "lenke", "kind", "link"),
    "neither yes nor no": ("facts", "lenke", "own_site", "maybe"),
    "a path that leads out": ("messages", 0, "picture", "file", "../secret.png"),
    "a picture without alternative text": ("messages", 0, "picture", {"file": "a.png", "credit": "S", "licence": "L"}),
    "a picture and pictures": ("messages", 0, "pictures", []),
    "a poll of one option": ("messages", 1, "poll", "options", [{"nn": "Ja", "nb": "Ja"}]),
    "a poll of a hundred days": ("messages", 1, "poll", "days", 100),
    "a platform in capitals": ("messages", 0, "to", ["Mastodon"]),
    "a hashtag of two words": ("hashtags", ["to ord"]),
    "a hashtag of figures": ("hashtags", ["2027"]),
    "a focus outside the picture": ("messages", 0, "picture", "focus", [0, 2]),
    "an experiment without its end": ("messages", 0, "experiment", {"b": {"nn": "a", "nb": "a"}, "outcome": "clicks"}),
    "nothing where something belongs": ("purpose", None),
    "sixty-one messages": ("messages", [{}] * 61),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_the_reader_refuses_for_its_shape_the_schema_refuses_too(name: str) -> None:
    *path, value = WRONG[name]
    content = full()
    at(content, *path[:-1])[path[-1]] = value
    source = json.dumps(content)
    assert read(source.encode(), platforms=PLATFORMS).errors
    assert refused(source)


ODD = st.sampled_from(
    [None, True, False, 0, 1, 46, -1, 2.5, "", " ", "null", "true", "T", "T+5", "18:00", "10:00-11:00", "2027-01-12",
     "2027-01-12 18:00", "inform", "nn", "mastodon", "a" * 201, "a\nb", "{lenke}", "Å", [], {}, ["nn"], [None], [[]],
     {"nn": "Hei", "nb": "Hei"}, {"free": {"nn": "Hei", "nb": "Hei"}}, {"nn": 5}, {"county": "46"}]
).map(copy.deepcopy)  # fmt: skip


@given(st.data())
def test_there_are_no_false_alarms(data: st.DataObject) -> None:
    content = full()
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(_paths(content))))
        parent, key = at(content, *path[:-1]), path[-1]
        fate = data.draw(st.sampled_from(["put", "drop", "more"]))
        if fate == "put":
            parent[key] = data.draw(ODD)
        elif fate == "drop":
            del parent[key]
        elif isinstance(parent, list):
            parent.append(data.draw(ODD))
        else:
            parent[data.draw(st.sampled_from(["nn", "free", "picture", "texts", "at", "day"]))] = data.draw(
                ODD
            )
    source = json.dumps(content)
    if refused(source):
        assert read(source.encode(), platforms=PLATFORMS).errors


def _paths(content: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every part of a document."""
    items = (
        content.items()
        if isinstance(content, dict)
        else enumerate(content)
        if isinstance(content, list)
        else ()
    )
    for key, part in items:
        yield (*path, key)
        yield from _paths(part, (*path, key))


# -- what an editor shows


def test_editors_can_complete_every_key_and_choice_and_explain_it() -> None:
    properties = SCHEMA["properties"]
    assert set(properties) == set(Definition.model_fields)
    assert properties["purpose"]["enum"] == list(Purpose.__args__)
    assert SCHEMA["$defs"]["Fact"]["properties"]["kind"]["enum"] == list(FactKind.__args__)
    assert set(SCHEMA["$defs"]["Message"]["properties"]) >= {"picture", "pictures", "text", "send"}
    silent = [
        f"{name}.{key}"
        for name, part in {"": SCHEMA, **SCHEMA["$defs"]}.items()
        for key, field in part.get("properties", {}).items()
        if not field.get("description")
    ]
    assert silent == []


def test_its_patterns_mean_the_same_to_editors() -> None:
    patterns = [part["pattern"] for part in _parts(SCHEMA) if "pattern" in part]
    # \w is ASCII in ECMAScript and every letter here; the rest is common to both
    assert [one for one in patterns if re.search(r"\\[wWbAZ]|\(\?[^:]", one)] == []
    assert all(re.compile(one) for one in patterns)


def _parts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _parts(part)
