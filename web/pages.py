"""Templates made into answers: the status page, and a page for each way in which a request can go wrong."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from campaigns.sentences import Language
from reports.feed import Feed
from reports.overview import Overview
from web import feed, status, tags
from web.assets import asset
from web.voice import Voice

HERE = Path(__file__).parent
REFRESH_AFTER = 5
"""Seconds between two versions of a page that keeps itself new."""
ERRORS = frozenset({400, 404, 405, 422, 500, 503})
"""Status codes that have words of their own; the rest is told as 500."""


def make_environment() -> Environment:
    """Return the templates' surroundings: everything is escaped, and a misspelt name is an error, not an empty place."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        asset=asset,
        ANSWERS=tags.ANSWERS,
        STATES=tags.STATES,
        NEEDS=tags.NEEDS,
        HOLDS_SHOWN=status.HOLDS_SHOWN,
        REFRESH_AFTER=REFRESH_AFTER,
        fill_platform=status.fill_platform,
        html_of=feed.html_of,
        path_of=feed.path_of,
        picture_path=feed.picture_path,
        hold_reason=status.hold_reason,
        hold_sentence=status.hold_sentence,
        kept_back=status.kept_back,
        platform_title=status.platform_title,
        shares=status.shares,
        silence_sentence=status.silence_sentence,
        troubles=status.troubles,
        truth_sentence=status.truth_sentence,
        truth_tail=status.truth_tail,
        waits_for_time_alone=status.waits_for_time_alone,
        web_address=status.web_address,
    )
    return environment


_ENVIRONMENT = make_environment()


def status_page(overview: Overview, language: Language, *, refresh: bool) -> HTMLResponse:
    """Return the status page; one that names things keeps itself new if the reader asks for it (WCAG 2.2.1)."""
    voice = Voice(language, overview.made_at)
    content = _ENVIRONMENT.get_template("status.html").render(
        voice=voice, say=voice.say, number=voice.number, overview=overview, refresh=refresh and overview.named
    )
    return HTMLResponse(content)


def feed_page(found: Feed, language: Language, now: datetime) -> HTMLResponse:
    """Return what a municipality has out as a page."""
    voice = Voice(language, now)
    content = _ENVIRONMENT.get_template("feed.html").render(
        voice=voice,
        say=voice.say,
        feed=found,
        title=feed.title_of(found, voice),
        here=feed.path_of(found),
        overview=None,
    )
    return HTMLResponse(content)


def error_page(code: int, language: Language, *, allow: str | None = None) -> HTMLResponse:
    """Return a page that says what went wrong and what to do; nothing of the request is repeated in it (G5)."""
    voice = Voice(language)
    content = _ENVIRONMENT.get_template("error.html").render(
        voice=voice, say=voice.say, code=code if code in ERRORS else 500, overview=None
    )
    return HTMLResponse(content, status_code=code, headers={"Allow": allow} if allow else None)
