"""The editor of campaigns at its pages: drafts begin, several write in one, and pictures come in."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from editing import AT, begun, fields_of, marks_in, picture, tree_of
from visitor import Visitor, words_of
from world import World

Person = Callable[..., Visitor]


@pytest.fixture
def ingrid(world: World, person: Person) -> Visitor:
    return person("46")


# -- where drafts begin


def test_a_campaign_begins_with_nothing_and_says_what_is_missing(world: World, ingrid: Visitor) -> None:
    ingrid.get(AT)
    page = ingrid.follow(ingrid.post(f"{AT}/new"))
    assert "'Key' is missing here. Write it in." in words_of(page)
    page = ingrid.follow(ingrid.post(f"{AT}/1/save", {"page": "", "then": "add:message:1"}))
    assert "Write a text and choose a platform" in words_of(page)
    assert tree_of(world).messages[0]["key"] == "m1"


def test_a_document_becomes_a_draft_and_a_wrong_one_is_told_with_its_lines(
    world: World, ingrid: Visitor
) -> None:
    from campaigns.definition import writing

    ingrid.get(AT)
    for source in (b"samklang: 1\ncampaign: &x a", b"\xff\xfe\x00", b"", b"a" * 600_000):
        wrong = ingrid.post(f"{AT}/document", files={"document": ("k.yaml", source)})
        assert wrong.status_code == 422
        assert 'href="#document"' in wrong.text
    source = writing.dump(world.definition(world.message())).encode()
    page = ingrid.follow(ingrid.post(f"{AT}/document", files={"document": ("k.yaml", source)}))
    assert "The document is taken." in words_of(page)
    assert len(tree_of(world).messages) == 1


def test_building_on_a_campaign_asks_for_a_key(world: World, ingrid: Visitor) -> None:
    world.load(world.definition(world.message()))
    ingrid.get(AT)
    page = ingrid.follow(ingrid.post(f"{AT}/model", {"campaign": "prove"}))
    assert "Give the campaign a key" in words_of(page)
    assert ingrid.post(f"{AT}/model", {"campaign": "nowhere"}).status_code == 404


def test_correcting_asks_before_it_begins_and_then_leads_to_the_one_draft(
    world: World, ingrid: Visitor
) -> None:
    begun(world, ingrid)
    assert ingrid.get("/for/46/campaigns/prove/edit").headers["location"] == f"{AT}/1"
    assert ingrid.get("/for/46/campaigns/nowhere/edit").status_code == 404


def test_a_draft_can_be_put_away(world: World, ingrid: Visitor) -> None:
    begun(world, ingrid)
    page = ingrid.follow(ingrid.post(f"{AT}/1/away"))
    assert "No drafts now." in words_of(page)
    assert ingrid.get(f"{AT}/1").status_code == 404


# -- writing


def test_saving_what_a_page_shows_changes_nothing(world: World, ingrid: Visitor) -> None:
    begun(world, ingrid, world.message(to="mastodon, bluesky, instagram"))
    before = tree_of(world)
    message = before.messages[0].id
    for path in (f"{AT}/1", f"{AT}/1/messages/{message}"):
        ingrid.follow(ingrid.post(f"{AT}/1/save", fields_of(ingrid.get(path))))
    assert tree_of(world) == before


def test_what_is_written_is_kept_and_shown(world: World, ingrid: Visitor) -> None:
    tree = begun(world, ingrid)
    message = tree.messages[0]
    (paragraph,) = tree.below(message.id, "paragraph")
    fields = fields_of(ingrid.get(f"{AT}/1/messages/{message.id}"))
    fields[f"f.{paragraph.id}.text.nn"] = ["Nye ord <b> {lenke}"]
    page = ingrid.follow(ingrid.post(f"{AT}/1/save", fields))
    assert "Everything is saved." in words_of(page)
    assert "Nye ord &lt;b&gt;" in page.text
    assert page.request.url.path == f"{AT}/1/messages/{message.id}"


def test_a_button_saves_what_was_typed_before_it_does_its_own(world: World, ingrid: Visitor) -> None:
    tree = begun(world, ingrid)
    message = tree.messages[0]
    (paragraph,) = tree.below(message.id, "paragraph")
    fields = fields_of(ingrid.get(f"{AT}/1/messages/{message.id}"))
    fields[f"f.{paragraph.id}.text.nn"] = ["Nye ord"]
    fields["then"] = [f"add:paragraph:{message.id}:short"]
    page = ingrid.follow(ingrid.post(f"{AT}/1/save", fields))
    assert "Short text" in words_of(page)
    tree = tree_of(world)
    assert tree.parts[tree.parts.index(tree.find(paragraph.id))]["text.nn"] == "Nye ord"  # type: ignore[arg-type]
    assert len(tree.forms(tree.messages[0])["short"]) == 1


def test_what_is_taken_out_can_be_put_back(world: World, ingrid: Visitor) -> None:
    message = begun(world, ingrid).messages[0]
    page = ingrid.follow(ingrid.post(f"{AT}/1/save", {"page": message.id, "then": f"remove:{message.id}"}))
    assert "Taken out by Ingrid" in words_of(page)
    page = ingrid.follow(ingrid.post(f"{AT}/1/save", {"page": "", "then": f"restore:{message.id}"}))
    assert "Taken out by Ingrid" not in words_of(page)
    assert tree_of(world).messages[0].id == message.id


@pytest.mark.parametrize("kind", ["paragraph", "message"])
def test_words_for_a_part_that_somebody_took_out_come_back_with_it(
    world: World, ingrid: Visitor, person: Person, kind: str
) -> None:
    tree = begun(world, ingrid)
    message = tree.messages[0]
    (paragraph,) = tree.below(message.id, "paragraph")
    removed = paragraph.id if kind == "paragraph" else message.id
    where, name = f"{AT}/1/messages/{message.id}", f"f.{paragraph.id}.text.nn"
    fields = fields_of(ingrid.get(where))
    fields[name] = ["Mine ord"]
    other = person("46")
    other.get(where)
    other.post(f"{AT}/1/save", {"page": message.id, "then": f"remove:{removed}"})
    page = ingrid.post(f"{AT}/1/save", fields)
    assert page.status_code == 409
    assert re.findall(r"<textarea[^>]*>(.*?)</textarea>", page.text) == ["Mine ord"]
    mark = re.search(rf'name="was.{paragraph.id}" value="([^"]+)"', page.text)
    assert mark
    more = {
        "page": message.id, "then": f"restore:{removed}", f"was.{paragraph.id}": mark[1], name: "Mine ord",
    }  # fmt: skip
    assert f'value="restore:{removed}"' in page.text
    assert "Mine ord" in ingrid.follow(ingrid.post(f"{AT}/1/save", more)).text


def test_saving_by_itself_gives_the_status_the_checks_and_the_digests_anew(
    world: World, ingrid: Visitor
) -> None:
    tree = begun(world, ingrid)
    message = tree.messages[0]
    (paragraph,) = tree.below(message.id, "paragraph")
    fields = fields_of(ingrid.get(f"{AT}/1/messages/{message.id}"))
    for words in ("Hei {ukjend}", "Hei att"):
        fields[f"f.{paragraph.id}.text.nn"] = [words]
        page = ingrid.post(f"{AT}/1/autosave", fields, headers={"HX-Request": "true"})
        assert page.status_code == 200
        assert "Saved at" in words_of(page)
        assert "<html" not in page.text
        fields |= marks_in(page)
        assert ("ukjend" in words_of(page)) is ("ukjend" in words)
    assert "Hei att" in ingrid.get(f"{AT}/1/messages/{message.id}").text


def test_a_field_that_does_not_exist_and_an_act_that_does_not_are_refused(
    world: World, ingrid: Visitor
) -> None:
    before = begun(world, ingrid)
    for more in (
        {"f.1.owner": "03"},
        {"f.999.key": "x"},
        {"f.1.title.xx": "x"},
        {"then": "burn:1"},
        {"then": "add:campaign:1"},
    ):
        assert ingrid.post(f"{AT}/1/save", {"page": "", **more}).status_code == 422, more
    for more in ({"then": "remove:1"}, {"then": "remove:99"}, {"then": "up:99"}, {"then": "add:message:99"}):
        assert ingrid.post(f"{AT}/1/save", {"page": "", **more}).status_code == 404, more
    assert tree_of(world) == before


# -- pictures


def test_a_picture_comes_in_and_is_seen_and_its_alternative_text_is_asked_for(
    world: World, ingrid: Visitor
) -> None:
    message = begun(world, ingrid).messages[0]
    page = ingrid.post(
        f"{AT}/1/save", {"page": message.id}, files={f"file.{message.id}": ("x.png", picture())}
    )
    page = ingrid.follow(page)
    assert "'Alternative text, nynorsk' is missing here." in words_of(page)
    (address,) = set(re.findall(rf"{AT}/1/pictures/[0-9a-f]{{64}}\.jpg", page.text))
    assert ingrid.get(address).headers["content-type"] == "image/jpeg"
    assert ingrid.get(f"{AT}/1/pictures/{'0' * 64}.jpg").status_code == 404


UNREADABLE = "The file is not a picture that we can read. Use JPEG, PNG or WebP."


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<svg onload=alert(1)>", UNREADABLE),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, UNREADABLE),
        (b"GIF89a" + b"\x00" * 100, UNREADABLE),
        (b"\xff\xd8" + b"\x00" * 10_000_000, "The picture is too large. The most is 10 MB."),
    ],
)
def test_what_is_no_picture_is_refused_with_a_sentence_and_the_words_are_kept(
    world: World, ingrid: Visitor, content: bytes, told: str
) -> None:
    tree = begun(world, ingrid)
    message = tree.messages[0]
    fields = fields_of(ingrid.get(f"{AT}/1/messages/{message.id}"))
    fields[f"f.{message.id}.title.nn"] = ["Ny tittel"]
    page = ingrid.post(f"{AT}/1/save", fields, files={f"file.{message.id}": ("x.png", content)})
    assert page.status_code == 422
    links = re.findall(rf'href="#file-{message.id}"[^>]*>(.*?)</a>', page.text, re.DOTALL)
    assert [" ".join(html.unescape(one).split()) for one in links] == [told]
    assert "Ny tittel" in page.text
    assert tree_of(world).below(message.id, "picture") == []


# -- who, and in which language


def test_nobody_but_the_organisations_coordinator_sees_a_draft(
    world: World, ingrid: Visitor, person: Person
) -> None:
    begun(world, ingrid)
    bergen = person("4601")
    assert bergen.get("/for/4601/drafts").status_code == 403
    assert bergen.get("/for/4601/drafts/1").status_code == 403
    assert bergen.get(f"{AT}/1").status_code == 404


@pytest.mark.parametrize("language", ["nn", "nb", "en"])
def test_every_page_of_the_editor_is_whole_in_each_language(
    world: World, ingrid: Visitor, person: Person, language: str
) -> None:
    message = begun(world, ingrid).messages[0]
    ingrid.post(f"{AT}/1/save", {"page": message.id, "then": "add:fact:1"})
    reader = person("46", language=language)
    for path in (AT, f"{AT}/1", f"{AT}/1/messages/{message.id}", f"{AT}/1/load"):
        page = reader.get(path)
        assert page.status_code == 200
        assert not re.search(r"\b(page|done|draft|checks|definition|document)\.[a-z_.]+", words_of(page))


def test_a_session_that_ends_keeps_what_was_typed(world: World, ingrid: Visitor) -> None:
    tree = begun(world, ingrid)
    (paragraph,) = tree.below(tree.messages[0].id, "paragraph")
    fields = fields_of(ingrid.get(f"{AT}/1/messages/{tree.messages[0].id}"))
    fields[f"f.{paragraph.id}.text.nn"] = ["Mine ord"]
    ingrid.cookies.pop("samklang")
    page = ingrid.post(f"{AT}/1/save", fields)
    assert page.status_code == 401
    assert 'value="Mine ord"' in page.text
    line = ingrid.post(f"{AT}/1/autosave", fields, headers={"HX-Request": "true"})
    assert line.status_code == 401
    assert "Press 'Save', and it is kept" in words_of(line)
    assert "<html" not in line.text


def test_a_form_of_an_earlier_session_saves_nothing_by_itself_and_says_what_to_do(
    world: World, ingrid: Visitor
) -> None:
    before = begun(world, ingrid)
    page = ingrid.post(f"{AT}/1/autosave", {"f.1.key": "x"}, csrf="0" * 64, headers={"HX-Request": "true"})
    assert page.status_code == 401
    assert tree_of(world) == before


def test_what_is_typed_into_a_draft_that_another_has_put_away_is_shown_to_be_copied(
    world: World, ingrid: Visitor, person: Person
) -> None:
    tree = begun(world, ingrid)
    (paragraph,) = tree.below(tree.messages[0].id, "paragraph")
    fields = fields_of(ingrid.get(f"{AT}/1/messages/{tree.messages[0].id}"))
    fields[f"f.{paragraph.id}.text.nn"] = ["Mine ord"]
    other = person("46")
    other.get(AT)
    other.post(f"{AT}/1/away")
    assert "What you write now is not saved here." in words_of(ingrid.post(f"{AT}/1/autosave", fields))
    page = ingrid.post(f"{AT}/1/save", fields)
    assert page.status_code == 409
    assert "Mine ord" in words_of(page)
