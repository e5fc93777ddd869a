"""Holds a campaign's times against the calendar: hours that do not exist, and hours at which nobody is to be disturbed.

Both zones that a municipality may have change their clocks together, so that a document can be judged before anybody
is invited. A quiet time is no error here: a municipality may answer for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from campaigns import timing
from campaigns.definition.coherence import Finding, Sketch
from campaigns.definition.model import Message


def check_calendar(sketch: Sketch) -> Iterator[Finding]:
    """Yield what the calendar says against the messages' times."""
    for index, message in sketch.messages.items():
        rule = _rule(message, sketch)
        if rule is None or rule.day is None or rule.start is None:
            continue
        try:
            quiet = timing.quiet_in(rule, timing.ZONES[0])
        except timing.SpringGap as gap:
            yield Finding(gap.code, ("messages", index, "send"), gap.values)
            continue
        if quiet and message.quiet is None:
            values = {"time": f"{rule.start:%H:%M}", "day": f"{rule.day:%d.%m.%Y}"}
            yield Finding(f"timing.quiet.{quiet}", ("messages", index, "send"), values, "warning")


def _rule(message: Message, sketch: Sketch) -> timing.Rule | None:
    """Return the message's time rule, where its day can be known."""
    send = message.send
    if send.day is None or (send.day.relative and not sketch.anchor):
        return None
    return timing.Rule(send.day.on(sketch.anchor), send.start, send.end, send.together)
