"""The feed as a page, as Atom (RFC 4287) and as JSON Feed (version 1.1). It asks nothing of the store."""

from __future__ import annotations

import hashlib
import json
from xml.etree import ElementTree as Xml

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response

from connectors.text import links
from reports.feed import Entry, Feed
from reports.voice import Voice

_ATOM = "http://www.w3.org/2005/Atom"
_PARAGRAPH = Markup("<p>{}</p>")
_LINK = Markup('<a href="{0}">{0}</a>')
_FIGURE = Markup('<p><img src="{}" alt="{}"></p>')
FORMS = ("", "atom", "json")
"""The page itself has no ending."""


def html_of(text: str) -> Markup:
    """Return an approved text as HTML: paragraphs, line ends and links, everything else escaped."""
    paragraphs = [one for one in text.split("\n\n") if one.strip()]
    return Markup("").join(_PARAGRAPH.format(_linked(one)) for one in paragraphs)


def _linked(text: str) -> Markup:
    pieces, done = [], 0
    for link in links(text):
        pieces += [_plain(text[done : link.start]), _LINK.format(link.value)]
        done = link.end
    return Markup("").join([*pieces, _plain(text[done:])])


def _plain(text: str) -> Markup:
    return Markup("<br>").join(escape(one) for one in text.split("\n"))


def title_of(feed: Feed, voice: Voice) -> str:
    """Return what a feed is called, in the reader's language."""
    if feed.title is None:
        return voice.say("page.feed.title", place=feed.place)
    return voice.say("page.feed.campaign", campaign=voice.title(feed.title).text, place=feed.place)


def path_of(feed: Feed, form: str = "") -> str:
    """Return where a feed is, in one of its forms."""
    path = f"/feed/{feed.number}" + (f"/{feed.campaign}" if feed.campaign else "")
    return f"{path}.{form}" if form else path


def picture_path(entry: Entry, sha256: str) -> str:
    """Return where a picture of an entry is."""
    return f"/feed-picture/{entry.number}/{sha256}.jpg"


def as_atom(feed: Feed, voice: Voice, base: str) -> bytes:
    """Return the feed as Atom; `base` is the address of this instance."""
    Xml.register_namespace("", _ATOM)
    root = Xml.Element(f"{{{_ATOM}}}feed")
    _add(root, "id", f"{base}{path_of(feed)}")
    _add(root, "title", title_of(feed, voice))
    _add(root, "updated", _updated(feed))
    _add(root, "link", rel="self", type="application/atom+xml", href=f"{base}{path_of(feed, 'atom')}")
    _add(root, "link", rel="alternate", type="text/html", href=f"{base}{path_of(feed)}")
    for entry in feed.entries:
        node = _add(root, "entry")
        node.set("{http://www.w3.org/XML/1998/namespace}lang", entry.post.language)
        _add(node, "id", entry.id.urn)
        _add(node, "title", entry.heading)
        _add(node, "published", entry.at.isoformat())
        _add(node, "updated", entry.at.isoformat())
        _add(_add(node, "author"), "name", entry.place)
        for place in entry.seen:
            _add(node, "link", rel="alternate", title=place.title, href=place.address)
        _add(node, "content", _whole(entry, base), type="html")
    return bytes(Xml.tostring(root, "utf-8", xml_declaration=True))


def as_json(feed: Feed, voice: Voice, base: str) -> bytes:
    """Return the feed as JSON Feed; `base` is the address of this instance."""
    told = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title_of(feed, voice),
        "home_page_url": f"{base}{path_of(feed)}",
        "feed_url": f"{base}{path_of(feed, 'json')}",
        "items": [
            {
                "id": entry.id.urn,
                "title": entry.heading,
                "content_text": entry.post.text,
                "content_html": _whole(entry, base),
                "date_published": entry.at.isoformat(),
                "language": entry.post.language,
                "authors": [{"name": entry.place}],
                "url": entry.seen[0].address if entry.seen else f"{base}{path_of(feed)}",
                "attachments": [
                    {
                        "url": f"{base}{picture_path(entry, one.sha256)}",
                        "mime_type": one.mime,
                        "title": one.alt,
                    }
                    for one in entry.post.pictures
                ],
            }
            for entry in feed.entries
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def conditional(request: Request, body: bytes, media_type: str) -> Response:
    """Return an answer that readers may ask for again without getting it twice (RFC 9110, 13.1.2)."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers={"ETag": tag})
    return Response(body, media_type=media_type, headers={"ETag": tag})


def _whole(entry: Entry, base: str) -> str:
    """Return text and pictures of an entry as HTML with whole addresses."""
    figures = [
        _FIGURE.format(f"{base}{picture_path(entry, one.sha256)}", one.alt) for one in entry.post.pictures
    ]
    return str(Markup("").join([html_of(entry.post.text), *figures]))


def _updated(feed: Feed) -> str:
    newest = max((one.at for one in feed.entries), default=None)
    return newest.isoformat() if newest else "1970-01-01T00:00:00+00:00"


def _add(parent: Xml.Element, name: str, text: str | None = None, **attributes: str) -> Xml.Element:
    node = Xml.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    node.text = "".join(sign for sign in text if sign >= " " or sign in "\n\t") if text is not None else None
    return node
