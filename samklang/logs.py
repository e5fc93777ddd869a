"""Logging: one line per event, JSON for machines or short lines for people, never a secret and no local variables."""

from __future__ import annotations

import logging
import re
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def begin_logging(level: str, form: str, stream: TextIO | None = None) -> None:
    """Send our own and the libraries' log lines to `stream`, standard error by default."""
    target = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_control_characters,
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    if form != "json":
        shared.remove(structlog.processors.format_exc_info)
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(file=target),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=last, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # libraries speak up only when something is wrong
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it would tell a person's own address there
    logging.getLogger("apscheduler").setLevel(
        logging.ERROR
    )  # a tick that is still at work when the next is due is fine


def _without_control_characters(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Replace what a terminal would obey (threat D17)."""
    del logger, name
    return {
        key: _CONTROL.sub("�", value) if isinstance(value, str) and key != "exception" else value
        for key, value in event.items()
    }
