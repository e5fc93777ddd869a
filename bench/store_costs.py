"""What the store costs: a delivery's steps in a small and in a great database, and planning against a raw insert."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta

from sqlalchemy import delete, func, insert, select, text

from bench.crowd import fill
from bench.ground import Ground, House, now
from campaigns import attempts, deliveries, plans
from campaigns.store import Account, Campaign, Delivery, Message, Participation
from connectors import Receipt

PLATFORMS = ("mastodon", "bluesky")


def step_cost(ground: Ground, settled: int, count: int) -> float:
    """Return the milliseconds that release, claim, note and settle of one delivery take, with `settled` others stored.

    The median of `count` deliveries, each alone, in one thread; no call is made.
    """
    with ground.house() as house:
        fill(house.store, house.vault, "http://127.0.0.1:1", count + 1, now())
        _multiply(house, settled)
        with house.store.system() as session:
            due, _ = deliveries.release(session, now=now(), limit=1)  # the first one warms the statements
        times = []
        for _ in range(count):
            begun = time.perf_counter()
            with house.store.system() as session:
                due, _ = deliveries.release(session, now=now(), limit=1)
            _carry_out(house, due[0].id)
            times.append(time.perf_counter() - begun)
        return 1000 * statistics.median(times)


def _carry_out(house: House, delivery: int) -> None:
    with house.store.system() as session:
        (claimed,) = attempts.claim(session, [delivery], worker="bench", now=now())
    with house.store.system() as session:
        assert attempts.note(session, [(claimed, {"media": []})], now=now())
    with house.store.system() as session:
        receipt = Receipt(str(delivery), f"https://social.example/{delivery}")
        assert attempts.settle(session, [(claimed, receipt)], now=now())


def _multiply(house: House, settled: int) -> None:
    """Store so many published deliveries, as years of campaigns would leave them."""
    columns = [one.name for one in Delivery.__table__.columns if one.name != "id"]
    changed = {
        "key": "gen_random_uuid()::text",
        "position": "turn",
        "state": "'published'",
        "remote_id": "turn::text",
        "published_at": "due_at - interval '400 days'",
        "due_at": "due_at - interval '400 days'",
        "late_at": "late_at - interval '400 days'",
        "next_try_at": "NULL",
        "next_sample_at": "NULL",
    }
    chosen = ", ".join(changed.get(name, f"one.{name}") for name in columns)
    with house.store.engine.begin() as connection:
        connection.execute(
            text(
                f"INSERT INTO delivery ({', '.join(columns)}) SELECT {chosen} FROM "  # noqa: S608  # names of our own columns
                "(SELECT * FROM delivery ORDER BY id LIMIT 1) AS one, generate_series(1, :settled) AS turn"
            ),
            {"settled": settled},
        )
        connection.execute(text("ANALYZE delivery"))


def planning(ground: Ground, messages: int) -> tuple[int, float, float]:
    """Return how many deliveries were planned for 357 municipalities with four accounts, and the seconds it took.

    The third figure is a raw insert of the very same rows.
    """
    with ground.house() as house:
        fill(house.store, house.vault, "http://127.0.0.1:1", 357, now())
        _prepare(house, messages)
        begun = time.perf_counter()
        while True:
            with house.store.system() as session:
                if not plans.plan_everybody(session, now=now()):
                    break
        planned = time.perf_counter() - begun
        return _raw(house, planned)


def _prepare(house: House, messages: int) -> None:
    """Give everybody four accounts and a campaign of so many messages, nothing of it planned."""
    with house.store.system() as session:
        session.execute(delete(Delivery))
        session.execute(delete(Message))
        session.flush()
        campaign = session.scalars(select(Campaign)).one()
        day = (now() + timedelta(days=30)).date().isoformat()
        session.add_all(
            Message(
                campaign_id=campaign.id, key=f"m{turn}", position=turn, title={"nn": "Hei"}, platforms=list(PLATFORMS),
                send={"day": day, "start": "10:00", "end": "12:00", "together": False, "released": False},
            )
            for turn in range(messages)
        )  # fmt: skip
        first = session.scalars(select(Account)).all()
        for turn, platform in enumerate(("mastodon", "bluesky", "bluesky")):
            session.add_all(
                Account(
                    organisation_id=one.organisation_id, platform=platform, base=one.base, handle=f"{one.handle}-{turn}",
                    remote_id=f"{one.remote_id}-{turn}", title=one.title, address=one.address, connected_at=now(),
                )
                for one in first
            )  # fmt: skip
        for mine in session.scalars(select(Participation)):
            mine.planned_version = 0


def _raw(house: House, planned: float) -> tuple[int, float, float]:
    columns = [one for one in Delivery.__table__.columns if one.name != "id"]
    with house.store.system() as session:
        rows = [dict(row._mapping) for row in session.execute(select(*columns))]
        session.execute(delete(Delivery))
    begun = time.perf_counter()
    with house.store.system() as session:
        session.execute(insert(Delivery), rows)
    raw = time.perf_counter() - begun
    with house.store.system(write=False) as session:
        stored = session.scalar(select(func.count(Delivery.id))) or 0
    return stored, planned, raw
