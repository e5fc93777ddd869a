"""Bluesky's records: their keys, addresses and rich text, computed from our values alone.

The second file of this platform; it makes no call. Facts are from the lexicons and the TID, AT-URI and rich text
specifications, read 2026-11.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from connectors.errors import Refused
from connectors.post import Post
from connectors.text import Span, graphemes, hashtags, links

POST = "app.bsky.feed.post"
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"  # base32-sortable
_LONGEST_TAG = 64  # graphemes: app.bsky.richtext.facet
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ADDRESS = re.compile(
    r"at://(did:[a-z]+:[A-Za-z0-9._:%-]{1,200})/([A-Za-z0-9.]{1,300})/([A-Za-z0-9._:~-]{1,512})\Z"
)


def record_key(key: str, at: datetime) -> str:
    """Return the TID under which the delivery `key`, planned for `at`, is stored: always the same one.

    A TID is 53 bits of microseconds and 10 bits that tell writers apart, in 13 base32 signs. Planned times are whole
    minutes, so microseconds and bits both come from the delivery's key: two deliveries of one account and minute meet
    once in a thousand million. The moment lies within the second before `at`, never in the future.
    """
    digest = hashlib.sha256(key.encode()).digest()
    spread = timedelta(microseconds=int.from_bytes(digest[:4], "big") % 1_000_000)
    moment = (at - spread - _EPOCH) // timedelta(microseconds=1)
    number = moment << 10 | int.from_bytes(digest[4:6], "big") & 1023
    return "".join(_SORTABLE[number >> shift & 31] for shift in range(60, -1, -5))


def address(repo: str, rkey: str) -> str:
    """Return the AT address of a post, which is its id with us."""
    return f"at://{repo}/{POST}/{rkey}"


def parts(remote_id: str) -> tuple[str, str, str]:
    """Return account, collection and key of an AT address.

    Raises: Refused when it is none.
    """
    match = _ADDRESS.match(remote_id)
    if match is None:
        raise Refused("connector.missing", diagnostic="no AT address", platform="Bluesky")
    return match[1], match[2], match[3]


def bare_record(post: Post, at: datetime) -> dict[str, object]:
    """Return the record of a post without what needs a call (pictures, card, what it follows).

    `createdAt` is the planned instant, so that preparing again gives the same record to the byte.
    """
    record: dict[str, object] = {
        "$type": POST,
        "text": post.text,
        "createdAt": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "langs": [post.language],
    }
    facets = [_facet(span, feature) for span, feature in _features(post.text)]
    if facets:
        record["facets"] = facets
    return record


def _features(text: str) -> Iterator[tuple[tuple[int, int], dict[str, object]]]:
    """Yield the byte range and the feature of every link and hashtag, in the order of the text."""
    found: list[tuple[Span, dict[str, object]]] = [
        (link, {"$type": "app.bsky.richtext.facet#link", "uri": link.value}) for link in links(text)
    ]
    found += [
        (tag, {"$type": "app.bsky.richtext.facet#tag", "tag": tag.value})
        for tag in hashtags(text)
        if graphemes(tag.value) <= _LONGEST_TAG
    ]
    signs = octets = 0
    for span, feature in sorted(found, key=lambda one: one[0].start):
        start = octets + len(text[signs : span.start].encode())
        end = start + len(text[span.start : span.end].encode())
        signs, octets = span.end, end
        yield (start, end), feature


def _facet(octets: tuple[int, int], feature: dict[str, object]) -> dict[str, object]:
    return {"index": {"byteStart": octets[0], "byteEnd": octets[1]}, "features": [feature]}
