"""The database goes away under the pages, and comes back: calm words meanwhile, and nobody has to start anything anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from engines import run_sql
from visitor import Visitor, words_of
from world import World

Person = Callable[..., Visitor]


@contextmanager
def away(world: World, request: pytest.FixtureRequest) -> Iterator[None]:
    """Take the database away: a file that is a folder now, or a server that lets nobody in."""
    url = world.store.engine.url
    if world.store.embedded:
        world.store.dispose()  # an open file would go on to be read wherever it lies
        file = Path(url.database or "")
        file.rename(file.with_suffix(".away"))
        file.mkdir()
        yield
        file.rmdir()
        file.with_suffix(".away").rename(file)
    else:
        server = request.getfixturevalue("postgresql")
        run_sql(server, f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false")
        run_sql(
            server, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{url.database}'"
        )
        yield
        run_sql(server, f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true")


def test_while_the_database_is_away_pages_say_so_and_then_go_on_by_themselves(
    world: World, person: Person, request: pytest.FixtureRequest
) -> None:
    bergen = person("4601")
    assert bergen.get("/for/4601/stop").status_code == 200
    with away(world, request):
        for where in ("/for/4601", "/for/4601/stop", "/me"):
            page = bergen.get(where)
            assert page.status_code == 503, where
            assert '<html lang="en">' in page.text
            assert "<h1>" in page.text
            assert not any(one in page.text for one in ("Traceback", "sqlite", "psycopg", "SELECT"))
        assert bergen.post("/for/4601/stop", {"reason": "Storm"}).status_code == 503
    assert bergen.get("/for/4601").status_code == 200
    assert "Storm" not in words_of(bergen.get("/for/4601/stop"))
    done = bergen.post("/for/4601/stop", {"reason": "Storm"})
    assert "Storm" in words_of(bergen.follow(done))
