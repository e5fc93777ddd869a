"""What posts, comments and pictures look like on LinkedIn: their ids, their content, and how ours is told from others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from connectors.answers import Answer, count, items, line, mapping, read_json
from connectors.base import Counts, Json, Metric
from connectors.counts import seen
from connectors.linkedin_rest import encoded, moment_of
from connectors.linkedin_text import unescaped
from connectors.post import Post
from connectors.text import alike

_POST = re.compile(r"urn:li:(share|ugcPost):[0-9]{1,30}\Z")
_COMMENT = re.compile(r"urn:li:comment:\((urn:li:[A-Za-z]+:[0-9]{1,30}),([0-9]{1,30})\)\Z")
_IMAGE = re.compile(r"urn:li:image:[A-Za-z0-9_-]{1,80}\Z")
_NUMBER = re.compile(r"[0-9]{1,30}\Z")
COUNTED: Mapping[str, Metric] = MappingProxyType(
    {
        "impressionCount": "views",
        "uniqueImpressionsCount": "reach",
        "clickCount": "clicks",
        "likeCount": "reactions",
        "commentCount": "comments",
        "shareCount": "shares",
    }
)
"""Names in the statistics."""


def is_post(urn: str) -> bool:
    """Return whether an id is a post's; there are two kinds."""
    return bool(_POST.match(urn))


def is_comment(urn: str) -> bool:
    """Return whether an id is a comment's."""
    return bool(_COMMENT.match(urn))


def is_image(urn: str) -> bool:
    """Return whether an id is an uploaded picture's."""
    return bool(_IMAGE.match(urn))


def path_of(urn: str, actor: str) -> str:
    """Return where a post, or a comment of `actor`, is deleted."""
    comment = _COMMENT.match(urn)
    if comment is None:
        return f"posts/{encoded(urn)}"
    return f"socialActions/{encoded(comment[1])}/comments/{comment[2]}?actor={encoded(actor)}"


def content_of(post: Post, images: list[str]) -> dict[str, object]:
    """Return what hangs on a post: one picture, several, or the card of a link; empty where nothing does."""
    pictures = [{"id": urn, "altText": one.alt} for urn, one in zip(images, post.pictures, strict=False)]
    if len(pictures) == 1:
        return {"media": pictures[0]}
    if pictures:
        return {"multiImage": {"images": pictures}}
    if post.card is None:
        return {}
    article = {"source": post.card.address, "title": post.card.title or post.card.address}
    if post.card.description:
        article["description"] = post.card.description
    if images:
        article["thumbnail"] = images[0]
    return {"article": article}


def images_of(handle: Json) -> list[str]:
    """Return the uploads that a stored handle names."""
    given = handle.get("images")
    return [str(one) for one in given] if isinstance(given, list) else []


def made_id(answer: Answer) -> str:
    """Return the id that a creation was answered with: it stands in a header, and the body is empty."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return line(headers.get("x-restli-id", ""), 200)


def comment_urn(answer: Answer, parent: str) -> str:
    """Return the id of a comment that was just made, empty where the answer has none."""
    try:
        told = line(mapping(read_json(answer.body)).get("$URN"), 200)
    except ValueError:
        told = ""
    number = made_id(answer)
    built = f"urn:li:comment:({parent},{number})" if _NUMBER.match(number) else number
    return next((one for one in (told, built) if is_comment(one)), "")


def is_ours(
    node: Mapping[str, object], author: str, post: Post, handle: Json | None, since: datetime
) -> bool:
    """Return whether a post that was read is ours: by this page, since then, with these words and pictures."""
    at, said = moment_of(node.get("createdAt")), node.get("commentary")
    if line(node.get("author")) != author or at is None or at < since or not isinstance(said, str):
        return False
    if not is_post(line(node.get("id"))) or not alike(unescaped(said), post.text):
        return False
    wanted = set(images_of(handle)) if handle is not None and post.pictures else None
    return wanted is None or wanted == _images_in(mapping(node.get("content")))


def _images_in(content: Mapping[str, object]) -> set[str]:
    several = items(mapping(content.get("multiImage")).get("images"))
    found = [mapping(content.get("media")), *several]
    return {line(one.get("id")) for one in found} - {""}


def counts_of(statistics: Mapping[str, object]) -> Counts:
    """Return the counts that a post's statistics hold."""
    return seen({metric: count(statistics.get(name)) for name, metric in COUNTED.items()})
