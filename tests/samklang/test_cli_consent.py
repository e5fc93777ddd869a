"""Connecting where the platform sends people back to an address: the address is pasted, and of several pages one is chosen."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from samklang.console import Exit

ROOT = Path(__file__).parent.parent.parent
KARI = ("--as", "kari@voss.example", "--for", "4621")


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *given: object) -> None:
        return None


def sent_back(address: str, who: str) -> str:
    """Say yes at a stand-in and return the address that the browser is sent to."""
    with pytest.raises(urllib.error.HTTPError) as told:
        urllib.request.build_opener(Stay).open(f"{address}&as={who}", timeout=10)
    told.value.close()
    return str(told.value.headers["Location"])


@pytest.fixture
def visit(samklang: Any, _stand_ins: Any) -> Callable[..., tuple[int, str, str]]:
    """Return what connects as a person does: reads the address, says yes there, pastes where she came out."""

    def connect(platform: str, who: str, *typed: str, paste: str = "") -> tuple[int, str, str]:
        base = _stand_ins.by_name[platform].address
        given = {
            **os.environ, "TERM": "dumb", "SAMKLANG_HOME": str(samklang.home), "SAMKLANG_CLI_ACTS": "1",
            "SAMKLANG_ALLOW_PRIVATE_HOSTS": "1", f"SAMKLANG_{platform.upper()}_CLIENT_ID": "4711",
            f"SAMKLANG_{platform.upper()}_CLIENT_SECRET": "hemmeleg",
        }  # fmt: skip
        said = [sys.executable, "-m", "samklang", *KARI, "account", "connect", platform, "--server", base]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(said, cwd=ROOT, env=given, text=True, **pipes) as running:
            assert running.stderr is not None
            assert "say yes" in running.stderr.readline()
            back = sent_back(running.stderr.readline().strip(), who)
            out, err = running.communicate("\n".join((paste or back, *typed)) + "\n", 60)
        return running.returncode, out, err

    return connect


@pytest.mark.parametrize(("platform", "title"), [("x", "X"), ("threads", "Threads")])
def test_the_address_that_one_is_sent_back_to_is_enough(
    samklang: Any, visit: Any, platform: str, title: str
) -> None:
    who = f"voss{uuid.uuid4().hex[:8]}"
    code, out, err = visit(platform, who)
    assert code == 0, err
    assert f"{title} says this is {who} (@{who})" in out.replace("\n", " ")
    assert [one["state"] for one in samklang.json(*KARI, "account", "list")] == ["connected"]


def test_of_several_pages_one_is_chosen_by_its_number(samklang: Any, visit: Any) -> None:
    mark = uuid.uuid4().hex[:8]
    code, out, err = visit("facebook", f"voss{mark}-and-osen{mark}", "2")
    assert code == 0, err
    assert "1. " in out
    (kept,) = samklang.json(*KARI, "account", "list")
    assert kept["handle"] == f"@osen{mark}"


@pytest.mark.parametrize(
    ("typed", "paste", "why"),
    [
        (("7",), "", "There is no such number."),
        ((), "https://samklang.example/?error=denied", "brings no code"),
    ],
)
def test_what_is_no_answer_connects_nothing(
    samklang: Any, visit: Any, typed: tuple[str, ...], paste: str, why: str
) -> None:
    mark = uuid.uuid4().hex[:8]
    code, _, err = visit("facebook", f"voss{mark}-and-osen{mark}", *typed, paste=paste)
    assert (code, why in err.replace("\n", " ")) == (Exit.stopped, True)
    assert samklang.json(*KARI, "account", "list") == []
