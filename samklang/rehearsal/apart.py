"""A rehearsal in a process of its own, which knows nothing of this house: no address of a store, no key, no setting.

The worker writes the script to it and reads what it says, a line of JSON at a time. It is gentle with the machine, and
ends, its stage cleared away, when its standard input does: a worker that is killed leaves nothing behind.
"""

from __future__ import annotations

import _thread
import base64
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TextIO

from campaigns.definition import reading
from campaigns.media import stored_rendition
from campaigns.organisations import NotFound
from campaigns.rehearsals import Progress, Refused, Script
from campaigns.store import Cast
from connectors import CONNECTORS
from reports.rehearsal.outcome import pack
from workers.rehearse import Player, PlayerLost, Told

PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONSAFEPATH", "TMPDIR", "LANG", "LC_ALL", "TZ")
"""All that a player gets of the environment: what Python needs to find itself, and where it may write."""
LONGEST = timedelta(minutes=45)
"""After so long a player is ended, whatever it says: three times what the largest rehearsal takes."""
SAID_EVERY = 1.0
"""Seconds between two lines; a pause is no sign that it hangs, silence is."""
GENTLE = 5
"""Less urgent than posts and pages on the same machine, by this much (nice)."""
TIDYING = 15.0
"""Seconds in which a player that is not wanted any more clears its stage away."""
SEED = 1
"""Two rehearsals of one version play the same."""


def player() -> Player | None:
    """Return who plays here, or `None` where the stand-in platforms are not installed, as on a server."""
    return play_apart if importlib.util.find_spec("sandbox") else None


# -- the worker's side


def play_apart(script: Script, pictures: Mapping[str, bytes], told: Told) -> bytes | None:
    """Play a script in a process of its own and return what it came to, or `None` once it is not wanted.

    Raises: Refused; PlayerLost.
    """
    with _child() as child:
        try:
            _hand_over(child, _written(script, pictures))
        except OSError as trouble:
            raise PlayerLost(type(trouble).__name__) from None
        for line in child.stdout or ():
            said = json.loads(line)
            if "outcome" in said:
                return base64.b64decode(said["outcome"])
            if "refused" in said:
                raise Refused(said["refused"], **said["values"])
            if "fault" in said:
                raise PlayerLost(said["fault"])
            if not told(_progress(said)):
                return None
        raise PlayerLost(f"ended with {child.wait()}")


@contextmanager
def _child() -> Iterator[subprocess.Popen[str]]:
    """Give a player that waits for its script; it has ended when this has."""
    child = subprocess.Popen(  # our own command
        [sys.executable, "-m", "samklang.rehearsal.apart"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, encoding="utf-8", start_new_session=True,
        env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
    )  # fmt: skip
    guard = threading.Timer(LONGEST.total_seconds(), child.kill)
    guard.daemon = True
    guard.start()
    try:
        yield child
    finally:
        guard.cancel()
        _end(child)


def _end(child: subprocess.Popen[str]) -> None:
    """Tell a player that it is over, and wait until it is."""
    try:
        if child.stdin is not None:
            child.stdin.close()
    except OSError:
        pass  # it has ended already, and what was not read is lost
    if child.stdout is not None:
        child.stdout.close()
    try:
        child.wait(timeout=TIDYING)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _hand_over(child: subprocess.Popen[str], script: str) -> None:
    if child.stdin is not None:
        child.stdin.write(script + "\n")
        child.stdin.flush()


def _written(script: Script, pictures: Mapping[str, bytes]) -> str:
    coded = {file: base64.b64encode(content).decode() for file, content in pictures.items()}
    return json.dumps(
        {"document": script.document, "numbers": script.numbers, "cast": script.cast, "pictures": coded}
    )


def _progress(said: Mapping[str, object]) -> Progress:
    moment = said["moment"]
    return Progress(
        int(str(said["share"])),
        None if moment is None else datetime.fromisoformat(str(moment)),
        int(str(said["live"])),
        int(str(said["planned"])),
    )


# -- the player's side


class Herald:
    """Says every second how far the play has come, and in the end what came of it; one line is never torn by another."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.progress = Progress(0)
        self._speaking = threading.Lock()
        self._over = threading.Event()

    def hear(self, progress: Progress) -> None:
        """Take in how far the play has come."""
        self.progress = progress

    def go_on(self) -> None:
        """Say it until the end."""
        while not self._over.wait(SAID_EVERY):
            one = self.progress
            self._say(
                share=one.share, moment=one.moment.isoformat() if one.moment else None, live=one.live,
                planned=one.planned,
            )  # fmt: skip

    def end(self, **said: object) -> None:
        """Say the last word."""
        self._over.set()
        self._say(**said)

    def _say(self, **said: object) -> None:
        with self._speaking:
            self.out.write(json.dumps(said) + "\n")
            self.out.flush()


def main() -> None:
    """Play the script that comes on standard input."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever else is printed here is no word of ours
    script = json.loads(sys.stdin.readline())
    threading.Thread(target=_follow, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(GENTLE)
    herald = Herald(out)
    threading.Thread(target=herald.go_on, daemon=True).start()
    try:
        outcome = _perform(script, herald)
    except (Refused, NotFound) as refused:
        herald.end(refused=refused.code, values=refused.values)
    except KeyboardInterrupt:
        pass  # nobody waits for it any more
    except Exception as error:
        herald.end(fault=f"{type(error).__name__}: {error}")
    else:
        herald.end(outcome=base64.b64encode(outcome).decode())


def _perform(script: Mapping[str, object], herald: Herald) -> bytes:
    from samklang.rehearsal import performance  # a server has this module and no stand-ins

    platforms = frozenset(kind.name for kind in CONNECTORS)
    definition = reading.read(str(script["document"]).encode(), platforms=platforms).definition
    if definition is None:
        raise Refused("rehearsal.unreadable")
    coded = script["pictures"]
    pictures = {file: stored_rendition(base64.b64decode(one)) for file, one in dict(coded).items()}  # type: ignore[call-overload]  # a JSON object
    behaves = performance.alike if script["cast"] == Cast.everybody else performance.drawn(SEED, {})
    numbers = [str(one) for one in list(script["numbers"])]  # type: ignore[call-overload]  # a JSON list
    return pack(performance.perform(definition, pictures, numbers=numbers, behaves=behaves, told=herald.hear))


def _follow() -> None:
    """End the play when whoever asked for it is gone."""
    sys.stdin.read()
    _thread.interrupt_main()


if __name__ == "__main__":
    main()
