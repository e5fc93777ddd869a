"""What means something else in a new version: a change made is a change listed, and nothing else is."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper import Paper, definition, paper

from campaigns.definition.difference import Change, differences, said
from campaigns.definition.model import Definition, Message
from campaigns.definition.reading import read
from campaigns.definition.rewording import Words, marked
from campaigns.definition.writing import dump
from campaigns.sentences import LANGUAGES

EXAMPLE = Path(__file__).parent / "documents" / "medverknad-kommuneplan.yaml"
EVERYWHERE = frozenset({"mastodon", "bluesky"})
Edit = Callable[[Paper], object]


def full() -> Paper:
    """Return a document that has every part there is."""
    content = paper()
    first, second = content["messages"]
    content["goal"]["measure"] = {"what": "inputs", "per": "100 inhabitants", "target": 2}
    content["approve_by"] = "2027-01-11 15:00"
    first |= {
        "watch": "20:00", "quiet": {"override": "Storm"}, "link": "{lenke}", "facts": {"lenke": {"own_site": False}},
        "by_platform": {"bluesky": {"nn": "Hei!", "nb": "Hei!"}}, "short": {"nn": "Kort.", "nb": "Kort."},
        "follow_up": [{"nn": "Meir.", "nb": "Mer."}], "first_comment": {"nn": "Først.", "nb": "Først."},
        "experiment": {"b": {"nn": "Hallo.", "nb": "Hallo."}, "outcome": "clicks", "stop": "T+7"},
    }  # fmt: skip
    second["poll"] = {"days": 3, "options": [{"nn": "Ja", "nb": "Ja"}, {"nn": "Nei", "nb": "Nei"}]}
    return content


def at(content: Any, *path: str | int) -> Any:
    """Return what stands at a path of the document."""
    for part in path:
        content = content[part]
    return content


def put(*path_and_value: Any) -> Edit:
    """Return the edit that puts a value at a path."""
    *path, key, value = path_and_value

    def edit(content: Paper) -> None:
        at(content, *path)[key] = value

    return edit


def drop(*path: str | int) -> Edit:
    """Return the edit that takes away what stands at a path."""
    return lambda content: at(content, *path[:-1]).pop(path[-1])


FIRST, SECOND = ("messages", 0), ("messages", 1)
TEXT = (*FIRST, "text")
PICTURE = (*FIRST, "picture")
WORDS = {"nn": "Nye ord.", "nb": "Hallo."}

EDITS: Mapping[str, tuple[Edit, str]] = {
    "campaign": (put("campaign", "ny"), "campaign_part"),
    "title": (put("title", "nb", "Ny"), "campaign_words"),
    "owner": (put("owner", "4621"), "campaign_part"),
    "contact": (put("contact", "name", "Kari"), "campaign_part"),
    "purpose": (put("purpose", "feedback"), "campaign_part"),
    "goal": (put("goal", "nn", "Å lukkast"), "campaign_words"),
    "goal, its measure": (put("goal", "measure", "target", 3), "campaign_part"),
    "invite": (put("invite", {"municipalities": ["4601"]}), "invited"),
    "answer": (put("answer", "by", "2027-01-10"), "deadline_moved"),
    "answer, none": (put("answer", "silence", "in"), "campaign_part"),
    "approve_by": (put("approve_by", "2027-01-11 16:00"), "deadline_moved"),
    "ends": (put("ends", "T+40"), "day_moved"),
    "late_after": (put("late_after", "2 h"), "campaign_part"),
    "local_element": (put("local_element", "required"), "campaign_part"),
    "hashtags": (put("hashtags", ["Vatn", "Beredskap"]), "campaign_part"),
    "facts": (put("facts", "ny", {"kind": "text"}), "fact_added"),
    "facts, kind": (put("facts", "lenke", "kind", "text"), "fact_part"),
    "facts, value": (put("facts", "frist", "value", "T+6"), "fact_part"),
    "facts, default": (put("facts", "lenke", "default", "profile.website"), "fact_part"),
    "facts, known": (put("facts", "lenke", "known", "T-1"), "fact_part"),
    "facts, question": (put("facts", "lenke", "ask", "nn", "Kva lenkje?"), "fact_words"),
    "messages": (drop("messages", 1), "message_removed"),
    "messages, order": (lambda content: content["messages"].reverse(), "message_order"),
    "key": (put(*SECOND, "key", "ny"), "message_added message_removed"),
    "title of a message": (put(*SECOND, "title", "nn", "Ny"), "message_words"),
    "mandatory": (put(*SECOND, "mandatory", True), "message_part"),
    "send": (put(*SECOND, "send", "at", "10:07"), "message_moved"),
    "send, released": (put(*SECOND, "send", {"when": "released"}), "message_moved"),
    "send, together": (put(*SECOND, "send", {"on": "T", "at": "10:06"}), "message_moved"),
    "to": (put(*SECOND, "to", ["mastodon"]), "platform_removed"),
    "watch": (put(*FIRST, "watch", "21:00"), "message_part"),
    "quiet": (drop(*FIRST, "quiet"), "message_part"),
    "text": (put(*TEXT, 1, "fill", "nn", "Svar innan {frist}: {lenke}"), "paragraph_words"),
    "text, kind": (lambda content: at(content, *TEXT, 0).update(locked=at(content, *TEXT, 0).pop("free")),
                   "paragraph_kind"),
    "text, more": (lambda content: at(content, *TEXT).insert(1, {"free": WORDS}), "paragraph_added"),
    "text, less": (drop(*TEXT, 0), "paragraph_removed"),
    "text, order": (lambda content: at(content, *TEXT).reverse(), "paragraph_moved"),
    "short": (drop(*FIRST, "short"), "wording_removed"),
    "by_platform": (put(*FIRST, "by_platform", "mastodon", WORDS), "wording_added"),
    "by_platform, words": (put(*FIRST, "by_platform", "bluesky", "nb", "Hallo!"), "paragraph_words"),
    "link": (put(*FIRST, "link", "https://www.dsb.no"), "message_part"),
    "facts of a message": (put(*FIRST, "facts", "lenke", {"own_site": True}), "override_part"),
    "facts of a message, question": (put(*FIRST, "facts", "lenke", "ask", WORDS), "override_words override_words"),
    "pictures": (drop(*FIRST, "picture"), "picture_removed"),
    "pictures, another": (put(*PICTURE, "file", "anna.png"), "picture_other"),
    "pictures, alt": (put(*PICTURE, "alt", "nn", "Ei lykt."), "alt_words"),
    "pictures, credit": (put(*PICTURE, "credit", "Siri"), "picture_part"),
    "pictures, licence": (put(*PICTURE, "licence", "CC BY 4.0"), "picture_part"),
    "pictures, focus": (put(*PICTURE, "focus", [0, 1]), "picture_part"),
    "pictures, consent": (put(*PICTURE, "people", "consent", "S-2"), "picture_part"),
    "pictures, until": (put(*PICTURE, "people", "until", "2028-12-31"), "picture_part"),
    "pictures, covers": (drop(*PICTURE, "people", "covers"), "picture_part"),
    "pictures, channels": (put(*PICTURE, "people", "channels", ["mastodon"]), "picture_part"),
    "poll": (drop(*SECOND, "poll"), "poll_removed"),
    "poll, days": (put(*SECOND, "poll", "days", 4), "message_part"),
    "poll, otherwise": (put(*SECOND, "poll", "otherwise", "drop"), "message_part"),
    "poll, option": (put(*SECOND, "poll", "options", 1, "nb", "Nei, takk"), "option_words"),
    "poll, more": (lambda content: at(content, *SECOND, "poll", "options").append(WORDS), "option_added"),
    "follow_up": (lambda content: at(content, *FIRST, "follow_up").append(WORDS), "wording_added"),
    "first_comment": (put(*FIRST, "first_comment", "nn", "Fyrst."), "paragraph_words"),
    "experiment": (drop(*FIRST, "experiment"), "wording_removed"),
    "experiment, outcome": (put(*FIRST, "experiment", "outcome", "views"), "message_part"),
    "experiment, stop": (put(*FIRST, "experiment", "stop", "T+8"), "message_part"),
}  # fmt: skip
"""What is changed, by the key of the document, and the kinds of change that must be listed: these and no other."""


def made(*edits: Edit) -> Definition:
    content = full()
    for edit in edits:
        edit(content)
    return definition(content)


def codes(changes: Sequence[Change]) -> list[str]:
    return [one.code.removeprefix("difference.") for one in changes]


@pytest.mark.parametrize("name", EDITS)
def test_a_change_made_is_the_change_listed_in_either_direction(name: str) -> None:
    edit, expected = EDITS[name]
    forth, back = differences(made(), made(edit)), differences(made(edit), made())
    assert codes(forth) == expected.split()
    opposite = {"added": "removed", "removed": "added", "more": "fewer"}
    turned = ["_".join(opposite.get(word, word) for word in code.split("_")) for code in expected.split()]
    assert sorted(codes(back)) == sorted(turned)


def test_every_key_of_a_campaign_and_of_a_message_is_among_the_edits() -> None:
    edited = {name.partition(",")[0].partition(" ")[0] for name in EDITS}
    told_elsewhere = {"samklang", "anchor", "languages"}
    assert {*Definition.model_fields, *Message.model_fields} - edited == told_elsewhere


@given(st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=6, unique=True))
def test_of_several_changes_none_hides_that_there_are_any(names: list[str]) -> None:
    edits = [EDITS[name][0] for name in names]
    try:
        new = made(*edits)
    except (AssertionError, KeyError, IndexError, AttributeError):
        return  # these edits do not go together
    assert differences(made(), new)
    assert differences(new, new) == ()


@given(st.data())
def test_documents_that_mean_the_same_have_no_difference(data: st.DataObject) -> None:
    content = full()
    content["invite"] = {"municipalities": ["4601", "4621", "4636"]}
    turned = _shuffled(copy.deepcopy(content), data.draw)
    assert differences(definition(content), definition(turned)) == ()


def _shuffled(content: Any, draw: Any) -> Any:
    """Return a document with its keys and its sets in another order."""
    if isinstance(content, dict):
        keys = draw(st.permutations(list(content)))
        return {key: _shuffled(content[key], draw) for key in keys}
    if isinstance(content, list) and content and all(isinstance(one, str) for one in content):
        return content if content == ["Beredskap"] else draw(st.permutations(content))
    return [_shuffled(one, draw) for one in content] if isinstance(content, list) else content


def test_remarks_ways_of_writing_and_dates_that_are_the_same_make_no_difference() -> None:
    source = EXAMPLE.read_bytes()
    old = read(source, platforms=EVERYWHERE).definition
    assert old is not None
    for other in (
        dump(old), source.decode().replace("send: {on: T+21,", "send: {on: 2027-02-02,"),
        source.decode().replace("ends: T+120", 'ends: "2027-05-12"  # a Wednesday'),
        source.decode().replace("value: T+42", "value: 2027-02-23"),
        source.decode().replace('{on: T+120, at: "18:00"}', "{at: 2027-05-12 18:00}"),
    ):  # fmt: skip
        new = read(other.encode(), platforms=EVERYWHERE).definition
        assert new is not None
        assert differences(old, new) == ()


def test_another_anchor_moves_the_messages_that_hang_on_it() -> None:
    changes = differences(made(), made(put("anchor", "2027-01-13")))
    assert codes(changes) == [
        "day_moved", "day_moved", "fact_part", "message_moved", "message_part", "message_moved",
    ]  # fmt: skip
    assert said(changes[3], "en") == (
        "The message “bilete” is moved from 2027-01-12 10:05 together to 2027-01-13 10:05 together."
    )


def test_a_language_that_came_is_told_once() -> None:
    old, new = paper(), paper()
    for content in (old, new):
        content["messages"].pop(0)
        content["facts"] = {}
    for texts in _all_texts(new):
        texts["en"] = "Words."
    new["languages"] = ["nn", "nb", "en"]
    assert codes(differences(definition(old), definition(new))) == ["language_added"]
    assert codes(differences(definition(new), definition(old))) == ["language_removed"]


def _all_texts(content: Any) -> list[dict[str, str]]:
    if isinstance(content, dict) and "nn" in content:
        return [content]
    parts = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return [texts for part in parts for texts in _all_texts(part)]


def test_numbers_that_come_and_go_among_the_invited_are_told_apart() -> None:
    few = made(put("invite", {"municipalities": ["4601", "4621"]}))
    others = made(put("invite", {"municipalities": ["4621", "4636"]}))
    more, fewer = differences(few, others)
    assert (more.values, fewer.values) == ({"numbers": "4636"}, {"numbers": "4601"})


def test_changes_stand_in_reading_order_and_name_where_they_are() -> None:
    edits = [EDITS[name][0] for name in ("to", "poll, days", "text", "purpose", "facts, value")]
    changes = differences(made(), made(*edits))
    assert [(one.message, one.part, one.position, one.language) for one in changes] == [
        (None, "purpose", None, None), (None, "facts.frist.value", None, None), ("bilete", "text", 1, "nn"),
        ("tekst", "to", None, None), ("tekst", "poll.days", None, None),
    ]  # fmt: skip


def test_every_change_is_told_in_three_languages_without_a_hole() -> None:
    for edit, _ in EDITS.values():
        for change in differences(made(), made(edit)):
            for language in LANGUAGES:
                assert "{" not in said(change, language).replace("{lenke}", "")
                assert said(change, language).endswith(".")
    assert json.dumps([dict(one.values) for one in differences(made(), made(EDITS["text"][0]))])


# -- words

PROSE = st.lists(st.sampled_from(["vatn", "og", "straum", "20", "liter.", "\n\n", "i"]), max_size=40).map(
    " ".join
)


@given(PROSE, PROSE, st.sampled_from([0, 50, 4_000_000]))
def test_what_stayed_and_went_out_is_the_old_text_and_what_stayed_and_came_in_the_new(
    old: str, new: str, budget: int
) -> None:
    pieces = Words(budget).compare(old, new)
    assert "".join(one.text for one in pieces if one.fate != "in") == old
    assert "".join(one.text for one in pieces if one.fate != "out") == new
    assert all(one.fate == "same" for one in pieces) == (old == new)


def test_a_change_of_words_is_marked_in_its_surroundings() -> None:
    old = "Start med vatnet. Fyll reine kanner med kaldt vatn frå krana. Rådet er minst 20 liter per person."
    pieces = Words().compare(old, old.replace("20 liter", "30 liter vatn"))
    assert marked(pieces) == "… krana. Rådet er minst [-20-]{+30+} liter {+vatn+} per person."


def test_two_long_texts_are_compared_as_wholes_within_seconds() -> None:
    # each word of the one stands in the other, between words of its own: difflib's worst
    words = [f"o{number}" for number in range(2500)]
    old, new = " ".join(words), " ".join(f"{word} x{word}" for word in words)
    begun = monotonic()
    several = Words()
    for _ in range(50):
        assert several.compare(old[: len(old) // 3], new[: len(new) // 3])
    assert [one.fate for one in Words().compare(old + " a", "b " + new)] == ["out", "in"]
    assert monotonic() - begun < 60  # a hang guard: it takes some seconds
