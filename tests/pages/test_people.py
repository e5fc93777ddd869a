"""Members, profile, local days, standing approvals and groups at the pages (A1, A9–A12, B8, B21, D16, E4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from entering import person_id
from sqlalchemy import select
from visitor import Visitor, words_of
from world import World

from campaigns import credentials, local_days, members, organisations, profiles, standing
from campaigns.store import (
    Letter,
    LocalDay,
    Membership,
    Organisation,
    OrganisationGroup,
    Person,
    Role,
    StandingApproval,
)

Browser = Callable[..., Visitor]
NEW = {"name": "Jon", "mail": "jon@4601.example", "role": "approver"}


def roles_of(world: World, mail: str) -> dict[str, set[Role]]:
    with world.store.system(write=False) as session:
        rows = session.execute(
            select(Organisation.number, Membership.role)
            .join(Organisation, Organisation.id == Membership.organisation_id)
            .join(Person, Person.id == Membership.person_id)
            .where(Person.mail == mail)
        ).all()
    found: dict[str, set[Role]] = {}
    for number, role in rows:
        found.setdefault(number, set()).add(role)
    return found


def place(world: World, number: str = "4601") -> Organisation:
    with world.store.system(write=False) as session:
        return session.scalars(select(Organisation).where(Organisation.number == number)).one()


# -- members


def test_a_member_is_added_changed_and_removed(world: World, person: Browser) -> None:
    bergen = person("4601")
    bergen.get("/for/4601/members")
    page = bergen.follow(bergen.post("/for/4601/members", NEW))
    assert "Jon is a member" in words_of(page)
    assert roles_of(world, NEW["mail"]) == {"4601": {Role.approver}}
    jon = person_id(world, NEW["mail"])
    bergen.get(f"/for/4601/members/{jon}")
    assert bergen.post(f"/for/4601/members/{jon}", {"role": ["editor", "reader"]}).status_code == 303
    assert roles_of(world, NEW["mail"]) == {"4601": {Role.editor, Role.reader}}
    with world.store.system() as session:
        credentials.set_password(session, session.get_one(Person, jon), "ein lang nok setning", now=world.now)
    visitor = Visitor(bergen.web, NEW["mail"])
    assert visitor.get("/for/4601").status_code == 200
    assert "logged out" in words_of(bergen.get(f"/for/4601/members/{jon}/remove"))
    assert bergen.post(f"/for/4601/members/{jon}/remove").status_code == 303
    assert visitor.get("/for/4601").status_code == 303, "the session ended with the membership (B8)"


def test_a_new_member_is_sent_her_way_in_and_one_who_has_a_password_is_not(
    world: World, person: Browser
) -> None:
    bergen = person("4601")
    bergen.get("/for/4601/members")
    bergen.post("/for/4601/members", NEW)
    with world.store.system() as session:
        letters = session.query(Letter).filter(Letter.kind == "member_invitation").all()
        assert [one.address for one in letters] == [NEW["mail"]]
        jon = session.query(Person).where(Person.mail == NEW["mail"]).one()
        credentials.set_password(session, jon, "ein lang nok setning", now=world.now)
    voss = person("4621")
    voss.get("/for/4621/members")
    assert voss.post("/for/4621/members", NEW).status_code == 303
    with world.store.system(write=False) as session:
        assert session.query(Letter).filter(Letter.kind == "member_invitation").count() == 1


def test_a_substitute_is_there_for_her_days(world: World, person: Browser) -> None:
    bergen = person("4601")
    bergen.get("/for/4601/members")
    days = {
        "begins_on": "2027-01-14",
        "ends_on": "2027-01-15",
        "stands_in_for": str(person_id(world, "adviser@4601.example")),
    }
    assert bergen.post("/for/4601/members", {**NEW, **days}).status_code == 303
    assert "stands in for Adviser 4601" in words_of(bergen.get("/for/4601/members"))
    statuses = []
    for _ in range(5):
        statuses.append(Visitor(bergen.web, NEW["mail"]).get("/for/4601").status_code)
        world.now += timedelta(days=1)
    assert statuses == [404, 404, 200, 200, 404]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"mail": "nobody"}, "not a mail address"),
        ({"name": ""}, "name is missing"),
        ({"ends_on": "2027-13-01"}, "This is no day"),
        ({"ends_on": "2027-01-11"}, "has passed already"),
        ({"mail": "adviser@4601.example"}, "member here already"),
    ],
)
def test_what_is_typed_wrong_is_told_and_kept(
    world: World, person: Browser, fields: dict[str, str], told: str
) -> None:
    bergen = person("4601")
    bergen.get("/for/4601/members")
    page = bergen.post("/for/4601/members", {**NEW, **fields})
    assert page.status_code == 422
    assert told in words_of(page)
    assert "checked" in page.text
    assert roles_of(world, NEW["mail"]) == {}


def test_the_last_admin_cannot_be_removed_nor_lose_the_role(world: World, person: Browser) -> None:
    bergen, mine = person("4601"), person_id(world, "adviser@4601.example")
    bergen.get("/for/4601/members")
    for path, fields in ((f"{mine}/remove", {}), (f"{mine}", {"role": "editor"})):
        page = bergen.post(f"/for/4601/members/{path}", fields)
        assert page.status_code in (409, 422)
        assert "only admin" in words_of(page)
    assert Role.admin in roles_of(world, "adviser@4601.example")["4601"]


def test_a_county_and_a_neighbour_appoint_nobody_here(world: World, person: Browser) -> None:
    for number in ("46", "4621"):
        other = person(number)
        other.get(f"/for/{number}/members")
        assert other.post("/for/4601/members", {**NEW, "role": "admin"}).status_code == 404
        assert other.post(f"/for/{number}/members", {**NEW, "organisation_id": "2"}).status_code == 422
    assert roles_of(world, NEW["mail"]) == {}


def test_another_organisations_member_is_unknown_and_a_role_that_is_none_refused(
    world: World, person: Browser
) -> None:
    bergen, voss = person("4601"), person_id(world, "adviser@4621.example")
    bergen.get("/for/4601/members")
    for path in ("", "/remove"):
        assert bergen.get(f"/for/4601/members/{voss}{path}").status_code == 404
        assert (
            bergen.post(f"/for/4601/members/{voss}{path}", {"role": "reader"} if not path else {}).status_code
            == 404
        )
    assert bergen.post("/for/4601/members", {**NEW, "role": "operator"}).status_code == 422
    assert bergen.post("/for/4601/members", {**NEW, "stands_in_for": str(voss)}).status_code == 422


def test_people_are_changed_only_shortly_after_a_second_factor(world: World, person: Browser) -> None:
    bergen = person("4601")
    bergen.get("/for/4601/members")
    world.now += timedelta(minutes=16)
    assert bergen.post("/for/4601/members", NEW).status_code == 403
    assert roles_of(world, NEW["mail"]) == {}


def test_a_form_of_one_organisation_adds_nobody_to_another(world: World, person: Browser) -> None:
    with world.store.system() as session:
        organisations.add_member(session, "4621", name="", mail="adviser@4601.example", roles=[Role.admin])
    both = person("4601")
    both.get("/for/4601/members")
    assert both.post("/for/4621/members", NEW).status_code == 403
    assert roles_of(world, NEW["mail"]) == {}


# -- the profile


def test_language_and_telephone_are_chosen_and_a_neutral_decision_is_no_language(
    world: World, person: Browser
) -> None:
    with world.store.system() as session:
        bergen_row = session.get_one(Organisation, world.places["4601"].id)
        bergen_row.language, bergen_row.language_decision = None, "neutral"
    bergen = person("4601")
    page = bergen.get("/for/4601/profile")
    assert 'name="language" value="nb" id="language-nb">' in page.text, (
        "nothing is chosen before it was asked"
    )
    assert "checked" not in page.text.split('name="phone"')[0]
    assert bergen.post("/for/4601/profile", {"phone": "55 00 00 00"}).status_code == 422
    wrong = bergen.post("/for/4601/profile", {"language": "nb", "phone": "ring meg"})
    assert wrong.status_code == 422
    assert 'value="ring meg"' in wrong.text
    assert place(world).language is None
    assert bergen.post("/for/4601/profile", {"language": "nb", "phone": "55 00 00 00"}).status_code == 303
    assert (place(world).language, bool(place(world).profile["phone"])) == ("nb", True)


def test_choices_about_time_and_being_seen_are_the_admins(world: World, person: Browser) -> None:
    bergen = person("4601")
    assert not profiles.is_named(place(world)), "who was not asked is not named"
    bergen.get("/for/4601/profile")
    choices = {"quiet_hours": "no", "named": "yes", "public_page": "no"}
    assert bergen.post("/for/4601/profile/choices", choices).status_code == 303
    found = place(world)
    assert (found.quiet_hours, profiles.is_named(found), found.public_page) == (False, True, False)
    assert bergen.post("/for/4601/profile/choices", {"named": "maybe"}).status_code == 422
    assert bergen.post("/for/4601/profile/choices").status_code == 422
    assert bergen.post("/for/4601/profile/trust", {"second_person": "yes"}).status_code == 303
    assert place(world).second_person


# -- local days


CSV = "frå,til,kva\n2027-02-22,2027-02-26,Vinterferie\n2027-10-04,2027-10-08,Haustferie\n"
ICAL = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20270222\nDTEND;VALUE=DATE:20270227\nSUMMARY:Vinterferie\nEND:VEVENT\nEND:VCALENDAR\n"


def days(world: World, number: str = "4601") -> list[tuple[str, str]]:
    with world.store.scope(world.actors[number], write=False) as session:
        return [(f"{one.first:%m-%d}", one.name) for one in local_days.own(session)]


def upload(visitor: Visitor, content: bytes, name: str = "file") -> object:
    visitor.get("/for/4601/calendar-days")
    return visitor._ask(  # the visitor's own forms bring no files
        "POST", "/for/4601/calendar-days/read", data={"csrf": visitor.csrf}, files={name: ("x.csv", content)}
    )


@pytest.mark.parametrize("content", [CSV, ICAL])
def test_a_calendar_file_is_shown_before_anything_is_stored(
    world: World, person: Browser, content: str
) -> None:
    bergen = person("4601")
    page = upload(bergen, content.encode())
    assert "Vinterferie" in words_of(page)  # type: ignore[arg-type]
    assert "Nothing is stored yet" in words_of(page)  # type: ignore[arg-type]
    assert days(world) == []
    rows = page.text.split('name="rows" value="')[1].split('"')[0]  # type: ignore[attr-defined]
    bergen.post("/for/4601/calendar-days/keep", {"rows": rows, "how": "add"})
    assert ("02-22", "Vinterferie") in days(world)
    assert days(world, "4621") == []


@pytest.mark.parametrize(
    "content",
    [b"", b"x" * 1_000_001, "rødt".encode("latin-1"), b"BEGIN:VCALENDAR\n\x00", b"2027-02-22,2026-02-26,Feil\n",
     b"2027-02-22,2027-02-26,\xe2\x80\xae\n", b"".join(b"2027-02-22,2027-02-26,%d\n" % one for one in range(600))],
)  # fmt: skip
def test_a_file_that_cannot_be_taken_is_told_and_leaves_nothing(
    world: World, person: Browser, content: bytes
) -> None:
    page = upload(person("4601"), content)
    assert page.status_code == 422  # type: ignore[attr-defined]
    assert days(world) == []


def test_what_comes_back_from_the_preview_goes_through_the_same_limits(world: World, person: Browser) -> None:
    bergen = person("4601")
    bergen.get("/for/4601/calendar-days")
    for rows in ("nonsense", "2027-01-01,2030-01-01,For lenge\n", ""):
        assert (
            bergen.post("/for/4601/calendar-days/keep", {"rows": rows, "how": "replace"}).status_code == 422
        )
    assert bergen.post("/for/4601/calendar-days/keep", {"rows": CSV, "how": "evil"}).status_code == 422
    assert days(world) == []


def test_days_are_added_by_hand_replaced_and_removed_one_by_one(world: World, person: Browser) -> None:
    bergen = person("4601")
    bergen.get("/for/4601/calendar-days")
    bergen.post("/for/4601/calendar-days/one", {"name": '=HYPERLINK("x");2', "first": "2027-03-01"})
    assert days(world) == [("03-01", '=HYPERLINK("x");2')]
    bergen.post("/for/4601/calendar-days/keep", {"rows": CSV, "how": "replace"})
    assert days(world) == [("02-22", "Vinterferie"), ("10-04", "Haustferie")]
    with world.store.system(write=False) as session:
        first = session.scalars(select(LocalDay.id).order_by(LocalDay.first)).first()
    voss = person("4621")
    voss.get("/for/4621/calendar-days")
    assert voss.post(f"/for/4621/calendar-days/{first}/remove").status_code == 404
    bergen.post(f"/for/4601/calendar-days/{first}/remove")
    assert days(world) == [("10-04", "Haustferie")]


# -- standing approvals


def test_a_standing_approval_is_given_seconded_and_taken_back(world: World, person: Browser) -> None:
    with world.store.scope(world.actors["4601"]) as session:
        profiles.change_trust(session, second_person=True, now=world.now)
        members.add(session, name="Jon", mail=NEW["mail"], roles=[Role.approver], now=world.now)
    bergen, jon = person("4601"), Visitor(person("4601").web, NEW["mail"])
    bergen.get("/for/4601/standing")
    assert (
        bergen.post("/for/4601/standing", {"county": "46", "unseen": "no", "minutes": "2000"}).status_code
        == 422
    )
    assert (
        bergen.post("/for/4601/standing", {"county": "46", "unseen": "yes", "minutes": "0"}).status_code
        == 303
    )
    with world.store.system(write=False) as session:
        given = session.scalars(select(StandingApproval)).one()
    assert (given.unseen, given.preparedness_minutes, given.seconded_by) == (True, 0, None)
    assert bergen.post(f"/for/4601/standing/{given.id}/second").status_code == 403, "she gave it herself"
    assert "waits for a second person" in words_of(jon.get("/for/4601/standing"))
    assert jon.post(f"/for/4601/standing/{given.id}/second").status_code == 303
    assert jon.post(f"/for/4601/standing/{given.id}/withdraw").status_code == 303
    assert "None. Everything you send" in words_of(jon.get("/for/4601/standing"))


def test_a_county_gives_itself_no_standing_approval(world: World, person: Browser) -> None:
    county = person("46")
    county.get("/for/46/members")
    assert county.post("/for/46/standing", {"county": "46", "minutes": "0"}).status_code == 403
    assert county.post("/for/4601/standing", {"county": "46", "minutes": "0"}).status_code == 404


def test_an_announced_text_is_read_and_vetoed(world: World, person: Browser) -> None:
    world.connect("4601", ["mastodon"])
    with world.store.scope(world.actors["4601"]) as session:
        standing.give(session, "46", unseen=True, now=world.now)
    world.load(world.definition(world.message(at="14:05")))
    world.invite()
    world.join("4601")
    world.tick()
    bergen = person("4601")
    page = bergen.get("/for/4601/standing")
    assert "Hei Bergen" in words_of(page)
    with world.store.scope(world.actors["4601"], write=False) as session:
        (one,) = standing.announced(session)
    assert bergen.post(f"/for/4601/standing/announced/{one.id}/veto").status_code == 303
    with world.store.scope(world.actors["4601"], write=False) as session:
        assert standing.announced(session) == []
    assert bergen.post(f"/for/4601/standing/announced/{one.id}/veto").status_code == 404


# -- groups


def groups(world: World) -> dict[str, list[str]]:
    with world.store.system(write=False) as session:
        return {one.key: one.numbers for one in session.scalars(select(OrganisationGroup))}


def test_a_county_names_groups_of_its_own_municipalities(world: World, person: Browser) -> None:
    county = person("46")
    county.get("/for/46/groups")
    assert county.post("/for/46/groups", {"key": "Nord", "place": ["4621", "4636"]}).status_code == 303
    assert groups(world) == {"nord": ["4621", "4636"]}
    assert "checked" in county.get("/for/46/groups?group=nord").text
    for key, numbers, status in (
        ("9 æ", ["4621"], 422),
        ("nord", [], 422),
        ("nord", ["9999"], 422),
        ("sør", ["4621"], 422),
    ):
        assert county.post("/for/46/groups", {"key": key, "place": numbers}).status_code == status
    assert county.post("/for/46/groups/remove", {"key": "sør"}).status_code == 404
    assert county.post("/for/46/groups/remove", {"key": "nord"}).status_code == 303
    assert groups(world) == {}
