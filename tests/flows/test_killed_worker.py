"""A worker killed at any step of a publication: one live post, nothing lost, no status that lies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from passing import POSTING, let_pass, lies
from processes import ROOT, until
from world import World

from campaigns.states import State
from campaigns.store import Delivery

STEPS = {
    "before 1": ("the claim is committed", State.queued),
    "after 1": ("it was claimed", State.publishing),
    "before 3": ("the note is committed", State.publishing),
    "after 3": ("it was noted, and before the call", State.publishing),
    "before 4": ("the answer is written down", State.publishing),
    "after 4": ("everything was done", State.published),
}
"""Transactions of a publication are claim, reading the login, note and settle; where a worker dies, and the state it
leaves behind."""


FIRST_NOTE = 3


@dataclass
class Driver:
    """The process whose children publish and die."""

    popen: subprocess.Popen[str]

    def begin(self, world: World, die: str) -> int:
        """Let a child publish Bergen's delivery and return its process id."""
        url = world.store.url.render_as_string(hide_password=False)
        deliveries = world.deliveries()
        job = {
            "database": url, "home": str(world.settings.home), "now": world.now.isoformat(),
            "deliveries": [one.id for one in deliveries], "die": _later(die, deliveries),
            "public_url": world.settings.public_url,
        }  # fmt: skip
        self.popen.stdin.write(json.dumps(job) + "\n")
        self.popen.stdin.flush()
        return int(self.popen.stdout.readline())

    def ended(self) -> int:
        """Return how the child ended, once it has."""
        return int(self.popen.stdout.readline())


def _later(die: str, deliveries: Sequence[Delivery]) -> str:
    """Return the step of death with the transactions counted in which a platform is given the addresses of pictures."""
    side, _, number = die.partition(" ")
    shown = sum(one.platform == "instagram" for one in deliveries) if int(number) >= FIRST_NOTE else 0
    return f"{side} {int(number) + shown}"


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    with subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "driver.py")], text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as popen:  # fmt: skip
        yield Driver(popen)
        popen.stdin.close()


def have_it_queued(world: World, platform: str) -> None:
    """Have Bergen's one delivery released, and its nudge lost."""
    world.under_way("4601", to=platform)
    world.wait(minutes=5)
    world.deliver = lambda errand, platform, ids: None
    world.tick()
    world.deliver = world.carry_out


@pytest.mark.parametrize(
    ("database", "platform", "step"),
    [
        pytest.param(
            ("sqlite", "postgresql")[turn // 2 % 2], platform, step,
            id=f"{platform}-{step.partition(' ')[0]} {when}", marks=[pytest.mark.slow] if (turn + shift) % 2 else [],
        )
        for shift, platform in enumerate(POSTING)
        for turn, (step, (when, _)) in enumerate(STEPS.items())
    ],
    indirect=["database"],
)  # fmt: skip
def test_a_worker_killed_at_this_step_leaves_one_live_post(
    world: World, driver: Driver, platform: str, step: str
) -> None:
    have_it_queued(world, platform)
    driver.begin(world, step)
    assert driver.ended() == -signal.SIGKILL
    assert world.delivery().state == STEPS[step][1]
    assert lies(world) == []
    let_pass(world, minutes=20)
    assert world.delivery().state == State.published
    assert len(world.live(platform=platform)) == 1
    assert len(world.calls(POSTING[platform], platform=platform)) == 1
    assert lies(world) == []


HANDFUL = {
    "before 1": "the claim is committed",
    "after 1": "all were claimed",
    "after 3": "all were prepared, and one noted",
    "before 4": "one call was made, and the next is noted",
    "after 4": "one is settled and the rest noted",
    "before 5": "the last answers are written down",
    "after 5": "everything was done",
}
"""Transactions of three deliveries in one hand: claim, logins, note of the first, its settling with the note of the rest
(how fast the platform is has been learnt by then), and the last settling."""


@pytest.mark.parametrize(
    ("database", "step", "platform"),
    [
        pytest.param(
            ("postgresql", "sqlite")[turn % 2], step, platform, id=f"{platform}-{step.partition(' ')[0]} {when}",
            marks=[] if (turn, platform) in {(3, "bluesky"), (4, "mastodon")} else [pytest.mark.slow],
        )
        for platform in POSTING
        for turn, (step, when) in enumerate(HANDFUL.items())
    ],
    indirect=["database"],
)  # fmt: skip
def test_a_worker_killed_with_a_handful_leaves_one_live_post_of_each(
    world: World, driver: Driver, platform: str, step: str
) -> None:
    world.under_way("4601", "4621", "4636", to=platform)
    world.wait(minutes=5)
    world.deliver = lambda errand, platform, ids: None
    world.tick()
    world.deliver = world.carry_out
    driver.begin(world, step)
    assert driver.ended() == -signal.SIGKILL
    assert lies(world) == []
    let_pass(world, minutes=20)
    assert set(world.states()) == {State.published}
    for number in ("4601", "4621", "4636"):
        assert len(world.calls(POSTING[platform], platform=platform, number=number)) == 1
        assert len(world.live(number, platform=platform)) == 1
    assert lies(world) == []


@pytest.mark.parametrize("platform", POSTING)
def test_a_worker_killed_after_the_platform_accepted_leaves_one_live_post(
    world: World, driver: Driver, platform: str
) -> None:
    have_it_queued(world, platform)
    world.fault("hang", platform=platform, path=POSTING[platform], seconds=60, carry_out=True)
    pid = driver.begin(world, "never 0")
    until(lambda: world.live(platform=platform))
    os.kill(pid, signal.SIGKILL)
    assert driver.ended() == -signal.SIGKILL
    assert world.delivery().state == State.publishing
    let_pass(world, minutes=1)
    assert world.delivery().state == State.publishing, "whoever holds the lease may still be talking"
    let_pass(world, minutes=1)
    assert world.delivery().state == State.published
    assert world.history(world.delivery().id) == ["release", "claim", "doubt", "confirm"]
    assert len(world.calls(POSTING[platform], platform=platform)) == 1
    assert lies(world) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_post_that_readers_see_too_late_is_kept_single_by_its_key(world: World, driver: Driver) -> None:
    have_it_queued(world, "mastodon")
    world.fault("hide", seconds=300)
    driver.begin(world, "before 4")
    assert driver.ended() == -signal.SIGKILL
    let_pass(world, minutes=20)
    assert world.delivery().state == State.published
    assert len(world.calls()) == 2
    assert len(world.live()) == 1
