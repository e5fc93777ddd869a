"""The small rules under the stand-ins: characters, pictures, forms, record keys and content ids."""

from __future__ import annotations

import contextlib
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import bluesky_records as records
from sandbox import mastodon_posting, pictures, text
from sandbox.exchange import Request, Unreadable, Upload, nest
from sandbox.standin import Claim, demo_token


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("", 0),
        ("blåbær", 6),
        ("e\u0301", 1),  # combining accent
        ("👍🏽", 1),  # skin tone
        ("👩‍👩‍👧", 1),  # joined family
        ("❤️", 1),  # variation selector
        ("🇳🇴🇸🇪", 2),  # two flags
        ("🇳🇴🇸", 2),
        ("\r\n", 1),
        ("ŋáđ", 3),
    ],
)
def test_characters_are_counted_as_a_reader_sees_them(words: str, count: int) -> None:
    assert text.graphemes(words) == count


@given(st.text(st.characters(codec="ascii", exclude_characters="\r\n")))
def test_plain_letters_count_one_each(words: str) -> None:
    assert text.graphemes(words) == len(words)


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("https://www.vestlandfylke.no/ein/lang/sti?med=svar", 23),
        ("(https://x.no).", 26),
        ("x.no", 4),
        ("@aure@mastodon.example hei", 9),
        ("kari@aure.example", 17),
    ],
)
def test_mastodon_counts_links_as_23_and_mentions_without_server(words: str, count: int) -> None:
    assert mastodon_posting.length(words) == count


def test_text_on_a_page_is_escaped_and_only_web_addresses_become_links() -> None:
    shown = text.linked('<b>hei</b> https://x.no/?a="b&c javascript:alert(1)')
    assert "<b>" not in shown
    assert shown.count("<a ") == 1
    assert '<a href="https://x.no/?a=" ' in shown
    assert text.link("javascript:alert(1)", "<x>") == "&lt;x&gt;"


def test_picture_sizes_are_read_from_the_first_bytes(picture) -> None:
    assert pictures.recognise(picture(640, 360)) == pictures.Shape("image/png", 640, 360)
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x01\x68\x02\x80\x01\x01\x11\x00"
    assert pictures.recognise(jpeg) == pictures.Shape("image/jpeg", 640, 360)
    assert pictures.recognise(b"GIF89a\x80\x02\x68\x01") == pictures.Shape("image/gif", 640, 360)
    extended = b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + b"\x7f\x02\x00\x67\x01\x00"
    assert pictures.recognise(extended) == pictures.Shape("image/webp", 640, 360)
    assert pictures.recognise(b"\xff\xd8\xff\xe0\x00\x04ab") is None
    assert pictures.recognise(b"hei") is None


@given(st.binary(max_size=60))
def test_no_bytes_upset_the_picture_reader(content: bytes) -> None:
    for start in (b"", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8 ", b"\x89PNG\r\n\x1a\n"):
        pictures.recognise(start + content)


def test_form_fields_nest_as_rails_nests_them() -> None:
    pairs = [("status", "hei"), ("media_ids[]", "1"), ("media_ids[]", "2"), ("poll[options][]", "a")]
    pairs += [("m[][id]", "1"), ("m[][alt]", "x"), ("m[][id]", "2")]
    assert nest(pairs) == {
        "status": "hei",
        "media_ids": ["1", "2"],
        "poll": {"options": ["a"]},
        "m": [{"id": "1", "alt": "x"}, {"id": "2"}],
    }


@pytest.mark.parametrize(
    "names", [["a", "a[]"], ["a[]", "a[b]"], ["]"], ["a[b][c][d][e][f][g]"], ["a", "a[][b]"]]
)
def test_form_fields_that_clash_are_unreadable(names: list[str]) -> None:
    with pytest.raises(Unreadable):
        nest([(name, "1") for name in names])


def test_a_multipart_file_keeps_every_byte() -> None:
    content = bytes(range(256)) + b"\r\n--no\r\n"
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    words = '--x\r\nContent-Disposition: form-data; name="description"\r\n\r\nBlåbær\r\n'.encode()
    headers = Message()
    headers["Content-Type"] = "multipart/form-data; boundary=x"
    request = Request("POST", "/", (), headers, words + head + content + b"\r\n--x--\r\n")
    assert request.params() == {"description": "Blåbær", "file": Upload("a.png", "image/png", content)}


@pytest.mark.parametrize(
    ("token", "claim"),
    [
        ("demo-aure", Claim("aure")),
        ("demo-aure-3450", Claim("aure", 3450)),
        ("demo-nordre-follo-63000", Claim("nordre-follo", 63000)),
        ("demo-", None),
        ("aure", None),
        ("demo-../x", None),
    ],
)
def test_a_demo_token_names_its_account(token: str, claim: Claim | None) -> None:
    assert demo_token(token) == claim


def test_content_ids_are_the_real_ones() -> None:
    # Known from the reference implementation: the empty map as DAG-CBOR, and no bytes at all as a raw blob.
    assert records.record_cid({}) == "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua"
    assert records.blob_cid(b"") == "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


def test_the_order_of_keys_does_not_change_a_content_id() -> None:
    link = {"$link": records.blob_cid(b"x")}
    one = {"a": [1, -2, None, True], "bb": {"$bytes": "AQI"}, "c": link, "d": 2**40}
    assert records.record_cid(one) == records.record_cid(dict(reversed(one.items())))
    assert records.record_cid(one) != records.record_cid(one | {"d": 1})


def test_a_fraction_has_no_place_in_a_record() -> None:
    with pytest.raises(records.Wrong):
        records.record_cid({"a": 1.5})


@given(st.integers(0, 2**62), st.integers(0, 2**62))
def test_record_keys_sort_as_their_numbers(one: int, other: int) -> None:
    assert (records.tid(one) < records.tid(other)) == (one < other)
    records.check_key(records.POST, records.tid(one))


@given(
    st.dictionaries(
        st.sampled_from(["text", "createdAt", "langs", "facets", "embed", "reply", "tags"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["$type", "images", "external", "index", "ref", "root", "parent"]),
                    inner,
                    max_size=3,
                )
            ),
            max_leaves=6,
        ),
    )
)
def test_no_record_upsets_the_lexicon(record: dict) -> None:
    good = {"text": "hei", "createdAt": "2026-11-23T12:00:00Z"}
    with contextlib.suppress(records.Wrong):  # anything else would become a 500
        assert records.check_record(records.POST, good | record) == "valid"
