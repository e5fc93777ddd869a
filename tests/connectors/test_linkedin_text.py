"""LinkedIn's "little text": no text is cut off, and every text reads back as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import LinkedIn, Post
from connectors.linkedin_text import escaped, unescaped
from sandbox.linkedin_text import read, templated


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Hei", "Hei"),
        ("Høyring (frist 1. mai)", r"Høyring \(frist 1. mai\)"),
        ("#KommunePlan no", r"{hashtag|\#|KommunePlan} no"),
        ("Sak #12 og #a_b", r"Sak \#12 og {hashtag|\#|a\_b}"),
        ("post@herad.example", r"post\@herad.example"),
        ("\\ | { } < > * _ ~ [ ]", r"\\ \| \{ \} \< \> \* \_ \~ \[ \]"),
        ("https://herad.example/a_b", r"https://herad.example/a\_b"),
    ],
)
def test_what_is_reserved_is_escaped_and_a_hashtag_stays_one(text, sent):
    assert escaped(text) == sent
    assert unescaped(sent) == text


WORDS = st.text(alphabet=st.sampled_from("ab øÅ1#@_\\|{}[]()<>*~\n👍"), max_size=60)


@given(st.one_of(WORDS, st.text(max_size=200)))
def test_no_text_is_ever_cut_off_and_every_text_reads_back_as_it_was(text):
    sent = escaped(text)
    assert read(sent) == text, "as the platform reads it"
    assert unescaped(sent) == text
    assert unescaped(templated(sent)) == text, "as it is told in answers"


def test_a_mention_in_an_answer_reads_as_its_name():
    assert unescaped(r"Hei @[Voss herad](urn:li:organization:2414183)\!") == "Hei Voss herad!"


def test_escapes_count_towards_the_length(wire):
    linkedin = LinkedIn(wire)
    assert linkedin.length("a_b") == 4
    assert linkedin.check(Post("_" * 1500, "nn")) == []
    assert [one.code for one in linkedin.check(Post("_" * 1501, "nn"))] == ["connector.too_long"]
