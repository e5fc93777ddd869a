"""Connecting and disconnecting accounts on the command line: by the platform's page, and by a key from there."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import termios
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from processes import until

from samklang.console import Exit

ROOT = Path(__file__).parent.parent.parent
KARI = ("--as", "kari@voss.example", "--for", "4621")
OWN = {"SAMKLANG_ALLOW_PRIVATE_HOSTS": "1"}


@pytest.fixture
def base(_stand_ins: Any) -> str:
    """The address of the first stand-in platform."""
    return str(_stand_ins.by_name["mastodon"].address)


@pytest.fixture
def handle() -> str:
    return f"voss{uuid.uuid4().hex[:8]}"


def say_yes(address: str, handle: str) -> str:
    """Do what the person does in her browser, and return the code that she reads there."""
    asked = urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query)
    form = urllib.parse.urlencode([*asked, ("account", handle), ("allow", "1")]).encode()
    with urllib.request.urlopen(address.partition("?")[0], data=form, timeout=10) as page:
        shown = re.search(r"<code>([^<]+)</code>", page.read().decode())
    assert shown is not None
    return shown[1]


@pytest.fixture
def visit(samklang: Any, base: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return what connects as a person does: reads the address, says yes there, types the code."""

    def connect(handle: str, *words: str, code: str = "") -> subprocess.CompletedProcess[str]:
        given = {
            **os.environ,
            **OWN,
            "TERM": "dumb",
            "SAMKLANG_HOME": str(samklang.home),
            "SAMKLANG_CLI_ACTS": "1",
        }
        said = (*words, *KARI, "account", "connect", "mastodon", "--server", base)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(
            [sys.executable, "-m", "samklang", *said], cwd=ROOT, env=given, text=True, **pipes
        ) as running:
            assert running.stderr is not None
            assert "say yes" in running.stderr.readline()
            out, err = running.communicate(
                (code or say_yes(running.stderr.readline().strip(), handle)) + "\n", 60
            )
        return subprocess.CompletedProcess(running.args, running.returncode, out, err)

    return connect


def test_an_account_is_connected_on_the_platforms_page(samklang: Any, visit: Any, handle: str) -> None:
    told = visit(handle)
    assert told.returncode == 0, told.stderr
    assert f"@{handle}@" in told.stdout
    assert "Connected as account 1." in told.stdout
    assert samklang.json(*KARI, "account", "list")[0]["state"] == "connected"
    assert f"@{handle}@" in samklang.done(*KARI, "account", "test", "1", **OWN)
    gone = samklang.done(*KARI, "account", "disconnect", "1", **OWN)
    assert "is disconnected" in gone
    assert "was not told" not in gone
    assert samklang.json(*KARI, "account", "list") == []


def test_a_script_gets_its_answer_as_json_and_the_address_beside_it(visit: Any, handle: str) -> None:
    assert f'"handle": "@{handle}@' in visit(handle, "--json").stdout


def test_a_mistyped_code_connects_nothing(samklang: Any, visit: Any, handle: str) -> None:
    told = visit(handle, code="mistyped")
    assert told.returncode == Exit.stopped
    assert "did not accept the code" in told.stderr
    assert samklang.json(*KARI, "account", "list") == []


def test_a_key_that_was_made_on_the_platform_is_a_way_too(samklang: Any, base: str, handle: str) -> None:
    words = (*KARI, "account", "connect", "mastodon", "--token", "--server", base)
    assert "account 1." in samklang.done(*words, typed=f"demo-{handle}\n", **OWN)
    gone = samklang.done(*KARI, "account", "disconnect", "1", **OWN)
    assert "Mastodon was not told: remove the key" in gone


def read_until(stream: int, words: str) -> str:
    """Return what a terminal shows up to some words."""
    shown = ""
    while words not in shown:
        assert select.select([stream], [], [], 60)[0], shown
        shown += os.read(stream, 4096).decode()
    return shown


def test_a_person_who_says_no_has_connected_nothing(samklang: Any, base: str, handle: str) -> None:
    given = {
        **os.environ,
        **OWN,
        "TERM": "dumb",
        "SAMKLANG_HOME": str(samklang.home),
        "SAMKLANG_CLI_ACTS": "1",
    }
    words = (*KARI, "account", "connect", "mastodon", "--token", "--server", base)
    keyboard, terminal = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "samklang", *words],
        cwd=ROOT,
        env=given,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    ) as running:
        read_until(keyboard, "Preferences")
        until(
            lambda: not termios.tcgetattr(terminal)[3] & termios.ECHO
        )  # what was typed before is thrown away
        os.write(keyboard, f"demo-{handle}\n".encode())
        shown = read_until(keyboard, "[y/N]")
        os.write(keyboard, b"n\n")
        assert running.wait(60) == Exit.stopped
    os.close(terminal)
    os.close(keyboard)
    assert f"demo-{handle}" not in shown, "no echo"
    assert f"@{handle}@" in shown.replace("\r\n", "")
    assert "Voss" in shown
    assert samklang.json(*KARI, "account", "list") == []


def test_the_server_is_asked_for_and_judged_before_any_secret(samklang: Any, base: str, handle: str) -> None:
    words = (*KARI, "account", "connect", "mastodon", "--token")
    asked = samklang.done(*words, typed=f"{base}\ndemo-{handle}\n", **OWN)
    assert "Connected as account 1." in asked
    odd = samklang(*words, "--server", "ftp://social.example", typed="canary-secret\n")
    assert odd.exit_code == Exit.stopped
    assert "Write it as https://" in odd.stderr
    assert "Nothing came" in samklang(*words, typed="").stderr


def test_how_far_an_accounts_posts_reach_can_be_chosen(samklang: Any, base: str, handle: str) -> None:
    words = (*KARI, "account", "connect", "mastodon", "--token", "--server", base)
    samklang.done(*words, typed=f"demo-{handle}\n", **OWN)
    assert "are unlisted from now on" in samklang.done(*KARI, "account", "visibility", "1", "unlisted")
    odd = samklang(*KARI, "account", "visibility", "1", "secret")
    assert (odd.exit_code, "public, unlisted" in odd.stderr) == (Exit.unknown, True)


def test_an_unknown_account_cannot_be_disconnected(samklang: Any) -> None:
    assert samklang(*KARI, "account", "disconnect", "7").exit_code == Exit.unknown
