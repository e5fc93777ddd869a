"""Words on pages and in letters come from the catalogue: none stands in a template, and no platform's title goes round it."""

from __future__ import annotations

import ast
import re

import pytest
from syntax import ROOT, modules

from campaigns.sentences import LANGUAGES
from connectors import CONNECTORS
from reports.voice import Voice
from web.status import platform_title

TEMPLATES = sorted(
    path for room in ("web", "workers") for path in (ROOT / room / "templates").rglob("*") if path.is_file()
)
NAMES = {"Samklang", "Python", "uutilsynet.no", "datatilsynet.no", "–"}
"""Names, which are the same in every language."""
READ_OUT = re.compile(r'\s(?:aria-label|alt|title|placeholder)="([^"]*)"')
WORD = re.compile(r"[^\W\d_]{2,}(?:\.[a-z]+)?")
OUR_OWN = {
    ("web/assets.py", "for whoever installs it"),
    ("web/login.py", "a name, and a note for the audit"),
    ("web/visits.py", "errors of ours"),
}
"""Files of the web that have words for somebody else than a reader, and for whom."""


def literal(text: str) -> set[str]:
    """Return the words that a template writes without asking for them."""
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.S)
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "\n", text, flags=re.S)
    written = [*READ_OUT.findall(text), re.sub(r"<[^>]*>", "\n", text)]
    return {word for one in written for word in WORD.findall(one)}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_writes_words_of_its_own(path) -> None:
    assert literal(path.read_text("utf-8")) <= NAMES


def test_the_search_finds_words_in_text_and_in_what_is_read_out() -> None:
    assert literal('<h1 class="ja">By hand</h1><a title="Open">{{ say("page.x") }}</a>') == {
        "By",
        "hand",
        "Open",
    }


def test_no_handler_has_a_sentence_of_its_own() -> None:
    found = set()
    for module in modules():
        if module.room != "web":
            continue
        docs = {id(node.value) for node in module.walk() if isinstance(node, ast.Expr)}
        for node in module.walk():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                bare = re.sub(r"<[^>]*>", "", node.value)
                if re.search(r"[^\W\d_]{2,} [^\W\d_]{2,}", bare):
                    found.add(module.path)
    assert found == {path for path, _ in OUR_OWN}


def test_a_platform_is_titled_in_the_readers_language_and_nowhere_by_its_connector() -> None:
    for kind in CONNECTORS:
        titles = {platform_title(kind.name, Voice(language)) for language in LANGUAGES}
        assert len(titles) == (len(LANGUAGES) if kind.by_hand else 1), kind.name
    for path in TEMPLATES:
        assert "kind.title" not in path.read_text("utf-8"), path.name
