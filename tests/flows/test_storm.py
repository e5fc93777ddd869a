"""Everything at once, on every platform, while calls go wrong: what is shown is what is there (`bench/storm.py`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog

from bench import storm
from bench.storm import Row
from connectors import REACHED, WordPress


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Give the log back as it was."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def faults_of(rows: list[Row]) -> list[Row]:
    """Return the platforms on which anything is live twice, lost, or shown as something else than what is there."""
    return [one for one in rows if one.twice or one.lost or one.wrong or one.unsure]


def test_a_campaign_through_a_storm_is_live_once_or_told_on_every_platform() -> None:
    definition, pictures = storm.ready_campaigns()[1]
    rows = storm.rows(storm.storm(definition, pictures, ["4636"], seed=7))
    assert [one.platform for one in rows] == [kind.title for kind in REACHED]
    assert all(one.intended == len(definition.messages) for one in rows)
    assert all(one.once + one.told == one.intended for one in rows)
    assert faults_of(rows) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_five_campaigns_through_a_storm_are_live_once_or_told_on_every_platform(seed: int) -> None:
    rows = storm.whole(["4621", "4636"], seed)
    assert all(one.intended >= 50 for one in rows)
    assert all(one.once > one.intended * 0.7 for one in rows), "it is a storm, not the end of the world"
    assert faults_of(rows) == []


@pytest.mark.slow
def test_the_storm_finds_a_platform_that_is_believed_too_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WordPress, "trusts_absence", timedelta())
    monkeypatch.setattr(storm, "FAULTS", (("drop_after", {"hidden": 20}),))
    definition, pictures = storm.ready_campaigns()[1]
    rows = storm.rows(storm.storm(definition, pictures, ["4636"], seed=7))
    assert [one.platform for one in faults_of(rows)] == [WordPress.title]
    assert next(one for one in rows if one.platform == WordPress.title).twice
