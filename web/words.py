"""What the pages behind the login say, worked out so that templates only lay it out. Reads no row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from campaigns.attention import Item
from campaigns.sentences import catalogue
from campaigns.sessions import Choosable
from campaigns.store import OrganisationKind, Role
from reports.following import Follower
from reports.path import Ask, Channel
from reports.stops import Stop
from reports.titles import Titles
from reports.voice import Voice
from web import tags
from web.status import platform_title

if TYPE_CHECKING:
    from web.visits import Visit

STAGE_FILL: Mapping[str, str] = {
    "approved": "ok",
    "adapting": "tilp",
    "in": "inn",
    "later": "sein",
    "out": "over",
    "withdrawn": "over",
    "unanswered": "taus",
}
"""The colour of each stage in a bar, as the style sheet names it."""
ITEM_PATHS: Mapping[str, str] = {
    "account": "accounts",
    "login_ends": "accounts",
    "assessment": "accounts",
    "unsure": "deliveries?state=unsure",
    "by_hand": "hand",
    "veto": "standing",
}
"""Where what waits is seen to, unless that is its campaign's page."""


def initials(name: str) -> str:
    """Return the first letters of the first and the last word of a name."""
    words = name.split()
    return "".join(one[0] for one in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


def kind_of_person(people: Sequence[Choosable], kind: str) -> Choosable | None:
    """Return one of the demo's people of a kind: the coordinator, an adviser, an admin who is nothing else."""
    for one in people:
        county = one.kind == OrganisationKind.county
        if kind == "coordinator" and county and Role.coordinator in one.roles:
            return one
        if kind == "adviser" and not county and Role.approver in one.roles:
            return one
        if kind == "admin" and not county and one.roles == {Role.admin}:
            return one
    return None


def language_name(code: str, voice: Voice) -> str:
    """Return the name of a written language in the reader's own."""
    return voice.say(f"page.written.{code}")


def account_option(account: tuple[int, str, str], voice: Voice) -> tuple[str, str]:
    """Return an account as a choice in a list."""
    return str(account[0]), f"{platform_title(account[1], voice)} · {account[2]}"


def platforms_of(accounts: Iterable[str], voice: Voice) -> list[str]:
    """Return the platforms' titles of accounts that are told as `platform · handle`, each once."""
    return list(dict.fromkeys(platform_title(one.partition(" · ")[0], voice) for one in accounts))


def account_title(account: str, voice: Voice) -> str:
    """Return an account that is told as `platform · handle` with its platform's title."""
    platform, middle, handle = account.partition(" · ")
    return f"{platform_title(platform, voice)}{middle}{handle}"


def by_language(channels: Sequence[Channel], own: str | None) -> list[tuple[str, list[Channel]]]:
    """Return the channels by the language that each publishes in."""
    found: dict[str, list[Channel]] = {}
    for one in channels:
        found.setdefault(one.language or own or "", []).append(one)
    return list(found.items())


def bare_clock(clock: str) -> str:
    """Return a time of day without the word before it, for the second of two."""
    return clock.split("\u00a0")[-1]


def hold_reason_of(voice: Voice, stop: Stop) -> str:
    """Return why something is stopped: the instance's own sentence, or a person's words."""
    return voice.say(stop.reason) if stop.reason in catalogue() else stop.reason


def progress_sentence(voice: Voice, one: Follower) -> str:
    """Return how far a municipality has come, in words."""
    truth = one.truth
    if not truth.all:
        return (
            voice.say("page.progress.nothing")
            if one.stage not in ("in",)
            else voice.say("page.progress.no_posts")
        )
    if truth.live or truth.unsure or truth.failed or truth.missed:
        return voice.say("page.progress.live", live=voice.number(truth.live), all=voice.number(truth.all))
    return voice.say(
        "page.progress.approved", approved=voice.number(one.approved), all=voice.number(truth.waiting)
    )


def campaign_tabs(visit: Visit, key: str, takes_part: bool) -> list[tuple[str, str]]:
    """Return the pages about one campaign of one's own; with one's own part in it, where one was invited, too (D15)."""
    base = visit.at(f"campaigns/{key}")
    found = [("part", f"{base}/part")] if takes_part else []
    found.append(("following", f"{base}/following" if takes_part else base))
    if visit.may("campaign.rehearse", "owner"):
        found.append(("rehearsals", f"{base}/rehearsals"))
    if visit.may("report.read", "owner"):
        found.append(("report", f"{base}/report"))
    return found


def marked(text: str, values: Iterable[str]) -> Markup:
    """Return a text with what was put in for the municipality marked; everything in it is escaped."""
    known = [one for one in values if one and one in text]
    if not known:
        return escape(text)
    pattern = "|".join(re.escape(one) for one in sorted(known, key=len, reverse=True))
    found: list[Markup] = []
    place = 0
    for hit in re.finditer(pattern, text):
        found.append(escape(text[place : hit.start()]))
        found += [_MARK[0], escape(hit[0]), _MARK[1]]
        place = hit.end()
    found.append(escape(text[place:]))
    return Markup("").join(found)


_MARK = (Markup('<span class="inns">'), Markup("</span>"))


def fact_text(voice: Voice, ask: Ask) -> str:
    """Return a fact's value, or its default, as one types it."""
    kept = ask.value or ask.default
    if ask.kind == "date" and kept:
        year, month, day = kept.split("-")
        return f"{int(day)}.{int(month)}.{year}"
    return kept.replace(":", ".") if ask.kind == "time" and voice.language != "en" else kept


def fact_help(voice: Voice, ask: Ask) -> str:
    """Return what helps to fill in a fact: its form, and when it is known."""
    told = [voice.say(f"page.fact.{ask.kind}")] if f"page.fact.{ask.kind}" in catalogue() else []
    if ask.own_site:
        told.append(voice.say("page.fact.own_site"))
    if ask.known_on:
        told.append(voice.say("page.fact.known_on", day=voice.day(ask.known_on)))
    return " ".join(told)


# -- what waits


def gathered(items: Sequence[Item]) -> list[Item]:
    """Return what waits with the messages of one campaign that ask for the same as one thing, the most pressing first."""
    found: dict[tuple[str, object], Item] = {}
    for one in items:
        key = (one.code, one.values.get("campaign") or id(one))
        known = found.get(key)
        if known is None:
            found[key] = one
            continue
        count = int(known.values.get("together", 1)) + 1
        values = {name: value for name, value in known.values.items() if name != "message"}
        found[key] = replace(known, values={**values, "together": count})
    return list(found.values())


def item_kind(item: Item) -> str:
    """Return what is asked, without the area of its code."""
    return item.code.removeprefix("waiting.")


def item_path(item: Item) -> str:
    """Return where a waiting thing is seen to, below the organisation's address."""
    campaign = item.values.get("campaign")
    if found := ITEM_PATHS.get(item_kind(item)):
        return found
    if item_kind(item) == "stranded":
        return f"deliveries?state=stranded&campaign={campaign}"
    anchor = f"#m-{item.values['message']}" if "message" in item.values else ""
    return f"campaigns/{campaign}{anchor}" if campaign else ""


def item_look(item: Item) -> tags.Tag:
    """Return colour and shape of a waiting thing."""
    return tags.ITEMS.get(item_kind(item), tags.ITEMS["approve"])


def item_title(voice: Voice, item: Item, names: Titles) -> str:
    """Return what a waiting thing is about: its message and campaign, or its account."""
    campaign = str(item.values.get("campaign", ""))
    told = []
    if (campaign, str(item.values.get("message"))) in names.messages:
        told.append(voice.title(names.messages[campaign, str(item.values["message"])]).text)
    if campaign in names.campaigns:
        told.append(voice.title(names.campaigns[campaign]).text)
    return " · ".join(told) or voice.say(f"page.item_title.{item_kind(item)}")


def item_sentence(voice: Voice, item: Item, names: Titles) -> str:
    """Return the sentence about a waiting thing; the campaign's and the message's keys are told as their titles."""
    values = dict(item.values)
    campaign = str(values.get("campaign", ""))
    if count := values.get("together"):
        code = f"page.together.{item_kind(item)}"
        number = voice.number(int(count))
        return voice.say(code, count=count, number=number, day=voice.day(item.until) if item.until else "")
    if campaign in names.campaigns:
        values["campaign"] = voice.title(names.campaigns[campaign]).text
    message = (campaign, str(values.get("message", "")))
    if message in names.messages:
        values["message"] = f"«{voice.title(names.messages[message]).text}»"
    return voice.problem(item.code, values)


GATE_ITEMS: Mapping[str, str] = {
    "gate.not_taking_part": "answer_out",
    "gate.changed_after_approval": "approve_again",
    "gate.late_fact": "fact",
    "gate.not_approved": "approve",
    "gate.second_person": "second_person",
    "gate.account_not_connected": "account",
    "gate.by_hand": "by_hand",
}
"""What keeps a delivery, by the waiting thing that is the same."""


def way_on(code: str, campaign: str, message: str) -> tuple[str, str] | None:
    """Return where one opens a gate of a message: the page's path and the code of its words; `None` where time does."""
    kind = GATE_ITEMS.get(code)
    if kind is None:
        return None
    path = item_path(Item(f"waiting.{kind}", {"campaign": campaign, "message": message}))
    return path, f"page.item.{kind}"


def message_title(voice: Voice, names: Titles, message: str) -> str:
    """Return the title of a message that is known by its own key alone, or that key."""
    found = next((texts for (_, key), texts in names.messages.items() if key == message), None)
    return voice.title(found).text if found else message


def square_size(path: str) -> int:
    """Return the side of a square code with its quiet zone, from the path that draws it."""
    return 8 + 1 + max((int(one) for one in re.findall(r"M(\d+) ", path)), default=0)
