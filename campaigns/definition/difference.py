"""What means something else in a new version of a campaign: typed changes in reading order, each with its sentence.

Two definitions are compared, not two files: the order of keys and of sets (platforms, languages, municipalities), the
way of writing and remarks make no difference, and days are compared as the dates they are. Whether a picture's bytes
are others is not known here. The cost is bounded: see `rewording`.
"""

from __future__ import annotations

from collections.abc import Iterator

from campaigns.definition.changes import Change, Versions, said, shown
from campaigns.definition.fact_difference import fact_changes
from campaigns.definition.message_difference import message_changes
from campaigns.definition.model import Contact, Definition, Goal, Invite, Texts
from campaigns.definition.moments import span_text

__all__ = ["Change", "differences", "said"]


def differences(old: Definition, new: Definition) -> tuple[Change, ...]:
    """Return every change from `old` to `new` in the order of the document; none where the two mean the same."""
    return tuple(_changes(Versions(old, new)))


def _changes(versions: Versions) -> Iterator[Change]:
    old, new = versions.old, versions.new
    yield from _changed("campaign", old.campaign, new.campaign)
    yield from _reworded(versions, "title", old.title, new.title)
    yield from _changed("owner", old.owner, new.owner)
    yield from _changed("contact", _contact(old.contact), _contact(new.contact))
    yield from _changed("purpose", old.purpose, new.purpose)
    yield from _reworded(versions, "goal", old.goal.texts, new.goal.texts)
    yield from _changed("goal.measure", _measure(old.goal), _measure(new.goal))
    yield from _invited(old.invite, new.invite)
    yield from _days(versions)
    yield from _changed("late_after", span_text(old.late_after), span_text(new.late_after))
    yield from _languages(old, new)
    yield from _changed("local_element", old.local_element, new.local_element)
    yield from _changed("hashtags", old.hashtags, new.hashtags)
    yield from fact_changes(versions)
    yield from _messages(versions)


def _changed(
    part: str, before: object, after: object, code: str = "difference.campaign_part"
) -> Iterator[Change]:
    if before != after:
        yield Change(code, {"part": part, "before": shown(before), "after": shown(after)}, part=part)


def _reworded(versions: Versions, part: str, old: Texts, new: Texts) -> Iterator[Change]:
    for language, words in versions.reworded(old, new):
        values = {"part": part, "language": language}
        yield Change("difference.campaign_words", values, part=part, language=language, words=words)


def _contact(contact: Contact) -> str:
    return f"{contact.name} ({contact.mail})"


def _measure(goal: Goal) -> str | None:
    """Return the measure in one line: `2 inputs per 100 inhabitants`."""
    measure = goal.measure
    if measure is None:
        return None
    per = f" per {measure.per}" if measure.per else ""
    return f"{shown(measure.target)} {measure.what}{per}"


def _invited(old: Invite, new: Invite) -> Iterator[Change]:
    """Yield what became of the invited: the numbers that came and went where both versions list numbers."""
    if old.municipalities is None or new.municipalities is None:
        if old != new:
            values = {"before": shown(old), "after": shown(new)}
            yield Change("difference.invited", values, part="invite")
        return
    before, after = set(old.municipalities), set(new.municipalities)
    if came := sorted(after - before):
        yield Change("difference.invited_more", {"numbers": shown(came)}, part="invite")
    if gone := sorted(before - after):
        yield Change("difference.invited_fewer", {"numbers": shown(gone)}, part="invite")


def _days(versions: Versions) -> Iterator[Change]:
    """Yield the deadlines and days that were moved, and what no answer means."""
    old, new = versions.old, versions.new
    deadline, day = "difference.deadline_moved", "difference.day_moved"
    yield from _changed("answer.by", old.answer.by, new.answer.by, deadline)
    yield from _changed("answer.silence", old.answer.silence, new.answer.silence)
    yield from _changed("approve_by", old.approve_by, new.approve_by, deadline)
    yield from _changed("anchor", old.anchor, new.anchor, day)
    yield from _changed("ends", *versions.days(old.ends, new.ends), day)


def _languages(old: Definition, new: Definition) -> Iterator[Change]:
    for code, there, elsewhere in (
        ("difference.language_added", new.languages, old.languages),
        ("difference.language_removed", old.languages, new.languages),
    ):
        for language in there:
            if language not in elsewhere:
                yield Change(code, {"language": language}, part="languages", language=language)


def _messages(versions: Versions) -> Iterator[Change]:
    """Yield the changes of all messages; one that is gone is told where it stood."""
    old = {message.key: message for message in versions.old.messages}
    new = {message.key: message for message in versions.new.messages}
    gone = [key for key in old if key not in new]
    if [key for key in old if key in new] != [key for key in new if key in old]:
        yield Change("difference.message_order", part="messages")
    places = {key: place for place, key in enumerate(old)}
    for key, message in new.items():
        while key in old and gone and places[gone[0]] < places[key]:
            yield _passing("difference.message_removed", gone.pop(0))
        if key in old:
            yield from message_changes(versions, old[key], message)
        else:
            yield _passing("difference.message_added", key)
    for key in gone:
        yield _passing("difference.message_removed", key)


def _passing(code: str, key: str) -> Change:
    return Change(code, {"message": key}, message=key)
