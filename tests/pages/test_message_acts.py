"""What is decided about one message at its page: a correction that meets own words, a check passed over, a start."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from visitor import Visitor, words_of
from world import World

from campaigns import organisations, profiles
from campaigns.definition.model import Invite
from campaigns.store import CheckOverride, Role

Person = Callable[..., Visitor]
HERE = "/for/4601/campaigns/prove"
LINK = "https://www.bergen.kommune.no/x"


def joined(visitor: Visitor) -> str:
    """Join and fill in the link, and return the page with the texts."""
    visitor.get(HERE)
    visitor.follow(visitor.post(f"{HERE}/answer", {"answer": "in"}))
    return visitor.follow(visitor.post(f"{HERE}/facts", {"fact.lenke": LINK})).text


def seen(page: str) -> dict[str, str]:
    """Return the digests that a page would send with the one yes to everything."""
    return dict(re.findall(r'name="(seen\.\d+)" value="([0-9a-f]+)"', page.split('class="botnlinje"')[-1]))


def offered(world: World, bergen: Visitor) -> tuple[str, dict[str, str]]:
    """Have the county correct what Bergen has worded itself; return the page's address and what its form sends."""
    free = world.message("fri").replace("- fill:", "- free:")
    world.connect("4601", ["mastodon"])
    world.load(world.definition(free))
    world.invite()
    joined(bergen)
    at = f"{HERE}/messages/fri"
    bergen.get(at)
    own = {"language": "nn", "words.full.1": "Hallo {kommune}. Les meir: {lenke}"}
    assert bergen.post(f"{at}/words", own).status_code == 303
    world.load(world.definition(free.replace("Les meir:", "Sjå her:")))
    page = bergen.get(at).text
    return at, {
        name: html.unescape(value)
        for name, value in re.findall(r'name="(offer|own|county)" value="([^"]*)"', page)
    }


@pytest.mark.parametrize(
    ("take", "then"),
    [
        ("merged", "Hallo Bergen. Sjå her:"),
        ("own", "Hallo Bergen. Les meir:"),
        ("county", "Hei Bergen. Sjå her:"),
    ],
)
def test_a_correction_that_meets_own_words_is_settled_as_one_chooses(
    world: World, person: Person, take: str, then: str
) -> None:
    bergen = person("4601")
    at, form = offered(world, bergen)
    assert set(form) == {"offer", "own", "county"}
    assert bergen.post(f"{at}/offer", {**form, "take": "both"}).status_code == 422
    assert bergen.post(f"{at}/offer", {**form, "county": "Noko anna", "take": take}).status_code == 409
    page = bergen.follow(bergen.post(f"{at}/offer", {**form, "take": take}))
    assert then in words_of(page)
    assert 'name="offer"' not in page.text, "it is settled"


def test_a_check_is_passed_over_with_a_name_and_a_reason_and_what_it_kept_back_can_be_approved(
    world: World, person: Person
) -> None:
    world.connect("4601", ["mastodon"])
    world.load(world.definition(world.message("seint", at="22:05")))
    world.invite()
    bergen = person("4601")
    joined(bergen)
    at = f"{HERE}/messages/seint"
    (code,) = re.findall(r'name="check" value="([^"]+)"', bergen.get(at).text)
    assert bergen.post(f"{at}/pass-over", {"check": code, "reason": ""}).status_code == 422
    assert bergen.post(f"{at}/pass-over", {"check": "made.up", "reason": "Storm"}).status_code == 422
    page = bergen.follow(bergen.post(f"{at}/pass-over", {"check": code, "reason": "Storm"}))
    assert "Storm" in words_of(page)
    assert 'name="check"' not in page.text
    with world.store.system(write=False) as session:
        row = session.scalars(select(CheckOverride)).one()
        assert (row.code, row.reason, row.person_id) == (code, "Storm", world.actors["4601"].person_id)
    assert bergen.post(f"{HERE}/approve", seen(bergen.get(HERE).text)).status_code == 303
    assert all(one.snapshot_hash for one in world.deliveries("4601"))


def test_a_message_that_waits_for_it_is_started_and_goes(world: World, person: Person) -> None:
    world.connect("4601", ["mastodon"])
    waits = world.message("storm").replace('{on: T, at: "10:05", together: true}', "{when: released}")
    world.load(world.definition(waits))
    world.invite()
    bergen = person("4601")
    bergen.post(f"{HERE}/approve", seen(joined(bergen)))
    world.wait(minutes=1)
    world.tick()
    assert world.live("4601") == []
    bergen.get(HERE)
    page = bergen.follow(bergen.post(f"{HERE}/messages/storm/start"))
    assert page.status_code == 200
    world.wait(minutes=1)
    world.tick()
    assert len(world.live("4601")) == 1
    again = bergen.post(f"{HERE}/messages/storm/start")
    assert again.status_code == 409
    assert len(world.live("4601")) == 1


def test_where_two_are_asked_for_the_second_persons_yes_lets_it_out(world: World, person: Person) -> None:
    world.connect("4601", ["mastodon"])
    world.load(world.definition(world.message()))
    world.invite()
    with world.store.system() as session:
        organisations.add_member(session, "4601", name="To", mail="to@4601.example", roles=[Role.approver])
    with world.store.scope(world.actors["4601"]) as session:
        profiles.change_trust(session, second_person=True, now=world.now)
    bergen = person("4601")
    page = joined(bergen)  # who filled in the facts is the last editor
    assert bergen.post(f"{HERE}/approve", seen(page)).status_code == 409
    second = Visitor(bergen.web, "to@4601.example")
    assert second.post(f"{HERE}/approve", seen(second.get(HERE).text)).status_code == 303
    world.wait(minutes=6)
    world.tick()
    assert len(world.live("4601")) == 1


def test_a2_with_one_foreign_message_among_ones_own_nothing_is_done(world: World, person: Person) -> None:
    world.under_way("4601", messages=[world.message().replace(", together: true", "")])
    foreign = world.definition(world.message("loynd"), key="berre")
    world.load(foreign.model_copy(update={"invite": Invite(municipalities=("4621",))}))
    world.invite("berre")
    world.wait(hours=3)
    world.clock.recover()
    assert world.states() == ["missed"]
    bergen = person("4601")
    bergen.get("/for/4601/deliveries?state=missed")
    both = {"state": "stranded", "act.prove/ein": "drop", "act.berre/loynd": "drop"}
    assert bergen.post("/for/4601/deliveries/decisions", both).status_code == 404
    assert world.states() == ["missed"]
    assert (
        bergen.post(
            "/for/4601/deliveries/decisions", {"state": "stranded", "act.prove/ein": "drop"}
        ).status_code
        == 303
    )
    assert world.states() == ["cancelled"]
