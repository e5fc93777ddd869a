"""The chain on the command line: what was done reads well, and what does not fit ends with 1."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from campaigns.sentences import LANGUAGES
from campaigns.store import Store
from samklang.console import Exit

KARI = ("--as", "kari@voss.example", "--for", "4621")
INGRID = ("--as", "ingrid@county.example", "--for", "46")


@pytest.fixture
def acted(samklang: Any, write: Callable[..., str]) -> Any:
    """A home in which the county invited and Voss answered."""
    samklang.done(*INGRID, "load", write())
    samklang.done(*INGRID, "invite", "prove")
    samklang.done(*KARI, "join", "prove", "--fact", "lenke=https://www.voss.kommune.no/x")
    return samklang


def test_what_was_done_reads_well(acted: Any) -> None:
    shown = acted.done(*KARI, "audit", "list", COLUMNS="160")
    lines = [line.strip().split("  ") for line in shown.splitlines()]
    assert [words[-1].strip() for words in lines[1:]] == [
        "Filled in lenke of prove.",
        "Answered the invitation to prove with 'in'.",
        "Gave kari@voss.example the roles admin, approver, editor.",
    ]
    assert "Kari (operator on behalf of)" in "".join(lines[1])
    invited = acted.done(*INGRID, "audit", "list", "--limit", "1", COLUMNS="200")
    assert "Invited to prove: 4601, 4602, 4611, 4612, 4613, 4614 … (43)." in invited


def test_a_script_gets_every_detail(acted: Any) -> None:
    found = acted.json(*INGRID, "audit", "list", "--limit", "1")
    assert [one["action"] for one in found] == ["campaign.invite"]
    assert len(found[0]["details"]["invited"]) == 43
    assert len(found[0]["hash"]) == 64
    assert acted.json(*INGRID, "audit", "list", "--since", "2999-01-01") == []
    assert "Nothing was done here" in acted.done(*INGRID, "audit", "list", "--since", "2999-01-01")


@pytest.mark.parametrize("language", LANGUAGES)
def test_acts_are_told_in_the_language_of_the_settings(acted: Any, language: str) -> None:
    said = {
        "nn": "Svara «in» på invitasjonen",
        "nb": "Svarte «in» på invitasjonen",
        "en": "Answered the invitation",
    }
    assert said[language] in acted.done(*KARI, "audit", "list", COLUMNS="160", SAMKLANG_LANGUAGE=language)


def test_who_may_not_read_the_chain_gets_neither_list_nor_verdict(acted: Any) -> None:
    acted.done("--for", "4621", "member", "add", "ola@voss.example", "--name", "Ola", "--role", "reader")
    ola = ("--as", "ola@voss.example", "--for", "4621")
    for command in (("audit", "list"), ("audit", "verify")):
        assert acted(*ola, *command).exit_code == Exit.forbidden
    assert acted("audit", "list").exit_code == Exit.misunderstood


def test_chains_that_fit_are_said_to_fit(acted: Any) -> None:
    shown = acted.done("audit", "verify")
    assert "How far the chains had come is not known outside the database" in shown
    assert (
        "2 chains with 6 entries, among them digests of 0 days of delivery history: everything fits." in shown
    )
    assert acted.json(*KARI, "audit", "verify") == {"chains": 1, "entries": 3, "days": 0, "ends_known": False}


def test_what_does_not_fit_is_told_with_the_entry_and_ends_with_one(acted: Any) -> None:
    store = Store(f"sqlite:///{acted.home / 'samklang.db'}")
    with store.system() as session:
        session.execute(text("DROP TRIGGER audit_entry_stays_update"))
        session.execute(text("UPDATE audit_entry SET subject = 'x' WHERE action = 'campaign.load'"))
    store.dispose()
    result = acted("audit", "verify")
    assert result.exit_code == Exit.stopped
    assert "The chain of Vestland does not fit from entry 2 on" in result.stdout
    assert result.stderr.strip() == "1 misfit in 2 chains."
    script = acted("--json", *INGRID, "audit", "verify")
    assert script.exit_code == Exit.stopped
    assert [(one["organisation"], one["code"]) for one in json.loads(script.stdout)["details"]] == [
        ("46", "audit.entry_misfits")
    ]
    assert acted(*KARI, "audit", "verify").exit_code == Exit.done


def test_the_operator_accepts_the_ends_and_a_cut_after_that_shows(acted: Any) -> None:
    assert acted(*INGRID, "audit", "verify", "--accept").exit_code == Exit.misunderstood
    assert "The present ends of 2 chains are accepted." in acted.done("audit", "verify", "--accept")
    store = Store(f"sqlite:///{acted.home / 'samklang.db'}")
    with store.system() as session:
        session.execute(text("DROP TRIGGER audit_entry_stays_delete"))
        session.execute(text("DELETE FROM audit_entry WHERE action = 'campaign.invite'"))
    store.dispose()
    result = acted("audit", "verify")
    assert (result.exit_code, "ends with entry 2, and had come to 3" in result.stdout) == (Exit.stopped, True)
    acted.done("audit", "verify", "--accept")
