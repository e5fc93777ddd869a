"""Translates what the model says against a document into problems that a person understands, each with its place.

The model's own codes pass with their values; pydantic's become ours. No rule is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from campaigns.definition.model import Definition, Goal, Message, Paragraph, Texts
from campaigns.definition.shape import KINDS, LANGUAGES
from campaigns.definition.source import Path, Place, Problem, Table, locate, problem_at
from campaigns.definition.texts import similar

_DOCUMENT_KEYS: Mapping[type[BaseModel], Collection[str]] = {
    Goal: (*LANGUAGES, "measure"),
    Paragraph: KINDS,
    Message: (*Message.model_fields, "picture"),
}
"""What people write where the document's keys differ from the model's."""

_FORMS: Mapping[str, str] = {
    "key": "definition.key_form",
    "campaign": "definition.key_form",
    "owner": "definition.owner_form",
    "group": "definition.key_form",
    "mail": "definition.mail_form",
    "county": "definition.county_form",
    "municipalities": "definition.municipality_form",
    "file": "definition.file_form",
    "hashtags": "definition.hashtag_form",
    "to": "definition.platform_form",
    "channels": "definition.platform_form",
    "by_platform": "definition.platform_form",
    "facts": "definition.fact_name_form",
    "what": "definition.fact_name_form",
}
"""The code for a text that does not have the form of its field; elsewhere it is a text of several lines."""


_BOUNDS = {
    "ge": "definition.number_least",
    "gt": "definition.number_more",
    "le": "definition.number_most",
}


def translate(errors: Sequence[ErrorDetails], root: Table) -> Iterator[Problem]:
    """Yield a problem for each of the model's errors, without those that only follow from another."""
    wrong_keys = {error["loc"][:-1] for error in errors if error["loc"][-1:] == ("[key]",)}
    around = {error["loc"][:end] for error in errors for end in range(len(error["loc"]))}
    for error in errors:
        is_wrong_key = error["loc"] in wrong_keys
        lost_items = (
            error["type"] == "too_short" and error["loc"] in around
        )  # unreadable ones were not counted
        if not is_wrong_key and not lost_items:
            yield _problem(error, root)


def _problem(error: ErrorDetails, root: Table) -> Problem:
    """Return one error as a problem."""
    loc: Path = tuple(error["loc"])
    about_key = loc[-1:] == ("[key]",) or error["type"] == "extra_forbidden"
    loc = loc[:-1] if loc[-1:] == ("[key]",) else loc
    code, values = _code(error, loc, root, about_key=about_key)
    path, place = _key_at(root, loc) if about_key else locate(root, loc)
    if code == "definition.texts_expected" and _is_bare_placeholder(error["input"]):
        code, values = "definition.slip_brace", {}
    return problem_at(code, place, path, values)


def _key_at(root: Table, loc: Path) -> tuple[Path, Place]:
    """Return the place of a key rather than of its value."""
    path, place = locate(root, loc)
    parent = root if len(loc) == 1 else _node(root, loc[:-1])
    return path, parent.key_places.get(str(loc[-1]), place) if isinstance(parent, Table) else place


def _node(root: Table, loc: Path) -> object:
    node: Any = root
    for part in loc:
        node = node[part]
    return node


def _code(
    error: ErrorDetails, loc: Path, root: Table, *, about_key: bool
) -> tuple[str, Mapping[str, str | int]]:
    """Return the code and values for one error."""
    kind, context, given = error["type"], error.get("ctx", {}), error["input"]
    key = next((part for part in reversed(loc) if isinstance(part, str)), "")
    if kind.startswith("definition."):
        return kind, context
    if kind == "extra_forbidden":
        return _unknown_key(loc, flow_empty=given is None)
    if about_key:
        return _unknown_name(loc, root)
    if kind == "missing":
        return "definition.missing", {"key": _document_key(loc)}
    if given is None or kind == "string_too_short":
        return "definition.empty_value", {"key": key}
    if kind == "literal_error":
        choices = re.findall(r"'?([\w]+)'?(?:, | or |$)", str(context.get("expected", "")))
        code = "definition.version" if key == "samklang" else "definition.choice"
        return code, {"value": str(given), "choices": ", ".join(choices)}
    if kind == "string_pattern_mismatch":
        field = next((part for part in reversed(loc) if part in _FORMS), "") if loc[-1] != key else key
        return _FORMS.get(str(field), "definition.one_line"), {"value": str(given), "key": key}
    return _size_or_type(kind, context, key, given, loc)


def _size_or_type(
    kind: str, context: Mapping[str, Any], key: str, given: object, loc: Path
) -> tuple[str, Mapping[str, str | int]]:
    """Return the code for something too long or short, or of another type than expected."""
    if kind == "string_too_long":
        return "definition.text_too_long", {"key": key, "most": int(context["max_length"])}
    if kind == "too_short" and _is_texts(loc):
        return "definition.texts_expected", {"key": key}
    if kind in ("too_short", "too_long"):
        limit = context.get("min_length") or context.get("max_length") or 0
        return f"definition.list_{kind}", {"key": key, "count": int(limit)}
    if kind == "tuple_type":
        return "definition.list_expected", {"key": key}
    if kind in ("model_type", "model_attributes_type", "mapping_type", "dict_type"):
        code = "definition.texts_expected" if _is_texts(loc) else "definition.mapping_expected"
        return code, {"key": key}
    if kind == "string_type":
        is_slip = _is_bare_placeholder(given)
        return ("definition.slip_brace", {}) if is_slip else ("definition.text_expected", {"key": key})
    if kind.startswith("bool"):
        return "definition.yes_no", {"key": key, "value": str(given)}
    for bound, code in _BOUNDS.items():
        if bound in context:
            return code, {"key": key, "value": str(given), "bound": f"{context[bound]:g}"}
    return "definition.number", {"key": key, "value": str(given)}


def _unknown_key(loc: Path, *, flow_empty: bool) -> tuple[str, Mapping[str, str | int]]:
    """Return the code for a key that the document's format does not have, with the one that was meant."""
    key = str(loc[-1])
    model = _model_in(_annotation_at(loc[:-1])) if len(loc) > 1 else Definition
    known = _DOCUMENT_KEYS.get(model, model.model_fields) if model else ()
    if meant := similar(key, known):
        return "definition.unknown_key_similar", {"key": key, "similar": meant}
    if flow_empty:
        return "definition.slip_comma", {"key": key}
    return "definition.unknown_key", {"key": key, "known": ", ".join(known)}


def _unknown_name(loc: Path, root: Table) -> tuple[str, Mapping[str, str | int]]:
    """Return the code for a key that is a name of its own: a language, a fact, a platform."""
    key = str(loc[-1])
    if not _is_texts(loc[:-1]):
        field = next((part for part in reversed(loc[:-1]) if part in _FORMS), "facts")
        return _FORMS[str(field)], {"value": key, "key": key}
    table = _node(root, loc[:-1])
    if _is_bare_placeholder(table):
        return "definition.slip_brace", {}
    if isinstance(table, Table) and table.flow and table[key] is None:
        return "definition.slip_comma", {"key": key}
    return "definition.language_unknown", {"language": key, "known": ", ".join(LANGUAGES)}


def _document_key(loc: Path) -> str:
    """Return the key that people write for a missing one of the model."""
    key = str(loc[-1])
    if key in ("texts", "kind"):
        return ", ".join(KINDS) if len(loc) > 2 else LANGUAGES[0]
    return key


def _is_bare_placeholder(given: object) -> bool:
    """Return whether YAML read `{kommune}` as a mapping with one key and no value."""
    return isinstance(given, Table) and given.flow and bool(given) and not any(given.values())


def _is_texts(loc: Path) -> bool:
    """Return whether the model has texts in several languages at a path."""
    return _bare(_annotation_at(loc)) == _bare(Texts)


def _annotation_at(loc: Path) -> object:
    """Return the annotation of the model's field at a path."""
    annotation: object = Definition
    for part in loc:
        model = _model_in(annotation) if isinstance(part, str) else None
        if model and not _is_mapping(annotation) and part in model.model_fields:
            annotation = model.model_fields[str(part)].annotation
        else:
            annotation = _item_of(annotation)
    return annotation


def _bare(annotation: object) -> object:
    """Return an annotation without `Annotated` and `| None`."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        kept = [argument for argument in get_args(annotation) if argument is not type(None)]
        return _bare(kept[0])
    return annotation


def _is_mapping(annotation: object) -> bool:
    return get_origin(_bare(annotation)) is Mapping


def _item_of(annotation: object) -> object:
    """Return what a sequence or mapping holds."""
    arguments = get_args(_bare(annotation))
    if not arguments:
        return annotation
    return arguments[1] if _is_mapping(annotation) else arguments[0]


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model that an annotation names, through mappings and sequences."""
    bare = _bare(annotation)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        return bare
    return _model_in(_item_of(bare)) if get_args(bare) else None
