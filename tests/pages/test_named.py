"""Who is named where municipalities are compared: whoever said so, and nobody else (threat A8)."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pytest
from passing import let_pass
from sqlalchemy import update
from visitor import Visitor, words_of
from world import World

from campaigns.store import Organisation

PLACES = {"4601": "Bergen", "4621": "Voss", "4636": "Solund"}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("named", "told"),
    [
        (("4601", "4621", "4636"), ""),
        (("4601",), "2 municipalities have not said that they may be named"),
        ((), "3 municipalities have not said that they may be named"),
    ],
)
def test_a_county_compares_by_name_those_alone_that_said_so(
    world: World, person: Callable[..., Visitor], named: Collection[str], told: str
) -> None:
    world.under_way(*PLACES)
    with world.store.system() as session:
        session.execute(update(Organisation).where(Organisation.number == "4621").values(named=False))
        session.execute(update(Organisation).where(Organisation.number.in_(named)).values(named=True))
    let_pass(world, minutes=8)
    page = person("46").get("/for/46/campaigns/prove/report")
    words = words_of(page)
    assert "3 of 3 posts are live" in words
    assert {number for number, name in PLACES.items() if name in page.text} == set(named)
    assert told in words
    assert ("may be named" in words) == (len(named) < 3)
    assert ("Other municipalities (3)" in words) == (not named)
    places = page.text.partition('id="h-places"')[2].partition("</table>")[0]
    assert places.count('<th scope="row">') == (len(named) or 1)
