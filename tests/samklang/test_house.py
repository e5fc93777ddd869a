"""Everything in one process, started and ended as a person would: as a command, with a signal."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ports import free_ports

from samklang.house import PortTaken, listen

GUARD = 60.0
"""Seconds after which a process that hangs fails its test."""


@contextmanager
def _command(folder: Path, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "samklang", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _read_until(process: subprocess.Popen[str], words: str) -> list[str]:
    """Return the lines up to one with these words."""
    assert process.stdout
    lines: list[str] = []
    deadline = time.monotonic() + GUARD
    while time.monotonic() < deadline:
        ready, _, _ = select.select([process.stdout], [], [], 1)
        if not ready:
            continue
        line = process.stdout.readline()
        if not line:
            break
        lines.append(line)
        if words in line:
            return lines
    raise AssertionError(f"'{words}' never came; there was: {''.join(lines)}")


def _json(address: str) -> dict[str, object]:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return dict(json.loads(answer.read()))


@pytest.mark.slow
def test_up_answers_on_its_page_and_ends_cleanly_when_asked(tmp_path: Path) -> None:
    port = free_ports(1)
    with _command(
        tmp_path, "up", SAMKLANG_HOME=str(tmp_path / "home"), SAMKLANG_WEB_PORT=str(port)
    ) as process:
        _read_until(process, "Samklang runs")
        deadline = time.monotonic() + GUARD
        while time.monotonic() < deadline:
            try:
                assert _json(f"http://127.0.0.1:{port}/health")["status"] == "ok"
                break
            except OSError:
                continue
        process.send_signal(signal.SIGTERM)
        assert process.wait(GUARD) == 0
    assert (tmp_path / "home" / "samklang.db").exists()
    assert (tmp_path / "home" / "mark.json").exists()


@pytest.mark.slow
def test_the_demo_shows_posts_going_out_and_goes_on_where_it_was(tmp_path: Path) -> None:
    port = str(free_ports(3))
    with _command(tmp_path, "demo", "--port", port) as process:
        lines = _read_until(process, ": published http://127.0.0.1:")
        assert any(f"Status page: http://127.0.0.1:{port}/" in line for line in lines)
        status = _json(f"http://127.0.0.1:{port}/status.json")
        assert "Bergen" in json.dumps(status)
        process.send_signal(signal.SIGINT)
        assert process.wait(GUARD) == 0
    with _command(tmp_path, "demo", "--port", port) as process:
        _read_until(process, " published")
        process.send_signal(signal.SIGKILL)
        process.wait(GUARD)
    deadline = time.monotonic() + GUARD
    while time.monotonic() < deadline:  # the stand-ins follow their parent's end
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(port) + 1)) != 0:
                return
    raise AssertionError("the stand-in platforms outlived the demo")


def test_a_port_in_use_is_said_in_one_sentence_with_the_remedy(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with _command(tmp_path, "demo", "--port", str(port)) as process:
            said, _ = process.communicate(timeout=GUARD)
            assert process.returncode == 1
    assert said.count("\n") == 1
    assert f"Port {port} on 127.0.0.1 cannot be had" in said
    assert "--port" in said


def test_a_port_is_one_process_own_from_the_moment_it_was_asked_for() -> None:
    port = free_ports()
    with listen("127.0.0.1", port), pytest.raises(PortTaken):
        listen("127.0.0.1", port)


@pytest.mark.parametrize("command", ["clock", "worker"])
def test_a_process_of_its_own_refuses_the_embedded_broker(tmp_path: Path, command: str) -> None:
    with _command(tmp_path, command, SAMKLANG_HOME=str(tmp_path / "home")) as process:
        said, _ = process.communicate(timeout=GUARD)
        assert process.returncode == 5
    assert "SAMKLANG_BROKER" in said
