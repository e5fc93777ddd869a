"""A rotation of keys that a test may kill at any step: it forks for each job it is given on standard input.

A job is one line of JSON: where store and keys are, what to do, and at which step to fall dead. A step is a moment
before a commit, a moment after it, or a moment before the key file gets another content. Answers with the child's exit
code, negative for a signal.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from sqlalchemy import event

from campaigns import rotation
from campaigns.store import Store


def attempt(job: dict[str, str]) -> None:
    """Do the job, unless death comes first."""
    store, path = Store(job["database"]), Path(job["keys"])
    steps = 0

    def step(*_: object) -> None:
        nonlocal steps
        steps += 1
        if steps == int(job["die"]):
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(store.engine, "commit", step)
    event.listen(store.engine, "checkin", step)
    sys.addaudithook(lambda name, _: step() if name == "os.rename" else None)
    if job["do"] == "rotate":
        rotation.rotate(store, path, now=datetime.fromisoformat(job["now"]))
    else:
        rotation.forget_keys(store, path)


def main() -> None:
    """Do jobs until the input ends."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            attempt(json.loads(line))
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
