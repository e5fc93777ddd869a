"""Typed facts: what a person may type for a date, a time, a number, a telephone, a link, a place or a few words.

A value is checked once and kept as plain text in one form (`2027-04-12`, `14:30`, `1234,5`, an https address); how it
reads is decided per written language when a text is made. The rules keep a value from changing what an approver saw:
no mention, no hashtag, no link but in a link, one line, nothing invisible (threat D5).
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from urllib.parse import urlsplit

from campaigns.definition.model import FactKind
from campaigns.wording import hidden_characters
from connectors.base import Problem

LONGEST: Mapping[str, int] = {"place": 80, "text": 200, "url": 500}
"""Characters; 80 for a place is threat D5's figure."""
_LONGEST_OTHER = 40

_SPACES = re.compile(r"[ \u00a0\u202f]+")
_NUMBER = re.compile(r"-?\d{1,15}(?:[.,]\d{1,6})?", re.ASCII)
_THOUSANDS = re.compile(r"-?\d{1,3}(?: \d{3})+(?:,\d{1,6})?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", re.ASCII)
_CLOCK = re.compile(r"(?:kl\.? ?)?(\d{1,2})(?:[:.](\d\d))?", re.ASCII)
_PHONE = re.compile(r"(?:(?:\+|00)47)?(\d{3}|\d{5}|\d{6}|\d{8})", re.ASCII)
_FOREIGN_PHONE = re.compile(r"\+(?!47)\d{8,15}", re.ASCII)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_NOT_IN_ADDRESS = frozenset(" \"'<>\\^`{|}")

_WEEKDAYS: Mapping[str, tuple[str, ...]] = {
    "nn": ("måndag", "tysdag", "onsdag", "torsdag", "fredag", "laurdag", "søndag"),
    "nb": ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = (
    "januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november",
    "desember",
)  # fmt: skip
_ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def check_fact(kind: FactKind, value: str, *, own_hosts: Collection[str] | None = None) -> str | Problem:
    """Return a typed value in the form in which it is kept, or what is wrong with it.

    `own_hosts`, given for a link that must lead to the municipality's own pages, are its domains; each covers its
    subdomains. A value that is already in its kept form stays as it is.
    """
    if hidden := hidden_characters(value.strip()):
        return Problem("facts.hidden_characters", {"characters": ", ".join(hidden)})
    value = unicodedata.normalize("NFC", value.strip())
    if not value:
        return Problem("facts.empty")
    if "\n" in value:
        return Problem("facts.one_line")
    longest = LONGEST.get(kind, _LONGEST_OTHER)
    if len(value) > longest:
        return Problem("facts.too_long", {"length": len(value), "limit": longest})
    if kind == "url":
        return _check_address(value, own_hosts)
    return _CHECKS[kind](value)


def format_fact(kind: FactKind, value: str, language: str) -> str:
    """Return a kept value as it reads in a written language: `måndag 12. april`, `14.30`, `1 234,5` (domain notes 6).

    Sámi texts get days in figures (`12.4.2027`), which are right in all of them. Thousands have a no-break space.
    The word `kl.` belongs to the sentence, not to the value.

    Raises: ValueError when the value is not in its kept form.
    """
    if kind == "date":
        return _format_date(date.fromisoformat(value), language)
    if kind == "time":
        return time.fromisoformat(value).strftime("%H:%M" if language == "en" else "%H.%M")
    if kind == "number":
        return _format_number(value, language)
    return value


def _check_date(value: str) -> str | Problem:
    try:
        if found := _DAY_FIRST.fullmatch(value):
            return date(int(found[3]), int(found[2]), int(found[1])).isoformat()
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return Problem("facts.date", {"value": value})


def _check_time(value: str) -> str | Problem:
    found = _CLOCK.fullmatch(value)
    if not found or int(found[1]) > 23 or int(found[2] or 0) > 59:
        return Problem("facts.time", {"value": value})
    return f"{int(found[1]):02}:{found[2] or '00'}"


def _check_number(value: str) -> str | Problem:
    plain = _SPACES.sub(" ", value).replace("−", "-")
    if not _NUMBER.fullmatch(plain) and not _THOUSANDS.fullmatch(plain):
        return Problem("facts.number", {"value": value})
    if re.fullmatch(
        r"-?[1-9]\d{0,2}\.\d{3}", plain
    ):  # 1.234 is a thousand to some, little more than one to others
        return Problem("facts.number_unclear", {"value": value, "whole": plain.replace(".", " ")})
    return plain.replace(" ", "").replace(".", ",")


def _check_phone(value: str) -> str | Problem:
    digits = _SPACES.sub("", value)
    if _FOREIGN_PHONE.fullmatch(digits):
        return digits
    found = _PHONE.fullmatch(digits)
    if not found:
        return Problem("facts.phone", {"value": value})
    return _group_phone(found[1])


def _group_phone(digits: str) -> str:
    """Return a Norwegian number in its usual groups: 55 12 34 56, but 912 34 567, 800 12 345 and 116 117."""
    if len(digits) == 6:
        return f"{digits[:3]} {digits[3:]}"
    if len(digits) != 8:
        return digits
    if digits[0] in "489":
        return f"{digits[:3]} {digits[3:5]} {digits[5:]}"
    return " ".join(digits[place : place + 2] for place in range(0, 8, 2))


def _check_words(value: str) -> str | Problem:
    """Refuse what a platform would make a mention, a tag or a link of; judged as platforms do, after folding."""
    folded = unicodedata.normalize("NFKC", value)
    if "{" in folded or "}" in folded:
        return Problem("facts.braces")
    if "#" in folded:
        return Problem("facts.hashtag")
    for word in folded.split():
        if _MAIL.fullmatch(word.strip("(),.;:")):
            continue
        if "@" in word:
            return Problem("facts.mention", {"value": word})
        if "://" in word or _has_inner_dot(word):
            return Problem("facts.link", {"value": word})
    return value


def _has_inner_dot(word: str) -> bool:
    """Tell whether a full stop has two letters right after it and a letter or digit before it, as in `voss.no`."""
    parts = re.split(r"[.。]", word)
    return any(
        before[-1:].isalnum() and after[:2].isalpha() and len(after) > 1 for before, after in pairwise(parts)
    )


def _check_address(value: str, own_hosts: Collection[str] | None) -> str | Problem:
    """Return an https address with its host in ASCII, so that a lookalike shows (threat D5)."""
    if not value.lower().startswith("https://"):
        return Problem("facts.url_https", {"value": value})
    if _NOT_IN_ADDRESS & set(value):
        return Problem("facts.url", {"value": value})
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return Problem("facts.url", {"value": value})
    host = _ascii(parts.hostname or "")
    if not host or "@" in parts.netloc or port not in (None, 443):
        return Problem("facts.url", {"value": value})
    if own_hosts is not None and not is_own_host(host, own_hosts):
        return Problem("facts.url_host", {"host": host, "hosts": ", ".join(sorted(own_hosts)[:3])})
    return parts._replace(scheme="https", netloc=host).geturl()


def is_own_host(host: str, own_hosts: Collection[str]) -> bool:
    """Tell whether a host is one of these domains or below one; a leading `www.` in the list makes no difference."""
    own = {_ascii(entry.strip().lower().removeprefix("www.")) for entry in own_hosts} - {""}
    return any(host == entry or host.endswith(f".{entry}") for entry in own)


def _ascii(host: str) -> str:
    """Return a domain name in ASCII (punycode where needed); empty when it is none, such as an IP address."""
    try:
        name = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    return name if _HOST.fullmatch(name) and not _is_ip(name) else ""


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _format_date(day: date, language: str) -> str:
    weekdays = _WEEKDAYS.get(language)
    if weekdays is None:
        return f"{day.day}.{day.month}.{day.year}"
    if language == "en":
        return f"{weekdays[day.weekday()]} {day.day} {_ENGLISH_MONTHS[day.month - 1]}"
    return f"{weekdays[day.weekday()]} {day.day}. {_MONTHS[day.month - 1]}"


def _format_number(value: str, language: str) -> str:
    try:
        written = f"{Decimal(value.replace(',', '.')):,f}"
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a kept number") from None
    return written if language == "en" else written.replace(",", "\u00a0").replace(".", ",")


_CHECKS: Mapping[FactKind, Callable[[str], str | Problem]] = {
    "date": _check_date,
    "time": _check_time,
    "number": _check_number,
    "phone": _check_phone,
    "place": _check_words,
    "text": _check_words,
}
