"""Who comes in, in tests of the way in."""

from __future__ import annotations

import re

import httpx
import pyotp
from sqlalchemy import select
from visitor import Visitor
from world import World

from campaigns import entry_links, organisations
from campaigns.store import Person, Role

ADVISER = "adviser@4601.example"
COUNTY = "ingrid@county.example"


def person_id(world: World, mail: str = ADVISER) -> int:
    """Return a person's id."""
    with world.store.system(write=False) as session:
        return session.scalars(select(Person.id).where(Person.mail == mail)).one()


def invitation(world: World, mail: str, number: str = "4601") -> str:
    """Make somebody an editor and invite her, and return what her link ends with."""
    with world.store.system() as session:
        person = organisations.add_member(session, number, name="Marta", mail=mail, roles=[Role.editor])
        session.expunge(person)
    with world.store.scope(world.actors[number]) as session:
        return entry_links.invite(session, person, now=world.now).reveal()


def seed_on(page: httpx.Response) -> str:
    """Return the seed that a page shows in letters."""
    found = re.search(r'<code class="hash">([A-Z2-7 ]+)</code>', page.text)
    assert found, page.text[:500]
    return found[1].replace(" ", "")


def ticket_on(page: httpx.Response) -> str:
    """Return what a page confirms the seed with that it shows."""
    found = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert found, page.text[:500]
    return found[1]


def set_up_codes(visitor: Visitor, world: World) -> tuple[str, httpx.Response]:
    """Set up one-time codes as a person does who has just given her password; return the seed and the last page."""
    visitor.get("/me/codes")
    shown = visitor.post("/me/codes")
    seed = seed_on(shown)
    code = pyotp.TOTP(seed).at(world.now)
    return seed, visitor.post("/me/codes/confirm", {"code": code, "ticket": ticket_on(shown)})
