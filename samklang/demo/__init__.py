"""The demo: the whole house in one process with stand-in platforms beside it, on this machine alone (D25)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import typer

from campaigns.store import Store
from connectors import REACHED
from samklang.console import DEMO_SPEED, Exit, Failure, Shell, demo_settings
from samklang.demo.county import ADMIN_AT, COUNTY, settle_in
from samklang.demo.live import watch
from samklang.demo.rounds import begin_round, invited, round_under_way
from samklang.house import House, listen, open_store
from samklang.logs import begin_logging
from workers.desk import Desk


def run(shell: Shell, *, port: int, seconds: float | None, fresh: bool) -> None:
    """Run the demo until it is ended, or for so many seconds."""
    settings = demo_settings()
    settings = settings.model_copy(
        update={"web_port": port, "public_url": f"http://{settings.web_host}:{port}"}
    )
    home = settings.home
    for place in range(1 + len(REACHED)):
        listen(settings.web_host, port + place).close()
    if fresh:
        shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        (home / "samklang.log").open("a", encoding="utf-8") as log_file,
        _platforms(home, port + 1) as platforms,
    ):
        begin_logging(settings.log_level, "json", log_file)
        store = open_store(settings)
        desk = Desk(settings, store)
        try:
            round_key = _prepare(shell, store, desk, platforms)
        except KeyboardInterrupt:
            shell.say("Ended while setting up. Run 'make run' again: it finishes what was begun.")
            raise typer.Exit(130) from None
        house = House(settings, store)
        house.start()
        pages = f"http://{settings.web_host}:{port}"
        addresses = {
            "County coordinator": f"{pages}/for/{COUNTY}",
            "Municipal adviser": f"{pages}/for/{invited(store)}",
            "Administrator": f"{pages}/for/{ADMIN_AT}/accounts",
            "Status page": f"{pages}/status",
        } | {f"{kind.title} stand-in": platforms[kind.name] for kind in REACHED}
        try:
            watch(store, shell.out, addresses, round_key, home / "samklang.log", seconds=seconds)
        finally:
            house.stop()
    shell.say("Ended. Run 'make run' again and it goes on where it was.")


def _prepare(shell: Shell, store: Store, desk: Desk, platforms: Mapping[str, str]) -> str:
    """See that the county is there and a round under way; interrupted anywhere, the next start goes on from there."""
    settle_in(store, desk, platforms, lambda: shell.say("Setting up Vestland and its 43 municipalities …"))
    if key := round_under_way(store, shell.now):
        shell.say(f"Going on with {key}.")
        return key
    shell.say("A new round: the county invites, and the municipalities answer …")
    return begin_round(store, desk, shell.now)


@contextmanager
def _platforms(home: Path, first_port: int) -> Iterator[Mapping[str, str]]:
    """Run the stand-in platforms as a child process and give their addresses by platform.

    The child follows our standard input's other end, so that a demo that is killed leaves nothing behind.
    """
    ports = [f"--{kind.name}-port={first_port + place}" for place, kind in enumerate(REACHED)]
    command = [
        sys.executable,
        "-m",
        "sandbox",
        f"--home={home / 'platforms'}",
        f"--speed={DEMO_SPEED}",
        "--follow-stdin",
    ]
    child = subprocess.Popen(  # noqa: S603  # our own command
        [*command, *ports], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        ready = child.stdout.readline().split() if child.stdout else []
        if ready[:1] != ["ready"]:
            raise Failure(
                "The stand-in platforms did not start. Try 'samklang demo --fresh'.", Exit.unreachable
            )
        yield dict(pair.split("=", 1) for pair in ready[1:])
    finally:
        child.terminate()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
