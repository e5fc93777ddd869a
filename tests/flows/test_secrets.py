"""A platform that says logins back: they stand in no row, no sentence and no log line."""

from __future__ import annotations

from itertools import cycle

import pytest
from passing import POSTING, let_pass
from sqlalchemy import text
from world import World

from campaigns.sentences import LANGUAGES, sentence
from campaigns.states import State
from campaigns.store import Base, Delivery
from connectors import kind_of


def rows(world: World) -> str:
    """Return every row of every table as text."""
    with world.store.system(write=False) as session:
        return "\n".join(
            repr(row)
            for table in Base.metadata.sorted_tables
            for row in session.execute(text(f"SELECT * FROM {table.name}"))
        )


def told(world: World, delivery: Delivery) -> str:
    """Return what a person reads of a delivery's reason, in every language."""
    return "\n".join(sentence(delivery.reason or "", delivery.reason_values, one) for one in LANGUAGES)


@pytest.mark.parametrize(
    ("database", "platform"),
    list(zip(cycle(("sqlite", "postgresql")), POSTING, strict=False)),
    indirect=["database"],
)
@pytest.mark.parametrize(
    ("status", "state"),
    [(400, State.failed), (401, State.planned), (429, State.planned), (500, State.unsure)],
)
def test_a_login_that_a_platform_says_back_stands_nowhere(
    world: World, platform: str, status: int, state: State, capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    world.under_way("4601", to=platform)
    shown = {
        field.name for field in kind_of(platform).login_fields if not field.secret
    }  # a name is no secret
    login = world.desk.login(world.delivery().account_id)
    secrets = [one.reveal() for name, one in login.secrets.items() if name not in shown]
    assert all(len(one) > 8 for one in secrets)
    said = {"error": " ".join(secrets), "message": secrets, "error_description": secrets[0]}
    headers = {"X-Echo": secrets[0][:200], "WWW-Authenticate": f'Bearer error="{secrets[0][:200]}"'}
    fault = {"match": {"handle": world.handle("4601")}, "times": None, "do": "status", "status": status}
    world.tell(platform, "PUT", "/_sandbox/faults", [{**fault, "body": said, "headers": headers}])
    let_pass(world, minutes=7)
    delivery = world.delivery()
    if state == State.unsure and kind_of(platform).dedupe == "single_use":
        state = State.planned  # the container was not even made: nothing can be live
    assert delivery.state == state
    everything = "\n".join((rows(world), told(world, delivery), caplog.text, *capsys.readouterr()))
    assert "claim" in everything
    assert [one for one in secrets if one in everything] == []
