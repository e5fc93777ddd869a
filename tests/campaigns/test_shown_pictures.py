"""Pictures that platforms fetch: under an address nobody can guess, for one delivery, for an hour (threat A6)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from world import World

from campaigns import shown_pictures
from campaigns.shown_pictures import LIFE
from campaigns.states import State
from campaigns.store import Delivery, ShownPicture
from connectors import NotSent, Secret

DIGEST = "ab" * 32


@pytest.fixture
def shown(world: World) -> Secret:
    """Return what the address of a planned delivery's picture ends with."""
    world.under_way("4621")
    with world.store.system() as session:
        return shown_pictures.show(session, world.deliveries()[0].key, DIGEST, now=world.now)


def behind(world: World, token: str, after: timedelta = timedelta()) -> str | None:
    with world.store.system(write=False) as session:
        return shown_pictures.behind(session, token, now=world.now + after)


def test_an_address_shows_its_picture_and_another_shows_nothing(world: World, shown: Secret) -> None:
    assert behind(world, shown.reveal()) == DIGEST
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", shown.reveal()), "256 random bits"
    for other in ("", DIGEST, shown.reveal()[:-1], shown.reveal().swapcase(), world.deliveries()[0].key):
        assert behind(world, other) is None


def test_an_address_ends_with_the_hour(world: World, shown: Secret) -> None:
    assert behind(world, shown.reveal(), LIFE - timedelta(seconds=1)) == DIGEST
    assert behind(world, shown.reveal(), LIFE) is None


@pytest.mark.parametrize(
    "state", [State.published, State.failed, State.cancelled, State.missed, State.removed]
)
def test_an_address_ends_with_its_delivery(world: World, shown: Secret, state: State) -> None:
    with world.store.system() as session:
        session.get_one(Delivery, world.deliveries()[0].id).state = state
    assert behind(world, shown.reveal()) is None


def test_the_address_itself_is_kept_nowhere_and_old_ones_are_cleared_away(
    world: World, shown: Secret
) -> None:
    with world.store.system() as session:
        (row,) = session.query(ShownPicture).all()
        assert shown.reveal() not in (row.token_hash, row.sha256)
        shown_pictures.show(session, world.deliveries()[0].key, DIGEST, now=world.now + LIFE)
    with world.store.system(write=False) as session:
        assert session.query(ShownPicture).count() == 1


def test_what_is_no_delivery_shows_no_picture(world: World) -> None:
    with world.store.system() as session, pytest.raises(NotSent):
        shown_pictures.show(session, "no such key", DIGEST, now=world.now)
