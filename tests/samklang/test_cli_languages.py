"""What the command says about Sámi versions that a campaign lacks: at the check, and when it invites."""

from collections.abc import Callable
from typing import Any

INGRID = ("--as", "ingrid@county.example", "--for", "46")
NORTH = (
    "The campaign reaches the administrative area for Sámi languages and lacks Northern Sámi (se): Kautokeino."
    " Add a version."
)


def test_a_document_that_reaches_the_sami_area_is_checked_with_a_warning(
    samklang: Any, write: Callable[..., str]
) -> None:
    document = write(invite={"municipalities": ["4621", "5612"]})
    assert f"warning: {NORTH}" in samklang.done("check", document)
    assert samklang.json("check", document)["warnings"] == [NORTH]
    assert samklang.json("check", write(invite={"municipalities": ["4621"]}))["warnings"] == []


def test_an_invitation_warns_of_a_group_too_and_once(samklang: Any, write: Callable[..., str]) -> None:
    samklang.done(*INGRID, "group", "set", "nord", "4621", "5612")
    document = write(invite={"group": "nord"})
    assert samklang.json("check", document)["warnings"] == []
    samklang.done(*INGRID, "load", document)
    invited = samklang.json(*INGRID, "invite", "prove")
    assert (invited["invited"], invited["warnings"]) == (["4621", "5612"], [NORTH])
    assert "warning" not in samklang.done(*INGRID, "invite", "prove")
