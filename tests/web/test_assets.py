"""What browsers load beside the pages: one fingerprint in every address, kept for good, packed, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from syntax import ROOT

from web.assets import FOLDER, TYPES, Assets, AssetsMissing, accepts_gzip, asset, assets

PLAIN = {"accept-encoding": "identity"}
STYLE = (FOLDER / "samklang.css").read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "one.js").write_text("let one = 1")
    (tmp_path / "samklang.css").write_text("a{}")
    (tmp_path / "notes.md").write_text("not given out")
    return tmp_path


# -- addresses


def test_every_address_has_the_fingerprint_of_everything(folder: Path) -> None:
    before = Assets(folder)
    assert re.fullmatch(r"/static/[0-9a-f]{16}/samklang\.css", before.path("samklang.css"))
    assert Assets(folder).fingerprint == before.fingerprint
    (folder / "vendor" / "one.js").write_text("let one = 2")
    assert Assets(folder).fingerprint != before.fingerprint
    (folder / "vendor" / "one.js").rename(folder / "vendor" / "two.js")
    assert Assets(folder).fingerprint != before.fingerprint


def test_a_misspelt_name_is_an_error_and_no_dead_address(folder: Path) -> None:
    with pytest.raises(KeyError):
        Assets(folder).path("samklnag.css")


def test_a_file_is_kept_for_good_under_the_present_fingerprint_alone(browse) -> None:
    kept = browse(asset("samklang.css"))
    assert (kept.status_code, kept.content) == (200, STYLE)
    assert kept.headers.get_list("cache-control") == ["public, max-age=31536000, immutable"]
    for place in ("/static/samklang.css", f"/static/{'0' * 16}/samklang.css"):
        found = browse(place)
        assert (found.status_code, found.content) == (200, STYLE)
        assert found.headers.get_list("cache-control") == ["no-cache"]


@pytest.mark.parametrize("name", sorted(assets().files))
def test_every_file_has_its_kind_and_is_found_by_its_address(browse, name: str) -> None:
    found = browse(asset(name))
    assert found.status_code == 200
    assert found.headers["content-type"] == TYPES[Path(name).suffix]
    assert found.content == (FOLDER / name).read_bytes()


@pytest.mark.parametrize(
    "where",
    [
        "",
        "vendor",
        "vendor/",
        "vendor/.stamp",
        "../app.py",
        "..%2Fapp.py",
        "%2e%2e/app.py",
        "//etc/passwd",
        "x.css",
    ],
)
def test_nothing_else_is_given_out(browse, where: str) -> None:
    for place in (f"/static/{where}", f"/static/{assets().fingerprint}/{where}"):
        answer = browse(place)
        assert answer.status_code == 404
        assert answer.headers["cache-control"] == "no-store"


def test_what_the_style_refers_to_is_there() -> None:
    for name in ("samklang.css", "vendor/designsystemet.css", "vendor/designsystemet-theme.css"):
        text = (FOLDER / name).read_text("utf-8")
        for place in re.findall(r"url\(\s*[\"']?(?!data:)([^\"')]+)", text):
            assert (FOLDER / name).parent.joinpath(place).resolve().relative_to(
                FOLDER
            ).as_posix() in assets().files


# -- what goes over the line


def test_a_browser_that_takes_gzip_gets_it_packed(browse) -> None:
    packed, plain = browse(asset("samklang.css")), browse(asset("samklang.css"), headers=PLAIN)
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content == STYLE
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 3
    assert packed.headers["etag"] != plain.headers["etag"]
    assert {packed.headers["vary"].lower(), plain.headers["vary"].lower()} == {"accept-encoding"}


def test_letters_are_packed_already(browse) -> None:
    answer = browse(asset("vendor/inter-latin.woff2"))
    assert "content-encoding" not in answer.headers
    assert answer.content[:4] == b"wOF2"


def test_who_has_it_already_gets_it_not_again(browse) -> None:
    tag = browse(asset("samklang.css")).headers["etag"]
    for known in (tag, f'"x", W/{tag}'):
        again = browse(asset("samklang.css"), headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert browse(asset("samklang.css"), headers={"if-none-match": '"x"'}).status_code == 200


def test_only_get_and_head_are_answered(browse) -> None:
    headed = browse(asset("samklang.css"), method="HEAD")
    assert (headed.status_code, headed.content) == (200, b"")
    assert browse(asset("samklang.css"), method="POST").status_code == 405


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("gzip;q=0, identity", False),
        ("gzip; q=0.000", False),
        ("identity", False),
        ("", False),
    ],
)
def test_gzip_is_given_to_those_who_ask_for_it(header: str, taken: bool) -> None:
    assert accepts_gzip(header) is taken


def test_pages_are_packed_too_inside_the_guard(browse) -> None:
    packed, plain = browse("/status"), browse("/status", headers=PLAIN)
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    assert packed.headers["content-security-policy"] == plain.headers["content-security-policy"]
    assert packed.headers["vary"].lower() == plain.headers["vary"].lower() == "accept-encoding"


# -- what is not there


def test_without_the_files_of_others_a_sentence_says_what_brings_them(tmp_path: Path) -> None:
    (tmp_path / "samklang.css").write_text("a{}")
    with pytest.raises(AssetsMissing, match=r"every page loads .*make run.*pip install -e \..*vendor\.py"):
        Assets(tmp_path)


# -- where they come from


def test_the_vendor_folder_holds_what_package_json_names() -> None:
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))["vendor"]
    there = {one.name for one in (FOLDER / "vendor").iterdir()}
    assert there == {*wanted, ".stamp"}


def test_every_package_brings_its_licence_along() -> None:
    described = json.loads((ROOT / "package.json").read_text("utf-8"))
    licences = {
        place.rpartition("/")[0] for place in described["vendor"].values() if place.endswith("/LICENSE")
    }
    assert licences >= set(described["dependencies"])


def test_git_does_not_keep_them() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert {"/web/static/vendor/", "node_modules/"} <= set(ignored)
