"""The pages that people write: what they name exists, and what exists is named."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel
from ruamel.yaml import YAML

from campaigns.definition import model
from campaigns.definition.placeholders import ALIASES, PROFILE
from campaigns.definition.reading import read
from campaigns.gates import GATES
from campaigns.states import MEANING, MOVES
from connectors import CONNECTORS, REACHED, Connector, names
from samklang.cli import app
from samklang.console import Exit
from scheduler.clock import Clock

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]


def page(name: str) -> str:
    """Return a page of the documentation."""
    return (DOCS / name).read_text("utf-8")


def between(text: str, name: str) -> str:
    """Return what stands between a pair of markers."""
    return text.partition(f"<!-- {name}:begin -->\n")[2].partition(f"\n<!-- {name}:end -->")[0]


def blocks(text: str, kind: str) -> list[str]:
    """Return the fenced blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def cells(text: str) -> dict[str, str]:
    """Return the first two cells of each row of a section's tables: what is named in code marks, and the rest."""
    return {
        word: row[2].strip()
        for line in text.splitlines()
        if (row := line.split("|"))[0] == "" and len(row) > 3
        for word in re.findall(r"`([^`]+)`", row[1])
    }


def section(text: str, title: str) -> str:
    """Return a section of a page, without the sections below it."""
    return re.split(r"^#", text.partition(f"# {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


# -- commands


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


def _options(command: Any) -> set[str]:
    shown = [one for one in command.params if one.param_type_name == "option" and not one.hidden]
    return {word for one in shown for word in (*one.opts, *one.secondary_opts)} - {"--help", "-h"}


def _arguments(command: Any) -> list[tuple[str, bool]]:
    return [(one.name.upper(), one.required) for one in command.params if one.param_type_name == "argument"]


ROOT_COMMAND = typer.main.get_command(app)
COMMANDS = {" ".join(path): command for path, command in _commands(ROOT_COMMAND)}
SECTIONS = re.findall(r"^### `samklang (.*?)`$", page("commands.md"), re.MULTILINE)


def test_every_command_has_its_section_with_its_arguments() -> None:
    written = {}
    for title in SECTIONS:
        words = title.split()
        key = " ".join(word for word in words if word.islower())
        written[key] = [(word.strip("[]…"), "[" not in word) for word in words if not word.islower()]
    assert written == {name: _arguments(command) for name, command in COMMANDS.items()}


@pytest.mark.parametrize("title", SECTIONS)
def test_a_section_names_the_options_of_its_command(title: str) -> None:
    key = " ".join(word for word in title.split() if word.islower())
    text = section(page("commands.md"), f"`samklang {title}`")
    assert set(cells(text)) == _options(COMMANDS[key])


def test_the_options_of_all_commands_are_named() -> None:
    head = page("commands.md").partition("\n## ")[0]
    assert {word.split()[0] for word in cells(head)} == _options(ROOT_COMMAND)


def test_every_exit_code_is_explained() -> None:
    head = page("commands.md").partition("\n## ")[0]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", head, re.MULTILINE)} == {*Exit, 130}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_what_is_shown_as_a_command_is_one(path: Path) -> None:
    shown = "\n".join(blocks(path.read_text("utf-8"), "sh"))
    shown = shown.replace("docker compose run --rm acts ", "samklang ")
    for line in re.split(r"\n| && | \| | & ", shown):
        found = re.match(r"(?:samklang|\.venv/bin/samklang|county|voss)(?: (.*))?$", line.strip())
        if not found or line.startswith(("county()", "voss()")):
            continue
        words = re.sub(r"--(?:as|for) \S+|--(?:demo|json)\b", "", (found[1] or "").partition("#")[0]).split()
        key = next((k for k in (" ".join(words[:2]), words[0]) if k in COMMANDS), None)
        assert key is not None, line
        assert {word for word in words if word.startswith("--")} <= _options(COMMANDS[key]), line


# -- the definition document

PARTS: Mapping[str, tuple[type[BaseModel], set[str]]] = {
    "The campaign": (model.Definition, set()),
    "A fact": (model.Fact, set()),
    "A message": (model.Message, {"picture"}),
    "A picture": (model.PictureSpec, set()),
}
"""Section of the page, the part it is about, and the keys that the document adds to it."""
SMALL = (model.Answer, model.Contact, model.Measure, model.Poll, model.Consent, model.FactOverride)


def _rows(title: str) -> list[list[str]]:
    lines = section(page("document.md"), title).splitlines()
    return [line.split("|") for line in lines if line.startswith("| `")]


@pytest.mark.parametrize("title", PARTS)
def test_every_key_of_the_document_is_explained_and_no_other(title: str) -> None:
    kind, more = PARTS[title]
    keys = {word for row in _rows(title) for word in re.findall(r"`([^`]+)`", row[1])}
    assert keys == {*kind.model_fields} | more


@pytest.mark.parametrize("title", PARTS)
def test_a_key_is_called_needed_where_it_is(title: str) -> None:
    called = {
        key for row in _rows(title) if row[2].strip() == "needed" for key in re.findall(r"`([^`]+)`", row[1])
    }
    assert called == {name for name, field in PARTS[title][0].model_fields.items() if field.is_required()}


@pytest.mark.parametrize("kind", SMALL)
def test_the_keys_of_a_small_part_are_named_too(kind: type[BaseModel]) -> None:
    prose = re.sub(r"^```.*?^```", "", page("document.md"), flags=re.MULTILINE | re.DOTALL)
    marked = " ".join(re.findall(r"`([^`]+)`", prose))
    assert {*kind.model_fields} <= set(re.findall(r"[a-z_]+", marked))


def test_every_word_that_a_list_of_words_allows_is_named() -> None:
    text = page("document.md")
    for words in (model.Language, model.Purpose, model.FactKind, model.ParagraphKind):
        for word in words.__args__:
            assert f"`{word}`" in text, word
    for name in (*PROFILE, *ALIASES):
        assert f"{{{name}}}" in text
    for name in PROFILE.values():
        assert f"`profile.{name}`" in text


def test_every_time_rule_that_is_shown_is_one() -> None:
    yaml = YAML(typ="safe", pure=True)
    shown = re.findall(r"^\| `(\{.*?\})` \|", section(page("document.md"), "When it goes"), re.MULTILINE)
    assert len(shown) == 5
    for rule in shown:
        assert model.Send.model_validate(yaml.load(rule))


DOCUMENTS = [
    (path.name, text)
    for path in PAGES
    for kind in ("yaml", "sh")
    for block in blocks(path.read_text("utf-8"), kind)
    for text in re.findall(r"^samklang: 1$.*?(?=^END$|\Z)", block, re.MULTILINE | re.DOTALL)
]


@pytest.mark.parametrize(("name", "text"), DOCUMENTS, ids=[name for name, _ in DOCUMENTS])
def test_a_document_that_is_shown_has_nothing_wrong_with_it(name: str, text: str) -> None:
    written = text.replace("$day", "2027-01-12").replace("$at", "10:00")
    assert read(written.encode(), platforms=frozenset(names())).problems == ()


def test_the_other_examples_are_yaml() -> None:
    for block in blocks(page("document.md"), "yaml"):
        assert YAML(typ="safe", pure=True).load(block)


# -- architecture


def test_states_and_moves_stand_as_in_the_code() -> None:
    states = [
        "| state | meaning |",
        "|---|---|",
        *(f"| {state} | {words} |" for state, words in MEANING.items()),
    ]
    moves = ["| move | from | to | when |", "|---|---|---|---|"]
    moves += [f"| {n} | {', '.join(sorted(m.sources))} | {m.target} | {m.when} |" for n, m in MOVES.items()]
    text = page("architecture.md")
    assert between(text, "states") == "\n".join(states)
    assert between(text, "moves") == "\n".join(moves)


def test_every_job_of_the_clock_stands_with_its_interval() -> None:
    jobs = {job.__name__: f"{seconds:g} s" for job, seconds in Clock.jobs(Clock.__new__(Clock))}
    rows = [
        line.split("|")
        for line in page("architecture.md").splitlines()
        if re.match(r"\| `\w+` \| [\d.]+ s \|", line)
    ]
    assert {row[1].strip(" `"): row[2].strip() for row in rows} == jobs


def test_every_gate_is_named() -> None:
    text = section(page("architecture.md"), "Gates").partition("`):")[2].partition(". One list")[0]
    assert text.count("·") + 1 == len(GATES)


def test_a_connector_is_what_the_page_says() -> None:
    text = section(page("howto.md"), "Add a platform")
    assert {f"`{name}`" for name in Connector.__abstractmethods__} <= set(re.findall(r"`\w+`", text))
    assert len(Connector.__abstractmethods__) == 8
    for kind in CONNECTORS:
        assert f"| {kind.title} |" in page("howto.md")
        assert f"**{kind.title}**" in page("reliability.md")


def test_seconds_until_absence_is_believed_are_the_connectors() -> None:
    rows = [
        line
        for line in section(page("reliability.md"), "By kind of platform").splitlines()
        if "after the call" in line
    ]
    told = {
        title: int(re.search(r"(\d+) s after the call", row)[1])
        for row in rows
        for title in row.split("|")[4].strip().split(", ")
    }
    assert told == {kind.title: kind.trusts_absence.total_seconds() for kind in REACHED}


# -- all pages


def test_every_test_that_a_page_names_exists() -> None:
    there = {
        name
        for path in (ROOT / "tests").rglob("*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))
    }
    for path in PAGES:
        assert set(re.findall(r"`(test_\w+)`", path.read_text("utf-8"))) <= there, path.name


def test_every_promise_names_the_test_that_shows_it() -> None:
    promised = page("reliability.md").partition("## Promised")[2].partition("## By kind")[0]
    rows = [line for line in promised.splitlines() if line.startswith("| ") and "shown by" not in line]
    assert rows
    assert [row for row in rows if "`test_" not in row.split("|")[3]] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text("utf-8")):
        file, _, anchor = target.partition("#")
        linked = path.parent / file if file else path
        assert linked.exists(), target
        if linked.suffix == ".png":
            assert linked.read_bytes().startswith(b"\x89PNG")
            continue
        titles = re.findall(r"^#+ (.*)$", linked.read_text("utf-8"), re.MULTILINE)
        assert not anchor or anchor in {
            re.sub(r"[^\w-]", "", one.lower().replace(" ", "-")) for one in titles
        }


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_file_that_is_named_in_code_marks_exists(path: Path) -> None:
    rooms = "samklang|web|scheduler|workers|reports|campaigns|connectors|sandbox|tests|docs"
    for named in re.findall(rf"`((?:{rooms})/[\w/.-]*)`", path.read_text("utf-8")):
        assert (ROOT / named).exists(), named


def test_the_readme_leads_to_every_page() -> None:
    readme = PAGES[0].read_text("utf-8")
    assert {f"docs/{one.name}" for one in PAGES[1:]} <= set(re.findall(r"\((docs/[\w.]+)", readme))


def test_the_readmes_first_commands_are_there() -> None:
    readme = PAGES[0].read_text("utf-8")
    targets = re.findall(r"^    make (\S+)", readme, re.MULTILINE)
    rules = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert targets == ["run", "test", "test-network"]
    assert set(targets) <= set(rules)


def test_the_stand_ins_take_the_options_that_are_shown() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "sandbox", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    shown = {word for path in PAGES for line in re.findall(r"python -m sandbox.*", path.read_text("utf-8"))
             for word in re.findall(r"--[\w-]+", line)}  # fmt: skip
    assert shown
    assert {word for word in shown if word not in told} == set()
