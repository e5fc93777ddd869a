"""Who comes in, in tests of the way in."""

from __future__ import annotations

from sqlalchemy import select
from world import World

from campaigns.store import Person

ADVISER = "adviser@4601.example"
COUNTY = "ingrid@county.example"


def person_id(world: World, mail: str = ADVISER) -> int:
    """Return a person's id."""
    with world.store.system(write=False) as session:
        return session.scalars(select(Person.id).where(Person.mail == mail)).one()
