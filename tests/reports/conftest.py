"""A county whose posts have been out for a while, for tests of reports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from out_for_a_week import NOW
from sqlalchemy import select

from bench import county, engaged
from campaigns.settings import Settings
from campaigns.store import Delivery, Organisation, Store
from samklang.house import open_store
from workers.desk import Desk

PLACES = 14


@pytest.fixture(scope="module")
def county_out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A county of fourteen municipalities, two messages on four platforms each, live for eight days; two are not named."""
    home: Path = tmp_path_factory.mktemp("engaged")
    settings = Settings(home=home)
    made = open_store(settings)
    desk = Desk(settings, made)
    county.fill(made, desk, places=PLACES, messages=2, today=NOW.date())
    with made.system() as session:
        rows = session.scalars(
            select(Organisation)
            .where(Organisation.id.in_(select(Delivery.organisation_id)))
            .order_by(Organisation.number)
        ).all()
        for turn, one in enumerate(rows):
            one.named = turn not in (3, 7, 9)
        engaged.engage(session, now=NOW, seed=4)
    yield made
    desk.close()
    made.dispose()
