"""The embedded house as a command: it publishes what is due, ends when asked, and the demo shows it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from letterbox import letterbox
from passing import lies, make_due
from ports import free_ports
from processes import running, until
from world import World

from campaigns import holds, organisations
from campaigns.states import State
from campaigns.store import HoldLevel


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_house_in_one_process_publishes_what_is_due_and_ends_within_seconds(
    present: World, tmp_path: Path
) -> None:
    present.under_way("4601", "4621", to="mastodon, bluesky")
    environment = {
        "SAMKLANG_HOME": str(present.settings.home),
        "SAMKLANG_DATABASE": str(present.store.url),
        "SAMKLANG_ALLOW_PRIVATE_HOSTS": "1",
        "SAMKLANG_WEB_PORT": str(free_ports()),
    }
    with running(["-m", "samklang", "up"], environment, tmp_path / "logs") as house:
        until(lambda: "Samklang runs" in house.output)
        make_due(present)
        until(lambda: {one.state for one in present.deliveries()} == {State.published})
        asked_at = time.monotonic()
        assert house.ask_to_end() == 0
        assert time.monotonic() - asked_at < 50
    assert lies(present) == []
    assert len(present.calls()) == 1
    for one in present.deliveries():
        assert present.history(one.id) == ["release", "claim", "confirm"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_stop_is_told_by_mail_within_seconds_by_the_house_in_one_process(
    present: World, tmp_path: Path
) -> None:
    with letterbox(present) as box:
        environment = {
            "SAMKLANG_HOME": str(present.settings.home),
            "SAMKLANG_DATABASE": str(present.store.url),
            "SAMKLANG_WEB_PORT": str(free_ports()),
            "SAMKLANG_PUBLIC_URL": "http://127.0.0.1:8046",
            "SAMKLANG_SMTP_HOST": "127.0.0.1",
            "SAMKLANG_SMTP_PORT": str(box.port),
            "SAMKLANG_SMTP_TLS": "none",
            "SAMKLANG_MAIL_FROM": "samklang@fylke.example",
        }
        with running(["-m", "samklang", "up"], environment, tmp_path / "logs") as house:
            until(lambda: "Samklang runs" in house.output)
            with present.store.scope(present.actors["4601"]) as session:
                place = organisations.organisation(session, "4601")
                holds.set_hold(session, HoldLevel.municipality, now=datetime.now(UTC), target=place)
            until(lambda: len(box.mails) == 2)
            assert house.ask_to_end() == 0
    assert {mail["Subject"] for mail in box.mails} == {"Alt er stoppa for Bergen"}
    assert "adviser@4601.example" not in house.output


def demo(tmp_path: Path, port: int, visit: Callable[[str], None] | None = None) -> str:
    arguments = ["-m", "samklang", "demo", "--port", str(port), "--seconds", "25"]
    with running(arguments, {}, tmp_path) as process:
        if visit:
            until(lambda: "Status page" in process.output, 200)
            visit(process.output)
        assert process.popen.wait(timeout=250) == 0
        return process.output


def enter_each(told: str) -> None:
    """Open each address that the demo tells, as the person whose name stands first on the page that it leads to."""
    kinds = ("County coordinator", "Municipal adviser", "Administrator")
    for kind in kinds:
        (address,) = re.findall(rf"{kind}\W+(http://127\.0\.0\.1:\d+/for/\S+)", told)
        with requests.Session() as browser:
            choice = browser.get(address, timeout=20)
            assert "/login?next=" in choice.url
            onward, person = re.findall(r'name="(?:next|person)" value="([^"]*)"', choice.text)[:2]
            form = {"next": onward, "person": person}
            entered = browser.post(choice.url.partition("?")[0] + "/person", data=form, timeout=20)
            assert (kind, entered.status_code, entered.url) == (kind, 200, address)


@pytest.mark.slow
def test_the_demo_publishes_before_ones_eyes_ends_by_itself_and_goes_on_where_it_was(tmp_path: Path) -> None:
    port = free_ports(3)
    first = demo(tmp_path, port, enter_each)
    assert "planned" in first
    published = [line for line in first.splitlines() if ": published http://127.0.0.1:" in line]
    assert published
    second = demo(tmp_path, port)
    assert "Setting up" not in second
    assert "Going on with klar-for-ei-veke." in second or "A new round" in second
    assert not set(published) & set(second.splitlines()), "what happened before is not told as news"
