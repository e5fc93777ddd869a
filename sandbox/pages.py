"""The public pages of a stand-in: what a reader would see, as plain HTML without script.

Everything that came from a client is escaped. A post is laid out roughly as its platform lays it out (`sandbox.dress`),
without any logo; a banner on each page says that nothing here leaves this machine.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox import text
from sandbox.exchange import Refusal, Request, Response

if TYPE_CHECKING:
    from sandbox.dress import Dress
    from sandbox.standin import Route, StandIn
    from sandbox.storage import Account, Media, Post

PAGE = 20
"""Posts on one page."""
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}
_LANGUAGES = {
    "nn": "nynorsk",
    "nb": "bokmål",
    "no": "norsk",
    "en": "English",
    "se": "davvisámegiella",
    "sma": "åarjelsaemien",
    "smj": "julevsámegiella",
    "da": "dansk",
    "sv": "svenska",
    "pl": "polski",
    "uk": "українська",
    "ar": "العربية",
}
_SERVED = ("image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4")


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture on a page. `address` is a path on this stand-in."""

    address: str
    alt: str
    sha256: str
    mime: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """The card of a link."""

    address: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A post as the pages show it. `body` is HTML that is already safe; everything else is plain text."""

    address: str
    title: str
    handle: str
    """Handle as readers see it, with its `@`."""
    profile: str
    """Path of the account's page."""
    body: str
    language: str
    created_at: float
    counts: Sequence[tuple[int, str, str]]
    """Number, word for one, word for more."""
    edited_at: float | None = None
    pictures: Sequence[Shown] = ()
    card: Card | None = None
    options: Sequence[tuple[str, int]] = ()
    """A poll's options with their votes."""
    answers: str | None = None
    """Address of the post that this one answers."""


def routes(standin: StandIn) -> list[Route]:
    """Return the routes of the pages that every stand-in has."""

    def bound(act: Callable[..., Response]) -> Callable[..., Response]:
        return lambda request, **named: act(standin, request, **named)

    return [
        ("GET", "/", bound(timeline)),
        ("GET", "/sandbox.css", bound(style)),
        ("GET", "/favicon.ico", lambda _: Response(204)),
        ("GET", r"/media/(?P<handle>[^/]+)/(?P<media_id>[^/]+)", bound(media)),
    ]


def shown(found: Media) -> Shown:
    """Return an upload as the pages show it."""
    address = f"/media/{found.handle}/{found.id}"
    return Shown(address, found.alt, found.sha256, found.mime, found.width, found.height)


def timeline(standin: StandIn, request: Request) -> Response:
    """Return the newest posts of everybody."""
    return _list(standin, request, None, "Newest posts", "")


def profile(standin: StandIn, request: Request, account: Account) -> Response:
    """Return one account's newest posts."""
    facts = [f"{_number(standin.followers(account))} followers"]
    if account.inhabitants:
        facts.insert(0, f"{_number(account.inhabitants)} inhabitants")
    return _list(standin, request, account.handle, account.title, " · ".join(facts))


def single(standin: StandIn, post: Post) -> Response:
    """Return one post with what is stored as answers to it."""
    entry = standin.entry(post)
    replies = standin.store.posts(parent=post.id, seen_at=standin.clock(), oldest_first=True)
    parts = [article(entry, standin.dress)]
    if replies:
        parts += ["<h2>Answers</h2>", *(article(standin.entry(reply), standin.dress) for reply in replies)]
    parts.append('<p class="more"><a href="/">All posts</a></p>')
    return page(standin, f"Post by {entry.title}", "", parts)


def missing(standin: StandIn) -> Response:
    """Return the page for something that is not, or no longer, here."""
    parts = [
        "<p>It was never posted, or it has been removed.</p>",
        '<p class="more"><a href="/">All posts</a></p>',
    ]
    return page(standin, "There is nothing here", "", parts, 404)


def style(standin: StandIn, _: Request) -> Response:
    """Return the one style sheet, with the colours of this stand-in's dress."""
    return Response(
        200, _style() + standin.dress.style.encode(), {"Content-Type": "text/css; charset=utf-8", **SAFE}
    )


def media(standin: StandIn, _: Request, handle: str, media_id: str) -> Response:
    """Return an uploaded file with the type that its bytes had."""
    found = standin.store.media(handle, media_id)
    if found is None or found.mime not in _SERVED:
        raise Refusal(missing(standin))
    headers = {"Content-Type": found.mime, "Cache-Control": "private, max-age=3600", **SAFE}
    return Response(200, standin.store.content(handle, media_id), headers)


@cache
def _style() -> bytes:
    return (resources.files("sandbox") / "sandbox.css").read_bytes()


def _list(standin: StandIn, request: Request, handle: str | None, heading: str, facts: str) -> Response:
    asked = request.asked("before")
    before = int(asked) if asked.isdecimal() and len(asked) < 19 else None
    now = standin.clock()
    posts = standin.store.posts(handle=handle, before=before, seen_at=now, limit=PAGE + 1)
    parts = [article(standin.entry(post), standin.dress) for post in posts[:PAGE]]
    if not posts:
        parts.append(
            "<p>Nothing has been posted here yet. What is published shows up as soon as the page is read again.</p>"
        )
    links = []
    if before is not None or handle is not None:
        links.append('<a href="/">Newest posts</a>')
    if len(posts) > PAGE:
        links.append(f'<a href="?before={posts[PAGE - 1].seq}" rel="next">Older posts</a>')
    if links:
        parts.append(f'<p class="more">{" ".join(links)}</p>')
    return page(standin, heading, facts, parts)


def page(
    standin: StandIn,
    heading: str,
    facts: str,
    parts: Sequence[str],
    status: int = 200,
    *,
    has_form: bool = False,
) -> Response:
    """Return a page of the stand-in; `parts` are HTML that is already safe."""
    platform = html.escape(standin.platform)
    ingress = f'<p class="facts">{html.escape(facts)}</p>' if facts else ""
    lines = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(heading)} – stand-in for {platform}</title>",
        '<link rel="stylesheet" href="/sandbox.css"></head>',
        f'<body class="{standin.dress.classes}">',
        f'<header><p class="banner"><strong>Stand-in for {platform}.</strong> Nothing here leaves this machine.</p></header>',
        f"<main><h1>{html.escape(heading)}</h1>{ingress}",
        *parts,
        "</main></body></html>",
    ]
    headers = {"Content-Type": "text/html; charset=utf-8", **SAFE}
    if has_form:  # browsers hold a form's redirect to this rule, too, and it may lead to any application
        rule = "Content-Security-Policy"
        headers[rule] = headers[rule].replace("form-action 'none'", "form-action *")
    return Response(status, "\n".join(lines).encode(), headers)


def article(entry: Entry, dress: Dress) -> str:
    """Return a post as HTML, laid out in a dress."""
    escape = html.escape
    parts = [
        "<article><header>",
        f'<span class="sign" aria-hidden="true">{escape(entry.title[:1].upper())}</span>',
        f'<a class="who" href="{escape(entry.profile)}">{escape(entry.title)}</a> ',
        f'<span class="handle">{escape(entry.handle)}</span> ',
        f'<a class="when" href="{escape(entry.address)}">{_time(entry.created_at)}</a></header>',
    ]
    if entry.answers:
        parts.append(f'<p class="note">In answer to <a href="{escape(entry.answers)}">another post</a></p>')
    language = f' lang="{escape(entry.language)}"' if entry.language else ""
    body = [f'<div class="text"{language}>{entry.body}</div>']
    pictures = [_figure(picture, language) for picture in entry.pictures]
    parts += pictures + body if dress.pictures_first else body + pictures
    if entry.card:
        parts.append(_card(entry.card, language))
    if entry.options:
        parts.append(_poll(entry.options, language))
    counts = "".join(
        f"<li><b>{_number(n)}</b> {one if n == 1 else more}</li>" for n, one, more in entry.counts
    )
    parts.append(
        f'<footer><ul class="counts">{counts}</ul><p class="note">{escape(_told(entry))}</p></footer></article>'
    )
    return "".join(parts)


def _figure(picture: Shown, language: str) -> str:
    size = f' width="{picture.width}" height="{picture.height}"' if picture.width and picture.height else ""
    alt = html.escape(picture.alt)
    said = f"<span{language}>{alt}</span>" if picture.alt else "<strong>none</strong>"
    image = f'<img src="{html.escape(picture.address)}" alt="{alt}"{size} loading="lazy">'
    return f"<figure>{image}<figcaption>Alternative text: {said}</figcaption></figure>"


def _card(card: Card, language: str) -> str:
    title = text.link(card.address, card.title or card.address)
    return (
        f'<div class="card"{language}><p>{title}</p><p class="note">{html.escape(card.description)}</p></div>'
    )


def _poll(options: Sequence[tuple[str, int]], language: str) -> str:
    rows = "".join(
        f"<li><span{language}>{html.escape(title)}</span> <b>{_number(votes)}</b> {'vote' if votes == 1 else 'votes'}</li>"
        for title, votes in options
    )
    return f'<ul class="poll">{rows}</ul>'


def _told(entry: Entry) -> str:
    """Return the language by its own name, and when the post was edited."""
    told = f"Language: {_LANGUAGES.get(entry.language, entry.language or 'not given')}"
    return f"{told} · Edited {_words(entry.edited_at)}" if entry.edited_at else told


def _time(at: float) -> str:
    return f'<time datetime="{text.stamp(at)}">{_words(at)}</time>'


def _words(at: float) -> str:
    """Return a time as a Norwegian reader's clock has it, written out: 23 November 2026 at 18:04."""
    moment = datetime.fromtimestamp(at, _zone())
    ending = " UTC" if moment.tzinfo is UTC else ""
    return f"{moment.day} {moment:%B %Y} at {moment:%H:%M}{ending}"


@cache
def _zone() -> tzinfo:
    """Return Norwegian time, or UTC on a machine without time zones."""
    try:
        return ZoneInfo("Europe/Oslo")
    except ZoneInfoNotFoundError:
        return UTC


def _number(value: int) -> str:
    """Return a number with no-break spaces between thousands."""
    return f"{value:,}".replace(",", "\u00a0")
