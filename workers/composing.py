"""How a letter is worded: its contents in one language, as plain text and as HTML, and the mail around them.

Everything that came from people or platforms is made one line without control characters before it goes into a
sentence, and is escaped in HTML (threats D1, D15). Links begin with the public address alone (threat B6).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from babel.dates import format_date
from jinja2 import Environment, PackageLoader, select_autoescape

from campaigns import timing
from campaigns.attention import Item
from campaigns.letter_contents import Contents, Told, Workplace
from campaigns.notice_kinds import KINDS
from campaigns.sentences import DAY, Language, best_of, catalogue, page_sentence
from connectors.secret import Secret
from reports.titles import Titles

LONGEST = 300
"""Characters of one value; a reason or a title longer than that is read on the page."""
LONGEST_SUBJECT = 120

_PAGES = Environment(
    loader=PackageLoader("workers"),
    autoescape=select_autoescape(["html"], default=False),
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_SEVEN_BITS = SMTP.clone(cte_type="7bit")  # for servers that announce no 8BITMIME (RFC 6152)


@dataclass(frozen=True, slots=True)
class Waits:
    """What waits in one organisation, with the titles of what it names by its keys."""

    items: Sequence[Item]
    titles: Titles


NOTHING = Waits((), Titles({}, {}))
SAID: Mapping[str, frozenset[str]] = {
    "waiting.answer_out": frozenset({"invitation"}),
    "waiting.answer_in": frozenset({"invitation"}),
    "waiting.approve_again": frozenset({"approval_fell"}),
    "waiting.second_person": frozenset({"second_person"}),
    "waiting.moved": frozenset({"moved"}),
    "waiting.stranded": frozenset({"missed", "failed"}),
    "waiting.unsure": frozenset({"unsure"}),
    "waiting.veto": frozenset({"veto"}),
}
"""What waits, by the kinds of notices that say the same: it is said once."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is told: what happened, what it means, what one can do, and where."""

    what: str
    means: Sequence[str]
    do: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What is told about one organisation."""

    place: str
    told: Sequence[Line] = ()
    waits: str = ""
    waiting: Sequence[str] = ()
    see: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A letter in words."""

    language: Language
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


def write(contents: Contents, waiting: Mapping[str, Waits], *, at_once: bool, public: str) -> Written | None:
    """Return a letter in words, or `None` when there is nothing to say; `waiting` has what waits by organisation.

    What waits is reason enough on the days of its reminders; a letter that goes anyway tells all of it.
    """
    language = contents.language
    if not contents.told and not any(one.remind for those in waiting.values() for one in those.items):
        return None
    parts = []
    for post in contents.posts:
        told = [_line(one, language, public) for one in contents.told if one.post == post]
        items = _items(waiting.get(post.number, NOTHING), contents.told, post, language)
        if told or items:
            own = f"{post.name} ({post.number})" if len(contents.posts) > 1 else post.name
            parts.append(
                Part(
                    _clean(own), told, page_sentence("letter.waiting", {}, language), items,
                    page_sentence("letter.see_waiting", {}, language), _absolute(public, f"/for/{post.number}"),
                )
            )  # fmt: skip
    if not parts:
        return None
    count = sum(len(one.told) + len(one.waiting) for one in parts)
    first = next((line.what for part in parts for line in part.told), "")
    if at_once and count == 1:
        subject = first
    else:
        code = "letter.subject.at_once" if at_once else "letter.subject.daily"
        subject = page_sentence(code, {"count": count}, language)
    greeting = page_sentence("letter.greeting", {"name": _clean(contents.name)}, language)
    foot = page_sentence("letter.foot", {}, language)
    return _rendered(language, subject, greeting, parts, foot, _absolute(public, "/me/notices"))


def _items(waits: Waits, told: Sequence[Told], post: Workplace, language: Language) -> list[str]:
    """Return sentences about what waits, but for what a notice in the same letter says already."""
    here = [one for one in told if one.post == post]
    found = []
    for item in waits.items:
        if any(one.kind in SAID.get(item.code, ()) and _is_about(one, item) for one in here):
            continue
        values = _clean_all(item.values)
        campaign, message = (str(item.values.get(name, "")) for name in ("campaign", "message"))
        if title := best_of(waits.titles.campaigns.get(campaign, {}), language)[0]:
            values["campaign"] = _clean(title)
        if title := best_of(waits.titles.messages.get((campaign, message), {}), language)[0]:
            values["message"] = _clean(title)
        found.append(page_sentence(item.code, values, language))
    return found


def _is_about(told: Told, item: Item) -> bool:
    names = ("campaign", "message")
    return all(item.values[name] == told.details.get(name) for name in names if name in item.values)


def write_alone(
    kind: str, details: Mapping[str, object], secret_path: Secret | None, language: Language, *, public: str
) -> Written:
    """Return a letter that says one thing of its own (`letters.send_now`)."""
    values = _clean_all(details)
    subject, what, do = (
        page_sentence(code, values, language)
        for code in (f"letter.subject.{kind}", f"letter.what.{kind}", f"letter.do.{kind}")
    )
    path = secret_path.reveal() if secret_path else str(details.get("path") or "")
    line = Line(what, (), do, _absolute(public, path) if path else "")
    return _rendered(
        language, subject, "", [Part("", [line])], page_sentence("letter.foot_alone", {}, language), ""
    )


def _rendered(
    language: Language, subject: str, greeting: str, parts: Sequence[Part], foot: str, choices: str
) -> Written:
    subject = _clean(subject).rstrip(".")
    if len(subject) > LONGEST_SUBJECT:
        subject = f"{subject[: LONGEST_SUBJECT - 1]}…"
    values = {
        "language": language, "subject": subject, "greeting": greeting, "parts": parts, "foot": foot,
        "choices": choices,
    }  # fmt: skip
    text, html = (_PAGES.get_template(name).render(values) for name in ("plain.txt", "letter.html"))
    return Written(language, subject, text, html)


def mail(
    written: Written, *, sender: str, to: str, name: str, message_id: str, now: datetime
) -> EmailMessage:
    """Return the mail: both forms, and headers by which no machine answers it."""
    made = EmailMessage(_SEVEN_BITS)
    made["From"] = Address("Samklang", addr_spec=sender)
    made["To"] = Address(_clean(name), addr_spec=to)
    made["Subject"] = written.subject
    made["Date"] = format_datetime(now)
    made["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834
    made["X-Auto-Response-Suppress"] = "All"
    made.set_content(written.text)
    made.add_alternative(written.html, subtype="html")
    made["Content-Language"] = written.language  # a new content takes such headers away
    return made


def _line(told: Told, language: Language, public: str) -> Line:
    values = _values(told, language)
    kind = told.kind
    what = page_sentence(_one_of("notice.what.", kind, told.details), values, language)
    means = [page_sentence(_one_of("notice.means.", kind, told.details), values, language)]
    if kind == "account_lost" and not told.details.get("number"):
        means = []
    if reason := str(told.details.get("reason") or "") if kind == "stop" else "":
        said = page_sentence(reason, {}, language) if reason in catalogue() else reason
        means.append(page_sentence("notice.reason", {"reason": _clean(said).rstrip(".")}, language))
    if told.slipped:
        means.append(page_sentence("notice.slipped", {"count": told.slipped}, language))
    path = f"/for/{told.post.number}/{_page(kind, told.details)}".rstrip("/")
    link = _absolute(public, told.link.reveal() if told.link else path)
    return Line(what, means, page_sentence(f"notice.do.{kind}", values, language), link)


def _page(kind: str, details: Mapping[str, object]) -> str:
    return KINDS[kind].page.replace("{campaign}", str(details.get("campaign", "")))


def _one_of(start: str, kind: str, details: Mapping[str, object]) -> str:
    """Return the code of a sentence, with what tells apart the forms that it has."""
    code = f"{start}{kind}"
    for name in ("level", "silence", "answer"):
        if (form := f"{code}.{details.get(name)}") in catalogue():
            return form
    return code


def _values(told: Told, language: Language) -> dict[str, object]:
    details = told.details
    values = _clean_all({name: one for name, one in details.items() if not isinstance(one, dict)})
    for name, source in (("title", "title"), ("message", "message_title")):
        if isinstance(texts := details.get(source), dict):
            values[name] = _clean(best_of(texts, language)[0])
    for name in ("due_at", "before_at", "until_at", "set_at"):
        values[name.removesuffix("_at")] = _moment(str(details.get(name) or ""), told.post, language)
    if "day" in details:
        values["day"] = f"{datetime.fromisoformat(str(details['day'])):%d.%m.%Y}"
    if "by" in details and not details["by"]:
        values["by"] = page_sentence("notice.by_operator", {}, language).rstrip(".")
    count = int(str(details["number"])) if told.kind == "account_lost" else told.count
    return values | {
        "count": count,
        "accounts": _clean(", ".join(told.accounts)),
        "places": _clean(", ".join(told.places)),
    }


def _moment(iso: str, post: Workplace, language: Language) -> str:
    if not iso:
        return "–"
    wall = timing.local(datetime.fromisoformat(iso), post.zone)
    day = format_date(wall, DAY[language], locale=language)
    clock = f"{wall:%H:%M}" if language == "en" else f"{wall:%H.%M}"
    return page_sentence("letter.soon", {"clock": clock, "day": day}, language).rstrip(".")


def _absolute(public: str, path: str) -> str:
    """Return a whole address, or nothing where the instance does not know its own."""
    return f"{public.rstrip('/')}{path}" if public else ""


def _clean_all(values: Mapping[str, object]) -> dict[str, object]:
    return {name: one if isinstance(one, int) else _clean(str(one)) for name, one in values.items()}


def _clean(text: str) -> str:
    """Return a text as one line without what a program would obey: controls, direction signs, line ends."""
    plain = "".join(
        " " if unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp", "Cs"} else one for one in text
    )
    plain = " ".join(plain.split())
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1]}…"
