"""What each account needs at the pages: language, reach, rest, its assessment; and nobody else's account (A1, D3)."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import update
from visitor import Visitor, words_of
from world import World

from campaigns import attention
from campaigns.store import Account, AccountState

Person = Callable[..., Visitor]
ACCOUNTS = "/for/4601/accounts"


def without_assessment(world: World, person: Person) -> tuple[Visitor, Account]:
    """Have an account connected, without an assessment."""
    (mine,) = world.connect("4601", ["mastodon"])
    with world.store.system() as session:
        session.execute(update(Account).values(assessment=None, assessment_review_on=None))
    return person("4601"), world.account(mine)


def test_language_and_reach_are_changed_and_approvals_fall_with_them(world: World, person: Person) -> None:
    world.under_way("4601")
    bergen = person("4601")
    mine = world.delivery("4601").account_id
    bergen.get(f"{ACCOUNTS}/{mine}")
    done = bergen.follow(bergen.post(f"{ACCOUNTS}/{mine}/language", {"language": "nb"}))
    assert "1 post has to be approved again" in words_of(done)
    assert world.account(mine).language == "nb"
    assert bergen.post(f"{ACCOUNTS}/{mine}/visibility", {"visibility": "unlisted"}).status_code == 303
    assert world.account(mine).visibility == "unlisted"
    for field, path in (("klingon", "language"), ("secret", "visibility")):
        assert bergen.post(f"{ACCOUNTS}/{mine}/{path}", {path: field}).status_code == 422


def test_an_account_rests_and_is_used_again_and_its_login_can_be_checked(
    world: World, person: Person
) -> None:
    bergen, found = without_assessment(world, person)
    bergen.get(f"{ACCOUNTS}/{found.id}")
    assert "rests" in words_of(bergen.follow(bergen.post(f"{ACCOUNTS}/{found.id}/pause")))
    assert world.account(found.id).state == AccountState.paused
    bergen.post(f"{ACCOUNTS}/{found.id}/resume")
    assert world.account(found.id).state == AccountState.connected
    assert "the login is valid" in words_of(bergen.follow(bergen.post(f"{ACCOUNTS}/{found.id}/test")))


def test_disconnecting_is_asked_for_and_deletes_the_login(world: World, person: Person) -> None:
    world.under_way("4601")
    bergen, mine = person("4601"), world.delivery("4601").account_id
    assert "deleted here" in words_of(bergen.get(f"{ACCOUNTS}/{mine}/disconnect"))
    assert world.account(mine).state == AccountState.connected
    bergen.post(f"{ACCOUNTS}/{mine}/disconnect")
    assert world.account(mine).state == AccountState.disconnected
    assert world.states() == ["cancelled"]


def test_an_assessment_is_a_link_and_a_day_and_without_one_nothing_stops(
    world: World, person: Person
) -> None:
    bergen, found = without_assessment(world, person)
    assert "Assessment missing" in words_of(bergen.get(ACCOUNTS))
    with world.store.scope(world.actors["4601"], write=False) as session:
        told = {one.code for one in attention.waiting(session, world.desk.connectors, now=world.now)}
    assert "waiting.assessment" in told
    path = f"{ACCOUNTS}/{found.id}/assessment"
    bergen.get(f"{ACCOUNTS}/{found.id}")
    for wrong in (
        "http://www.bergen.kommune.no/x",
        "javascript:alert(1)",
        "https://",
        "https://u:p@x.no/",
        "ftp://x.no",
        "https://x.no/ y",
    ):
        bad = bergen.post(path, {"assessment": wrong, "review_on": "2028-01-12"})
        assert bad.status_code == 422
    assert bergen.post(path, {"assessment": "https://www.bergen.kommune.no/x"}).status_code == 422
    assert (
        bergen.post(
            path, {"assessment": "https://www.bergen.kommune.no/x", "review_on": "12.01.2028"}
        ).status_code
        == 303
    )
    assert "Assessment missing" not in words_of(bergen.get(ACCOUNTS))
    world.now = world.now.replace(year=2028, month=2)
    assert "Assessment overdue" in words_of(person("4601").get(ACCOUNTS))


def test_another_organisations_account_is_unknown(world: World, person: Person) -> None:
    (theirs,) = world.connect("4621", ["mastodon"])
    bergen = person("4601")
    bergen.get("/for/4601/members")
    for path in ("", "/confirm", "/disconnect"):
        assert bergen.get(f"{ACCOUNTS}/{theirs}{path}").status_code == 404
    for path, fields in (("pause", {}), ("disconnect", {}), ("language", {"language": "nb"}), ("test", {})):
        assert bergen.post(f"{ACCOUNTS}/{theirs}/{path}", fields).status_code == 404
    assert world.account(theirs).state == AccountState.connected
    assert bergen.get(f"{ACCOUNTS}/connect/mastodon?account={theirs}").status_code == 404
