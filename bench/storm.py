"""The storm: the five ready campaigns on every platform at once, under a seeded mixture of faults, held against the ledgers.

Everything goes through the functions that people's acts go through (it is a rehearsal); what each stand-in holds in the
end is compared with what our own rows say. By hand is left out: there is no ledger but the person's word.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from campaigns.definition.model import Definition
from campaigns.definition.reading import read
from campaigns.media import Rendition, render_picture
from campaigns.states import State
from connectors import REACHED, names
from reports.rehearsal.behaviours import Behaviour
from reports.rehearsal.outcome import Sent
from samklang.rehearsal import play, stage
from sandbox import STAND_INS

DOCUMENTS = Path(__file__).parents[1] / "samklang" / "campaigns_demo"
FAULTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("drop_before", {"how": "reset"}),
    ("drop_before", {"how": "close"}),
    ("drop_after", {"how": "reset"}),
    ("drop_after", {"how": "close"}),
    ("status", {"status": 503}),
    ("status", {"status": 500}),
    ("status_after", {"status": 502}),
    ("status_after", {"status": 500}),
    ("truncate", {}),
    ("hang", {"seconds": 0.02, "carry_out": True}),
    ("hang", {"seconds": 0.02, "carry_out": False}),
    ("rate_limit", {"wait": 90}),
    ("drop_after", {"hidden": 4}),
    ("status_after", {"status": 502, "hidden": 4}),
    ("reject", {}),
    ("latency", {"seconds": 0.01}),
)
"""What befalls a call: cut or refused before it was taken, taken and its answer lost or spoilt, told to wait, taken and seen
later (as late as the least patient connector bears), refused for what it says, or late and well."""
SHARE = 0.7
"""Faults for each message and account, on average."""
AT_THE_CALL = 0.8
"""So many of them befall the irreversible call, the others whatever comes first, such as an upload."""
PUBLISHING = {
    "mastodon": "/api/v1/statuses",
    "bluesky": "/xrpc/com.atproto.repo.putRecord",
    "facebook": "/v25.0/*/feed",
    "instagram": "/v25.0/*/media_publish",
    "threads": "/v1.0/me/threads_publish",
    "linkedin": "/rest/posts",
    "x": "/2/tweets",
    "wordpress": "/wp-json/wp/v2/posts",
}


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one platform's posts."""

    platform: str
    intended: int
    """Deliveries whose text was approved."""
    once: int
    twice: int
    told: int
    """Not live, and a person is told: refused by the platform, or missed."""
    lost: int
    """Not live, and nobody is told."""
    unsure: int
    wrong: int
    """Shown as something else than what the platform holds."""


class Storm(play.Play):
    """A rehearsal in which calls go wrong."""

    seed: int = 0

    def _open(self) -> None:
        super()._open()
        chance = random.Random(f"{self.seed}/{self.definition.campaign}")  # weather, no secret
        for platform in self.stage.bases:
            rules = [
                rule
                for place in self.places
                for rule in _weather(
                    chance, platform, self.stage.handle(place.number), len(self.definition.messages)
                )
            ]
            self.stage.tell(platform, "PUT", "/_sandbox/faults", rules)


def _weather(chance: random.Random, platform: str, handle: str, messages: int) -> Iterator[dict[str, object]]:
    """Yield what befalls one account's calls that change anything, each once: mostly the very call that publishes."""
    for _ in range(messages):
        if chance.random() < SHARE:
            kind, settings = chance.choice(FAULTS)
            path = {"path": PUBLISHING[platform]} if chance.random() < AT_THE_CALL else {}
            yield {"match": {"method": "POST", "handle": handle, **path}, "times": 1, "do": kind, **settings}


def ready_campaigns() -> list[tuple[Definition, dict[str, Rendition]]]:
    """Return the five ready campaigns with their pictures, each message for every platform."""
    return [_ready(one) for one in sorted(DOCUMENTS.glob("*/campaign.yaml"))]


def _ready(path: Path) -> tuple[Definition, dict[str, Rendition]]:
    found = read(path.read_bytes(), platforms=frozenset(names())).definition
    if found is None:
        raise RuntimeError(f"{path.parent.name} cannot be read")
    everywhere = [kind.name for kind in REACHED]
    definition = found.model_copy(
        update={"messages": [one.model_copy(update={"to": everywhere}) for one in found.messages]}
    )
    files = {one.file for message in definition.messages for one in message.pictures}
    return definition, {one: render_picture((path.parent / one).read_bytes()) for one in files}


def storm(
    definition: Definition, pictures: dict[str, Rendition], numbers: Sequence[str], seed: int
) -> tuple[Sent, ...]:
    """Play one campaign through the storm and return how every delivery ended."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
    )  # played troubles are no news
    with stage.set_up(play.begin_at(definition), list(STAND_INS)) as made:
        places = made.municipalities(None, numbers)
        made.settle(definition.owner, [one.number for one in places], list(STAND_INS))
        parts = dict.fromkeys(numbers, Behaviour.joins_at_once)
        weathered = Storm(made, definition, pictures, places, parts)
        weathered.seed = seed
        return weathered.run().sent


def rows(sent: Sequence[Sent]) -> list[Row]:
    """Return what became of each platform's approved posts, in the order of the platforms."""
    return [
        _row(kind.title, [one for one in sent if one.platform == kind.name and one.approved])
        for kind in REACHED
    ]


def _row(platform: str, sent: Sequence[Sent]) -> Row:
    told = {State.failed, State.missed, State.cancelled}
    away = [one for one in sent if not one.live]
    return Row(
        platform=platform,
        intended=len(sent),
        once=sum(one.live == 1 for one in sent),
        twice=sum(one.live > 1 for one in sent),
        told=sum(one.state in told for one in away),
        lost=sum(one.state not in {*told, State.unsure} for one in away),
        unsure=sum(one.state == State.unsure for one in sent),
        wrong=sum(_is_wrong(one) for one in sent),
    )


def _is_wrong(one: Sent) -> bool:
    shown = one.state in {State.published, State.unsure} if one.live else one.state != State.published
    return not shown


def added(first: Row, second: Row) -> Row:
    """Return two rows of the same platform as one."""
    numbers = ("intended", "once", "twice", "told", "lost", "unsure", "wrong")
    return replace(first, **{name: getattr(first, name) + getattr(second, name) for name in numbers})


def table(found: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    head = "| platform | posts intended | live once | live twice | not live, and told | lost | unsure | wrongly shown |"
    lines = [
        f"| {one.platform} | {one.intended} | {one.once} | {one.twice} | {one.told} | {one.lost} | {one.unsure} | {one.wrong} |"
        for one in found
    ]
    return "\n".join([head, f"|---|{'---|' * 7}", *lines])


def whole(numbers: Sequence[str], seed: int) -> list[Row]:
    """Play all five campaigns and return what became of each platform's posts."""
    total: list[Row] = []
    for definition, pictures in ready_campaigns():
        found = rows(storm(definition, pictures, numbers, seed))
        total = [added(*pair) for pair in zip(total, found, strict=True)] if total else found
    return total
