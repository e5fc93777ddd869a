"""Templates made into answers: the status page, and a page for each way in which a request can go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse

from campaigns.definition import changes
from campaigns.drafting import keeping, tree
from campaigns.sentences import Language
from reports import truth_words
from reports.books import content
from reports.feed import Feed
from reports.overview import Overview
from reports.voice import Voice
from web import feed, labels, navigation, status, tags, words
from web.assets import asset
from web.forms import Form

if TYPE_CHECKING:
    from web.app import Website
    from web.visits import Visit

HERE = Path(__file__).parent
REFRESH_AFTER = 5
"""Seconds between two versions of a page that keeps itself new."""
ERRORS = frozenset({400, 401, 403, 404, 405, 411, 413, 422, 500, 503})
"""Status codes that have words of their own; the rest is told as 500."""


GLOBALS: Mapping[str, object] = {
    "asset": asset,
    "ANSWERS": tags.ANSWERS,
    "DELIVERIES": tags.DELIVERIES,
    "PARTICIPATIONS": tags.PARTICIPATIONS,
    "STATES": tags.STATES,
    "NEEDS": tags.NEEDS,
    "HOLDS_SHOWN": status.HOLDS_SHOWN,
    "REFRESH_AFTER": REFRESH_AFTER,
    "fill_platform": status.fill_platform,
    "html_of": feed.html_of,
    "path_of": feed.path_of,
    "picture_path": feed.picture_path,
    "hold_reason": status.hold_reason,
    "hold_sentence": status.hold_sentence,
    "kept_back": status.kept_back,
    "shares": status.shares,
    "silence_sentence": status.silence_sentence,
    "troubles": status.troubles,
    "written": content.written,
    "truth_sentence": truth_words.truth_sentence,
    "truth_tail": truth_words.truth_tail,
    "waits_for_time_alone": status.waits_for_time_alone,
    "web_address": status.web_address,
    "with_titles": status.with_titles,
    "ACCOUNTS": tags.ACCOUNTS,
    "ASSESSMENTS": tags.ASSESSMENTS,
    "CARDS": tags.CARDS,
    "STAGE_FILL": words.STAGE_FILL,
    "campaign_tabs": words.campaign_tabs,
    "change_said": changes.said,
    "field_id": labels.field_id,
    "field_label": labels.field_label,
    "fact_kinds": labels.fact_kinds,
    "form_label": labels.form_label,
    "fact_names": labels.fact_names,
    "idle_days": keeping.idle_days,
    "is_chosen": labels.is_chosen,
    "kept_until": keeping.kept_until,
    "value_label": labels.value_label,
    "outcomes": labels.outcomes,
    "poll_options": tree.OPTIONS,
    "languages_offered": labels.languages_offered,
    "marks_of": tree.marks,
    "missing_forms": labels.missing_forms,
    "part_title": labels.part_title,
    "purposes": labels.purposes,
    "told_path": labels.told_path,
    "told_sentence": labels.told_sentence,
    "fact_help": words.fact_help,
    "fact_text": words.fact_text,
    "hold_reason_of": words.hold_reason_of,
    "admin_sections": navigation.sections,
    "item_kind": words.item_kind,
    "item_look": words.item_look,
    "item_path": words.item_path,
    "item_sentence": words.item_sentence,
    "item_title": words.item_title,
    "message_title": words.message_title,
    "square_size": words.square_size,
    "progress_sentence": words.progress_sentence,
    "way_on": words.way_on,
}
"""What every template knows besides its own values."""
FILTERS = {
    "account_option": words.account_option,
    "account_title": words.account_title,
    "bare_clock": words.bare_clock,
    "by_language": words.by_language,
    "initials": words.initials,
    "kind_of_person": words.kind_of_person,
    "language_name": words.language_name,
    "marked": words.marked,
    "platform_title": status.platform_title,
    "platforms_of": words.platforms_of,
}


def make_environment() -> Environment:
    """Return the templates' surroundings: everything is escaped, and a misspelt name is an error, not an empty place."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(GLOBALS)
    environment.filters.update(FILTERS)
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


def error_page(code: int, language: Language, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """Return a page that says what went wrong and what to do; nothing of the request is repeated in it (G5)."""
    voice = Voice(language)
    content = _ENVIRONMENT.get_template("error.html").render(
        voice=voice, say=voice.say, code=code if code in ERRORS else 500, overview=None
    )
    return HTMLResponse(content, status_code=code, headers=headers)


def error_answer(code: int, language: Language, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the same for a program: a code that stays, and a text for whoever reads its log."""
    told = code if code in ERRORS else 500
    voice = Voice(language)
    text = f"{voice.say(f'page.error.{told}')}. {voice.say(f'page.error.{told}_why')}"
    return JSONResponse({"code": f"error.{told}", "text": text}, status_code=code, headers=headers)


def visit_page(visit: Visit, template: str, status: int, values: Mapping[str, object]) -> HTMLResponse:
    """Return a page behind the login: its own values, and what the frame around it needs."""
    voice = visit.voice
    content = _ENVIRONMENT.get_template(template).render(
        {
            "visit": visit,
            "voice": voice,
            "say": voice.say,
            "number": voice.number,
            "navigation": navigation.entries(visit),
            "stops": navigation.stops_over(visit),
            "may_stop": navigation.may_stop(visit),
            "is_county": visit.own_place is not None and navigation.is_county(visit),
            "errors": (),
            **values,
        }
    )
    return HTMLResponse(content, status_code=status)


def login_page(
    language: Language, now: datetime, template: str, status: int = 200, /, **values: object
) -> HTMLResponse:
    """Return a page for somebody who is not logged in."""
    voice = Voice(language, now)
    content = _ENVIRONMENT.get_template(template).render(
        {"voice": voice, "say": voice.say, "number": voice.number, "overview": None, "errors": (), **values}
    )
    return HTMLResponse(content, status_code=status)


def open_page(
    language: Language, now: datetime, template: str, status: int = 200, /, **values: object
) -> HTMLResponse:
    """Return a page that anybody may read."""
    voice = Voice(language, now)
    content = _ENVIRONMENT.get_template(template).render(
        {"voice": voice, "say": voice.say, "number": voice.number, "overview": None, **values}
    )
    return HTMLResponse(content, status_code=status)


def told_page(
    request: Request, code: str, status: int = 200, /, *, then: str = "/login", **values: object
) -> HTMLResponse:
    """Return a page that says one thing, its first sentence as its heading, and leads on."""
    website: Website = request.app
    language, now = website.language(request), website.now()
    first, _, rest = Voice(language, now).say(code, **values).partition(". ")
    return login_page(language, now, "login/told.html", status, first=first.rstrip("."), rest=rest, then=then)


def again_page(
    language: Language, now: datetime, path: str, form: Form, *, reason: str, token: str = ""
) -> HTMLResponse:
    """Return a page that keeps what was typed until it can be taken: nothing is lost when a session ends (threat B10)."""
    return login_page(
        language, now, "again.html", 401 if reason == "login" else 403, path=path, form=form, reason=reason,
        token=token,
    )  # fmt: skip


def again_line(language: Language, now: datetime, *, reason: str) -> HTMLResponse:
    """Return a line for a page that saves by itself: nothing of it is lost, and the page's own button keeps it."""
    return login_page(language, now, "again_line.html", 401, reason=reason)
