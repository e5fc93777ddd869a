"""Emergency stops: in three places, at four levels, and never lifted by themselves (D10, D11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from passing import let_pass
from world import World

from campaigns import holds, participation, rescheduling
from campaigns.access import Forbidden
from campaigns.store import Account, Hold, HoldLevel, Message, Organisation
from connectors.base import Connector
from workers import publish as publishing
from workers.desk import Desk
from workers.publish import Ended, Ready


def _stop(
    world: World, who: str = "4601", level: HoldLevel = HoldLevel.municipality, target: str = "4601"
) -> int:
    with world.store.scope(world.actors[who]) as session:
        place = session.get_one(Organisation, world.places[target].id)
        return holds.set_hold(session, level, target=place, now=world.now, reason="storm").id


def _lift(world: World, who: str, hold: int) -> None:
    with world.store.scope(world.actors[who]) as session:
        holds.lift_hold(session, session.get_one(Hold, hold), now=world.now)


def _due(world: World) -> None:
    world.under_way("4601", late_after=120)
    world.wait(minutes=5)


def test_a_stop_before_the_release_keeps_it_planned(world: World) -> None:
    _due(world)
    _stop(world)
    world.tick()
    assert world.states() == ["planned"]
    assert world.live() == []


def test_a_stop_between_release_and_claim_sends_nothing(world: World) -> None:
    _due(world)
    world.deliver = lambda errand, platform, ids: (_stop(world), world.carry_out("publish", platform, ids))
    world.clock.release()
    assert world.states() == ["planned"]
    assert world.calls() == []


def test_a_stop_between_claim_and_note_sends_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _due(world)
    kind = type(world.desk.connectors["mastodon"])
    prepare = kind.prepare

    def stop_and_prepare(self: Connector, *given: object) -> dict[str, object]:
        _stop(world)
        return prepare(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(kind, "prepare", stop_and_prepare)
    world.clock.release()
    assert world.states() == ["planned"]
    assert world.calls() == []
    assert world.history(world.delivery().id) == ["release", "claim", "postpone"]


def test_a_stop_after_the_note_lists_what_slipped_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _due(world)
    write_down = publishing._write_down

    def note_and_stop(desk: Desk, ended: Sequence[Ended], row: Sequence[Ready]) -> tuple[float, set[int]]:
        noted = write_down(desk, ended, row)
        if row:
            _stop(world)
        return noted

    monkeypatch.setattr(publishing, "_write_down", note_and_stop)
    monkeypatch.setattr(
        publishing, "CALL_GRACE", 60
    )  # setting the stop takes time that a real call would not lose
    world.clock.release()
    assert world.states() == ["published"]
    for who in ("4601", "46"):
        with world.store.scope(world.actors[who]) as session:
            (hold,) = holds.open_holds(session)
            assert [one.address for one in holds.slipped_out(session, hold)] == [world.live()[0]["address"]]


def test_a_note_that_took_too_long_is_made_again_before_the_call(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _due(world)
    write_down = publishing._write_down
    noted: list[float] = []

    def slow_note(desk: Desk, ended: Sequence[Ended], row: Sequence[Ready]) -> tuple[float, set[int]]:
        at, cleared = write_down(desk, ended, row)
        if noted or not row:
            return at, cleared
        noted.append(at)
        _stop(world)
        return at - publishing.CALL_GRACE - 1, cleared  # the machine stood still for more than a second

    monkeypatch.setattr(publishing, "_write_down", slow_note)
    world.clock.release()
    assert world.calls() == []
    assert len(noted) == 1


def test_a_county_stops_its_campaigns_everywhere_and_a_municipality_only_itself(world: World) -> None:
    world.under_way("4601", "4621", late_after=120)
    world.wait(minutes=5)
    stop = _stop(world, "4621", HoldLevel.municipality, "4621")
    world.tick()
    assert sorted(world.states()) == ["planned", "published"]
    assert world.live("4621") == []
    _lift(world, "4621", stop)
    county = _stop(world, "46", HoldLevel.county, "46")
    world.tick()
    assert world.live("4621") == []
    _lift(world, "46", county)
    world.tick()
    assert len(world.live("4621")) == 1


def test_a_county_may_stop_one_of_its_municipalities(world: World) -> None:
    world.under_way("4601", "4621")
    _stop(world, "46", HoldLevel.municipality, "4601")
    world.wait(minutes=5)
    world.tick()
    assert (world.live("4601"), len(world.live("4621"))) == ([], 1)


def test_an_account_is_stopped_alone(world: World) -> None:
    world.under_way("4601", to="mastodon, bluesky")
    with world.store.scope(world.actors["4601"]) as session:
        account = session.query(Account).filter(Account.platform == "bluesky").one()
        holds.set_hold(session, HoldLevel.account, account=account, now=world.now)
    world.wait(minutes=5)
    world.tick()
    assert (len(world.live("4601")), world.live("4601", "bluesky")) == (1, [])


@pytest.mark.parametrize(
    ("who", "level", "target"),
    [
        ("4601", HoldLevel.municipality, "4621"),
        ("4601", HoldLevel.county, "46"),
        ("4601", HoldLevel.everything, "46"),
        ("46", HoldLevel.everything, "46"),
    ],
)
def test_nobody_stops_what_is_not_theirs(world: World, who: str, level: HoldLevel, target: str) -> None:
    with pytest.raises(Forbidden):
        _stop(world, who, level, target)
    with world.store.system(write=False) as session:
        assert holds.open_holds(session) == []


@pytest.mark.parametrize(("setter", "other"), [("46", "4601"), ("4601", "46"), ("4601", "4621")])
def test_a_stop_is_lifted_only_where_it_was_set(world: World, setter: str, other: str) -> None:
    hold = _stop(world, setter, HoldLevel.municipality, "4601")
    with pytest.raises(Forbidden):
        _lift(world, other, hold)
    _lift(world, setter, hold)


def test_the_operator_lifts_its_own_stop_and_nobody_elses(world: World) -> None:
    hold = _stop(world)
    with world.store.system() as session:
        own = holds.set_hold(session, HoldLevel.everything, now=world.now)
        holds.lift_hold(session, own, now=world.now)
        with pytest.raises(Forbidden):
            holds.lift_hold(session, session.get_one(Hold, hold), now=world.now)


def test_lifting_floods_nothing(world: World) -> None:
    world.under_way("4601", "4621", "4636")
    stop = _stop(world, "46", HoldLevel.county, "46")
    world.wait(hours=3)
    _lift(world, "46", stop)
    world.tick()
    assert world.states() == ["missed"] * 3
    assert [world.live(number) for number in ("4601", "4621", "4636")] == [[], [], []]


def test_a_stop_never_lifts_itself(world: World) -> None:
    _due(world)
    _stop(world)
    for _ in range(10):
        world.wait(hours=12)
        world.tick()
    assert world.states() == ["missed"]
    assert {one.reason for one in world.deliveries()} == {"gate.held"}


def test_a_stop_reaches_the_eyes_of_everybody_it_concerns(world: World) -> None:
    _stop(world, "46", HoldLevel.county, "46")
    _stop(world, "4601")
    seen: dict[str, int] = {}
    for who in ("46", "4601", "4621"):
        with world.store.scope(world.actors[who], write=False) as session:
            seen[who] = len(holds.open_holds(session))
    assert seen == {"46": 2, "4601": 2, "4621": 1}


def test_a_stop_does_not_keep_us_from_looking_what_is_live(world: World) -> None:
    _due(world)
    world.fault("drop_after")
    world.tick()
    assert world.states() == ["unsure"]
    _stop(world)
    world.wait(seconds=30)
    world.tick()
    assert world.states() == ["published"]


@pytest.mark.parametrize("trouble", ["status", "rate_limit", "drop_after"])
def test_a_stop_holds_back_what_would_be_tried_again(world: World, trouble: str) -> None:
    _due(world)
    world.fault("rate_limit" if trouble == "rate_limit" else trouble, path="/api/v1/statuses")
    world.tick()
    live = len(world.live())
    assert set(world.states()) <= {"planned", "unsure"}
    calls = len(world.calls())
    _stop(world)
    let_pass(world, minutes=30)
    assert len(world.calls()) == calls, "no retry, and no sending again after a look-up"
    assert len(world.live()) == live


def test_a_stop_holds_back_what_a_person_gives_a_new_time(world: World) -> None:
    world.under_way("4601", late_after=1)
    let_pass(world, minutes=1)
    _stop(world)
    let_pass(world, minutes=10)
    assert world.states() == ["missed"]
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, "prove")
        message = session.get_one(Message, world.delivery().message_id)
        assert rescheduling.move(session, mine, message, world.now + timedelta(minutes=1), now=world.now) == 1
    let_pass(world, minutes=10)
    assert world.states() == ["missed"]
    assert world.calls() == []
