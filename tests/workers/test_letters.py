"""Letters as a real mail server takes them: who gets which, when, how often, and what is in them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import paper
import pytest
from letterbox import ADVISER, COUNTY, Letterbox, at, html, invited, later, plain, stop, tick
from sqlalchemy import select, update
from world import World

from campaigns import holds, local_days, notices, organisations, participation, standing
from campaigns.local_days import Stretch
from campaigns.store import (
    Account,
    AccountState,
    Answer,
    Delivery,
    Hold,
    Notice,
    Person,
    Role,
)


def test_an_invitation_comes_in_the_daily_letter_with_one_link_and_says_what_silence_means(
    world: World, box: Letterbox
) -> None:
    invited(world)
    tick(world)
    (mail,) = box.to(ADVISER)
    assert mail["Subject"] == "Éi sak i dag"
    for text in (plain(mail), html(mail)):
        assert "Vestland inviterer dykk til kampanjen «Papir»." in text
        assert "29.01.2027" in text
        assert "ikkje med" in text
    link = re.compile(re.escape(f"{world.settings.public_url}/answer/") + r"[\w-]{43}")
    (own,) = link.findall(plain(mail))
    assert html(mail).count(f'href="{own}"') == 1
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@fylke.example>")


def test_a_hundred_invitations_are_one_letter(world: World, box: Letterbox) -> None:
    content = later()
    for turn in range(100):
        content["campaign"] = f"papir-{turn}"
        paper.load(world, content)
        world.invite(f"papir-{turn}")
    tick(world)
    for hour in (11, 12, 14):
        at(world, 1, 12, hour)
        tick(world)
    (mail,) = box.to(ADVISER)
    assert len(set(re.findall(r"/answer/[\w-]{43}", plain(mail)))) == 100


def test_somebody_of_three_municipalities_gets_one_letter_with_all_of_them(
    world: World, box: Letterbox
) -> None:
    with world.store.system() as session:
        for number in ("4621", "4636"):
            organisations.add_member(session, number, name="A", mail=ADVISER, roles=[Role.editor])
    invited(world)
    tick(world)
    (mail,) = box.to(ADVISER)
    for name in ("Bergen (4601)", "Voss (4621)", "Solund (4636)"):
        assert name in plain(mail)


@pytest.mark.parametrize(
    ("when", "goes"),
    [
        ((1, 13, 6, 59), False),  # 07:59 in winter
        ((1, 13, 7, 0), True),
        ((1, 16, 9, 0), False),  # a Saturday
        ((3, 25, 9, 0), False),  # Maundy Thursday
        ((3, 30, 5, 59), False),  # 07:59 in summer, the first working day after the clocks went forward
        ((3, 30, 6, 0), True),
        ((1, 13, 15, 30), False),  # 16:30
    ],
)
def test_a_daily_letter_goes_at_eight_on_working_days_in_winter_and_summer(
    world: World, box: Letterbox, when: tuple[int, int, int, int], goes: bool
) -> None:
    month, day, hour, minute = when
    at(world, month, day, hour, minute)
    anchor = datetime(2027, month, day, tzinfo=UTC) + timedelta(days=40)
    invited(
        world,
        later(
            anchor=f"{anchor:%Y-%m-%d}",
            answer={"by": f"{anchor - timedelta(days=20):%Y-%m-%d}"},
            approve_by=None,
        ),
    )
    tick(world)
    assert bool(box.to(ADVISER)) == goes


def test_there_is_one_daily_letter_a_day_and_none_on_an_own_day_off(world: World, box: Letterbox) -> None:
    invited(world)
    tick(world)
    assert len(box.to(ADVISER)) == 1
    world.wait(minutes=5)
    paper.load(world, later(title={"nn": "Papir!", "nb": "Papir!"}))
    tick(world)
    assert len(box.to(ADVISER)) == 1, "the correction waits for tomorrow"
    day = world.now.date() + timedelta(days=1)
    with world.store.scope(world.actors["4601"]) as session:
        local_days.replace(session, [Stretch(day, day, "Marknad")], now=world.now)
    at(world, 1, 13, 8)
    tick(world)
    assert len(box.to(ADVISER)) == 1
    assert len(box.to("adviser@4621.example")) == 2
    at(world, 1, 14, 8)
    tick(world)
    assert len(box.to(ADVISER)) == 2
    assert "har retta kampanjen «Papir!»" in plain(box.to(ADVISER)[1])


def test_what_is_done_by_the_time_of_writing_is_not_told(world: World, box: Letterbox) -> None:
    at(world, 1, 12, 16)
    invited(world)
    tick(world)
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        participation.answer(session, mine, Answer.out, now=world.now)
    at(world, 1, 13, 8)
    tick(world)
    assert box.to(ADVISER) == []
    assert len(box.to("adviser@4621.example")) == 1


def test_what_waits_is_told_on_the_days_of_the_reminders_alone(world: World, box: Letterbox) -> None:
    invited(world)
    tick(world)
    for day in range(13, 30):
        at(world, 1, day, 8)
        tick(world)
    told = [plain(mail) for mail in box.to(ADVISER)[1:]]
    assert len(told) == 3, "a week, two days, and the last day before the deadline"
    assert all("Papir: svar på invitasjonen innan 29.01.2027" in one for one in told)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nn", "Vestland inviterer dykk"),
        ("nb", "Vestland inviterer dere"),
        ("en", "Vestland invites you"),
    ],
)
def test_a_letter_is_in_the_language_of_its_reader(
    world: World, box: Letterbox, language: str, words: str
) -> None:
    with world.store.system() as session:
        session.execute(update(Person).where(Person.mail == ADVISER).values(language=language))
    invited(world)
    tick(world)
    (mail,) = box.to(ADVISER)
    assert words in plain(mail)
    assert mail["Content-Language"] == language
    assert f'<html lang="{language}">' in html(mail)


# -- at once


def test_a_stop_is_told_at_once_to_everybody_whom_it_concerns_also_on_a_sunday_night(
    world: World, box: Letterbox
) -> None:
    at(world, 1, 17, 1)
    hold = stop(world)
    tick(world)
    for address in (ADVISER, "adviser@4621.example", "adviser@4636.example", COUNTY):
        (mail,) = box.to(address)
        assert mail["Subject"] == "Alt er stoppa i Vestland"
        assert "Ei ulukke" in plain(mail)
    world.wait(minutes=1)
    with world.store.scope(world.actors["46"]) as session:
        holds.lift_hold(session, session.get_one(Hold, hold), now=world.now)
    tick(world)
    assert [one["Subject"] for one in box.to(ADVISER)] == [
        "Alt er stoppa i Vestland",
        "Stoppen i Vestland er oppheva",
    ]


def test_a_stop_is_one_row_and_notices_come_after_it(world: World) -> None:
    stop(world)
    with world.store.system(write=False) as session:
        assert session.scalars(select(Notice)).all() == []


def test_a_municipalitys_own_stop_is_no_neighbours_business(world: World, box: Letterbox) -> None:
    stop(world, "4601")
    tick(world)
    assert {mail["To"].addresses[0].addr_spec for mail in box.mails} == {ADVISER, COUNTY}


def test_a_stop_cannot_be_switched_off_by_whoever_may_lift_it(world: World, box: Letterbox) -> None:
    with world.store.system() as session:
        organisations.add_member(session, "4601", name="E", mail="e@4601.example", roles=[Role.editor])
        people = {one.mail: one.id for one in session.scalars(select(Person))}
        notices.choose(session, people["e@4601.example"], {"stop": "off"})
        with pytest.raises(organisations.NotFound):
            notices.choose(session, people[ADVISER], {"stop": "off"})
    stop(world, "4601")
    tick(world)
    assert box.to("e@4601.example") == []
    assert len(box.to(ADVISER)) == 1


def test_choices_are_kept_to(world: World, box: Letterbox) -> None:
    with world.store.system() as session:
        people = {one.mail: one.id for one in session.scalars(select(Person))}
        notices.choose(session, people[ADVISER], {"invitation": "at_once"})
        notices.choose(session, people["adviser@4621.example"], {"invitation": "off", "waiting": "off"})
    at(world, 1, 12, 18)
    invited(world)
    tick(world)
    assert len(box.to(ADVISER)) == 1
    assert box.to("adviser@4636.example") == []
    for day in range(13, 30):
        at(world, 1, day, 8)
        tick(world)
    assert box.to("adviser@4621.example") == []
    assert box.to("adviser@4636.example")


def test_what_was_missed_is_told_at_once_there_and_in_the_county_on_the_next_day(
    world: World, box: Letterbox
) -> None:
    world.under_way("4601")
    world.clock.notify()
    box.mails.clear()
    stop(world, "4601")
    world.wait(hours=2)
    world.clock.recover()
    assert world.states() == ["missed"]
    tick(world)
    world.wait(minutes=15)
    tick(world)
    said = "\n".join(plain(mail) for mail in box.to(ADVISER))
    assert "«ein» i «Prøve» gjekk ikkje ut på Mastodon" in said
    at(world, 1, 13, 8)
    tick(world)
    assert "«ein» i «Prøve» gjekk ikkje ut hos Bergen" in plain(box.to(COUNTY)[-1])


def test_trouble_in_swarms_is_one_letter_in_ten_minutes(world: World, box: Letterbox) -> None:
    world.under_way("4601", messages=[World.message(f"m{turn}") for turn in range(6)])
    tick(world)
    box.mails.clear()
    with world.store.system() as session:
        ids = session.scalars(select(Delivery.id)).all()
    for one in ids:
        with world.store.system() as session:
            session.execute(
                update(Delivery).where(Delivery.id == one).values(state="unsure", needs_person=True)
            )
        tick(world)
        world.wait(seconds=30)
    assert len(box.to(ADVISER)) == 1
    world.wait(minutes=10)
    tick(world)
    assert len(box.to(ADVISER)) == 2
    assert plain(box.to(ADVISER)[1]).count("kanskje ute") == 5


def test_a_lost_login_is_told_at_once_where_something_is_due_and_else_in_the_morning(
    world: World, box: Letterbox
) -> None:
    world.under_way("4601")
    world.connect("4621", ["mastodon"])
    tick(world)
    box.mails.clear()
    with world.store.system() as session:
        session.execute(update(Account).values(state=AccountState.login_lost, lost_at=world.now))
    tick(world)
    assert "Éitt innlegg skal ut der" in plain(box.to(ADVISER)[0])
    assert box.to("adviser@4621.example") == []
    at(world, 1, 13, 8)
    tick(world)
    assert "Vi slepp ikkje lenger inn på Mastodon" in plain(box.to("adviser@4621.example")[0])


def test_a_running_veto_is_told_at_once_with_its_end(world: World, box: Letterbox) -> None:
    content = paper.paper()
    for message in content["messages"]:
        message["send"] = {"on": "T+1", "at": "12:00", "together": True}
    paper.under_way(world, "4601", content=content)
    with world.store.scope(world.actors["4601"]) as session:
        standing.give(session, "46", now=world.now)
    tick(world)
    box.mails.clear()
    content["messages"][1]["text"][0]["locked"]["nn"] = "Det held med 20 liter."
    paper.load(world, content)
    world.clock.plan()
    world.clock.stand()
    world.wait(minutes=11)
    tick(world)
    said = "\n".join(plain(mail) for mail in box.to(ADVISER))
    assert "ståande godkjenninga dykkar kl. 10.30 tysdag 12. januar" in said
    assert "er endra etter at de godkjende" in said


def test_a_time_that_the_county_moves_is_told_with_both_times(world: World, box: Letterbox) -> None:
    paper.under_way(world, "4601")
    tick(world)
    box.mails.clear()
    content = paper.paper()
    content["messages"][1]["send"] = {"on": "T", "at": "12:00", "together": True}
    paper.load(world, content)
    world.clock.plan()
    tick(world)
    said = plain(box.to(ADVISER)[0])
    assert "«Tekst» i «Papir» er flytta av fylket (2 kontoar)" in said
    assert "kl. 10.06 tysdag 12. januar" in said
    assert "kl. 12.00 tysdag 12. januar" in said


def test_an_answer_by_link_is_told_to_all_who_could_change_it(world: World, box: Letterbox) -> None:
    others = {Role.editor: "e@4601.example", Role.approver: "g@4601.example", Role.reader: "l@4601.example"}
    with world.store.system() as session:
        for role, mail in others.items():
            organisations.add_member(session, "4601", name=role, mail=mail, roles=[role])
    at(world, 1, 12, 18)
    invited(world)
    actor = world.store.actor(ADVISER, "4601", how="answer link")
    with world.store.scope(actor) as session:
        mine = participation.participation_in(session, paper.KEY)
        participation.answer(session, mine, Answer.joined, now=world.now)
    at(world, 1, 13, 8)
    tick(world)
    told = {
        mail: any("Adviser 4601 svarte ja til «Papir» med lenkja" in plain(one) for one in box.to(mail))
        for mail in (ADVISER, *others.values(), "adviser@4621.example")
    }
    assert told == {
        ADVISER: True, others[Role.editor]: True, others[Role.approver]: True, others[Role.reader]: False,
        "adviser@4621.example": False,
    }  # fmt: skip
