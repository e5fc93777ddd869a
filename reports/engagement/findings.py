"""What the figures of a campaign say, as sentences made by rules; and how they are to be read."""

from __future__ import annotations

from collections.abc import Iterator

from reports.engagement.own import Beside
from reports.engagement.value import Engagement
from reports.truth_words import truth_sentence, truth_tail
from reports.voice import Voice

WORDS = ("over", "about", "under", "too_little")


def of(found: Engagement, voice: Voice) -> tuple[str, ...]:
    """Return what is to be said, delivery truth first."""
    return tuple(_findings(found, voice))


def notes(found: Engagement, voice: Voice) -> tuple[str, ...]:
    """Return how the figures are to be read, as far as it concerns these."""
    return tuple(_notes(found, voice))


def beside(found: Beside, voice: Voice) -> str:
    """Return a municipality's own figure, what lies behind it, and how it stands to those of its size."""
    what, per = (
        voice.say(f"page.report.of.{found.view.metric}"),
        voice.say(f"page.report.per.{found.view.per}"),
    )
    age = voice.say(f"page.report.age.{found.view.age}")
    if found.rate is None or found.amount.value is None:
        return voice.say("page.report.own.none", what=what, age=age)
    rate, count = found.rate, voice.number(found.amount.value)
    number = voice.rate
    level = voice.say(
        "page.report.own.level", count=count, what=what, age=age, raw=number(rate.raw), per=per,
        median=number(rate.median), low=number(rate.low), high=number(rate.high),
    )  # fmt: skip
    typical = found.group.median if found.group else None
    if rate.word is None or typical is None:
        why = voice.say(f"page.report.reason.{rate.reason or 'few_places'}")
        return f"{level} {voice.say('page.report.own.no_word', why=why)}"
    return f"{level} {voice.say(f'page.report.own.{rate.word}', typical=number(typical))}"


def _findings(found: Engagement, voice: Voice) -> Iterator[str]:
    tail = truth_tail(voice, found.truth)
    yield f"{truth_sentence(voice, found.truth, found.due)}. {tail}".strip()
    part = found.participation
    if part.invited > 1:
        joined, invited = voice.number(part.joined), voice.number(part.invited)
        said = voice.say("page.report.finding.part", count=part.joined, joined=joined, invited=invited)
        if part.own_words:
            own = voice.number(part.own_words)
            said += " " + voice.say("page.report.finding.own_words", count=part.own_words, number=own)
        yield said
    if found.truth.live or found.removed:
        yield _total(found, voice)
        yield from _comparison(found, voice)


def _total(found: Engagement, voice: Voice) -> str:
    total, what = found.totals[found.view.metric], voice.say(f"page.report.of.{found.view.metric}")
    if total.value is None:
        return voice.say("page.report.finding.no_total", what=what)
    values = {
        "value": voice.number(total.value), "what": what, "age": voice.say(f"page.report.age.{found.view.age}"),
        "known": voice.number(total.known), "posts": voice.number(total.posts),
    }  # fmt: skip
    if found.kinds[found.view.metric] == "visible":
        return voice.say("page.report.finding.total_shown", **values)
    return voice.say(f"page.report.finding.total{'_partly' if total.known < total.posts else ''}", **values)


def _comparison(found: Engagement, voice: Voice) -> Iterator[str]:
    if not found.view.age:
        yield voice.say("page.report.finding.young")
        return
    if not found.shared:
        return
    counted = found.words
    if not counted:
        yield voice.say("page.report.finding.few")
        return
    parts = [
        voice.say(f"page.report.finding.word.{word}", number=voice.number(counted[word]))
        for word in WORDS
        if word in counted
    ]
    per = voice.say(f"page.report.per.{found.view.per}")
    yield voice.say("page.report.finding.words", per=per, parts=", ".join(parts))


def _notes(found: Engagement, voice: Voice) -> Iterator[str]:
    if found.view.age:
        yield voice.say("page.report.note.age", age=voice.say(f"page.report.age.{found.view.age}"))
    else:
        yield voice.say("page.report.note.newest")
    if any(one.rate for one in found.places):
        yield voice.say("page.report.note.words")
        yield voice.say("page.report.note.interval")
    yield voice.say("page.report.note.unknown")
    if found.shared:
        yield voice.say("page.report.note.hidden")
    if found.totals["reach"].gap != "not_offered":
        yield voice.say("page.report.note.reach")
    for name in ("fell", "removed", "unnamed"):
        if number := getattr(found, name):
            yield voice.say(f"page.report.note.{name}", count=number, number=voice.number(number))
    if found.definitions:
        what = voice.names([voice.say(f"page.report.metric.{one}") for one in found.definitions])
        yield voice.say("page.report.note.definitions", what=what)
