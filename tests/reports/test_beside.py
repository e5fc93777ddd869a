"""A municipality's own rate beside those of its size: its own exactly, and of the others the typical level alone."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta

from out_for_a_week import NOW
from sqlalchemy import select, update

from campaigns.sentences import LANGUAGES
from campaigns.store import Campaign, Delivery, Figure, Organisation, Store
from reports.engagement import findings, own
from reports.engagement.own import Beside
from reports.engagement.value import Rate
from reports.voice import Voice


def found_for(county_out: Store, turn: int = 0, **more: object) -> tuple[Beside | None, Organisation]:
    with county_out.system(write=False) as session:
        campaign = session.scalars(select(Campaign.id)).one()
        joined = select(Delivery.organisation_id).distinct()
        places = session.scalars(
            select(Organisation).where(Organisation.id.in_(joined)).order_by(Organisation.population)
        ).all()
    place = places[turn]
    return own.beside(county_out, campaign, place.id, now=NOW, **more), place


def test_the_own_number_is_exact_and_the_others_are_one_level(county_out: Store) -> None:
    beside, place = found_for(county_out)
    assert beside is not None
    with county_out.system(write=False) as session:
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


def test_it_is_said_in_a_sentence_in_each_language_with_every_word(county_out: Store) -> None:
    beside, _ = found_for(county_out)
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


def test_before_a_day_has_gone_by_nothing_is_compared(county_out: Store) -> None:
    with county_out.system() as session:
        at = session.scalar(select(Delivery.published_at).limit(1))
        session.execute(update(Delivery).values(published_at=NOW - timedelta(hours=20)))
    try:
        assert found_for(county_out)[0] is None
        quick, _ = found_for(county_out, speed=60)
        assert quick is not None  # in the demo a day is 24 minutes
    finally:
        with county_out.system() as session:
            session.execute(update(Delivery).values(published_at=at))
