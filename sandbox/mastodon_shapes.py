"""What a Mastodon 4.6 server's answers look like: instance, account, status, attachment, poll.

Shapes only: nothing is decided, looked up or changed here. Source: the Mastodon API documentation, entities, read 2026-11.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox import text
from sandbox.exchange import Doc
from sandbox.text import stamp

if TYPE_CHECKING:
    from sandbox.engagement import Counts
    from sandbox.storage import Account, Media, Post

ALT_LENGTH = 10_000
PICTURE_BYTES, PICTURE_PIXELS = 16_777_216, 33_177_600
POLL_OPTIONS, POLL_OPTION_LENGTH, POLL_SHORTEST, POLL_LONGEST = 4, 50, 300, 2_629_746
"""Limits as a 4.6.4 server told them in August 2026."""
PICTURE_KINDS = ("image/jpeg", "image/png", "image/gif", "image/webp")


@dataclass(frozen=True, slots=True)
class Software:
    """What differs between the servers that speak this API."""

    version: str
    source: str
    api_version: int | None
    length: int
    pictures: int
    per_url: int
    """What the server says that a link counts."""
    plain: bool
    """It counts code points and links in full, whatever it says."""
    refuses_with: int
    """Status of a refusal of content."""


SOFTWARE = {
    "mastodon": Software("4.6.4", "https://github.com/mastodon/mastodon", 11, 500, 4, 23, False, 422),
    # Its own limits and words: codeberg.org/superseriousbusiness/gotosocial, read 2026-11.
    "gotosocial": Software(
        "0.19.1 cb85f65", "https://codeberg.org/superseriousbusiness/gotosocial", None, 5000, 6, 25, True, 400
    ),
}
MASTODON = SOFTWARE["mastodon"]

_GREY_BLURHASH = "00Eyb["

_NOT_HERE: Doc = {
    "favourited": False,
    "reblogged": False,
    "muted": False,
    "bookmarked": False,
    "pinned": False,
    "filtered": [],
    "reblog": None,
    "mentions": [],
    "emojis": [],
    "card": None,
    "quote": None,
    "quote_approval": {"automatic": ["public"], "manual": [], "current_user": "automatic"},
}
"""What every status has and the stand-in never fills."""


def _configuration(software: Software) -> Doc:
    return {
        "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
        "statuses": {
            "max_characters": software.length,
            "max_media_attachments": software.pictures,
            "characters_reserved_per_url": software.per_url,
        },
        "media_attachments": {
            "supported_mime_types": list(PICTURE_KINDS),
            "description_limit": ALT_LENGTH,
            "image_size_limit": PICTURE_BYTES,
            "image_matrix_limit": PICTURE_PIXELS,
            "video_size_limit": 103_809_024,
            "video_frame_rate_limit": 120,
            "video_matrix_limit": 8_294_400,
        },
        "polls": {
            "max_options": POLL_OPTIONS,
            "max_characters_per_option": POLL_OPTION_LENGTH,
            "min_expiration": POLL_SHORTEST,
            "max_expiration": POLL_LONGEST,
        },
    }


def instance(address: str, users: int, software: Software = MASTODON) -> Doc:
    """Return the answer to `/api/v2/instance`."""
    urls = {
        "streaming": address.replace("http", "ws", 1),
        "about": f"{address}/about",
        "privacy_policy": None,
    }
    return {
        "domain": address.partition("//")[2],
        "title": "Stand-in for Mastodon",
        "version": software.version,
        "source_url": software.source,
        "description": "Nothing here leaves this machine.",
        "usage": {"users": {"active_month": users}},
        "thumbnail": {"url": f"{address}/avatars/missing.png", "blurhash": None, "description": ""},
        "icon": [],
        "languages": ["nn", "nb", "en"],
        "configuration": {
            "urls": urls,
            "vapid": {"public_key": ""},
            "translation": {"enabled": False},
            "limited_federation": False,
            **_configuration(software),
        },
        "registrations": {
            "enabled": False,
            "approval_required": False,
            "reason_required": False,
            "message": None,
            "min_age": None,
            "url": None,
        },
        **({"api_versions": {"mastodon": software.api_version}} if software.api_version else {}),
        "contact": {"email": "", "account": None},
        "rules": [],
    }


def old_instance(address: str, users: int, posts: int, software: Software = MASTODON) -> Doc:
    """Return the answer to `/api/v1/instance`."""
    return {
        "uri": address.partition("//")[2],
        "title": "Stand-in for Mastodon",
        "short_description": "Nothing here leaves this machine.",
        "description": "",
        "email": "",
        "version": software.version,
        "urls": {"streaming_api": address.replace("http", "ws", 1)},
        "stats": {"user_count": users, "status_count": posts, "domain_count": 0},
        "thumbnail": f"{address}/avatars/missing.png",
        "languages": ["nn", "nb", "en"],
        "registrations": False,
        "approval_required": False,
        "invites_enabled": False,
        "configuration": _configuration(software),
        "contact_account": None,
        "rules": [],
    }


def account(address: str, of: Account, followers: int, posts: int, last_at: float | None) -> Doc:
    """Return an account as others see it."""
    image, header = f"{address}/avatars/missing.png", f"{address}/headers/missing.png"
    note = f"{of.inhabitants} innbyggjarar" if of.inhabitants else ""
    return {
        "id": of.id,
        "username": of.handle,
        "acct": of.handle,
        "display_name": of.title,
        "locked": False,
        "bot": False,
        "discoverable": True,
        "indexable": True,
        "group": False,
        "created_at": stamp(of.created_at)[:10] + "T00:00:00.000Z",
        "note": f"<p>{note}</p>" if note else "",
        "url": f"{address}/@{of.handle}",
        "uri": f"{address}/users/{of.handle}",
        "avatar": image,
        "avatar_static": image,
        "avatar_description": "",
        "header": header,
        "header_static": header,
        "header_description": "",
        "followers_count": followers,
        "following_count": 0,
        "statuses_count": posts,
        "last_status_at": stamp(last_at)[:10] if last_at else None,
        "hide_collections": None,
        "noindex": False,
        "emojis": [],
        "roles": [],
        "fields": [],
    }


def own_account(seen: Doc, language: str) -> Doc:
    """Return an account as its owner sees it: with its defaults for posting and its role."""
    source = {
        "privacy": "public",
        "sensitive": False,
        "language": language,
        "note": "",
        "fields": [],
        "follow_requests_count": 0,
        "hide_collections": None,
        "discoverable": True,
        "indexable": True,
        "quote_policy": "public",
        "attribution_domains": [],
    }
    role = {"id": "-99", "name": "", "permissions": "0", "color": "", "highlighted": False}
    return seen | {"source": source, "role": role}


def attachment(address: str, of: Media) -> Doc:
    """Return an uploaded picture. Width and height are pixels."""
    url = f"{address}/media/{of.handle}/{of.id}"
    meta: Doc = {}
    if of.width and of.height:
        size = {
            "width": of.width,
            "height": of.height,
            "size": f"{of.width}x{of.height}",
            "aspect": of.width / of.height,
        }
        meta = {"original": size, "small": size}
    focus = _focus(of.focus)
    if focus:
        meta["focus"] = {"x": focus[0], "y": focus[1]}
    return {
        "id": of.id,
        "type": "image",
        "url": url,
        "preview_url": url,
        "remote_url": None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": meta,
        "description": of.alt or None,
        "blurhash": _GREY_BLURHASH,
    }


def _focus(given: str) -> tuple[float, float] | None:
    x, comma, y = given.partition(",")
    try:
        return (max(-1.0, min(1.0, float(x))), max(-1.0, min(1.0, float(y)))) if comma else None
    except ValueError:
        return None


def status(
    address: str,
    of: Post,
    by: Doc,
    counts: Counts,
    replies: int,
    pictures: Sequence[Doc],
    poll_now: Doc | None,
) -> Doc:
    """Return a post. `replies` are those stored under it, on top of the grown ones."""
    doc = of.doc
    tags = dict.fromkeys(found[1].lower() for found in text.HASHTAG.finditer(of.text))
    return {
        "id": of.id,
        "created_at": stamp(of.created_at),
        "in_reply_to_id": of.parent,
        "in_reply_to_account_id": doc["in_reply_to_account_id"],
        "sensitive": doc["sensitive"],
        "spoiler_text": doc["spoiler_text"],
        "visibility": doc["visibility"],
        "language": of.language or None,
        "uri": f"{address}/users/{of.handle}/statuses/{of.id}",
        "url": f"{address}/@{of.handle}/{of.id}",
        "replies_count": counts.replies + replies,
        "reblogs_count": counts.boosts,
        "favourites_count": counts.favourites,
        "quotes_count": counts.quotes,
        "edited_at": stamp(of.edited_at) if of.edited_at else None,
        "content": content(of.text, address),
        "application": {"name": doc["application"], "website": None},
        "account": by,
        "media_attachments": list(pictures),
        "tags": [{"name": tag, "url": f"{address}/tags/{tag}"} for tag in tags],
        "poll": poll_now,
        **_NOT_HERE,
    }


def poll(of: Post, votes: Sequence[int], now: float) -> Doc:
    """Return a post's poll with its votes so far."""
    doc = of.doc["poll"]
    hidden = doc["hide_totals"] and now < doc["expires_at"]
    options = zip(doc["options"], votes, strict=True)
    return {
        "id": of.id,
        "expires_at": stamp(doc["expires_at"]),
        "expired": now >= doc["expires_at"],
        "multiple": doc["multiple"],
        "votes_count": sum(votes),
        "voters_count": sum(votes),
        "options": [{"title": title, "votes_count": None if hidden else count} for title, count in options],
        "emojis": [],
        "voted": True,
        "own_votes": [],
    }


def content(plain: str, address: str) -> str:
    """Return plain text the way Mastodon renders it: paragraphs, line breaks, shortened links, hashtags."""
    paragraphs = [paragraph for paragraph in plain.replace("\r\n", "\n").split("\n\n") if paragraph.strip()]
    return "".join(f"<p>{_rendered(paragraph.strip(), address)}</p>" for paragraph in paragraphs)


def _rendered(paragraph: str, address: str) -> str:
    pieces, end = [], 0
    for found in text.ADDRESS.finditer(paragraph):
        pieces += [_tagged(paragraph[end : found.start()], address), _shortened(found[0])]
        end = found.end()
    pieces.append(_tagged(paragraph[end:], address))
    return "".join(pieces).replace("\n", "<br />")


def _shortened(url: str) -> str:
    protocol, _, rest = url.partition("//")
    visible, hidden = html.escape(rest[:30]), html.escape(rest[30:])
    return (
        f'<a href="{html.escape(url)}" target="_blank" rel="nofollow noopener noreferrer" translate="no">'
        f'<span class="invisible">{protocol}//</span><span class="{"ellipsis" if hidden else ""}">{visible}</span>'
        f'<span class="invisible">{hidden}</span></a>'
    )


def _tagged(piece: str, address: str) -> str:
    """Return escaped text with its hashtags as links."""
    out, end = [], 0
    for found in text.HASHTAG.finditer(piece):
        href = html.escape(f"{address}/tags/{found[1]}")
        out += [
            html.escape(piece[end : found.start()], quote=False),
            f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{html.escape(found[1])}</span></a>',
        ]
        end = found.end()
    out.append(html.escape(piece[end:], quote=False))
    return "".join(out)
