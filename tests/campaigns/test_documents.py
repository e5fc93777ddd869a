"""From a checked document to rows: the same again changes nothing, a new version changes just what changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import paper
import pytest
from sqlalchemy import FromClause, func, select
from world import World

from campaigns import documents, organisations, participation
from campaigns.access import Forbidden
from campaigns.definition.reading import read
from campaigns.organisations import NotFound
from campaigns.store import AuditEntry, Base, Fact, Media, Message, MessagePicture, Paragraph, Role, Wording
from connectors import names


def _stored(world: World) -> dict[str, list[tuple[object, ...]]]:
    return {name: _rows(world, table) for name, table in Base.metadata.tables.items()}


def _rows(world: World, table: FromClause) -> list[tuple[object, ...]]:
    with world.store.system(write=False) as session:
        return sorted((tuple(row) for row in session.execute(select(table))), key=repr)


def _wordings(world: World) -> dict[tuple[str, str], tuple[str, int]]:
    with world.store.system(write=False) as session:
        rows = session.execute(
            select(Message.key, Wording.language, Wording.text, Wording.version)
            .join(Paragraph, Paragraph.id == Wording.paragraph_id)
            .join(Message, Message.id == Paragraph.message_id)
            .where(Paragraph.position == 0)
        )
        return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def _facts(world: World) -> dict[str, tuple[str | None, str | None]]:
    with world.store.system(write=False) as session:
        return {one.key: (one.value, one.default) for one in session.scalars(select(Fact))}


def _picture(world: World) -> MessagePicture:
    with world.store.system(write=False) as session:
        return session.scalars(select(MessagePicture)).one()


def test_the_same_document_again_changes_nothing(world: World) -> None:
    assert paper.load(world, paper.paper()) == 1
    before = _stored(world)
    world.wait(hours=1)
    assert paper.load(world, paper.paper()) == 1
    assert _stored(world) == before


def test_a_new_version_changes_just_the_wording_that_changed(world: World) -> None:
    paper.load(world, paper.paper())
    before = _wordings(world)
    new = paper.paper()
    new["messages"][0]["text"][0]["free"]["nn"] = "Hallo {kommune}!"
    assert paper.load(world, new) == 2
    assert _wordings(world) == before | {("bilete", "nn"): ("Hallo {kommune}!", 2)}


def test_a_message_that_is_gone_is_kept_but_retired_and_comes_back_with_its_key(world: World) -> None:
    paper.load(world, paper.paper())
    shorter = paper.paper()
    gone = shorter["messages"].pop(0)
    paper.load(world, shorter, {})
    with world.store.system(write=False) as session:
        assert dict(session.execute(select(Message.key, Message.retired)).all()) == {
            "bilete": True,
            "tekst": False,
        }
    shorter["messages"].insert(0, gone)
    assert paper.load(world, shorter) == 3
    with world.store.system(write=False) as session:
        rows = session.execute(
            select(Message.key, Message.retired, Message.position).order_by(Message.position)
        )
        assert list(rows) == [("bilete", False, 0), ("tekst", False, 1)]


def test_a_paragraph_that_is_gone_leaves_and_a_language_that_came_is_added(world: World) -> None:
    paper.load(world, paper.paper())
    new = paper.paper()
    new["languages"] = ["nn", "nb", "en"]
    new["goal"]["en"] = new["title"]["en"] = "Paper"
    for message in new["messages"]:
        message["title"]["en"] = "Title"
        for paragraph in message["text"]:
            for texts in paragraph.values():
                texts["en"] = "Words {lenke} {frist}" if "lenke" in texts["nn"] else "Words"
    new["messages"][0]["picture"]["alt"]["en"] = "A lamp."
    new["messages"][0]["text"].pop(0)
    new["facts"]["lenke"]["ask"]["en"] = "Link"
    paper.load(world, new)
    with world.store.system(write=False) as session:
        left = [one for one in session.scalars(select(Paragraph)) if not one.retired]
        assert [(one.position, len(one.wordings)) for one in left] == [(0, 3), (0, 3)]
    paper.load(world, paper.paper())
    with world.store.system(write=False) as session:
        kinds = select(Paragraph.id, Paragraph.position).order_by(Paragraph.id)
        assert list(session.execute(kinds)) == [(1, 0), (2, 1), (3, 0)]


def test_a_paragraph_that_moves_and_one_that_changes_are_still_the_same_paragraphs(world: World) -> None:
    paper.load(world, paper.paper())
    new = paper.paper()
    free, fill = new["messages"][0]["text"]
    free["free"]["nn"] = "Hei på dykk, {kommune}!"
    added = {"locked": {"nn": "Noko heilt nytt og langt.", "nb": "Noe helt nytt og langt."}}
    new["messages"][0]["text"] = [fill, added, free]
    paper.load(world, new)
    with world.store.system(write=False) as session:
        rows = session.scalars(select(Paragraph).order_by(Paragraph.id)).all()
        assert [(one.id, one.position, one.kind) for one in rows] == [
            (1, 2, "free"), (2, 0, "fill"), (3, 0, "locked"), (4, 1, "locked"),
        ]  # fmt: skip
        versions = {one.language: one.version for one in rows[0].wordings}
        assert versions == {"nn": 2, "nb": 1}


def test_another_picture_under_the_same_name_is_a_new_version(world: World) -> None:
    paper.load(world, paper.paper())
    assert paper.load(world, paper.paper(), {"bilete.png": paper.picture("red")}) == 2
    assert len(_rows(world, Media.__table__)) == 2
    assert len(_rows(world, MessagePicture.__table__)) == 1
    assert paper.load(world, paper.paper(), {"bilete.png": paper.picture("red")}) == 2


def test_loading_again_puts_back_a_picture_that_was_lost_or_altered(world: World) -> None:
    paper.load(world, paper.paper())
    wanted = paper.picture()
    path = world.desk.media.path(wanted.sha256)
    for harm in (path.unlink, lambda: path.write_bytes(b"something else")):
        harm()
        assert paper.load(world, paper.paper()) == 1
        assert world.desk.media.read(wanted.sha256) == wanted.content


def test_shared_values_and_defaults_are_kept_in_the_form_of_all_values(world: World) -> None:
    content = paper.paper()
    content["facts"] |= {
        "oppmote": {"kind": "date", "default": "T+7", "ask": {"nn": "Når?", "nb": "Når?"}},
        "telefon": {"kind": "phone", "default": "profile.phone", "ask": {"nn": "Telefon", "nb": "Telefon"}},
        "opnar": {"kind": "time", "value": "08:30"},
    }
    content["messages"][1]["text"] = [
        {"fill": {"nn": "{oppmote} {telefon} {opnar}", "nb": "{oppmote} {telefon} {opnar}"}}
    ]
    paper.load(world, content)
    assert _facts(world) == {
        "lenke": (None, None),
        "frist": ("2027-01-17", None),
        "oppmote": (None, "2027-01-19"),
        "telefon": (None, "profile.phone"),
        "opnar": ("08:30", None),
    }
    content["anchor"] = "2027-01-13"
    paper.load(world, content)
    assert _facts(world)["frist"] == ("2027-01-18", None)
    assert _facts(world)["oppmote"] == (None, "2027-01-20")


def test_a_default_that_is_relative_needs_the_anchor_like_every_other_day() -> None:
    content = paper.paper()
    del content["anchor"]
    content["ends"] = "2027-02-11"
    content["facts"]["frist"] = {"kind": "date", "default": "T+5", "ask": {"nn": "Frist", "nb": "Frist"}}
    for message in content["messages"]:
        message["send"]["on"] = "2027-01-12"
    found = read(json.dumps(content).encode(), platforms=frozenset(names()))
    assert [(one.code, one.path) for one in found.problems if one.severity == "error"] == [
        ("definition.anchor_missing", "facts.frist.default")
    ]


def test_a_fact_that_is_gone_is_asked_for_no_more_and_its_values_stay(world: World) -> None:
    paper.under_way(world, "4601")
    new = paper.paper()
    del new["facts"]["lenke"]
    for language in ("nn", "nb"):
        new["messages"][0]["text"][1]["fill"][language] = "Frist {frist}"
    paper.load(world, new)
    with pytest.raises(participation.FactsRefused):
        paper.fill(world, "4601", lenke="https://www.bergen.kommune.no/y")
    paper.load(world, paper.paper())
    assert paper.fill(world, "4601", lenke="https://www.bergen.kommune.no/x") == []


def test_a_message_may_override_a_fact(world: World) -> None:
    content = paper.paper()
    content["messages"][1]["facts"] = {"frist": {"value": "T+9"}}
    content["messages"][1]["text"] = [{"fill": {"nn": "Frist {frist}", "nb": "Frist {frist}"}}]
    paper.under_way(world, "4601", content=content)
    with world.store.system(write=False) as session:
        rows = session.execute(
            select(Fact.message_id, Fact.value).where(Fact.key == "frist").order_by(Fact.id)
        )
        assert [(row[0] is None, row[1]) for row in rows] == [(True, "2027-01-17"), (False, "2027-01-21")]
    del content["messages"][1]["facts"]
    paper.load(world, content)
    with world.store.system(write=False) as session:
        assert session.scalar(select(func.count(Fact.id)).where(Fact.key == "frist")) == 1


def test_a_consent_ends_with_its_last_day_where_the_campaign_lives(world: World) -> None:
    paper.load(world, paper.paper())
    assert _picture(world).valid_until == datetime(2027, 12, 31, 23, 0, tzinfo=UTC)


def test_a_document_of_another_owner_cannot_be_loaded(world: World) -> None:
    with world.store.system() as session:
        organisations.add_member(session, "4601", name="K", mail="k@4601.example", roles=[Role.coordinator])
    actor = world.store.actor("k@4601.example", "4601", how="test")
    with pytest.raises(Forbidden), world.store.scope(actor) as session:
        documents.load(session, world.desk.media, paper.definition(paper.paper()), {}, now=world.now)
    assert _rows(world, Message.__table__) == []


# -- groups


def _name_group(world: World, *numbers: str) -> None:
    with world.store.scope(world.actors["46"]) as session:
        organisations.set_group(session, "kyst", numbers, now=world.now)


def _invited(world: World) -> list[str]:
    with world.store.scope(world.actors["46"]) as session:
        campaign = participation.owned_campaign(session, paper.KEY)
        return [one.number for one in participation.invite(session, campaign, now=world.now)]


def test_a_group_is_invited_and_whoever_joins_it_later_is_invited_next_time(world: World) -> None:
    content = paper.paper()
    content["invite"] = {"group": "kyst"}
    paper.load(world, content)
    with pytest.raises(NotFound) as told:
        _invited(world)
    assert (told.value.code, told.value.values) == ("group.unknown", {"group": "kyst"})
    assert world.campaign(paper.KEY).active_at is None
    _name_group(world, "4636", "4601", "4601")
    assert _invited(world) == ["4601", "4636"]
    assert _invited(world) == []
    _name_group(world, "4601", "4621")
    assert _invited(world) == ["4621"]


def test_a_group_is_its_owners_and_names_municipalities_alone(world: World) -> None:
    for number in ("9999", "46"):
        with pytest.raises(organisations.GroupRefused) as told:
            _name_group(world, "4601", number)
        assert told.value.problems["place"].values == {"number": number}
    with world.store.system() as session:
        organisations.add_member(session, "4601", name="K", mail="k@4601.example", roles=[Role.coordinator])
    _name_group(world, "4601")
    actor = world.store.actor("k@4601.example", "4601", how="test")
    with world.store.scope(actor) as session:
        assert organisations.groups(session) == []
        with pytest.raises(NotFound):
            organisations.members_of(session, world.places["46"].id, "kyst")


def test_a_consent_for_a_group_covers_whom_it_has_when_the_document_is_loaded(world: World) -> None:
    content = paper.paper()
    content["messages"][0]["picture"]["people"]["covers"] = {"group": "kyst"}
    with pytest.raises(NotFound):
        paper.load(world, content)
    assert _rows(world, Message.__table__) == []
    _name_group(world, "4601", "4636")
    paper.load(world, content)
    assert _picture(world).covers == ["4601", "4636"]


def test_every_load_is_written_down_once(world: World) -> None:
    paper.load(world, paper.paper())
    paper.load(world, paper.paper())
    with world.store.system(write=False) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "campaign.load")).all()
    assert [(one.subject, one.details) for one in entries] == [(paper.KEY, {"version": 1, "messages": 2})]
