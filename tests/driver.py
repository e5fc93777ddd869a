"""A worker process that a test may kill at any step: it forks for each job it is given on standard input.

A job is one line of JSON: where the store is, what time it is, which deliveries to publish, and at which transaction to
fall dead, by the number of the transaction and whether just before or just after its commit. Answers with the child's
process id, and, when the child is gone, with how it ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event

from campaigns.settings import Settings
from campaigns.store import Store
from workers.desk import Desk
from workers.publish import publish


def attempt(job: dict[str, Any]) -> None:
    """Publish deliveries, unless death comes first."""
    store = Store(job["database"])
    now = datetime.fromisoformat(job["now"])
    settings = Settings(home=Path(job["home"]), allow_private_hosts=True, public_url=job["public_url"])
    side, _, number = job["die"].partition(" ")
    seen = {"before": 0, "after": 0}

    def count(at: str) -> None:
        seen[at] += 1
        if at == side and seen[at] == int(number):
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(store.engine, "commit", lambda *_: count("before"))
    event.listen(store.engine, "checkin", lambda *_: count("after"))
    publish(Desk(settings, store, now=lambda: now), job["deliveries"])


def main() -> None:
    """Do jobs until the input ends."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            attempt(json.loads(line))
            os._exit(0)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
