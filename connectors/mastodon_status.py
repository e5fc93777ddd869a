"""Mastodon's statuses: what we send as one, and how one that comes back is read.

The second file of this platform; it makes no call. Facts as in `mastodon`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from connectors.addresses import public_link
from connectors.answers import Answer, count, line, mapping
from connectors.base import Counts, Json, Limits, Login, Receipt
from connectors.counts import seen, total
from connectors.post import Post
from connectors.text import alike, plain

APPLICATION = "Samklang"
"""What people read of us: on the page that asks for their yes, in their list of applications, below a post."""
_OWN_VERSION = re.compile(r"[1-9][0-9]?\.[0-9]")
_MENTION = re.compile(r"(?<![\w/=])@([A-Za-z0-9_]{1,100})@[A-Za-z0-9.-]+[A-Za-z0-9]")


def status_body(post: Post, media: list[str]) -> dict[str, object]:
    """Return the body of the publishing call: JSON, because one compatible server ignores `media_ids[]` in forms.

    Visibility, language and sensitivity are always sent; left out, the account's own settings would decide.
    """
    body: dict[str, object] = {
        "status": post.text,
        "visibility": post.visibility,
        "language": post.language,
        "sensitive": False,
    }
    if media:
        body["media_ids"] = media
    if post.poll is not None:
        body["poll"] = {
            "options": list(post.poll.options),
            "expires_in": post.poll.days * 86_400,
            "multiple": False,
        }
    if post.reply_to is not None:
        body["in_reply_to_id"] = post.reply_to
    return body


def without_servers(text: str) -> str:
    """Return a text with `@user@server` as `@user`: so mentions are counted and shown (StatusLengthValidator)."""
    return _MENTION.sub(r"@\1", text)


def media_ids(handle: Json) -> list[str]:
    """Return the ids of the uploads that a handle holds."""
    media = handle.get("media")
    return [str(one) for one in media] if isinstance(media, list) else []


def is_old_refusal(answer: Answer) -> bool:
    """Return whether a server says a refusal again that it gave to an earlier call with the same key (Pleroma's plug)."""
    return 400 <= answer.status < 500 and answer.headers.get("idempotent-replayed", "").lower() == "true"


def is_anothers(status: Mapping[str, object]) -> bool:
    """Return whether a status says that an application other than ours made it; servers tell that to its owner."""
    name = line(mapping(status.get("application")).get("name"))
    return bool(name) and name != APPLICATION


def says(status: Mapping[str, object], post: Post, pictures: int) -> bool:
    """Return whether a status is word for word our post, as far as the server's HTML tells."""
    content, language, parent = (status.get(name) for name in ("content", "language", "in_reply_to_id"))
    return (
        isinstance(content, str)
        and pictures == len(post.pictures)
        and (language is None or language == post.language)
        and (parent or None) == post.reply_to
        and alike(without_servers(plain(content)), without_servers(post.text))
    )


def receipt(status: Mapping[str, object], login: Login) -> Receipt | None:
    """Return the receipt of a status, or `None` without an id; an odd address is replaced by one built here."""
    remote_id = line(status.get("id"))
    if not remote_id:
        return None
    for name in ("url", "uri"):
        address = public_link(status.get(name), login.base)
        if address:
            return Receipt(remote_id, address)
    return Receipt(remote_id, f"{login.base}/web/statuses/{quote(remote_id, safe='')}")


def counts(status: Mapping[str, object]) -> Counts:
    """Return the counts that stand on a status."""
    boosts, quotes = count(status.get("reblogs_count")), count(status.get("quotes_count"))
    return seen(
        {
            "reactions": count(status.get("favourites_count")),
            "comments": count(status.get("replies_count")),
            # Quotes are counted from 4.5 on; before that a boost is the only share there is.
            "shares": total(boosts, quotes),
        }
    )


def _is_mastodon(instance: Mapping[str, object]) -> bool:
    """Return whether a server is Mastodon itself or a fork of it, whose way of counting is known.

    `api_versions` is there from 4.3 on, but Hollo claims it, too; GoToSocial's versions begin with 0, the others say
    that they are compatible.
    """
    version, source = line(instance.get("version")), line(instance.get("source_url")).lower()
    named = any(one in source for one in ("gotosocial", "hollo", "takahe"))
    return bool(_OWN_VERSION.match(version)) and "compatible" not in version and not named


def _keeps_keys(instance: Mapping[str, object]) -> bool:
    """Return whether a server is known to remember idempotency keys: Mastodon, Hollo, Pleroma and Akkoma do.

    GoToSocial, Takahē and Pixelfed do not, and what is unknown counts as not.
    """
    version = line(instance.get("version")).lower()
    claims = count(mapping(instance.get("api_versions")).get("mastodon")) is not None
    return _is_mastodon(instance) or claims or "pleroma" in version or "akkoma" in version


def own_limits(instance: Mapping[str, object], usual: Limits) -> Limits:
    """Return the server's own limits; what it does not say, or says absurdly, stays as usual.

    A compatible server counts links in full and code points, as far as is known: GoToSocial does although it says that
    links count 25, Takahē does, and of the others it is the cautious guess.
    """
    original = _is_mastodon(instance)
    configuration = mapping(instance.get("configuration"))
    statuses = mapping(configuration.get("statuses"))
    media = mapping(configuration.get("media_attachments"))
    polls = mapping(configuration.get("polls"))
    kinds = media.get("supported_mime_types")
    offered = tuple(kind for kind in usual.picture_kinds if not isinstance(kinds, list) or kind in kinds)

    def said(source: Mapping[str, object], name: str, otherwise: int) -> int:
        return count(source.get(name)) or otherwise

    return Limits(
        length=said(statuses, "max_characters", usual.length),
        pictures=said(statuses, "max_media_attachments", usual.pictures),
        picture_bytes=said(media, "image_size_limit", usual.picture_bytes),
        picture_pixels=said(media, "image_matrix_limit", usual.picture_pixels),
        picture_kinds=offered,
        alt_length=said(media, "description_limit", usual.alt_length),
        polls=True,
        poll_options=said(polls, "max_options", usual.poll_options),
        poll_option_length=said(polls, "max_characters_per_option", usual.poll_option_length),
        poll_days=max(1, said(polls, "max_expiration", usual.poll_days * 86_400) // 86_400),
        link_length=said(statuses, "characters_reserved_per_url", usual.link_length) if original else 0,
        code_points=not original,
        keeps_keys=_keeps_keys(instance),
    )
