"""What stands around every page behind the login: where one can go from it, and what is stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from campaigns import access
from campaigns.access import Relation
from campaigns.sessions import Place
from campaigns.store import OrganisationKind
from reports import stops

if TYPE_CHECKING:
    from web.visits import Visit


STOPPING: tuple[Relation, ...] = ("own", "parent")
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
    Entry("admin", "admin", "home.read"),
)

COUNTY = frozenset({OrganisationKind.county})
NO_COUNTY = frozenset(OrganisationKind) - COUNTY


@dataclass(frozen=True, slots=True)
class Section:
    """One area of the administration."""

    code: str
    """Of its words: `page.admin.<code>`."""
    path: str
    action: str
    relations: tuple[Relation, ...] = ("own",)
    kinds: frozenset[OrganisationKind] = frozenset(OrganisationKind)


SECTIONS: Sequence[Section] = (
    Section("accounts", "accounts", "account.read"),
    Section("members", "members", "member.read"),
    Section("profile", "profile", "profile.change"),
    Section("standing", "standing", "standing.veto", kinds=NO_COUNTY),
    Section("days", "calendar-days", "profile.change"),
    Section("groups", "groups", "group.set", kinds=COUNTY),
    Section("audit", "audit", "audit.read"),
    Section("drill", "drill", "drill.run", ("own", "parent")),
    Section("tokens", "tokens", "token.make"),
)


def sections(visit: Visit) -> list[tuple[str, str, bool]]:
    """Return the areas of the administration that she may open: the words' code, the address, and whether it is here."""
    here = visit.request.url.path
    return [
        (
            one.code,
            visit.at(one.path),
            here == visit.at(one.path) or here.startswith(f"{visit.at(one.path)}/"),
        )
        for one in SECTIONS
        if visit.place.kind in one.kinds and any(visit.may(one.action, each) for each in one.relations)
    ]


BELOW = {"campaigns": ("drafts",), "admin": ("onboarding", *(one.path for one in SECTIONS))}
"""Pages that belong to a place in the menu and lie beside its address."""


def entries(visit: Visit) -> list[tuple[str, str, bool]]:
    """Return the menu for a visit: the words' code, the address, and whether that is where one is."""
    if visit.own_place is None or visit.guest.has_password_alone:
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
    return any(visit.may("hold.set", one) for one in STOPPING)


def stoppable(visit: Visit) -> list[Place]:
    """Return the organisations that she may stop something of, for a page that belongs to none."""
    return [
        one
        for one in visit.guest.places
        if any(access.may(visit.guest.acts_for(one), "hold.set", each) for each in STOPPING)
    ]


def stops_over(visit: Visit) -> tuple[stops.Stop, ...]:
    """Return the stops in force that this organisation set or that reach it."""
    if visit.own_place is None or visit.guest.has_password_alone:
        return ()
    with visit.reading() as session:
        return stops.in_force(session)


def is_county(visit: Visit) -> bool:
    """Return whether the organisation of the page is a county."""
    return visit.place.kind == OrganisationKind.county
