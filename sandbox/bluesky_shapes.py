"""What a Bluesky server's answers look like: DID document, profile, post view, embeds.

Shapes only: nothing is decided, looked up or changed here. Source: the lexicons `app.bsky.*` and `com.atproto.*`,
read 2026-11.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sandbox import text
from sandbox.exchange import Doc
from sandbox.text import stamp

if TYPE_CHECKING:
    from sandbox.engagement import Counts
    from sandbox.storage import Account, Post

# A public key of the right shape; nothing is signed with it.
_KEY = "zQ3shunBKsXixLxKtC5qeSG9E4J5RkGN57im31pcTzbNQnm5w"


def full_handle(handle: str) -> str:
    """Return a handle with its domain."""
    return handle if "." in handle else f"{handle}.test"


def did_document(address: str, of: Account) -> Doc:
    """Return the DID document that names the account's server."""
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": of.id,
        "alsoKnownAs": [f"at://{full_handle(of.handle)}"],
        "verificationMethod": [
            {"id": f"{of.id}#atproto", "type": "Multikey", "controller": of.id, "publicKeyMultibase": _KEY}
        ],
        "service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": address}],
    }


def author(of: Account) -> Doc:
    """Return an account as it stands beside a post."""
    return {
        "did": of.id,
        "handle": full_handle(of.handle),
        "displayName": of.title,
        "labels": [],
        "createdAt": stamp(of.created_at),
    }


def profile(of: Account, followers: int, posts: int) -> Doc:
    """Return an account with its counts."""
    return author(of) | {
        "description": f"{of.inhabitants} innbyggjarar" if of.inhabitants else "",
        "followersCount": followers,
        "followsCount": 0,
        "postsCount": posts,
        "associated": {"lists": 0, "feedgens": 0, "starterPacks": 0, "labeler": False},
        "indexedAt": stamp(of.created_at),
    }


def post_view(address: str, of: Post, by: Account, counts: Counts, stored: Doc) -> Doc:
    """Return a post as readers see it. `stored` holds the real likes, reposts, replies and quotes beside the grown ones."""
    view = {
        "uri": of.id,
        "cid": of.doc["cid"],
        "author": author(by),
        "record": of.doc["record"],
        "bookmarkCount": 0,
        "replyCount": counts.replies + stored["replies"],
        "repostCount": counts.boosts + stored["reposts"],
        "likeCount": counts.favourites + stored["likes"],
        "quoteCount": counts.quotes,
        "indexedAt": stamp(of.created_at),
        "labels": [],
    }
    embed = _embed_view(address, by.handle, of.doc["record"].get("embed"))
    return view | {"embed": embed} if embed else view


def media_address(address: str, handle: str, blob: Doc) -> str:
    """Return where a blob of a record can be fetched."""
    return f"{address}/media/{handle}/{blob['ref']['$link']}"


def _embed_view(address: str, handle: str, embed: Doc | None) -> Doc | None:
    kind = embed.get("$type") if embed else None
    if embed and kind == "app.bsky.embed.images":
        images = []
        for image in embed["images"]:
            url = media_address(address, handle, image["image"])
            ratio = {"aspectRatio": image["aspectRatio"]} if "aspectRatio" in image else {}
            images.append({"thumb": url, "fullsize": url, "alt": image["alt"], **ratio})
        return {"$type": "app.bsky.embed.images#view", "images": images}
    if embed and kind == "app.bsky.embed.external":
        card = {name: embed["external"][name] for name in ("uri", "title", "description")}
        if "thumb" in embed["external"]:
            card["thumb"] = media_address(address, handle, embed["external"]["thumb"])
        return {"$type": "app.bsky.embed.external#view", "external": card}
    return None


def thread(post: Doc, replies: Sequence[Doc], parent: Doc | None) -> Doc:
    """Return a post with what stands above and below it."""
    node: Doc = {"$type": "app.bsky.feed.defs#threadViewPost", "post": post, "replies": list(replies)}
    return node | {"parent": parent} if parent else node


def body_html(record: Doc) -> str:
    """Return a post's text as HTML, with links exactly where its facets say, in UTF-8 bytes."""
    content = str(record["text"]).encode()
    pieces, end = [], 0
    for start, stop, address in sorted(_links(record)):
        if not end <= start < stop <= len(content):
            continue  # overlapping or outside: Bluesky shows such text without the link
        pieces += [
            _plain(content[end:start]),
            text.link(address, content[start:stop].decode("utf-8", "replace")),
        ]
        end = stop
    return "".join([*pieces, _plain(content[end:])])


def _links(record: Doc) -> list[tuple[int, int, str]]:
    return [
        (facet["index"]["byteStart"], facet["index"]["byteEnd"], str(feature.get("uri", "")))
        for facet in record.get("facets") or []
        for feature in facet["features"]
        if isinstance(feature, dict) and feature.get("$type") == "app.bsky.richtext.facet#link"
    ]


def _plain(content: bytes) -> str:
    return html.escape(content.decode("utf-8", "replace"))
