"""One rehearsal from an empty stage to its outcome, for the command and for the process that plays for a page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

import structlog

from campaigns.definition.model import Definition
from campaigns.media import Rendition
from campaigns.rehearsals import Progress, Refused
from reports.rehearsal import behaviours
from reports.rehearsal.behaviours import Behaviour
from reports.rehearsal.outcome import Outcome
from samklang.rehearsal import play, stage


def perform(
    definition: Definition,
    pictures: Mapping[str, Rendition],
    *,
    county: str | None = None,
    numbers: Collection[str] = (),
    behaves: Callable[[list[str]], Mapping[str, Behaviour]],
    told: Callable[[Progress], None] = lambda _: None,
) -> Outcome:
    """Play a campaign in a county's municipalities, or in those with these numbers, and return what it came to.

    `behaves` gives the behaviour of each municipality; `told` hears how far the play has come.

    Raises: Refused when nobody plays; NotFound for an unknown county.
    """
    platforms = stage.platforms_of(definition)
    with _quiet(), stage.set_up(play.begin_at(definition), platforms) as made:
        places = made.municipalities(county, sorted(numbers))
        if not places:
            raise Refused("rehearsal.nobody")
        found = [one.number for one in places]
        made.settle(definition.owner, found, platforms)
        return play.Play(made, definition, pictures, places, behaves(found), told=told).run()


def drawn(seed: int, given: Mapping[str, Behaviour]) -> Callable[[list[str]], Mapping[str, Behaviour]]:
    """Return behaviours drawn by shares but for those that are given."""
    return lambda numbers: behaviours.draw(numbers, seed, given)


def alike(numbers: list[str]) -> Mapping[str, Behaviour]:
    """Return the behaviour of everybody who does as is hoped for."""
    return dict.fromkeys(numbers, Behaviour.joins_at_once)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep played troubles out of the log of this process."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)
