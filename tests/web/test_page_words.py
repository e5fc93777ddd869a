import json
import re
from pathlib import Path

from campaigns.sentences import catalogue
from campaigns.states import MOVES, State
from campaigns.store import Answer, HoldLevel
from connectors.errors import Scope
from reports.health import Silent
from reports.matters import NEEDS
from web import pages, status, tags
from web.guard import POLICY

PAGE = {code: texts for code, texts in catalogue().items() if code.startswith("page.")}
ROOM = Path(pages.__file__).parent
STYLE = (ROOM / "static" / "samklang.css").read_text("utf-8")
THEME = (ROOM / "static" / "vendor" / "designsystemet-theme.css").read_text("utf-8")


def has(code: str) -> bool:
    return code in PAGE or {f"{code}.one", f"{code}.other"} <= set(PAGE)


def test_every_code_that_a_page_uses_is_in_the_catalogue():
    written = "".join(
        file.read_text("utf-8") for file in [*ROOM.glob("*.py"), *ROOM.rglob("templates/**/*.html")]
    )
    used = set(re.findall(r"[\"'](page\.[a-z_.]*[a-z])[\"']", written))
    assert len(used) > 40
    assert [code for code in used if not has(code)] == []


def test_every_code_that_is_put_together_is_in_the_catalogue():
    together = [
        *(f"page.move.{move}" for move in MOVES),
        *(f"page.answer.{answer}" for answer in Answer),
        *(f"page.answers.{answer}" for answer in Answer if answer != Answer.joined),
        *(f"page.part.{part}" for part in (*status.PARTS, "cancelled")),
        *(f"page.needs.{need}{end}" for need in NEEDS for end in ("", "_why")),
        *(f"page.held.{level}" for level in HoldLevel),
        *(f"page.held.{level}.unnamed" for level in HoldLevel if level != HoldLevel.everything),
        *(f"page.pause.{scope}.unnamed" for scope in Scope.__args__),
        *(f"page.silent.{process}{end}" for process in Silent.__args__ for end in ("", "_why")),
        *(f"page.error.{code}{end}" for code in pages.ERRORS for end in ("", "_why")),
    ]
    assert [code for code in together if not has(code)] == []


def test_every_state_answer_and_need_has_its_look():
    assert set(tags.STATES) == set(State)
    assert set(tags.ANSWERS) == set(Answer)
    assert set(tags.NEEDS) == set(NEEDS)


def test_every_colour_and_shape_is_in_the_style_sheet():
    looks = [*tags.STATES.values(), *tags.ANSWERS.values(), *tags.NEEDS.values()]
    assert all(f"[data-color={one.colour}]" in THEME for one in looks)
    assert all(f"[data-st={one.shape}]" in STYLE for one in looks)
    assert all(f".f-{part} " in STYLE for part in status.PARTS)


def test_no_two_states_look_the_same():
    assert len(set(tags.STATES.values())) == len(tags.STATES)


def test_no_template_switches_escaping_off_or_fetches_from_elsewhere():
    for file in ROOM.rglob("templates/**/*.html"):
        assert not re.search(
            r"\|\s*safe|autoescape|Markup|style=|<script(?! src=.\{\{ asset\()|javascript:|https?://(?!www\.w3\.org)",
            file.read_text("utf-8"),
        )
    assert "url(http" not in STYLE
    assert "@import" not in STYLE


def test_d2_what_fetches_parts_of_pages_asks_our_own_host_alone_and_evaluates_nothing():
    (config,) = re.findall(
        r"name=\"htmx-config\" content='(.*?)'", (ROOM / "templates" / "htmx.html").read_text("utf-8")
    )
    assert json.loads(config)["mode"] == "same-origin"
    assert "unsafe" not in POLICY
    assert "connect-src 'self'" in POLICY
    for file in ROOM.rglob("templates/**/*.html"):
        assert not re.search(
            r"hx-on|hx-[a-z]+=[\"']?js:|hx-[a-z:]+=[\"'](?:https?:)?//", file.read_text("utf-8")
        ), file
