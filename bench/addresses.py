"""Every page behind the login, from the route table itself, with an organisation's own things in its address.

What opens every page (its cost, its questions to the store, axe-core) asks here, so that a new page is looked at without
being named anywhere. A new kind of id in an address has to be added below, or the walk fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from campaigns import access, holds
from campaigns.drafting.tree import Tree
from campaigns.store import (
    Account,
    Actor,
    Campaign,
    CampaignDraft,
    Delivery,
    Membership,
    Message,
    Organisation,
    Rehearsal,
    StopDrill,
    Store,
)
from connectors import HAND
from reports.rehearsal.outcome import unpack
from web.app import ROUTERS
from web.visits import MYSELF, On

VIEWS: Mapping[str, tuple[str, ...]] = {
    "/for/{number}/calendar": ("", "?month=2027-01"),
    "/for/{number}/deliveries": ("?state=waiting", "?state=held", "?state=unsure", "?state=stranded"),
    "/for/{number}/audit": ("", "?check=yes"),
}
"""What else a page shows by what stands behind the question mark."""
NO_PAGES: Mapping[str, str] = {
    "/login/done": "leads to where one wanted to go",
    "/login/again/with/{provider}": "leads to an identity provider, of which a test has none",
    "/for/{number}/campaigns/{key}/edit": "leads into the editor",
    "/for/{number}/campaigns/{key}/following": "the campaign's page, where one invited oneself and has two",
    "/for/{number}/campaigns/{key}/part": "the same as the campaign's page, where one invited oneself",
    "/for/{number}/campaigns/{key}/rehearsals/{rehearsal:int}/progress": "a part of a page, while it is watched",
    "/for/{number}/accounts/back/{platform}": "takes what a platform sends back, once",
}
"""Addresses that are no pages of their own, and what they are for."""
FILE = re.compile(r"\.[a-z]+$")
ID = re.compile(r"\{(\w+)(?::int)?\}")


def addresses(store: Store, actor: Actor, key: str) -> Iterator[str]:
    """Yield every page that this person may open in her organisation, once its things are there; then her own pages.

    `key` is the campaign that is looked at. A page of a thing that the organisation does not have is left out.
    """
    with store.scope(actor, write=False) as session:
        for path, on in pages():
            if path in NO_PAGES:
                continue
            if on.action != MYSELF and not any(access.may(actor, on.action, one) for one in on.relations):
                continue
            found = {name: IDS[name](Wanted(session, actor, path, key)) for name in ID.findall(path)}
            if None in found.values():
                continue
            where = path
            for name, value in found.items():
                where = re.sub(rf"\{{{name}(:int)?\}}", str(value), where)
            yield from (where + more for more in VIEWS.get(path, ("",)))


def pages() -> Iterator[tuple[str, On]]:
    """Yield the address of every page behind the login, as its route has it, and what the route asks for."""
    for router in ROUTERS:
        for route in router.routes:
            if (
                not isinstance(route, APIRoute)
                or "GET" not in (route.methods or ())
                or FILE.search(route.path)
            ):
                continue
            calls = [one.call for one in route.dependant.dependencies]
            if on := next((one for one in calls if isinstance(one, On)), None):
                yield route.path, on


@dataclass(frozen=True, slots=True)
class Wanted:
    """For whom, and for which address, an id is looked up."""

    session: Session
    actor: Actor
    path: str
    key: str

    def first(self, query: Select[Any]) -> Any:
        """Return the first of what the organisation has."""
        return self.session.scalar(query.limit(1))


def _delivery(wanted: Wanted) -> object:
    by_hand = "/hand/" in wanted.path
    return wanted.first(select(Delivery.id).where((Delivery.platform == HAND.name) == by_hand))


def _hold(wanted: Wanted) -> object:
    """Return a stop that reaches the organisation; one that it set itself where the page is about lifting it."""
    for one in holds.open_holds(wanted.session):
        if one.organisation_id == wanted.actor.organisation_id or not wanted.path.endswith("/lift"):
            return one.id
    return None


def _part(wanted: Wanted) -> object:
    tree = wanted.first(DRAFT.with_only_columns(CampaignDraft.tree))
    return Tree.of(tree).messages[0].id if tree else None


def _place(wanted: Wanted) -> object:
    packed = wanted.first(REHEARSED)
    return next(iter(unpack(packed).behaviours)) if packed else None


REHEARSED = select(Rehearsal.outcome).where(Rehearsal.outcome.is_not(None)).order_by(Rehearsal.id)
DRAFT = select(CampaignDraft.id).where(CampaignDraft.ended_at.is_(None))
IDS: Mapping[str, Callable[[Wanted], object]] = {
    "number": lambda wanted: wanted.session.get_one(Organisation, wanted.actor.organisation_id).number,
    "key": lambda wanted: wanted.key,
    "message": lambda wanted: wanted.first(
        select(Message.key)
        .join(Campaign, Campaign.id == Message.campaign_id)
        .where(Campaign.key == wanted.key)
    ),
    "delivery": _delivery,
    "draft": lambda wanted: wanted.first(DRAFT),
    "part": _part,
    "hold": _hold,
    "drill": lambda wanted: wanted.first(select(StopDrill.id)),
    "account": lambda wanted: wanted.first(select(Account.id)),
    "platform": lambda _: "mastodon",
    "rehearsal": lambda wanted: wanted.first(REHEARSED.with_only_columns(Rehearsal.id)),
    "place": _place,
    "person": lambda wanted: wanted.first(select(Membership.person_id)),
    "token": lambda _: None,
}
"""For each kind of id in an address, how one is found; nothing for what nobody can look up."""
