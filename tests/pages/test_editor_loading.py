"""A draft becomes a campaign at the editor's pages: what is shown before, and that a yes is about just that."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from editing import AT, begun, fields_of, picture, seen, tree_of
from visitor import Visitor, words_of
from world import World

from bench.counting import questions
from campaigns import organisations
from campaigns.store import Role

Person = Callable[..., Visitor]


@pytest.fixture
def ingrid(world: World, person: Person) -> Visitor:
    return person("46")


def test_a_draft_that_is_not_whole_cannot_be_loaded(world: World, ingrid: Visitor) -> None:
    ingrid.get(AT)
    ingrid.follow(ingrid.post(f"{AT}/new"))
    page = ingrid.get(f"{AT}/1/load")
    assert "To put right" in words_of(page)
    assert 'name="seen"' not in page.text
    assert ingrid.post(f"{AT}/1/load", {"seen": ""}).status_code == 409


def test_what_municipalities_would_be_told_of_any_message_stands_on_the_page_before_loading(
    world: World, ingrid: Visitor
) -> None:
    begun(world, ingrid, world.message(), world.message("to"))
    assert "will be told before approving" not in words_of(ingrid.get(f"{AT}/1/load"))
    second = tree_of(world).messages[1]
    fields = fields_of(ingrid.get(f"{AT}/1/messages/{second.id}"))
    fields[f"f.{second.id}.to"] = ["instagram"]
    ingrid.post(f"{AT}/1/save", fields)
    words = words_of(ingrid.get(f"{AT}/1/load"))
    assert "What Solund will be told before approving" in words
    assert "Instagram, nynorsk · Instagram, bokmål" in words


def test_a_correction_of_a_running_campaign_says_whom_it_touches_and_then_holds(
    world: World, ingrid: Visitor
) -> None:
    world.under_way("4601", "4621")
    ingrid.get("/for/46/campaigns/prove/edit")
    ingrid.follow(ingrid.post("/for/46/campaigns/prove/edit"))
    assert "There is nothing to load." in words_of(ingrid.get(f"{AT}/1/load"))
    tree = tree_of(world)
    (paragraph,) = tree.below(tree.messages[0].id, "paragraph")
    fields = fields_of(ingrid.get(f"{AT}/1/messages/{tree.messages[0].id}"))
    fields[f"f.{paragraph.id}.text.nn"] = ["Rett ord {kommune} {lenke}"]
    ingrid.post(f"{AT}/1/save", fields)
    page = ingrid.get(f"{AT}/1/load")
    assert "This touches 2 municipalities" in words_of(page)
    assert re.search(r"<ins.*Rett ord", page.text)
    assert ingrid.post(f"{AT}/1/load", {"seen": "0" * 64}).status_code == 409
    assert world.campaign().version == 1
    done = ingrid.post(f"{AT}/1/load", {"seen": seen(page)})
    assert "prove is stored as version 2." in words_of(ingrid.follow(done))
    assert ingrid.get(f"{AT}/1").status_code == 404


def test_a_draft_with_its_pictures_is_loaded_as_it_is(world: World, ingrid: Visitor) -> None:
    begun(world, ingrid, world.message(to="mastodon, instagram"))
    page = ingrid.get(f"{AT}/1/load")
    assert "There is nothing to load." in words_of(page)
    tree = tree_of(world)
    (one,) = tree.below(tree.messages[0].id, "picture")
    answer = ingrid.post(
        f"{AT}/1/save", {"page": tree.messages[0].id}, files={f"file.{one.id}": ("x.png", picture("red"))}
    )
    ingrid.follow(answer)
    ingrid.follow(ingrid.post(f"{AT}/1/load", {"seen": seen(ingrid.get(f"{AT}/1/load"))}))
    assert world.campaign().version == 2


def test_the_document_of_a_draft_can_be_taken_along(world: World, ingrid: Visitor) -> None:
    begun(world, ingrid)
    answer = ingrid.get(f"{AT}/1/campaign.yaml")
    assert answer.text == world.campaign().document
    assert answer.headers["content-disposition"] == 'attachment; filename="prove.yaml"'
    ingrid.post(f"{AT}/1/save", {"page": "", "then": "remove:3"})
    unfinished = ingrid.get(f"{AT}/1/campaign.yaml")
    assert unfinished.headers["content-disposition"] == 'attachment; filename="prove-utkast.yaml"'
    assert "campaign: prove" in unfinished.text


def test_a_municipality_with_a_coordinator_writes_a_campaign_of_its_own(world: World, person: Person) -> None:
    with world.store.system() as session:
        mail = "adviser@4601.example"
        organisations.add_member(session, "4601", name="A", mail=mail, roles=[Role.coordinator])
    bergen = person("4601")
    bergen.get("/for/4601/drafts")
    bergen.follow(bergen.post("/for/4601/drafts/new"))
    tree = tree_of(world)
    assert tree.campaign["invite.municipalities"] == "4601"
    own = {
        "key": "eigen", "title.nn": "Eiga", "goal.nn": "Mål", "languages": "nn", "anchor": "2027-01-12",
        "answer.by": "2027-01-11", "ends": "T+30",
    }  # fmt: skip
    bergen.get("/for/4601/drafts/1")
    fields = {f"f.1.{name}": value for name, value in own.items()}
    marks = {"was.1": re.search(r'name="was.1" value="([^"]+)"', bergen.get("/for/4601/drafts/1").text)[1]}  # type: ignore[index]
    bergen.post("/for/4601/drafts/1/save", {"page": "", "then": "add:message:1", **fields, **marks})
    tree = tree_of(world)
    message = tree.messages[0]
    (paragraph,) = tree.below(message.id, "paragraph")
    filled = fields_of(bergen.get(f"/for/4601/drafts/1/messages/{message.id}"))
    filled[f"f.{message.id}.title.nn"] = ["Ein"]
    filled[f"f.{message.id}.to"] = ["mastodon"]
    filled[f"f.{paragraph.id}.text.nn"] = ["Hei"]
    bergen.post("/for/4601/drafts/1/save", filled)
    page = bergen.get("/for/4601/drafts/1/load")
    done = bergen.follow(bergen.post("/for/4601/drafts/1/load", {"seen": seen(page)}))
    assert "eigen is stored as version 1." in words_of(done)
    assert done.status_code == 200


def test_more_messages_cost_the_editor_no_more_questions(world: World, ingrid: Visitor) -> None:
    begun(world, ingrid)
    paths = (AT, f"{AT}/1", f"{AT}/1/messages/{tree_of(world).messages[0].id}", f"{AT}/1/load")

    def asked() -> list[int]:
        found = []
        for path in paths:
            with questions(world.store) as count:
                assert ingrid.get(path).status_code == 200
            found.append(count.value)
        return found

    few = asked()
    for _ in range(8):
        ingrid.follow(ingrid.post(f"{AT}/1/save", {"page": "", "then": "add:message:1"}))
    many = asked()
    assert many[:3] == few[:3]
    assert many[3] <= few[3]  # what is not whole any more is not compared with what is stored
    assert max(few) <= 20
