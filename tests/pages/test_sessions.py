"""Sessions at the pages: what opens, what has ended, and what a form needs (threats A1, A9–A11, A16, B7–B10, B20)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from visitor import Visitor, words_of
from world import World

from campaigns import credentials
from campaigns.store import Answer, LoginSession, Membership, Person, Role
from web.app import make_web
from web.login import safe_target

COUNTY = "ingrid@county.example"
BERGEN = "adviser@4601.example"


def test_without_a_session_every_page_leads_to_the_login_and_back(web) -> None:
    answer = Visitor(web).get("/for/46/campaigns?stage=in")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/for/46/campaigns%3Fstage%3Din"


def test_the_browser_keeps_a_token_of_which_the_store_has_only_the_digest(world: World, web) -> None:
    ingrid = Visitor(web, COUNTY)
    assert ingrid.get("/for/46").status_code == 200
    with world.store.system(write=False) as session:
        (row,) = session.query(LoginSession).all()
        assert ingrid.cookies["samklang"] not in (row.token_hash, row.how, row.device)


def test_a_session_ends_after_an_hour_unused_and_after_twelve_in_any_case(world: World, web) -> None:
    ingrid = Visitor(web, COUNTY)
    for _ in range(14):
        assert ingrid.get("/for/46").status_code == 200
        world.now += timedelta(minutes=55)
    assert ingrid.get("/for/46").status_code == 303  # more than twelve hours
    again = Visitor(web, COUNTY)
    world.now += timedelta(minutes=60, seconds=1)
    assert again.get("/for/46").status_code == 303


def test_after_logging_out_the_old_cookie_opens_nothing(web) -> None:
    ingrid = Visitor(web, COUNTY)
    ingrid.get("/me")
    old = ingrid.cookies["samklang"]
    assert ingrid.post("/logout").status_code == 303
    ingrid.cookies["samklang"] = old
    assert ingrid.get("/for/46").status_code == 303


def test_an_own_session_can_be_ended_from_another_and_nobody_elses(world: World, web) -> None:
    here, there, bergen = Visitor(web, COUNTY), Visitor(web, COUNTY), Visitor(web, BERGEN)
    with world.store.system(write=False) as session:
        ids = {row.person_id: [] for row in session.query(LoginSession)}
        for row in session.query(LoginSession).order_by(LoginSession.id):
            ids[row.person_id].append(row.id)
    mine, theirs = sorted(ids.values(), key=len, reverse=True)
    here.get("/me")
    assert here.post(f"/me/sessions/{theirs[0]}/end").status_code == 404
    assert here.post(f"/me/sessions/{mine[1]}/end").status_code == 303
    assert there.get("/for/46").status_code == 303
    assert bergen.get("/for/4601").status_code == 200


def test_a_new_proof_of_who_one_is_gives_a_new_cookie_and_the_old_one_is_dead(world: World) -> None:
    settings = world.settings.model_copy(update={"demo_login": True, "public_url": None})
    web = make_web(settings, world.store, now=lambda: world.now)
    ingrid = Visitor(web, COUNTY)
    ingrid.get("/login/again")
    old = ingrid.cookies["samklang"]
    ingrid.post("/login/again", {"next": "/me"})
    assert ingrid.cookies["samklang"] != old
    ingrid.cookies["samklang"] = old
    assert ingrid.get("/me").status_code == 303


def test_another_organisations_address_is_as_unknown_as_one_that_does_not_exist(web) -> None:
    bergen = Visitor(web, BERGEN)
    foreign, nowhere = bergen.get("/for/4621"), bergen.get("/for/9999")
    assert foreign.status_code == nowhere.status_code == 404
    assert foreign.text == nowhere.text


def test_a_role_that_was_taken_away_is_gone_with_the_next_request(world: World, web) -> None:
    world.under_way("4601")
    bergen = Visitor(web, BERGEN)
    here, bergen_id = "/for/4601/campaigns/prove", world.places["4601"].id
    acts = (f"{here}/approve", f"{here}/answer", f"{here}/messages/ein/withdraw")
    bergen.get(here)
    token = bergen.csrf
    with world.store.system() as session:
        session.query(Membership).where(
            Membership.organisation_id == bergen_id, Membership.role.in_([Role.editor, Role.approver])
        ).delete()
    for act in acts:
        assert bergen.post(act, {"answer": "out"} if "answer" in act else {}, csrf=token).status_code == 403
    assert world.participation("4601").answer == Answer.joined
    assert bergen.get("/for/4601/members").status_code == 200  # which is hers still, as its admin
    with world.store.system() as session:
        session.query(Membership).where(Membership.organisation_id == bergen_id).delete()
    assert bergen.get("/for/4601").status_code == 404


def test_a_form_without_the_pages_token_does_nothing_and_loses_nothing(web) -> None:
    bergen = Visitor(web, BERGEN)
    bergen.get("/for/4601/stop")
    answer = bergen.post("/for/4601/stop", {"reason": "what was typed"}, csrf="")
    assert answer.status_code == 403
    assert 'value="what was typed"' in answer.text
    assert (
        bergen.post("/for/4601/stop", {"reason": "what was typed"}).status_code == 303
    )  # with the new token


def test_a_form_of_one_organisation_is_none_of_another(world: World, web) -> None:
    with world.store.system() as session:
        from campaigns import organisations

        organisations.add_member(
            session, "4621", name="", mail=BERGEN, roles=[Role.editor, Role.approver, Role.admin]
        )
    both = Visitor(web, BERGEN)
    both.get("/for/4601/stop")
    assert both.post("/for/4621/stop").status_code == 403


def test_a_form_that_came_when_the_session_had_ended_keeps_what_was_typed(world: World, web) -> None:
    bergen = Visitor(web, BERGEN)
    bergen.get("/for/4601/stop")
    world.now += timedelta(hours=2)
    kept = bergen.post("/for/4601/stop", {"reason": "ein viktig grunn"})
    assert kept.status_code == 401
    assert 'value="ein viktig grunn"' in kept.text
    bergen.log_in(BERGEN)
    asked = bergen.post("/for/4601/stop", {"reason": "ein viktig grunn"}, csrf="")
    assert asked.status_code == 403
    done = bergen.post("/for/4601/stop", {"reason": "ein viktig grunn"})
    assert "ein viktig grunn" in words_of(bergen.follow(done))


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_from_another_site_is_refused_before_anybody_looks_at_it(web, site: str) -> None:
    bergen = Visitor(web, BERGEN)
    bergen.get("/for/4601/stop")
    assert bergen.post("/for/4601/stop", headers={"Sec-Fetch-Site": site}).status_code == 403
    assert bergen.post("/for/4601/stop", headers={"Origin": "https://evil.example"}).status_code == 403


def test_a_field_that_nobody_asked_for_refuses_the_form(web) -> None:
    bergen = Visitor(web, BERGEN)
    bergen.get("/for/4601/stop")
    for extra in ("organisation_id", "state", "approved_by", "role"):
        assert bergen.post("/for/4601/stop", {extra: "1"}).status_code == 422
    assert "Emergency stop" in words_of(bergen.get("/for/4601"))


def test_pages_behind_the_login_are_kept_by_nobody_on_the_way(web) -> None:
    bergen, ingrid = Visitor(web, BERGEN), Visitor(web, COUNTY)
    assert bergen.get("/me").headers["cache-control"] == "no-store"
    assert bergen.get("/me").text != ingrid.get("/me").text


PASSWORD = "fire ord etter kvarandre"


@pytest.mark.parametrize("secure", [True, False])
def test_the_cookie_has_every_property_that_keeps_it_safe(world: World, secure: bool) -> None:
    """The session's own, as the login sets it and as logging out takes it back."""
    address = "https://samklang.example" if secure else "http://127.0.0.1:8046"
    settings = world.settings.model_copy(update={"public_url": address})
    web = make_web(settings, world.store, now=lambda: world.now)
    with world.store.system() as session:
        person = session.query(Person).where(Person.mail == COUNTY).one()
        credentials.set_password(session, person, PASSWORD, now=world.now)
    visitor = Visitor(web)
    visitor.get("/login")
    here = {"Host": "samklang.example", "Origin": address} if secure else {}
    came = visitor.post("/login", {"mail": COUNTY, "password": PASSWORD}, headers=here)
    assert came.status_code == 303
    visitor.get("/me/codes", headers=here)
    left = visitor.post("/logout", headers=here)
    assert left.status_code == 303
    for answer in (came, left):
        (cookie,) = [one for one in answer.headers.get_list("set-cookie") if "samklang=" in one]
        assert cookie.startswith("__Host-samklang=" if secure else "samklang=")
        assert ("; Secure" in cookie) is secure
        assert all(one in cookie for one in ("HttpOnly", "SameSite=lax", "Path=/"))
        assert "Domain" not in cookie
    assert "Max-Age=0" in left.headers["set-cookie"]


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "/%09/evil", "javascript:alert(1)",
        "/\t/evil.example", "/\n/evil", "", "evil", "///evil", "/ /evil", "\x00/evil", "http:/evil", "/a\\b",
    ],
)  # fmt: skip
def test_after_the_login_one_lands_on_this_site(wanted: str) -> None:
    target = safe_target(wanted)
    assert target.startswith("/")
    assert target == "/" or not target.startswith(("//", "/\\"))
    if wanted != "/%09/evil":
        assert target == "/"


def test_the_demos_way_in_is_there_in_the_demo_alone(world: World, web) -> None:
    assert Visitor(web).post("/login/person", {"person": "1", "next": "/"}).status_code == 404
    settings = world.settings.model_copy(update={"demo_login": True, "public_url": None})
    demo = Visitor(make_web(settings, world.store, now=lambda: world.now))
    page = demo.get("/login?next=/for/4621")
    assert "Log in as Adviser 4621" in words_of(page)
    answer = demo.post("/login/person", {"person": "1", "next": "/for/46"})
    assert demo.follow(answer).status_code == 200
