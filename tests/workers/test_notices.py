"""Notices: each is made once, for whom it concerns, from rows that other acts wrote; and what people may choose."""

from __future__ import annotations

from datetime import timedelta

import paper
import pytest
from letterbox import ADVISER, Letterbox, at, invited, later, letters, plain, stop, tick
from sqlalchemy import event, func, select, update
from world import World

from campaigns import causes, notices, organisations
from campaigns.notice_kinds import KINDS, When, choices, roles_told, when
from campaigns.sentences import catalogue
from campaigns.store import Account, AccountState, Delivery, Letter, Notice, NoticeCopy, Role
from connectors.secret import Secret
from samklang.console import demo_settings


def test_two_clocks_make_one_notice(world: World) -> None:
    stop(world, "4601")
    with world.store.system(write=False) as session:
        first = notices.untold(session, now=world.now)
        second = notices.untold(session, now=world.now)
    with world.store.system() as session:
        assert notices.make_notices(session, first, now=world.now) == 2
    with world.store.system() as session:
        assert notices.make_notices(session, second, now=world.now) == 0
        assert session.scalar(select(func.count()).select_from(NoticeCopy)) == 2


def test_what_happened_while_no_clock_ran_is_told_unless_it_is_old(world: World) -> None:
    stop(world, "4601")
    world.wait(days=1)
    with world.store.system(write=False) as session:
        assert {one.kind for one in notices.untold(session, now=world.now)} == {"stop"}
        assert notices.untold(session, now=world.now + causes.LATELY) == []


def test_nothing_is_asked_for_twice_once_it_is_told(world: World) -> None:
    world.under_way("4601")
    stop(world)
    tick(world)
    with world.store.system(write=False) as session:
        assert notices.untold(session, now=world.now) == []


def test_an_invitation_bears_the_link_that_somebody_makes_for_it_and_a_channel_does_not(
    world: World, box: Letterbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def link(session, notice, person, now):  # type: ignore[no-untyped-def]
        asked.append((notice.subject_id, person.mail))
        return Secret(f"/answer/token-of-{person.id}")

    monkeypatch.setitem(notices.LINKS, "invitation", link)
    invited(world)
    tick(world)
    (mail,) = box.to(ADVISER)
    assert f"{world.settings.public_url}/answer/token-of-{world.actors['4601'].person_id}" in plain(mail)
    assert "/for/4601/campaigns/papir" not in plain(mail)
    assert (world.participation("4601").id, ADVISER) in asked


def test_a_late_fact_is_asked_for_on_its_day(world: World, box: Letterbox) -> None:
    content = later()
    content["facts"]["antal"] = {"kind": "number", "known": "T-4", "ask": {"nn": "Tal?", "nb": "Tall?"}}
    content["messages"][1]["text"] = {"nn": "Takk for {antal}.", "nb": "Takk for {antal}."}
    invited(world, content)
    world.connect("4601", ["mastodon"])
    world.join("4601", paper.KEY)
    world.approve("4601", paper.KEY)
    tick(world)
    box.mails.clear()
    at(world, 2, 11, 8)
    tick(world)
    assert box.to(ADVISER) == []
    at(world, 2, 12, 8)
    tick(world)
    assert "Papir: opplysninga «antal» trengst til 16.02.2027" in plain(box.to(ADVISER)[0])


def test_a_second_person_is_asked_at_once_where_it_goes_soon_and_the_first_is_not(
    world: World, box: Letterbox
) -> None:
    with world.store.system() as session:
        organisations.add_member(session, "4601", name="To", mail="to@4601.example", roles=[Role.approver])
    world.under_way("4601")
    with world.store.system() as session:
        organisations.organisation(session, "4601").second_person = True
        session.execute(update(Delivery).values(approvals_needed=2))
    tick(world)
    assert "Éin hos dykk har godkjent «ein»" in plain(box.to("to@4601.example")[0])
    assert not any("Éin hos dykk" in plain(mail) for mail in box.to(ADVISER))


def test_what_is_old_is_forgotten(world: World, box: Letterbox) -> None:
    stop(world)
    tick(world)
    with world.store.system() as session:
        notices.forget(session, now=world.now + notices.KEPT + timedelta(days=1))
    assert letters(world) == []
    with world.store.system(write=False) as session:
        for table in (Notice, NoticeCopy, Letter):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_what_was_missed_is_found_by_an_index_of_its_own(world: World) -> None:
    seen = []

    def plan(connection, cursor, statement, parameters, context, many):  # type: ignore[no-untyped-def]
        if "FROM history" in statement:
            seen.append((statement, parameters))

    event.listen(world.store.engine, "before_cursor_execute", plan)
    with world.store.system(write=False) as session:
        notices.untold(session, now=world.now)
        event.remove(world.store.engine, "before_cursor_execute", plan)
        if world.store.embedded:
            statement, parameters = seen[0]
            connection = session.connection()
            told = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert any("ix_history_went_wrong" in str(row) for row in told), told
    assert len(seen) == 1, "that nothing went wrong lately is found by one question"
    assert "IN ('miss', 'refuse')" in seen[0][0]


def test_a_fault_in_one_question_keeps_no_stop_from_being_told(world: World, box: Letterbox) -> None:
    world.under_way("4601")
    with world.store.system() as session:
        session.execute(
            update(Account).values(state=AccountState.login_lost, lost_at=world.now, platform="unheard_of")
        )
    stop(world, "4601")
    tick(world)
    assert "Alt er stoppa for Bergen" in [mail["Subject"] for mail in box.to(ADVISER)]


def test_an_organisation_in_a_foreign_zone_silences_nobody(world: World, box: Letterbox) -> None:
    with world.store.system() as session:
        organisations.organisation(session, "4636").timezone = "Europe/Paris"
    invited(world)
    stop(world)
    tick(world)
    assert len(box.to(ADVISER)) == 2
    assert "Alt er stoppa i Vestland" in [mail["Subject"] for mail in box.to("adviser@4636.example")]


# -- who is told, and what people may choose


def test_every_kind_has_its_sentences_and_somebody_who_is_told() -> None:
    for kind in set(KINDS) - {"waiting"}:
        for part in ("what", "means", "do"):
            start = f"notice.{part}.{kind}"
            assert any(code == start or code.startswith(f"{start}.") for code in catalogue()), start
        assert roles_told(kind)


def test_a_stop_is_told_at_once_to_whoever_may_lift_it_whatever_is_stored() -> None:
    for role in (Role.approver, Role.admin, Role.coordinator):
        for kind in ("stop", "lifted"):
            assert choices(kind, {role}) == (When.at_once,)
            assert when(kind, {role, Role.editor}, "off", soon=False) == When.at_once
    assert when("stop", {Role.editor}, "off", soon=False) == When.off


def test_a_choice_that_is_not_offered_counts_for_nothing() -> None:
    assert when("unsure", {Role.editor}, "off", soon=False) == When.at_once
    assert when("invitation", {Role.editor}, "hourly", soon=False) == When.daily
    assert when("moved", {Role.editor}, None, soon=True) == When.at_once
    assert when("moved", {Role.editor}, None, soon=False) == When.daily


def test_a_person_chooses_for_herself_alone_and_may_go_back_to_the_usual(world: World) -> None:
    other = world.actors["4621"].person_id
    assert other is not None
    with world.store.scope(world.actors["4601"]) as session:
        mine = world.actors["4601"].person_id
        assert mine is not None
        notices.choose(session, mine, {"invitation": "off", "waiting": "off"})
        notices.choose(session, mine, {"invitation": ""})
        offered = notices.own_choices(session, mine)
        with pytest.raises(PermissionError):
            notices.choose(session, other, {"invitation": "off"})
        with pytest.raises(organisations.NotFound):
            notices.choose(session, mine, {"waiting": "at_once"})
    assert offered["invitation"] == (None, (When.off, When.daily, When.at_once))
    assert offered["waiting"][0] == When.off
    assert "missed_there" not in offered, "that is for coordinators"


def test_the_demo_sends_nothing_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMKLANG_SMTP_HOST", "smtp.fylke.no")
    monkeypatch.setenv("SAMKLANG_NOTICE_HOSTS", "ntfy.fylke.no")
    settings = demo_settings()
    assert (settings.smtp_host, settings.notice_host_list) == (None, frozenset())
