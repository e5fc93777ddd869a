"""Documents at the command line: given back, compared, and loaded again without a trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from samklang.campaigns_demo.draw import FOLDER
from samklang.console import Exit

KARI = ("--as", "kari@voss.example", "--for", "4621")
INGRID = ("--as", "ingrid@county.example", "--for", "46")


def test_an_exported_campaign_is_accepted_and_loading_it_again_changes_nothing(
    samklang: Any, tmp_path: Path
) -> None:
    samklang.done(*INGRID, "load", str(FOLDER / "klar-for-ei-veke" / "campaign.yaml"))
    key, folder = "klar-for-ei-veke", tmp_path / "ut"
    said = samklang.done(*INGRID, "export", key, "--out", str(folder))
    assert f"Version 1 of {key} is written to {folder / 'campaign.yaml'}, with 6 pictures." in said
    document = str(folder / "campaign.yaml")
    assert "nothing stands in the way." in samklang.done("check", document)
    assert f"means the same as version 1 of {key}." in samklang.done(*INGRID, "compare", document)
    assert "stored as version 1" in samklang.done(*INGRID, "load", document)
    again = samklang.json(*INGRID, "export", key, "--out", str(tmp_path / "att"))
    assert again["version"] == 1
    assert len(again["pictures"]) == 6
    written = [folder / name for name in ("campaign.yaml", *again["pictures"])]
    assert [path.read_bytes() for path in written] == [
        (tmp_path / "att" / path.relative_to(folder)).read_bytes() for path in written
    ]


def test_an_export_overwrites_nothing_and_says_what_stands_in_the_way(
    samklang: Any, write: Callable[..., str], tmp_path: Path
) -> None:
    samklang.done(*INGRID, "load", write())
    full, file = tmp_path / "full", tmp_path / "file"
    full.mkdir()
    (full / "campaign.yaml").write_text("mine", "utf-8")
    file.write_text("mine", "utf-8")
    for out in (full, file):
        refused = samklang(*INGRID, "export", "prove", "--out", str(out))
        assert refused.exit_code == Exit.stopped
        assert "--out." in refused.stderr
    assert (full / "campaign.yaml").read_text("utf-8") == file.read_text("utf-8") == "mine"
    assert samklang(*KARI, "export", "prove").exit_code == Exit.unknown
    assert samklang("export", "prove").exit_code == Exit.misunderstood


def test_a_new_version_is_shown_as_what_it_changes(
    samklang: Any, write: Callable[..., str], tmp_path: Path
) -> None:
    document = write()
    assert samklang(*INGRID, "compare", document).exit_code == Exit.unknown
    samklang.done(*INGRID, "load", document)
    content = json.loads(Path(document).read_text("utf-8"))
    content["messages"][0]["text"][0]["fill"]["nn"] = "Hallo {kommune}. {lenke}"
    content["messages"][0]["send"]["at"] = "11:00"
    new = write(**content)
    said = samklang.done(*INGRID, "compare", new)
    assert said.splitlines() == [
        "The message “ein” is moved from 2027-01-12 10:00 to 2027-01-12 11:00.",
        "The words of paragraph 1 of “text” of the message “ein” are changed (nn).",
        "    [-Hei-]{+Hallo+} {kommune}. {lenke}",
        f"2 changes from version 1 of prove. Next: samklang load {new}",
    ]
    told = samklang.json(*INGRID, "compare", new)
    assert [(one["code"], one["message"]) for one in told["changes"]] == [
        ("difference.message_moved", "ein"),
        ("difference.paragraph_words", "ein"),
    ]
    assert told["changes"][1]["words"][0] == {"fate": "out", "text": "Hei"}
    assert samklang(*INGRID, "compare", new, SAMKLANG_LANGUAGE="nn").stdout.startswith(
        "Bodskapen «ein» er flytta"
    )
    assert samklang.json(*INGRID, "load", new)["version"] == 2


def test_the_schema_is_printed_or_written_and_says_how_a_document_names_it(
    untouched: Any, tmp_path: Path
) -> None:
    printed = json.loads(untouched.done("schema"))
    file = tmp_path / "campaign.schema.json"
    said = untouched.done("schema", "--out", str(file))
    assert "# yaml-language-server: $schema=campaign.schema.json" in said
    assert json.loads(file.read_text("utf-8")) == printed
    assert untouched.json("schema", "--out", str(file)) == {"schema": str(file)}
    refused = untouched("schema", "--out", str(tmp_path))
    assert refused.exit_code == Exit.stopped
    assert "--out." in refused.stderr
