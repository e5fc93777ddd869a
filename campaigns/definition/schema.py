"""The JSON Schema of the definition document as people write it, so that editors complete and check while writing.

It is made from the model; what is added here is only how things are written: days and times as text, and the short
ways that `shape` unfolds. It refuses nothing that `reading` takes. What must fit together across parts (languages,
placeholders, the order of days) it does not know; `samklang check` does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, get_args

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema as core

from campaigns.definition.model import MOST_MESSAGES, MOST_ORGANISATIONS, Definition, ParagraphKind
from campaigns.definition.moments import CLOCK, DATE, OFFSET, SPAN, WINDOW, span_text

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAMES: Mapping[str, str] = {
    "nn": "Nynorsk", "nb": "Bokmål", "en": "English",
    "se": "Northern Sámi", "sma": "Southern Sámi", "smj": "Lule Sámi",
}  # fmt: skip
KINDS: Mapping[str, str] = {
    "free": "A municipality may replace or drop it.",
    "fill": "The words are the county's; the facts are the municipality's own.",
    "locked": "It stays as it is.",
}
_UNQUOTED: Mapping[str, Sequence[str]] = {
    "number": ("0", "46", "4647", "1.5"),
    "boolean": ("true", "false"),
    "null": ("null",),
}
"""What YAML takes for something else than a text where it stands without quotes; the reader takes it for a text."""
_WORDS = ("string", "number", "boolean")
_DECISION = re.compile(r" \(D\d+\)")
_CLASSES: Mapping[str, str] = {
    r"[\w-]": r"[^\x00-,.\/:-@\[-^`{-\x7f]",
    r"[^\W\d_]": r"[^\x00-@\[-`{-\x7f]",
    r"\w": r"[^\x00-\/:-@\[-^`{-\x7f]",
}
"""Classes that mean ASCII in one language of patterns and every letter in another, as what they leave out of ASCII."""


def schema() -> Schema:
    """Return the JSON Schema (2020-12) of a document."""
    made = Definition.model_json_schema(schema_generator=_AsWritten)
    parts = made.pop("$defs")
    _shorten(parts)
    properties = made["properties"]
    properties["samklang"] = {"enum": [1, "1"], "description": properties["samklang"]["description"]}
    properties["messages"]["maxItems"] = MOST_MESSAGES
    for listed in (properties["languages"], parts["Message"]["properties"]["to"]):
        listed["uniqueItems"] = True
    hashtag = properties["hashtags"]["items"]
    hashtag["pattern"] = hashtag["pattern"].replace("^", "^#?", 1)
    hashtag["maxLength"] += 1  # the sign
    made = _share_texts({**made, "$defs": parts})
    made["$defs"]["Texts"] = _texts(parts["Fact"]["properties"]["ask"])
    return {"$schema": DIALECT, "title": "A joint campaign", **made}


def _shorten(parts: Schema) -> None:
    """Give the parts of the model the forms in which people write them."""
    parts["Day"] = _text(rf"^(?:{DATE.pattern}|{OFFSET.pattern})$", parts["Day"])
    parts["Window"] = _text(rf"^{WINDOW.pattern}$", parts["Window"])
    texts = parts.pop("Paragraph")["properties"]["texts"]
    words = {"anyOf": [texts, {"type": list(_WORDS)}]}
    kinds = {kind: {**words, "description": KINDS[kind]} for kind in get_args(ParagraphKind)}
    only = {"minProperties": 1, "maxProperties": 1, "additionalProperties": False}
    paragraph = {"anyOf": [{"type": "object", "properties": kinds, **only}, *words["anyOf"]]}
    listed = {"anyOf": [*paragraph["anyOf"], {"type": "null"}]}  # a word of its own in a list, to the reader
    parts["Wording"] = {
        "description": "Words in each language, or a list of paragraphs: free, fill, locked.",
        "anyOf": [paragraph, {"type": "array", "items": listed, "minItems": 1, "maxItems": 30}],
    }
    _shorten_message(parts["Message"], parts["Experiment"])
    goal = parts["Goal"]
    goal["properties"] = {**texts["properties"], "measure": goal["properties"]["measure"]}
    goal["required"] = []
    invite = parts["Invite"]
    invite["oneOf"] = [_given(key) for key in invite["properties"]]
    numbers = invite["properties"]["municipalities"]["anyOf"][0]
    numbers |= {"maxItems": MOST_ORGANISATIONS, "uniqueItems": True}
    send = parts["Send"]
    send["oneOf"] = _time_rules(send["properties"]["at"]["anyOf"])


def _texts(field: Schema) -> Schema:
    return {**field, "description": "The same words in several written languages."}


def _share_texts(node: Any) -> Any:
    """Return a schema in which texts in several languages refer to one description of them."""
    if isinstance(node, list):
        return [_share_texts(part) for part in node]
    if not isinstance(node, dict):
        return node
    if set(node.get("properties", ())) == set(NAMES):
        described = {"description": node["description"]} if "description" in node else {}
        return {"$ref": "#/$defs/Texts", **described}
    return {key: _share_texts(part) for key, part in node.items()}


def _shorten_message(message: Schema, experiment: Schema) -> None:
    """Let a message's texts be a wording, and a single picture stand by itself."""
    properties = message["properties"]
    for name in ("text", "short", "first_comment"):
        properties[name] = _wording(properties[name], nullable=name != "text")
    properties["by_platform"]["additionalProperties"] = _wording({})
    properties["follow_up"]["items"] = {"anyOf": [_wording({}), {"type": "null"}]}
    experiment["properties"]["b"] = _wording(experiment["properties"]["b"])
    pictures = properties["pictures"]
    properties["picture"] = {**pictures["items"], "description": "Its one picture."}
    message["not"] = {"required": ["picture", "pictures"]}


def _wording(field: Schema, *, nullable: bool = False) -> Schema:
    reference = {"$ref": "#/$defs/Wording"}
    described = {"description": field["description"]} if "description" in field else {}
    return {"anyOf": [reference, {"type": "null"}], **described} if nullable else {**reference, **described}


def _text(pattern: str, described: Schema) -> Schema:
    """Return the schema of a text in a form; it keeps its description."""
    return {"type": "string", "pattern": _portable(pattern), "description": described["description"]}


def _given(*keys: str, **more: Schema) -> Schema:
    """Return the schema of a mapping in which these keys stand with a value."""
    there = {key: {"not": {"type": "null"}} for key in keys}
    return {"required": list(keys), "properties": {**there, **more}}


def _time_rules(at: Sequence[Schema]) -> list[Schema]:
    """Return the rules of which a message has exactly one (D18); `at` lists the forms of its time."""
    clock, moment, _ = at
    nothing: Schema = {"type": "null"}
    no = [
        {"const": False},
        {"type": "integer", "maximum": 0},
        {"type": "string", "pattern": "^[0fFnN]|^[oO][fF]"},
    ]
    apart: Schema = {"anyOf": no}
    return [
        _given("when", on=nothing, at=nothing, between=nothing, together=apart),
        _given("on", "at", at=clock, between=nothing, when=nothing),
        _given("on", "between", at=nothing, when=nothing, together=apart),
        _given("at", at=moment, on=nothing, between=nothing, when=nothing),
    ]


def _portable(pattern: str) -> str:
    """Return a pattern that means the same, or more, wherever it is read."""
    for written, portable in _CLASSES.items():
        pattern = pattern.replace(written, portable)
    return pattern


class _AsWritten(GenerateJsonSchema):
    """Makes the schema of the model with every value as a document has it."""

    def field_title_should_be_set(self, schema: object) -> bool:
        """Leave titles away; the key says it."""
        return False

    def model_schema(self, schema: core.ModelSchema) -> JsonSchemaValue:
        """Describe a part without the name of its class and what only its readers in the house need."""
        made = super().model_schema(schema)
        made.pop("title", None)
        made["description"] = _DECISION.sub("", made["description"].partition("\n\n")[0])
        return made

    def str_schema(self, schema: core.StringSchema) -> JsonSchemaValue:
        """Describe a text; outer spaces are cut off before it is measured."""
        pattern = str(schema.get("pattern") or "")
        made: Schema = {"type": [*_WORDS]}
        if schema.get("strip_whitespace"):
            sign, longest = (r"[^\n\r]" if pattern else r"[\s\S]"), schema["max_length"]
            return made | {"pattern": rf"^\s*\S(?:{sign}{{0,{longest - 2}}}\S)?\s*$"}
        if pattern:
            kept = [kind for kind in _WORDS[1:] if any(re.search(pattern, one) for one in _UNQUOTED[kind])]
            made = {"type": ["string", *kept] if kept else "string", "pattern": _portable(pattern)}
        return made | ({"maxLength": schema["max_length"]} if "max_length" in schema else {})

    def tuple_schema(self, schema: core.TupleSchema) -> JsonSchemaValue:
        """Describe a list; a lone `null` in it is a word where its form allows that."""
        made = super().tuple_schema(schema)
        items = made.get("items", {})
        if "pattern" in items and any(re.search(items["pattern"], one) for one in _UNQUOTED["null"]):
            items["type"] = [*items["type"], "null"]
        return made

    def dict_schema(self, schema: core.DictSchema) -> JsonSchemaValue:
        """Describe a mapping; the languages of a text one by one, so that they are completed."""
        names = self.generate_inner(schema["keys_schema"])
        values = self.generate_inner(schema["values_schema"])
        made: Schema = {"type": "object", "additionalProperties": values, "propertyNames": names}
        if languages := names.get("enum"):
            each = {language: {**values, "description": NAMES[language]} for language in languages}
            made = {"type": "object", "properties": each, "additionalProperties": False}
        return made | ({"minProperties": schema["min_length"]} if "min_length" in schema else {})

    def default_schema(self, schema: core.WithDefaultSchema) -> JsonSchemaValue:
        """Describe what has a default; one that is nothing is not said, since editors would write it."""
        made = super().default_schema(schema)
        if made.get("default") in (None, []):
            made.pop("default", None)
        return made

    def encode_default(self, dft: object) -> object:
        """Return a default as a document has it."""
        return span_text(dft) if isinstance(dft, timedelta) else super().encode_default(dft)

    def bool_schema(self, schema: core.BoolSchema) -> JsonSchemaValue:
        """Describe yes or no, which may stand in quotes or as a word, too."""
        return {
            "type": ["boolean", "string", "integer"],
            "pattern": "^[01oftynOFTYN]",
            "minimum": 0,
            "maximum": 1,
        }

    def int_schema(self, schema: core.IntSchema) -> JsonSchemaValue:
        """Describe a whole number, which may stand in quotes."""
        return super().int_schema(schema) | {"type": ["integer", "string"], "pattern": "[0-9]"}

    def float_schema(self, schema: core.FloatSchema) -> JsonSchemaValue:
        """Describe a number, which may stand in quotes."""
        return super().float_schema(schema) | {"type": ["number", "string"], "pattern": "[0-9]"}

    def date_schema(self, schema: core.DateSchema) -> JsonSchemaValue:
        """Describe a date."""
        return {"type": "string", "pattern": f"^{DATE.pattern}$"}

    def time_schema(self, schema: core.TimeSchema) -> JsonSchemaValue:
        """Describe a wall time."""
        return {"type": "string", "pattern": rf"^{CLOCK.pattern}\s*$"}

    def datetime_schema(self, schema: core.DatetimeSchema) -> JsonSchemaValue:
        """Describe a day and a wall time."""
        return {"type": "string", "pattern": rf"^{DATE.pattern}\s+{CLOCK.pattern}\s*$"}

    def timedelta_schema(self, schema: core.TimedeltaSchema) -> JsonSchemaValue:
        """Describe a length of time."""
        return {"type": "string", "pattern": f"^{SPAN.pattern}$"}
