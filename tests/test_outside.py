"""The outside of the house: requirements with their hashes, settings with their descriptions, pages as the code says."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from syntax import ROOMS, ROOT

import vendor
from campaigns import access, states
from campaigns.settings import Settings, file_variable, variable
from campaigns.store import Role
from connectors import CONNECTORS
from samklang import writing

REQUIREMENTS = sorted(path.name for path in ROOT.glob("requirements*.txt"))
NOT_SETTINGS = {"SAMKLANG_AS", "SAMKLANG_FOR"}
"""Options of the command line that may stand in the environment; the settings' page tells of them, too."""
TEXTS = {".py", ".yaml", ".yml", ".md", ".toml", ".html", ".css", ".txt", ".csv", ".mako", ""}


def _described() -> set[str]:
    own = {f"SAMKLANG_{name.upper()}" for name in Settings.model_fields}
    ways = {
        way(kind, one) for way in (variable, file_variable) for kind in CONNECTORS for one in kind.settings
    }
    return own | (ways - {None}) | NOT_SETTINGS


def _files() -> list[Path]:
    inside = [path for room in (*ROOMS, "docs") for path in (ROOT / room).rglob("*")]
    outside = [path for path in ROOT.iterdir() if not path.name.startswith((".git", ".venv"))]
    return [path for path in (*inside, *outside) if path.is_file() and path.suffix in TEXTS]


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_is_pinned_and_has_a_hash(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    lines = [
        line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")
    ]
    assert len(lines) > (20 if name in {"requirements.txt", "requirements-dev.txt"} else 0)
    for line in lines:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z0-9,_-]+\])?==[^\s;]+", line), line[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", line), line[:80]


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_no_registry_stands_in_the_requirements(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-(?:-index|-extra-index|-find-links|f|i)\b", text, re.MULTILINE)


def test_every_package_of_npm_is_pinned_and_has_a_digest_and_no_registry_stands_in_the_lock() -> None:
    described = json.loads((ROOT / "package.json").read_text("utf-8"))
    for version in (described["dependencies"] | described["devDependencies"]).values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    for name, one in lock.items():
        assert not name or one["integrity"].startswith("sha512-"), name
        assert "resolved" not in one, name
        assert not one.get("hasInstallScript"), name


def test_node_is_named_with_one_version() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    assert groups["node"] == [vendor.NODE]
    assert f"{vendor.NODE} " in (ROOT / "requirements-node.txt").read_text("utf-8")


def test_every_setting_is_described_in_a_sentence() -> None:
    for name, field in Settings.model_fields.items():
        assert (field.description or "").endswith("."), name
        assert len(field.description or "") > 15, name


def test_every_setting_that_is_named_anywhere_exists() -> None:
    named = {}
    for path in _files():
        for name in re.findall(r"\bSAMKLANG_[A-Z_]*[A-Z]\b", path.read_text("utf-8")):
            named.setdefault(name, path.relative_to(ROOT).as_posix())
    assert {name: path for name, path in named.items() if name not in _described()} == {}


def test_the_documentation_is_what_the_code_says() -> None:
    for path, text in writing.pages(ROOT / "docs").items():
        assert path.read_text("utf-8") == text, f"run: make diagrams ({path.name} has fallen behind)"


def test_the_page_about_access_has_every_action_and_every_role() -> None:
    page = (ROOT / "docs" / "access.md").read_text("utf-8")
    assert access.as_markdown() in page
    assert all(f"| {action}" in page for action in access.TABLE)
    assert all(role in page for role in Role)


def test_the_page_about_settings_has_every_setting_once_and_no_secret() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    for name in _described():
        assert page.count(f"| `{name}` |") == 1, name
    assert "****" not in page


def test_a_delivery_s_life_is_drawn_between_its_markers() -> None:
    page = f"# Plan\n\n{writing.BEGIN}\nold\n{writing.END}\n\nThe rest.\n"
    drawn = writing.with_diagram(page)
    assert drawn.startswith("# Plan\n")
    assert drawn.endswith("\n\nThe rest.\n")
    assert f"```mermaid\n{states.diagram()}\n```" in drawn
    assert "old" not in drawn
    assert writing.with_diagram(drawn) == drawn
    with pytest.raises(ValueError, match="markers"):
        writing.with_diagram("# Plan without a place for it\n")


def test_the_pages_are_written_where_they_are_asked_for(tmp_path: Path) -> None:
    assert writing.main([]) == 2
    assert writing.main([str(tmp_path / "nowhere")]) == 2
    (tmp_path / "architecture.md").write_text(f"{writing.BEGIN}\n{writing.END}\n")
    assert writing.main([str(tmp_path)]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"access.md", "settings.md", "architecture.md"}
    assert states.diagram() in (tmp_path / "architecture.md").read_text("utf-8")
