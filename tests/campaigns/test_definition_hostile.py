from time import monotonic

import pytest

from campaigns.definition.reading import read, said
from campaigns.definition.source import DEEPEST, MOST_BYTES, MOST_NODES

NOWHERE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("source", "code"),
    [
        pytest.param(b"a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "yaml_anchor", id="alias bomb"),
        pytest.param(b"a: !!python/object/apply:os.system [x]\n", "yaml_tag", id="tag"),
        pytest.param(b"a: ! x\n", "yaml_tag", id="bare tag"),
        pytest.param(b"%YAML 1.1\n---\na: 1\n", "yaml_documents", id="directive"),
        pytest.param(b"a: 1\n---\nb: 1\n", "yaml_documents", id="second document"),
        pytest.param(b"? [a, b]\n: c\n", "slip_brace", id="list as a key"),
        pytest.param(b"[" * 3000, "too_deep", id="deep lists"),
        pytest.param(b"- " * 3000, "too_deep", id="deep rows"),
        pytest.param(b"{a: " * 3000, "too_deep", id="deep mappings"),
        pytest.param(b"".join(b" " * n + b"a:\n" for n in range(400)), "too_deep", id="deep lines"),
        pytest.param(b"a: [" + b"b," * MOST_NODES + b"]", "too_many_nodes", id="many nodes"),
        pytest.param(b"a" * 50_000_000, "too_large", id="50 MB"),
        pytest.param("samklang: 1".encode("utf-16"), "encoding", id="UTF-16"),
        pytest.param("samklang: 1".encode("utf-16-le"), "encoding", id="UTF-16 without its mark"),
        pytest.param("samklang: 1".encode("utf-16-be"), "encoding", id="UTF-16 the other way round"),
        pytest.param("samklang: 1".encode("utf-32-le"), "encoding", id="UTF-32 without its mark"),
        pytest.param("a: 1\ntitle: få".encode("latin-1"), "encoding", id="Latin-1"),
        pytest.param(b"a: \xed\xa0\x80", "encoding", id="encoded surrogate"),
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b"# only a remark\n", "empty", id="only a remark"),
        pytest.param(b"- a\n- b\n", "not_mapping", id="list"),
        pytest.param(b"hei", "not_mapping", id="word"),
        pytest.param(b"a:\n\tb: 1\n", "yaml_tab", id="tab"),
        pytest.param(b"a: 1\n b: 2\n", "yaml_syntax", id="indentation"),
        pytest.param(
            b"samklang: 1\nmessages:\n" + b"  - {key: a}\n" * 61, "too_many_messages", id="61 messages"
        ),
    ],
)
def test_a_hostile_document_is_answered_with_one_sentence(source: bytes, code: str):
    found = read(source, platforms=NOWHERE)
    assert found.definition is None
    (problem,) = found.problems
    assert problem.code == f"definition.{code}"
    assert "{" not in said(problem, "nn")


def test_the_limits_are_those_of_the_threat_model():
    assert (MOST_BYTES, DEEPEST, MOST_NODES) == (512 * 1024, 20, 20_000)


def test_a_line_number_is_given_where_the_excess_stands():
    (problem,) = read(b"a: 1\nb: " + b"[" * 3000, platforms=NOWHERE).problems
    assert (problem.line, problem.column) == (2, 4 + DEEPEST - 1)
    (problem,) = read("a: 1\ntitle: få".encode("latin-1"), platforms=NOWHERE).problems
    assert problem.line == 2


@pytest.mark.parametrize(
    "character",
    ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u00ad", "\u061c", "\u200b", "\u200d", "\u200e", "\u2028", "\u202a",
     "\u202e", "\u2066", "\u2069", "\ufeff", "\U000e0041"],
)  # fmt: skip
def test_a_character_that_nobody_sees_is_named_with_its_place(character: str):
    expected = ("definition.hidden_character", {"character": f"U+{ord(character):04X}"})
    raw = read(f"samklang: 1\ncampaign: a{character}b\n".encode(), platforms=NOWHERE)
    assert (*expected, 2, 12) in [(p.code, p.values, p.line, p.column) for p in raw.problems]
    escaped = f'samklang: 1\ncampaign: "a\\U{ord(character):08x}b"\n'
    assert expected in [(p.code, p.values) for p in read(escaped.encode(), platforms=NOWHERE).problems]


PLACES = {
    "a title": "title: {{nn: 'Vatn{}'}}",
    "a text": "messages: [{{text: {{nn: 'Vatn{}'}}}}]",
    "a locked paragraph": "messages: [{{text: [{{locked: {{nn: 'Vatn{}'}}}}]}}]",
    "an alternative text": "messages: [{{picture: {{alt: {{nn: 'Vatn{}'}}}}}}]",
    "an option of a poll": "messages: [{{poll: {{options: [{{nn: 'Vatn{}'}}]}}}}]",
    "a name": "contact: {{name: 'Ingrid{}'}}",
    "a question": "facts: {{lenke: {{ask: {{nn: 'Lenkje{}'}}}}}}",
    "a fact's name": "facts: {{'lenke{}': {{kind: url}}}}",
    "a hashtag": "hashtags: ['Vatn{}']",
    "a file": "messages: [{{picture: {{file: 'a{}.png'}}}}]",
    "a remark": "samklang: 1  # remark{}",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("character", ["\x08", "\u200f", "\u202e", "\u2067", "\u3164"])
def test_a_control_or_bidirectional_character_is_told_wherever_it_stands(place: str, character: str):
    found = read(PLACES[place].format(character).encode(), platforms=NOWHERE)
    assert found.definition is None
    told = [p.values["character"] for p in found.errors if p.code == "definition.hidden_character"]
    assert told
    assert set(told) == {f"U+{ord(character):04X}"}


def test_a_mark_at_the_beginning_of_the_file_is_no_trouble():
    plain, marked = (read(mark + b"samklang: 1\n", platforms=NOWHERE) for mark in (b"", b"\xef\xbb\xbf"))
    assert marked.problems == plain.problems


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(["messages:", "- text:", "    nn: |", *(f"      {{a{n}}}" for n in range(25_000))], id="block"),
        pytest.param(["messages:", "- text:", "    nn: >", *(f"      {{a{n} b}}" for n in range(25_000))], id="folded"),
        pytest.param(
            ["facts:", *(f"  f{n}: {{kind: text}}" for n in range(4000)), "messages:",
             f"- text: {{nn: '{' '.join(f'{{a{n}}}' for n in range(20_000))}'}}"],
            id="facts and placeholders",
        ),
    ],
)  # fmt: skip
def test_a_flood_of_placeholders_is_answered_before_the_reader_gives_up(lines: list[str]):
    source = "\n".join(["languages: [nn]", *lines]).encode()
    assert len(source) < MOST_BYTES
    begun = monotonic()
    assert len(read(source, platforms=NOWHERE).problems) <= 301
    assert monotonic() - begun < 60  # a hang guard: it takes about one second, and took minutes once


def test_an_emoji_that_is_joined_of_several_is_let_through():
    found = read("samklang: 1\ncampaign: 👩‍👧\n".encode(), platforms=NOWHERE)
    assert "definition.hidden_character" not in [p.code for p in found.problems]


def test_a_duplicate_key_does_not_win_silently():
    found = read(b"samklang: 1\nsamklang: 2\n", platforms=NOWHERE)
    twice = [p for p in found.problems if p.code == "definition.key_twice"]
    assert [(p.line, p.values) for p in twice] == [(2, {"key": "samklang", "first": 1})]


@pytest.mark.parametrize(
    "words",
    ["title: {}", "messages: [{text: {}}]", 'messages: [{short: ""}]', "messages: [{picture: {alt: {}}}]"],
)
def test_a_text_in_no_language_at_all_is_asked_for(words: str):
    found = read(f"samklang: 1\n{words}\n".encode(), platforms=NOWHERE)
    assert "definition.texts_expected" in [p.code for p in found.errors]


def test_a_flood_of_problems_is_cut_off_and_counted():
    found = read(b"samklang: 1\n" + b"".join(b"k%d: 1\n" % n for n in range(2000)), platforms=NOWHERE)
    assert len(found.problems) == 301
    assert found.problems[-1].code == "definition.more"


def test_a_value_in_a_sentence_is_cut_and_kept_on_one_line():
    found = read(b'samklang: "' + b"x\\n" * 400 + b'"\n', platforms=NOWHERE)
    (problem,) = [p for p in found.problems if p.code == "definition.version"]
    assert len(str(problem.values["value"])) <= 160
    assert "\n" not in str(problem.values["value"])
