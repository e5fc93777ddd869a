import json
from datetime import timedelta

import pytest
from sqlalchemy import event
from stage import NOW, PLATFORM, Stage, play_a_busy_morning

from campaigns.states import State
from campaigns.store import AccountState, Answer, HoldLevel
from reports.overview import NEWEST, Overview, overview


def look(store, *, named: bool = True) -> Overview:
    with store.system(write=False) as session:
        return overview(session, now=NOW, named=named)


@pytest.fixture
def questions(store):
    """Return the list of statements sent to the store from now on, transaction marks aside."""
    asked: list[str] = []

    @event.listens_for(store.engine, "before_cursor_execute")
    def note(connection, cursor, statement, *rest):
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    return asked


def test_every_delivery_stands_in_exactly_one_number(store):
    play_a_busy_morning(store)
    truth = look(store).truth
    # eight live posts, and one more in each of the first eight states
    assert (truth.live, truth.waiting, truth.under_way) == (9, 1, 2)
    assert (truth.unsure, truth.failed, truth.missed, truth.cancelled, truth.removed) == (1, 1, 1, 1, 0)
    assert truth.all == 15


def test_what_a_person_withdrew_was_not_due(store):
    play_a_busy_morning(store)
    assert look(store).due == 15


def test_what_needs_a_person_is_counted_and_named_in_the_order_of_urgency(store):
    play_a_busy_morning(store)
    found = [(one.need, one.count, one.places) for one in look(store).matters]
    assert found == [
        ("unsure", 1, ("Masfjorden",)),
        ("failed", 1, ("Stryn",)),
        ("missed", 1, ("Vaksdal",)),
        ("login_lost", 1, ("Masfjorden",)),
        ("unapproved", 1, ("Askvoll",)),
        ("unanswered", 2, ("Etne", "Gulen")),
    ]


def test_an_unsure_delivery_that_is_still_looked_up_needs_nobody(store):
    with store.system() as session:
        stage = Stage(session)
        place = stage.organisation("4601", "Bergen")
        part = stage.joins(stage.campaign(), place)
        stage.delivery(part, stage.account(place, "b"), State.unsure)
    assert look(store).matters == ()


def test_holds_come_widest_first_with_who_set_them(store):
    with store.system() as session:
        stage = Stage(session)
        place = stage.organisation("4601", "Bergen")
        account = stage.account(place, "bergen-kommune")
        stage.hold(HoldLevel.account, by=place, account=account)
        stage.hold(HoldLevel.county, by=stage.county, target=stage.county, reason="Ras i Sogn")
        stage.hold(HoldLevel.everything, reason="hold.behind_the_mark")
        lifted = stage.hold(HoldLevel.everything)
        lifted.lifted_at = NOW
    found = [(one.level, one.target, one.set_by, one.reason) for one in look(store).holds]
    assert found == [
        ("everything", None, None, "hold.behind_the_mark"),
        ("county", "Vestland", "Vestland", "Ras i Sogn"),
        ("account", "bergen-kommune", "Bergen", None),
    ]
    unnamed = [(one.level, one.target, one.set_by, one.reason) for one in look(store, named=False).holds]
    assert unnamed == [
        ("everything", None, None, "hold.behind_the_mark"),
        ("county", None, None, None),
        ("account", None, None, None),
    ]


def test_only_pauses_in_force_are_told(store):
    with store.system() as session:
        stage = Stage(session)
        place = stage.organisation("4601", "Bergen")
        account = stage.account(place, "bergen-kommune")
        stage.pause("account", str(account.id), account=account)
        stage.pause("instance", account.base)
        stage.pause("app", PLATFORM).until = NOW
    found = {(one.scope, one.platform, one.target) for one in look(store).pauses}
    assert found == {
        ("account", PLATFORM, "bergen-kommune (Bergen)"),
        ("instance", PLATFORM, "https://social.example"),
    }
    assert {one.target for one in look(store, named=False).pauses} == {None}


def test_the_newest_moves_are_told_and_only_a_live_post_has_its_address(store):
    with store.system() as session:
        stage = Stage(session)
        place = stage.organisation("4601", "Bergen")
        part = stage.joins(stage.campaign(), place)
        account = stage.account(place, "b")
        gone = stage.delivery(part, account, State.removed, address="https://social.example/gone")
        for position in range(1, NEWEST + 3):
            stage.delivery(part, account, State.published, position=position)
        stage.moved(gone, "remove", State.removed, at=NOW)
    moves = look(store).moves
    assert len(moves) == NEWEST
    assert (moves[0].move, moves[0].address) == ("remove", None)
    assert moves[1].address == f"https://social.example/@b/{NEWEST + 2}"


def test_each_campaign_brings_its_report_with_the_running_ones_first(store):
    with store.system() as session:
        stage = Stage(session)
        place = stage.organisation("4601", "Bergen")
        stage.campaign("closed").closed_at = NOW
        stage.campaign("waiting", active=False)
        part = stage.joins(stage.campaign("running"), place)
        stage.joins(part.campaign, stage.organisation("4602", "Kinn"), Answer.out)
        stage.delivery(part, stage.account(place, "b"), State.planned, due_at=NOW + timedelta(days=1))
    parts = look(store).campaigns
    assert [one.report.key for one in parts] == ["running", "waiting", "closed"]
    assert parts[0].report.answers == {"in": 1, "out": 1}
    assert (parts[0].due, parts[0].report.truth.waiting) == (0, 1)


def test_without_names_ten_questions_are_asked_however_much_there_is(store, questions):
    play_a_busy_morning(store)
    questions.clear()
    look(store, named=False)
    assert len(questions) == 10


def test_with_names_two_more_and_five_for_each_campaign_are_asked(store, questions):
    play_a_busy_morning(store)
    questions.clear()
    look(store)
    assert len(questions) == 10 + 2 + 5


def test_the_value_without_names_carries_no_name(store):
    play_a_busy_morning(store)
    found = look(store, named=False)
    text = json.dumps(found.as_json())
    assert (found.moves, found.campaigns) == ((), ())
    assert not any(word in text for word in ("Masfjorden", "Vestland", "bok", "post", "social.example"))


def test_the_value_with_names_is_json(store):
    play_a_busy_morning(store)
    found = json.loads(json.dumps(look(store).as_json()))
    assert found["truth"]["all"] == 15
    assert found["campaigns"][0]["truth"]["all"] == 15
    assert found["moves"][0]["at"].endswith("+00:00")


def test_lost_logins_are_counted_as_accounts(store):
    with store.system() as session:
        stage = Stage(session)
        place = stage.organisation("4601", "Bergen")
        stage.account(place, "one", state=AccountState.login_lost)
        stage.account(place, "two", state=AccountState.login_lost)
        stage.account(place, "three", state=AccountState.paused)
    assert [(one.count, one.places) for one in look(store).matters] == [(2, ("Bergen",))]
