"""The audit log at the pages: filtered, paged, checked, and taken along safely (E18, D13, D15, A1)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session
from visitor import Visitor, words_of
from world import World

from campaigns import audit, members, organisations
from campaigns.store import AuditEntry, Role
from web.tables import as_csv, as_file, cell_text

Browser = Callable[..., Visitor]
LOG = "/for/4601/audit"
START_OF_FORMULAS = ("=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", ";x", "  =1", "\u00a0=1")


def act(world: World, number: str = "4601", times: int = 1, subject: str = "x") -> None:
    with world.store.scope(world.actors[number]) as session:
        for _ in range(times):
            audit.record(
                session, world.actors[number], "member.add", subject, {"roles": ["editor"]}, now=world.now
            )


def test_acts_are_told_in_words_with_who_and_when(world: World, person: Browser) -> None:
    act(world, subject="jon@4601.example")
    page = words_of(person("4601").get(LOG))
    assert "jon@4601.example" in page
    assert "Adviser 4601" in page
    assert "1 entry" in page


def test_the_log_is_narrowed_by_person_kind_and_days(world: World, person: Browser) -> None:
    world.connect("4601", ["mastodon"])
    with world.store.scope(world.actors["4601"]) as session:
        members.add(session, name="Jon", mail="jon@4601.example", roles=[Role.admin], now=world.now)
    jon = world.store.actor("jon@4601.example", "4601", how="test")
    world.now += timedelta(days=2)
    with world.store.scope(jon) as session:
        members.add(session, name="Åse", mail="ase@4601.example", roles=[Role.reader], now=world.now)
    bergen = person("4601")
    asked = {
        "": 3,
        "?action=account": 1,
        "?action=member": 2,
        f"?person={jon.person_id}": 1,
        "?last=2027-01-12": 2,
        "?first=2027-01-13": 1,
        "?first=2027-01-12&last=2027-01-14&action=member": 2,
        "?action=%25": 0,
        "?person=999999": 0,
        "?action=evil'--": 0,
    }
    for query, number in asked.items():
        rows = json.loads(bergen.get(f"{LOG}.json{query}").content)
        assert len(rows) == number, query
        assert bergen.get(f"{LOG}{query}").status_code == 200
    assert "This is no day" in words_of(bergen.get(f"{LOG}?first=yesterday"))


def test_a_long_log_is_read_page_by_page(world: World, person: Browser) -> None:
    act(world, times=120)
    bergen = person("4601")
    first, last = bergen.get(LOG), bergen.get(f"{LOG}?page=3")
    assert "Page 1 of 3" in words_of(first)
    assert (first.text.count("<tr>"), last.text.count("<tr>")) == (51, 21)
    assert bergen.get(f"{LOG}?page=99").text.count("<tr>") == 21
    assert bergen.get(f"{LOG}?page=-1").status_code == 200


def test_the_chain_is_checked_on_request_and_an_altered_entry_is_named(world: World, person: Browser) -> None:
    act(world, times=5)
    world.tick()
    bergen = person("4601")
    assert "The chain is whole. 5 entries were checked." in words_of(bergen.get(f"{LOG}?check=yes"))
    with world.store.system() as session:
        rows = session.scalars(select(AuditEntry.id).order_by(AuditEntry.sequence)).all()
        _alter(session, rows[2])
    page = words_of(bergen.get(f"{LOG}?check=yes"))
    assert "The chain does not fit" in page
    assert "from entry 3 on" in page


def _alter(session: Session, entry_id: int) -> None:
    """Alter an entry, as somebody with the database's own password could."""
    server = session.get_bind().dialect.name == "postgresql"
    for verb in (" ON audit_entry",) if server else ("_update", "_delete"):
        session.execute(text(f"DROP TRIGGER audit_entry_stays{verb}"))
    session.execute(update(AuditEntry).where(AuditEntry.id == entry_id).values(subject="another"))


@pytest.mark.parametrize("begins", START_OF_FORMULAS)
def test_no_cell_of_the_table_becomes_a_formula(world: World, person: Browser, begins: str) -> None:
    act(world, subject=begins)
    answer = person("4601").get(f"{LOG}.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [len(row) for row in rows] == [8, 8]
    assert rows[1][5].startswith("'")
    assert rows[1][0] == "1", "a number stays one"


def test_a_negative_number_stays_a_number_and_a_line_break_stays_in_its_cell() -> None:
    assert cell_text(-5) == "-5"
    assert cell_text("-5") == "'-5"
    lines = as_csv(["a"], [["x\r\nATTACH:y"], ["z"]])
    assert list(csv.reader(io.StringIO(lines.decode("utf-8-sig")), delimiter=";")) == [
        ["a"],
        ["x\nATTACH:y"],
        ["z"],
    ]


@pytest.mark.parametrize(
    "name", ['x"; filename=a.exe', "x\r\nSet-Cookie: a=b", "../../etc/passwd", "æøå", "a;b"]
)
def test_a_file_name_is_one_header_whatever_is_in_it(name: str) -> None:
    header = as_file(b"", "text/csv", name).headers["content-disposition"]
    inside = header.removeprefix('attachment; filename="').removesuffix('"')
    assert inside.isascii()
    assert not set(inside) & set('"\r\n;/\\')
    assert inside


def test_a_log_is_its_organisations_own(world: World, person: Browser) -> None:
    act(world, "4621", subject="canary-of-voss")
    bergen, county = person("4601"), person("46")
    for ending in ("", ".csv", ".json"):
        assert bergen.get(f"/for/4621/audit{ending}").status_code == 404
        assert "canary-of-voss" not in bergen.get(f"{LOG}{ending}").text
        assert "canary-of-voss" not in county.get(f"/for/46/audit{ending}").text


def test_who_may_not_read_the_log_does_not(world: World, person: Browser) -> None:
    with world.store.system() as session:
        organisations.add_member(session, "4601", name="Lesar", mail="r@4601.example", roles=[Role.reader])
    reader = Visitor(person("4601").web, "r@4601.example")
    for ending in ("", ".csv", ".json"):
        assert reader.get(f"{LOG}{ending}").status_code == 403
