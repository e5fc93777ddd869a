"""The suite's own lists: what they name is there, so that a test file with a new name keeps its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from halves import IN_DEPTH, RULES_ALONE

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", sorted(IN_DEPTH | RULES_ALONE))
def test_every_file_that_is_left_to_the_slower_part_is_there(name: str) -> None:
    assert len(list(HERE.rglob(name))) == 1
