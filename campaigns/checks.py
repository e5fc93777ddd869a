"""What must be right before a text is approved: everything that is wrong, or doubtful, with one finished post.

A blocking problem keeps the post from being approved; a warning is read and may be passed over. What a platform would
refuse comes from its connector and is passed on. What the county may write in a document is checked by
`campaigns.definition`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import regex

from campaigns.elections import Election, election_near, is_voter_information, political_words, result_words
from campaigns.facts import is_own_host
from campaigns.language import HARD_TEXT, foreign_words, readability
from campaigns.occasions import occasion
from campaigns.timing import is_holiday, is_warning_test, quiet_reason
from campaigns.wording import hidden_characters, placeholders
from connectors import base
from connectors.post import Post
from connectors.text import hashtags, links

Severity = Literal["blocking", "warning"]

LONGEST_TEXT = 100_000
SAME_TEXTS = 256
"""So many texts are remembered with what is wrong with them: one goes to all accounts of a municipality."""
"""Characters. No platform takes a text as long as this, and it keeps every search below short (threat G14)."""
QUIET = "timing.quiet."
"""Beginning of the codes of quiet hours."""
PASSED_OVER = (QUIET,)
"""Beginnings of the codes of checks that are a matter of judgement, and that somebody may answer for."""
FEW_EMOJI = 3
LONG_HASHTAG = 12
"""Letters from which a hashtag without a capital is taken for several words; Norwegian words get long, hence a warning."""
MOST_WORDS = 5
"""Words that a warning lists; who looks for five finds the others, too."""
MOST_SENTENCES, SHOWN_OF_SENTENCE = 3, 60
"""Hard sentences that a warning shows, and how many characters of each."""

_PICTURE_OF = (
    "bilde av", "et bilde av", "bilete av", "eit bilete av", "foto av", "et foto av", "eit foto av", "fotografi av",
    "illustrasjon av", "en illustrasjon av", "ein illustrasjon av", "picture of", "a picture of", "image of",
    "an image of", "photo of", "a photo of",
)  # fmt: skip
_FILE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif")
_GRAPHEME = regex.compile(r"\X")
_EMOJI = regex.compile(r"[\p{Emoji_Presentation}\uFE0F\u20E3]")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong or doubtful about a post: a code of the catalogue, its values, and whether it blocks."""

    code: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    severity: Severity = "blocking"


@dataclass(frozen=True, slots=True)
class Rights:
    """How long, where and in which channels a picture may be used."""

    valid_until: datetime | None = None
    """The first moment at which it may not be used any more; `None` is without end."""
    covers: Collection[str] | None = None
    """Numbers of municipalities, or of counties with all of theirs; `None` is everybody."""
    channels: Collection[str] | None = None
    """Platforms by their key; `None` is all."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a post is checked against."""

    municipality: str
    """Number of the publishing organisation."""
    platform: str
    own_hosts: Collection[str]
    """Domains of the organisation's own pages; each covers its subdomains."""
    due_at: datetime | None
    """`None` while it waits to be released: then there is no time to be wrong."""
    zone: str
    rights: Mapping[str, Rights] = field(default_factory=dict)
    """By the picture's digest. A picture without an entry may not be used."""
    quiet_hours: bool = True
    """Whether the organisation keeps quiet hours."""
    quiet_override: str | None = None
    """The reason why this message may go in quiet hours."""
    holiday: Callable[[date], bool] = is_holiday
    purpose: str = "inform"
    """What the campaign is for; preparedness may speak at times when others had better be silent."""
    local_day: str | None = None
    """What the day is where the organisation is, by its own calendar: a school holiday, a fair."""
    values: Collection[str] = ()
    """What was filled in, such as names of places: no warning is about these words."""
    election: Callable[[datetime, str], Election | None] = election_near


def check_post(
    post: Post, connector_problems: Iterable[base.Problem], context: Context
) -> tuple[Problem, ...]:
    """Return all that is wrong or doubtful about a post on one account, blocking problems first."""
    if len(post.text) > LONGEST_TEXT:
        values = {"length": len(post.text), "limit": LONGEST_TEXT}
        return (Problem("checks.far_too_long", values),)
    found = [
        *(
            Problem(told.code, told.values)
            for told in connector_problems
            if told.code != "connector.alt_missing"
        ),
        *_of_text(post.text),
        *_links(post, context.own_hosts),
        *_alternative_texts(post),
        *_rights(post, context),
        *_time(context),
        *_mixed_language(post, context),
        *_hard_to_read(post),
        *_election(post, context),
        *_occasion(context),
    ]
    return tuple(sorted(found, key=lambda problem: problem.severity != "blocking"))


def blocks(problems: Iterable[Problem]) -> bool:
    """Tell whether any of the problems keeps a post from being approved."""
    return any(problem.severity == "blocking" for problem in problems)


def may_pass_over(code: str) -> bool:
    """Tell whether a person may pass over this blocking check with her name and a reason.

    What a platform would refuse, what a law asks for (alternative text, consents) and holes in a text never may.
    """
    return code.startswith(PASSED_OVER)


def count_emoji(text: str) -> int:
    """Return how many emoji a reader sees; a family, a flag and a hand with its skin colour count as one each."""
    return sum(1 for sign in _GRAPHEME.findall(text) if _EMOJI.search(sign))


@lru_cache(maxsize=SAME_TEXTS)
def _of_text(text: str) -> tuple[Problem, ...]:
    """Return what is wrong with a text wherever it goes: the same goes to all accounts of a municipality."""
    return (*_text(text), *_hashtags(text))


def _text(text: str) -> Iterator[Problem]:
    if names := placeholders(text):
        yield Problem("checks.unfilled", {"names": ", ".join(f"{{{name}}}" for name in names)})
    if hidden := hidden_characters(text):
        yield Problem("checks.hidden_characters", {"characters": ", ".join(hidden[:5])})
    if (emoji := count_emoji(text)) > FEW_EMOJI:
        yield Problem("checks.many_emoji", {"number": emoji, "limit": FEW_EMOJI}, "warning")


def _hashtags(text: str) -> Iterator[Problem]:
    """Warn of a long hashtag in small letters: a screen reader cannot tell its words apart."""
    for tag in dict.fromkeys(span.value for span in hashtags(text)):
        if len(tag) > LONG_HASHTAG and tag == tag.lower():
            yield Problem("checks.hashtag_case", {"tag": f"#{tag}"}, "warning")


def _links(post: Post, own_hosts: Collection[str]) -> Iterator[Problem]:
    addresses = [*(span.value for span in links(post.text)), *([post.card.address] if post.card else [])]
    for host in dict.fromkeys(_host(address) for address in addresses):
        if not is_own_host(host, own_hosts):
            yield Problem("checks.link_elsewhere", {"host": host}, "warning")


def _alternative_texts(post: Post) -> Iterator[Problem]:
    for number, picture in enumerate(post.pictures, start=1):
        alt = picture.alt.strip().lower()
        if not alt:
            yield Problem("checks.alt_missing", {"number": number, "language": post.language})
        elif alt.startswith(_PICTURE_OF):
            yield Problem("checks.alt_picture_of", {"number": number}, "warning")
        elif alt.endswith(_FILE_ENDINGS) and " " not in alt:
            yield Problem("checks.alt_file_name", {"number": number}, "warning")


def _rights(post: Post, context: Context) -> Iterator[Problem]:
    for number, picture in enumerate(post.pictures, start=1):
        rights = context.rights.get(picture.sha256)
        if rights is None:
            yield Problem("checks.rights_unknown", {"number": number})
            continue
        if rights.valid_until and context.due_at and context.due_at >= rights.valid_until:
            last = (rights.valid_until - timedelta(seconds=1)).astimezone(ZoneInfo(context.zone))
            yield Problem("checks.rights_ended", {"number": number, "day": f"{last:%d.%m.%Y}"})
        if rights.covers is not None and not _covers(rights.covers, context.municipality):
            yield Problem("checks.rights_elsewhere", {"number": number})
        if rights.channels is not None and context.platform not in rights.channels:
            yield Problem("checks.rights_channel", {"number": number, "platform": context.platform})


def _time(context: Context) -> Iterator[Problem]:
    if context.due_at is None:
        return
    local = context.due_at.astimezone(ZoneInfo(context.zone))
    values = {"time": f"{local:%H:%M}", "day": f"{local:%d.%m.%Y}"}
    quiet = (
        quiet_reason(context.due_at, context.zone, holiday=context.holiday) if context.quiet_hours else None
    )
    reason = (context.quiet_override or "").strip()
    if quiet and reason:
        yield Problem("checks.quiet_overridden", {**values, "reason": reason}, "warning")
    elif quiet:
        yield Problem(f"timing.quiet.{quiet}", values)
    if is_warning_test(context.due_at, context.zone):
        yield Problem("checks.warning_test", values, "warning")


def _mixed_language(post: Post, context: Context) -> Iterator[Problem]:
    """Warn of bokmål words in what is meant to be nynorsk, and the reverse, also beside the text itself."""
    options = post.poll.options if post.poll else ()
    texts = (post.text, *(picture.alt for picture in post.pictures), *options)
    known = frozenset(context.values)
    found = [word for text in texts for word in _foreign(text, post.language, known)]
    if found:
        yield Problem(f"checks.mixed_{post.language}", {"words": _listed(found)}, "warning")


def _hard_to_read(post: Post) -> Iterator[Problem]:
    """Warn of a Norwegian text that is difficult to read, with its hardest sentences; LIX is not for other languages."""
    measured = _measured(post.text) if post.language in ("nn", "nb") else None
    if measured is None or not measured.hard:
        return
    values: dict[str, str | int] = {"lix": measured.lix, "limit": HARD_TEXT}
    if not measured.hard_sentences:
        yield Problem("checks.hard_to_read", values, "warning")
        return
    hardest = sorted(measured.hard_sentences, key=lambda one: -one.lix)[:MOST_SENTENCES]
    shown = (f"«{_shortened(one.text)}» ({one.lix})" for one in hardest)
    yield Problem("checks.hard_sentences", {**values, "sentences": ", ".join(shown)}, "warning")


_measured = lru_cache(maxsize=SAME_TEXTS)(readability)
_foreign = lru_cache(maxsize=SAME_TEXTS)(foreign_words)


def _election(post: Post, context: Context) -> Iterator[Problem]:
    """Warn before an election of what is neither preparedness nor information on how to vote, and of politics in any."""
    election = context.election(context.due_at, context.zone) if context.due_at else None
    if election is None:
        return
    needed = context.purpose == "preparedness"
    needed = needed or (context.purpose == "inform" and is_voter_information(post.text))
    if not needed:
        code = "checks.election_near" if election.decided else "checks.election_expected"
        yield Problem(code, {"day": f"{election.day:%d.%m.%Y}"}, "warning")
    if found := political_words(post.text):
        yield Problem("checks.election_politics", {"words": _listed(found)}, "warning")
    if found := result_words(post.text):
        yield Problem("checks.election_results", {"words": _listed(found)}, "warning")


def _occasion(context: Context) -> Iterator[Problem]:
    if context.due_at is None or context.purpose == "preparedness":
        return
    day = context.due_at.astimezone(ZoneInfo(context.zone)).date()
    values = {"day": f"{day:%d.%m.%Y}"}
    if not context.quiet_hours and context.holiday(day):
        yield Problem("checks.holiday", values, "warning")  # with quiet hours it blocks already
    if context.local_day:
        yield Problem("checks.local_day", {**values, "name": context.local_day}, "warning")
    if found := occasion(context.due_at, context.zone):
        yield Problem(f"checks.occasion_{found}", values, "warning")


def _listed(found: Iterable[str]) -> str:
    """Return words for a sentence, each once, the first few of them."""
    each = [*dict.fromkeys(found)]
    return ", ".join(each[:MOST_WORDS]) + (" …" if len(each) > MOST_WORDS else "")


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_OF_SENTENCE else f"{text[: SHOWN_OF_SENTENCE - 1].rstrip()}…"


def _covers(numbers: Collection[str], municipality: str) -> bool:
    return municipality in numbers or municipality[:2] in numbers


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or address
    except ValueError:
        return address[:80]
