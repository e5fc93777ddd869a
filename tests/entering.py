"""Who comes in, in tests of the way in."""

from __future__ import annotations

from sqlalchemy import select
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
