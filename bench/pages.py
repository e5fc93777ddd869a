"""What every page behind the login costs the server in a county as large as it gets, on PostgreSQL."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from bench import county
from bench.addresses import addresses
from bench.counting import questions
from bench.ground import Ground
from campaigns import credentials, drills, sessions
from campaigns.drafting import beginning
from campaigns.settings import Settings
from campaigns.states import State
from campaigns.store import Person, Store
from web.app import make_web
from workers.desk import Desk

TIMES = 9
"""So often each page is opened, after once to warm up."""
SHOWN = 5
"""So many of the slowest pages are named."""
GOAL = 150.0
"""Milliseconds a page may take the server at the median (issue "The web application")."""
ADDRESS = "http://127.0.0.1:8046"


@dataclass(frozen=True, slots=True)
class Page:
    """What one page came to."""

    where: str
    milliseconds: float
    """The median."""
    questions: int
    """Statements that the store was asked."""


@dataclass(frozen=True, slots=True)
class Opened:
    """All pages in a county of one size."""

    places: int
    deliveries: int
    pages: tuple[Page, ...]


def opened(ground: Ground, places: int, messages: int) -> Opened:
    """Open each page of the county's coordinator and of one municipality, and return what it came to."""
    with ground.house() as house:
        settings = Settings(home=house.home)
        desk = Desk(settings, house.store)
        now = datetime.now(UTC)
        numbers = county.fill(house.store, desk, places=places, messages=messages, today=now.date())
        people = ((county.COUNTY, county.COORDINATOR), (numbers[1], county.adviser(numbers[1])))
        settings = settings.model_copy(update={"operators": ",".join(mail for _, mail in people)})
        for number, mail in people:
            _use(house.store, number, mail, now)
        with house.store.engine.begin() as connection:  # a figure about tables is kept like any other
            connection.exec_driver_sql("ANALYZE")
        found = [asyncio.run(_walk(settings, house.store, number, mail)) for number, mail in people]
        desk.close()
        return Opened(places, house.count(*State), tuple(page for walked in found for page in walked))


def _use(store: Store, number: str, mail: str, now: datetime) -> None:
    """Leave behind what somebody leaves who uses everything: a draft, a rehearsed stop, a password."""
    actor = store.actor(mail, number, how="bench")
    drills.rehearse(store, actor, now=now, seconds=time.monotonic)
    with store.system() as session:
        person = session.query(Person).where(Person.mail == mail).one()
        credentials.set_password(session, person, "seks gule paraplyar", now=now)
    if number == county.COUNTY:
        with store.scope(actor) as session:
            beginning.reopen(session, "stor", now=now)


def table(measured: Sequence[Opened]) -> str:
    """Return, for each size, how long pages take, which take longest, and which ask the store most."""
    rows = [
        "| municipalities | deliveries | pages | median, ms | slowest | within 150 ms | most questions |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in measured:
        slow = sorted(one.pages, key=lambda page: page.milliseconds, reverse=True)
        asks = max(one.pages, key=lambda page: page.questions)
        middle = statistics.median(page.milliseconds for page in one.pages)
        named = ", ".join(f"`{page.where}` {page.milliseconds:.0f} ms" for page in slow[:SHOWN])
        within = sum(page.milliseconds <= GOAL for page in one.pages)
        rows.append(
            f"| {one.places} | {one.deliveries:,} | {len(one.pages)} | {middle:.0f} | {named} "
            f"| {within} of {len(one.pages)} | {asks.questions} (`{asks.where}`) |"
        )
    return "\n".join(rows)


async def _walk(settings: Settings, store: Store, number: str, mail: str) -> list[Page]:
    door = httpx.ASGITransport(make_web(settings, store))
    cookies = {"samklang": _session(store, mail)}
    walker = store.actor(mail, number, how="bench")
    async with httpx.AsyncClient(transport=door, base_url=ADDRESS, cookies=cookies) as client:
        return [await _measure(client, store, where) for where in list(addresses(store, walker, "stor"))]


async def _measure(client: httpx.AsyncClient, store: Store, where: str) -> Page:
    (await client.get(where)).raise_for_status()
    taken = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        await client.get(where)
        taken.append((time.perf_counter() - begun) * 1000)
    with questions(store) as count:
        await client.get(where)
    return Page(where, statistics.median(taken), count.value)


def _session(store: Store, mail: str) -> str:
    with store.system() as session:
        person = session.query(Person).where(Person.mail == mail).one()
        now = datetime.now(UTC)
        return sessions.begin(session, person, how="bench", device="bench", now=now, factor=True).reveal()
