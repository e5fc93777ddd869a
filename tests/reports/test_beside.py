"""A municipality's own rate beside those of its size: its own exactly, and of the others the typical level alone."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta

from sqlalchemy import select, update
from test_campaign_engagement import NOW, store  # noqa: F401  # the county that is looked at here, too

from campaigns.sentences import LANGUAGES
from campaigns.store import Campaign, Delivery, Figure, Organisation, Store
from reports.engagement import findings, own
from reports.engagement.own import Beside
from reports.engagement.value import Rate
from reports.voice import Voice


def found_for(store: Store, turn: int = 0, **more: object) -> tuple[Beside | None, Organisation]:  # noqa: F811
    with store.system(write=False) as session:
        campaign = session.scalars(select(Campaign.id)).one()
        joined = select(Delivery.organisation_id).distinct()
        places = session.scalars(
            select(Organisation).where(Organisation.id.in_(joined)).order_by(Organisation.population)
        ).all()
    place = places[turn]
    return own.beside(store, campaign, place.id, now=NOW, **more), place


def test_the_own_number_is_exact_and_the_others_are_one_level(store: Store) -> None:  # noqa: F811
    beside, place = found_for(store)
    assert beside is not None
    with store.system(write=False) as session:
        counts = session.scalars(
            select(Figure.value)
            .join(Delivery, Delivery.id == Figure.delivery_id)
            .where(Delivery.organisation_id == place.id, Figure.metric == "reactions", Figure.age == 168)
        )
        assert beside.amount.value == sum(one or 0 for one in counts)
    assert beside.view.age == 168
    assert beside.rate is not None
    assert beside.rate.low <= beside.rate.median <= beside.rate.high
    assert beside.group is not None
    assert beside.group.places >= 8
    assert set(asdict(beside)) == {"view", "amount", "rate", "gap", "group"}


def test_it_is_said_in_a_sentence_in_each_language_with_every_word(store: Store) -> None:  # noqa: F811
    beside, _ = found_for(store)
    assert beside is not None
    assert beside.rate is not None
    rate: Rate = beside.rate
    for language in LANGUAGES:
        said = {
            findings.beside(
                replace(beside, rate=replace(rate, word=word, reason=reason)), Voice(language, NOW)
            )
            for word, reason in (
                ("over", ""),
                ("under", ""),
                ("about", ""),
                ("too_little", ""),
                (None, "few_counts"),
            )
        }
        assert len(said) == 5
        assert not any("page." in one or "{" in one for one in said)
        assert len({findings.beside(replace(beside, rate=None), Voice(language, NOW))} | said) == 6


def test_before_a_day_has_gone_by_nothing_is_compared(store: Store) -> None:  # noqa: F811
    with store.system() as session:
        at = session.scalar(select(Delivery.published_at).limit(1))
        session.execute(update(Delivery).values(published_at=NOW - timedelta(hours=20)))
    try:
        assert found_for(store)[0] is None
        quick, _ = found_for(store, speed=60)
        assert quick is not None  # in the demo a day is 24 minutes
    finally:
        with store.system() as session:
            session.execute(update(Delivery).values(published_at=at))
