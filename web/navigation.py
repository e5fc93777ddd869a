"""What stands around every page behind the login: where one can go from it, and what is stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from campaigns.access import Relation
from campaigns.store import OrganisationKind
from reports import stops

if TYPE_CHECKING:
    from web.visits import Visit


EVERY = frozenset(OrganisationKind)
MUNICIPAL = EVERY - {OrganisationKind.county}


@dataclass(frozen=True, slots=True)
class Entry:
    """One place in the main menu."""

    code: str
    """Of its words: `page.nav.<code>`."""
    path: str
    """Below the organisation's address."""
    action: str
    """What one must be allowed to do for the entry to be of use."""
    relations: tuple[Relation, ...] = ("own",)
    kinds: frozenset[OrganisationKind] = EVERY


ENTRIES: Sequence[Entry] = (
    Entry("today", "", "home.read"),
    Entry("campaigns", "campaigns", "campaign.read", ("owner", "invited")),
    Entry("calendar", "calendar", "home.read"),
    Entry("deliveries", "deliveries", "delivery.read", ("own", "owner")),
    Entry("results", "results", "report.read", kinds=MUNICIPAL),
)


BELOW = {"campaigns": ("drafts",)}
"""Pages that belong to a place in the menu and lie beside its address."""


def entries(visit: Visit) -> list[tuple[str, str, bool]]:
    """Return the menu for a visit: the words' code, the address, and whether that is where one is."""
    if visit.own_place is None:
        return []
    here = visit.request.url.path
    found = []
    for one in ENTRIES:
        if visit.place.kind in one.kinds and any(visit.may(one.action, each) for each in one.relations):
            path = visit.at(one.path)
            below = [path, *map(visit.at, BELOW.get(one.code, ()))]
            is_here = here == path or bool(one.path and any(here.startswith(f"{each}/") for each in below))
            is_here = is_here or here in below
            found.append((f"page.nav.{one.code}", path, is_here))
    return found


def may_stop(visit: Visit) -> bool:
    """Return whether she may stop anything: then the way there stands on every page, outside every menu."""
    return visit.may("hold.set", "own") or visit.may("hold.set", "parent")


def stops_over(visit: Visit) -> tuple[stops.Stop, ...]:
    """Return the stops in force that this organisation set or that reach it."""
    if visit.own_place is None:
        return ()
    with visit.reading() as session:
        return stops.in_force(session)


def is_county(visit: Visit) -> bool:
    """Return whether the organisation of the page is a county."""
    return visit.place.kind == OrganisationKind.county
