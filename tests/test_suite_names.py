"""The suite's own lists: what they name is there, so that a test file with a new name keeps its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from halves import IN_DEPTH, RULES_ALONE

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", sorted(IN_DEPTH | RULES_ALONE))
def test_every_file_that_is_left_to_the_slower_part_is_there(name: str) -> None:
    assert len(list(HERE.rglob(name))) == 1


def test_no_two_test_files_have_the_same_name() -> None:
    names = [path.name for path in HERE.rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
