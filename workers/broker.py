"""The Celery application and the nudges that travel through it.

The broker is untrusted and may lose, double or forge anything: a message can only say "look at these deliveries now".
JSON only, no result backend, no remote control, none of Celery's built-in tasks, a queue per platform.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

import structlog
from celery import Celery
from kombu.entity import Queue
from kombu.exceptions import OperationalError

from connectors import REACHED

log = structlog.get_logger()

Item = TypeVar("Item")
Errand = Literal["publish", "look", "measure", "followers", "renew", "notify", "rehearse"]
ERRANDS: tuple[Errand, ...] = ("publish", "look", "measure", "followers", "renew", "notify", "rehearse")
PLATFORMS = tuple(kind.name for kind in REACHED)
"""What is put out by hand has no queue: nobody but a person takes it."""
NOTICES = "notices"
"""The queue of letters to people: a mail server that is slow keeps no post waiting."""
REHEARSALS = "rehearsals"
"""The queue of rehearsals: served where stand-in platforms are, which is not where posts go out from."""
QUEUES = (*PLATFORMS, NOTICES, REHEARSALS)
EMBEDDED = "memory://"
CHUNK = 50
"""Most ids in one nudge (D9)."""
MOST_ID = 2**31 - 1
"""The largest id there can be; PostgreSQL cannot even be asked about a larger one."""


def queue_name(platform: str) -> str:
    """Return the queue of a platform, so that one slow platform starves nobody."""
    return f"samklang.{platform}"


def _queue(platform: str) -> Queue:
    name = queue_name(platform)
    return Queue(name, routing_key=name)  # type: ignore[no-untyped-call]  # kombu states no types here


def make_app(broker_url: str) -> Celery:
    """Return the Celery application for this broker; it connects to nothing yet."""
    app = Celery(
        "samklang",
        broker="memory://localhost" if broker_url == EMBEDDED else broker_url,
        set_as_current=False,
    )
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        result_backend=None,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
        task_publish_retry=False,  # a failed nudge is no error: the clock nudges again
        task_create_missing_queues=False,
        task_default_queue=queue_name(PLATFORMS[0]),
        task_queues=[_queue(name) for name in QUEUES],
        broker_connection_retry_on_startup=True,
        broker_transport_options=_transport_options(broker_url),
        timezone="UTC",
    )
    return app


def _transport_options(broker_url: str) -> dict[str, object]:
    if broker_url.startswith("memory"):
        return {"polling_interval": 0.02}  # the embedded broker is polled; every second by default
    if broker_url.startswith("redis"):
        # redis-py retries ten times by default: 14 s into a black hole; the clock has something better to do
        return {
            "socket_connect_timeout": 2,
            "socket_timeout": 5,
            "max_retries": 1,
            "health_check_interval": 10,
        }
    return {}


def answers(app: Celery) -> bool:
    """Return whether the broker takes this application's login and answers; waits two seconds at most."""
    try:
        with app.connection_for_write() as connection:
            return connection.default_channel is not None  # being made, it asks the broker something
    except (OperationalError, RuntimeError, OSError):
        return False


def nudge(app: Celery, errand: Errand, platform: str, ids: Sequence[int], *, hands: int) -> bool:
    """Send the ids to the platform's queue in chunks that `hands` threads can share; return whether all left.

    False is no error: rows wait in the store, and the clock nudges again.
    """
    size = min(CHUNK, max(1, math.ceil(len(ids) / hands)))
    try:
        with app.connection_for_write() as connection, connection.Producer() as producer:
            for chunk in chunks(ids, size):
                app.send_task(
                    f"samklang.{errand}",
                    args=[platform, list(chunk)],
                    queue=queue_name(platform),
                    producer=producer,
                    ignore_result=True,
                )
    except (OperationalError, RuntimeError, OSError) as error:
        # RuntimeError: redis-py's "Retry limit exceeded", measured with the broker down
        log.warning(
            "nudge_lost", errand=errand, platform=platform, count=len(ids), error=type(error).__name__
        )
        return False
    return True


def sender(app: Celery, *, hands: int) -> Callable[[Errand, str, Sequence[int]], bool]:
    """Return what the clock nudges with, for workers of so many hands a platform."""
    return lambda errand, platform, ids: nudge(app, errand, platform, ids, hands=hands)


def chunks(ids: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """Return the ids in order, in pieces of at most `size`."""
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def checked(platform: object, ids: object) -> tuple[str, list[int]] | None:
    """Return a nudge's content if it is one, else `None`: anybody may have written it (threat E10)."""
    if (
        not isinstance(platform, str)
        or platform not in QUEUES
        or not isinstance(ids, list)
        or len(ids) > CHUNK
    ):
        return None
    if not all(type(one) is int and 0 < one <= MOST_ID for one in ids):
        return None
    return platform, ids
