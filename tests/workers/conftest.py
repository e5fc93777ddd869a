"""What the tests of workers share: a mail server to which the world's letters go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from letterbox import Letterbox, letterbox
from world import World


@pytest.fixture
def box(world: World) -> Iterator[Letterbox]:
    """A mail server that takes every letter, unless it is told otherwise."""
    with letterbox(world) as opened:
        yield opened
