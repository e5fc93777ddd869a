"""A worker process, as its parent starts it: `python -m samklang.worker_process [PLATFORM …]`.

Apart from the commands, since it may be there many times over and needs neither pages nor command line in its memory.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Sequence

import structlog

from campaigns.settings import Settings, SettingsProblem
from campaigns.store import Store
from campaigns.vault import KeysProblem
from samklang.logs import begin_logging
from samklang.rehearsal import apart
from workers.broker import REHEARSALS, make_app
from workers.desk import Desk
from workers.tasks import Workshop

log = structlog.get_logger()


def run_worker(desk: Desk, platforms: Sequence[str]) -> None:
    """Run a Celery worker in this process until it is told to end, or the broker sends it something it cannot read."""
    workshop = Workshop(make_app(desk.settings.broker_url), desk, platforms, player=apart.player())
    controller = workshop.controller()

    def end(*_: object) -> None:
        workshop.close()
        threading.Thread(target=controller.stop, daemon=True).start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    controller.start()
    sys.exit(controller.exitcode or 0)


def main(platforms: Sequence[str]) -> None:
    """Work until told to end. The parent has looked at settings and keys; what changed since is for the log."""
    settings = Settings()
    begin_logging(settings.log_level, settings.log_format)
    try:
        settings.check()
        desk = Desk(settings, Store(settings.database_url, make_folder=False))
        if set(platforms) != {REHEARSALS}:
            _ = desk.vault  # a worker without keys would burn attempts
    except (SettingsProblem, KeysProblem) as problem:
        log.critical("worker_cannot_begin", problem=str(problem))
        sys.exit(1)
    run_worker(desk, platforms)


if __name__ == "__main__":
    main(sys.argv[1:])
