"""What the tests of rules share beside the world: an identity provider on a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from identity_provider import IdentityProvider, identity_provider
from world import World


@pytest.fixture
def idp(world: World, tmp_path: Path) -> Iterator[IdentityProvider]:
    with identity_provider(lambda: world.now, tmp_path) as made:
        yield made
