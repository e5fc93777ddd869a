"""Status tags: what stands behind each word in colour and shape, never in colour alone.

Outlined means "look here, something is open"; filled means settled. One shape per meaning. The words are in the
catalogue, the shapes in the style sheet. Knows no row and no rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Colour = Literal["neutral", "info", "success", "warning", "danger"]
Shape = Literal[
    "klokke", "prikk", "pluss", "minus", "pil", "ok", "spm", "feil", "seint", "stopp", "penn", "laas"
]
"""The style sheet's names: clock, dots, plus, minus, arrow, tick, question mark, cross, barred circle, square, pen, padlock."""


@dataclass(frozen=True, slots=True)
class Tag:
    """The look of one status."""

    colour: Colour
    shape: Shape
    outlined: bool = False


ANSWERS: Mapping[str, Tag] = {
    "unanswered": Tag("warning", "klokke"),
    "later": Tag("info", "prikk"),
    "in": Tag("success", "pluss", outlined=True),
    "out": Tag("neutral", "minus"),
}
"""What a municipality said; the municipality is the subject of the word."""

PARTICIPATIONS: Mapping[str, Tag] = {
    **ANSWERS,
    "adapting": Tag("success", "penn"),
    "approved": Tag("success", "ok"),
    "withdrawn": Tag("neutral", "feil"),
}
"""How far a municipality has come with a campaign."""

STATES: Mapping[str, Tag] = {
    "planned": Tag("neutral", "klokke"),
    "queued": Tag("info", "prikk"),
    "publishing": Tag("info", "pil"),
    "published": Tag("success", "ok"),
    "unsure": Tag("warning", "spm", outlined=True),
    "failed": Tag("danger", "feil"),
    "missed": Tag("danger", "seint", outlined=True),
    "cancelled": Tag("neutral", "minus"),
    "removed": Tag("neutral", "feil", outlined=True),
}
"""A delivery's state; the post is the subject of the word."""

DELIVERIES: Mapping[str, Tag] = {
    **STATES,
    "unapproved": Tag("warning", "klokke"),
    "held": Tag("danger", "stopp"),
}
"""A delivery's state as people see it: what is planned may wait for an approval, or be stopped."""

NEEDS: Mapping[str, Tag] = {
    "unsure": STATES["unsure"],
    "failed": STATES["failed"],
    "missed": STATES["missed"],
    "login_lost": Tag("warning", "klokke"),
    "by_hand": Tag("warning", "pluss"),
    "unapproved": Tag("warning", "klokke", outlined=True),
    "unanswered": ANSWERS["unanswered"],
}
"""What waits for a person."""

ACCOUNTS: Mapping[str, Tag] = {
    "connected": Tag("success", "ok"),
    "login_lost": Tag("warning", "klokke"),
    "paused": Tag("neutral", "minus"),
    "unconfirmed": Tag("warning", "spm", outlined=True),
    "disconnected": Tag("neutral", "feil", outlined=True),
}
"""Whether an account may be used."""

ASSESSMENTS: Mapping[str, Tag] = {
    "in_order": Tag("success", "ok"),
    "missing": Tag("warning", "laas", outlined=True),
    "overdue": Tag("warning", "klokke", outlined=True),
}
"""How an account's assessment of privacy stands."""

CARDS: Mapping[str, Tag] = {
    "ready": Tag("success", "ok", outlined=True),
    "late_fact": Tag("info", "prikk"),
    "worded": Tag("info", "prikk"),
    "blocked": Tag("danger", "feil"),
    "approved": Tag("success", "ok"),
    "second": Tag("warning", "klokke"),
    "out": Tag("neutral", "minus"),
    "preview": Tag("neutral", "klokke"),
}
"""How far a message has come on a municipality's way."""

ITEMS: Mapping[str, Tag] = {
    "answer_out": ANSWERS["unanswered"],
    "answer_in": ANSWERS["unanswered"],
    "approve": Tag("info", "penn"),
    "approve_again": Tag("warning", "klokke"),
    "blocked": Tag("danger", "feil"),
    "second_person": Tag("warning", "klokke"),
    "fact": Tag("info", "prikk"),
    "offer": Tag("info", "penn"),
    "moved": Tag("info", "klokke"),
    "stranded": STATES["missed"],
    "account": NEEDS["login_lost"],
    "login_ends": NEEDS["login_lost"],
    "assessment": Tag("warning", "laas", outlined=True),
    "unsure": STATES["unsure"],
    "by_hand": NEEDS["by_hand"],
    "veto": Tag("warning", "klokke"),
}
"""What waits in a municipality."""
