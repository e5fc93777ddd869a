"""Every code that a connector may utter stands in the catalogue, in three languages that agree."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import connectors
from campaigns.sentences import LANGUAGES, catalogue, placeholders
from connectors import LoginLost, NotSent, OutcomeUnknown, OutOfCredit, RateLimited, Refused

USED = {
    code
    for file in Path(connectors.__file__).parent.glob("*.py")
    for code in re.findall(r'"(connector\.[a-z_]+)"', file.read_text("utf-8"))
}
DEFAULTS = {
    kind.__name__: kind.default_code
    for kind in (NotSent, RateLimited, Refused, LoginLost, OutOfCredit, OutcomeUnknown)
}
WRITTEN = {code for code in catalogue() if code.startswith("connector.")}


def test_every_code_has_a_sentence_and_every_sentence_a_code():
    assert USED == WRITTEN


def test_the_three_languages_say_the_same_with_the_same_values():
    for code in WRITTEN:
        texts = catalogue()[code]
        assert set(texts) == set(LANGUAGES), code
        assert len({frozenset(placeholders(texts[language])) for language in LANGUAGES}) == 1, code


def test_every_error_brings_the_values_of_its_sentence():
    for file in Path(connectors.__file__).parent.glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or getattr(call.func, "id", "") not in DEFAULTS:
                continue
            code = DEFAULTS[call.func.id]
            if call.args and not isinstance(call.args[0], ast.Constant):
                continue
            code = call.args[0].value if call.args else code
            given = {keyword.arg for keyword in call.keywords}
            assert placeholders(catalogue()[code]["en"]) <= given, (file.name, call.lineno, code)


def test_every_platform_can_be_had_by_name(wire):
    assert connectors.names() == (
        "mastodon",
        "bluesky",
        "facebook",
        "instagram",
        "threads",
        "linkedin",
        "x",
        "wordpress",
        "manual",
    )
    for name in connectors.names():
        assert connectors.connector(name, wire).name == name


@pytest.mark.parametrize("name", connectors.names())
def test_every_platform_has_a_sign_of_our_own_that_runs_nothing(name):
    root = ElementTree.fromstring(connectors.icon(name))
    assert root.get("viewBox") == "0 0 28 28"
    parts = {one.tag.rpartition("}")[2] for one in root.iter()}
    assert parts <= {"svg", "rect", "text", "path"}
    assert not [key for one in root.iter() for key in one.attrib if key.startswith("on") or "href" in key]
