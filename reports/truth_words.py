"""Delivery truth in words: what is live, of how many, and what became of the rest."""

from __future__ import annotations

from reports.campaign_report import Truth
from reports.voice import Voice

TROUBLES = ("unsure", "failed", "missed", "removed")


def truth_sentence(voice: Voice, truth: Truth, due: int) -> str:
    """Return delivery truth in one sentence with both numbers, without its full stop."""
    if truth.all == 0:
        return voice.say("page.nothing_planned")
    if due == 0 and truth.live == 0:
        return voice.say("page.nothing_due")
    return voice.say(
        "page.truth", count=truth.all, live=voice.number(truth.live), all=voice.number(truth.all)
    )


def truth_tail(voice: Voice, truth: Truth) -> str:
    """Return what became of the posts that are not live, as one sentence; empty when there are none."""
    counts = [(part, getattr(truth, part)) for part in (*TROUBLES, "under_way", "waiting", "cancelled")]
    told = [
        f"{voice.number(count)} {voice.say(f'page.part.{part}', count=count)}"
        for part, count in counts
        if count
    ]
    tail = f"{', '.join(told)}." if told else ""
    if truth.stated:
        stated = voice.say("page.stated", count=truth.stated, number=voice.number(truth.stated))
        tail = f"{tail} {stated}".strip()
    return tail
