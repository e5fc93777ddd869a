"""Text as platforms count and show it."""

from __future__ import annotations

import time

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from connectors.mastodon_status import without_servers
from connectors.text import alike, graphemes, hashtags, links, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("Hei", 3),
        ("blåbær", 6),
        ("bla\u030aba\u0308r", 6),
        ("👩🏽‍🚒", 1),
        ("🇳🇴🇸🇪", 2),
        ("a\r\nb", 3),
        ("👨‍👩‍👧‍👦!", 2),
        ("각", 1),
    ],
)
def test_a_sign_is_what_a_reader_sees(text, expected):
    assert graphemes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sjå https://herad.example/plan.", ["https://herad.example/plan"]),
        ("(https://herad.example/a_(b))", ["https://herad.example/a_(b)"]),
        ("«https://herad.example/æ?b=1&c=2#d»", ["https://herad.example/æ?b=1&c=2#d"]),
        ("HTTPS://Herad.Example", ["HTTPS://Herad.Example"]),
        (
            "https://herad.example:8443/x, og http://b.example!",
            ["https://herad.example:8443/x", "http://b.example"],
        ),
        ("herad.example/plan", []),
        ("https://localhost/x http://127.0.0.1/x https://x", []),
        ("xhttps://herad.example", []),
        ("https://", []),
    ],
)
def test_links_are_found_without_the_sentence_around_them(text, expected):
    found = links(text)
    assert [one.value for one in found] == expected
    assert all(text[one.start : one.end] == one.value for one in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#KommunePlan og #høyring2026!", ["KommunePlan", "høyring2026"]),
        ("(#Plan) „#Plan“", ["Plan", "Plan"]),
        ("#2026 # #!", []),
        ("a#b https://herad.example/#anker ##to", []),
        ("#ČoahkkingirjI", ["ČoahkkingirjI"]),
    ],
)
def test_hashtags_are_words_of_their_own(text, expected):
    found = hashtags(text)
    assert [one.value for one in found] == expected
    assert all(text[one.start + 1 : one.end] == one.value for one in found)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Hei</p><p>du<br>der</p>", "Hei\n\ndu\nder"),
        ("<p>Hei</p>\n<p>du<br />\nder</p>\n", "Hei\n\ndu\nder"),
        (
            '<p>Sjå <a href="x"><span class="invisible">https://</span><span>h.example</span></a></p>',
            "Sjå https://h.example",
        ),
        ("1 &lt; 2 &amp; 3 &#229;", "1 < 2 & 3 å"),
        ("<script>alert(1)</script>Tekst <!-- x -->", "alert(1)Tekst"),
        ("<p>open <b>still", "open still"),
        ("</script></p>x", "x"),
        ("", ""),
        ("a < b &#" + "9" * 5000 + "; c", "a < b \ufffd c"),
    ],
)
def test_html_becomes_plain_text(html, expected):
    assert plain(html) == expected


def test_texts_are_alike_whatever_became_of_spaces_and_accents():
    assert alike("Blåbær\n\nog  saft ", "Bla\u030abær og saft")
    assert not alike("Blåbær", "Blabær")


@given(st.text(alphabet="🇳🇴🇸\u0301\u200d👩🏽x\r\n\ufe0f각ᄀ", max_size=40))
def test_flags_taken_together_count_as_the_standard_says(text):
    assert graphemes(text) == len(regex.findall(r"\X", text))


@given(st.text(max_size=200))
def test_no_text_breaks_a_scanner(text):
    graphemes(text)
    links(text)
    hashtags(text)
    plain(text)
    without_servers(text)


@pytest.mark.parametrize(
    "seed",
    [
        "http://",
        "https://a.",
        "#a ",
        "#",
        "@a@b",
        "@a@b.-",
        "(",
        "https://x.no/(",
        ")",
        "\u0301",
        "🇳",
        "<p",
        "<",
        "&",
        "<!--",
        "a.b",
        "https://a.no ",
        "<a href='",
        "&#",
    ],
)
def test_scanners_take_linear_time(seed):
    text = seed * (100_000 // len(seed))
    for scan in (graphemes, links, hashtags, plain, without_servers):
        began = time.perf_counter()
        scan(text)
        assert time.perf_counter() - began < 2, scan
