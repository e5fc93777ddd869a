"""The rival: a bare Celery task that makes the same call, and keeps no book of anything."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

import requests
from celery import Celery

app = Celery("bare", broker=os.environ.get("BENCH_BROKER", "memory://"), set_as_current=False)
app.conf.update(
    task_ignore_result=True, worker_prefetch_multiplier=4, broker_connection_retry_on_startup=True
)
_own = threading.local()


def _session() -> requests.Session:
    """Return this thread's connections: the rival keeps them open, too."""
    if not hasattr(_own, "session"):
        _own.session = requests.Session()
        _own.session.trust_env = False
    return _own.session  # type: ignore[no-any-return]


@app.task(name="bare.post")  # type: ignore[untyped-decorator]  # Celery has no types
def post(base: str, keys: Sequence[str]) -> None:
    """Make one call for each key."""
    for key in keys:
        answer = _session().post(
            f"{base}/api/v1/statuses",
            json={"status": "Hei!", "visibility": "public", "language": "nn", "sensitive": False},
            headers={"Authorization": "Bearer token", "Idempotency-Key": key},
            timeout=60,
        )
        answer.raise_for_status()
