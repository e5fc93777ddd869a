"""The stored version given back and compared: an exported campaign comes back as the same, and a new one shows its changes."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import paper
import pytest
from hypothesis import HealthCheck, given, settings
from PIL import Image
from test_definition_writing import DEFINITION, PLATFORMS
from world import World

from campaigns import documents, versions
from campaigns.access import Forbidden
from campaigns.definition.model import Definition
from campaigns.definition.reading import read
from campaigns.media import PictureRefused, Rendition, render_picture
from campaigns.organisations import NotFound


def _export(world: World, number: str = "46", key: str = paper.KEY) -> versions.Export:
    with world.store.scope(world.actors[number], write=False) as session:
        return versions.export(session, world.desk.media, key)


def _compare(world: World, content: paper.Paper, colour: str = "navy") -> versions.Comparison:
    with world.store.scope(world.actors["46"], write=False) as session:
        pictures = {"bilete.png": paper.picture(colour)}
        return versions.compare(session, paper.definition(content), pictures)


def test_an_exported_campaign_loads_again_as_the_same_version(world: World) -> None:
    assert paper.load(world, paper.paper()) == 1
    found = _export(world)
    assert found.version == 1
    again = read(found.document.encode(), platforms=PLATFORMS).definition
    assert again == paper.definition(paper.paper())
    pictures = {file: world.desk.media.render(content) for file, content in found.pictures.items()}
    with world.store.scope(world.actors["46"]) as session:
        assert documents.load(session, world.desk.media, again, pictures, now=world.now).version == 1


def test_a_message_that_is_retired_is_not_exported_and_its_picture_neither(world: World) -> None:
    paper.load(world, paper.paper())
    shorter = paper.paper()
    shorter["messages"].pop(0)
    shorter["facts"] = {}
    paper.load(world, shorter)
    assert (_export(world).version, _export(world).pictures) == (2, {})


def test_a_picture_that_was_altered_on_disk_is_not_handed_on(world: World) -> None:
    paper.load(world, paper.paper())
    world.desk.media.path(paper.picture().sha256).write_bytes(b"something else")
    with pytest.raises(PictureRefused):
        _export(world)


def test_an_invited_municipality_neither_exports_nor_compares_the_countys_campaign(world: World) -> None:
    paper.under_way(world, "4601")
    for number in ("4601", "4621"):
        with pytest.raises(Forbidden):
            _export(world, number)
    with pytest.raises(Forbidden), world.store.scope(world.actors["4601"], write=False) as session:
        pictures = {"bilete.png": paper.picture()}
        versions.compare(session, paper.definition(paper.paper()), pictures)


def test_a_rendition_of_ours_is_taken_as_it_is_and_any_other_picture_painted_anew(world: World) -> None:
    buffer = io.BytesIO()
    Image.effect_noise((64, 48), 90).save(buffer, "PNG")
    ours = render_picture(buffer.getvalue())
    assert world.desk.media.render(ours.content) == render_picture(ours.content) != ours
    world.desk.media.keep(ours)
    assert world.desk.media.render(ours.content) == ours
    assert world.desk.media.render(ours.content + b"\0") != ours


def test_a_new_document_shows_its_changes_and_stores_nothing(world: World) -> None:
    paper.load(world, paper.paper())
    assert _compare(world, paper.paper()) == versions.Comparison(1, ())
    new = paper.paper()
    new["messages"][1]["text"][0]["locked"]["nb"] = "Det holder med brød."
    found = _compare(world, new, "red")
    assert [one.code for one in found.changes] == [
        "difference.paragraph_words",
        "difference.picture_repainted",
    ]
    assert [one.text for one in found.changes[0].words if one.fate == "in"] == ["brød."]
    assert _export(world).version == 1


def test_a_campaign_that_is_not_stored_cannot_be_compared(world: World) -> None:
    with pytest.raises(NotFound):
        _compare(world, paper.paper())


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(DEFINITION)
def test_whatever_was_loaded_is_exported_as_the_same_definition(world: World, parts: dict[str, Any]) -> None:
    key = "p" + hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
    definition = Definition.model_validate({**parts, "owner": "46", "campaign": key})
    picture: Rendition = paper.picture()
    named = {spec.file: picture for message in definition.messages for spec in message.pictures}
    with world.store.scope(world.actors["46"]) as session:
        documents.load(session, world.desk.media, definition, named, now=world.now)
    found = _export(world, key=key)
    assert read(found.document.encode(), platforms=PLATFORMS).definition == definition
    assert set(found.pictures) == set(named)
