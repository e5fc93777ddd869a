"""How every kind of notice is worded: three languages, plain and HTML, nothing left open and nothing left out."""

from __future__ import annotations

import re

import pytest

from campaigns.letter_contents import Contents, Told, Workplace
from campaigns.notice_kinds import KINDS
from campaigns.sentences import LANGUAGES, Language, catalogue, placeholders
from campaigns.store import Actor, Role
from workers.composing import Written, write

PUBLIC = "https://samklang.example"
POST = Workplace(
    Actor(1, 1, "municipality", frozenset(Role), "letter", "Bergen"), "4601", "Bergen", "Europe/Oslo", "nn"
)
TEXTS = {"nn": "Tittel på nynorsk", "nb": "Tittel på bokmål", "en": "Title in English"}
FORMS: dict[str, tuple[str, ...]] = {"answer": ("in", "out", "later"), "silence": ("in", "out")}
"""What tells apart the forms of a sentence, beside the level of a stop."""


def details(kind: str) -> list[dict[str, object]]:
    """Return everything that some sentence of a kind names, once for each form of it."""
    codes = [one for one in catalogue() if re.fullmatch(rf"notice\.(what|means|do)\.{kind}(\..*)?", one)]
    named = {name for code in codes for text in catalogue()[code].values() for name in placeholders(text)}
    whole: dict[str, object] = {name: f"«{name}»" for name in named}
    moments = {f"{name}_at": "2027-01-15T09:00:00+00:00" for name in ("due", "before", "until", "set")}
    whole |= moments | {
        "title": TEXTS,
        "message_title": TEXTS,
        "day": "2027-01-29",
        "number": 2,
        "campaign": "prove",
    }
    levels = {code.rpartition(".")[2] for code in codes if code.startswith(f"notice.what.{kind}.")}
    told = []
    for name, forms in (*FORMS.items(), ("level", tuple(levels))):
        told += [whole | {name: form} for form in forms if any(code.endswith(f".{form}") for code in codes)]
    return told or [whole]


def worded(kind: str, language: Language) -> list[Written]:
    """Return a letter about each form of a kind."""
    letters = []
    for one in details(kind):
        told = Told(
            kind, POST, one, accounts=("Mastodon", "Bluesky"), places=("Bergen", "Voss"), count=2, slipped=1
        )
        contents = Contents("Marta", "marta@4601.example", language, (POST,), (told,))
        letter = write(contents, {}, at_once=True, public=PUBLIC)
        assert letter is not None
        letters.append(letter)
    return letters


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"waiting"}))
def test_each_kind_is_told_in_three_languages_in_plain_words_and_in_html(kind: str) -> None:
    told: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for letter in worded(kind, language):
            for form in (letter.subject, letter.text, letter.html):
                assert not re.search(r"\{[a-z_]+\}|\bnotice\.|\bletter\.", form), (language, form)
            assert f'<html lang="{language}">' in letter.html
            assert f"{PUBLIC}/for/4601" in letter.text
            assert f'href="{PUBLIC}/for/4601' in letter.html
            for line in filter(None, map(str.strip, letter.text.splitlines())):
                assert not line.startswith("<"), line
            told.setdefault(language, set()).add(letter.subject)
    assert len({frozenset(one) for one in told.values()}) == len(LANGUAGES), "each in words of its own"
