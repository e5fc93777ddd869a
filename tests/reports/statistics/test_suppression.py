"""Small counts in shared views: the specification's examples, and that nobody can work a hidden one out (section 5)."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.statistics.suppression import (
    SMALL,
    hides_its_parts,
    may_show_share,
    may_show_together,
    rounded,
    shield,
)


@pytest.mark.parametrize(
    ("cells", "hidden", "total", "kind"),
    [
        ({"A": 3, "B": 12, "C": 7, "D": 40}, "ABC", 62, "true"),
        ({"A": 3, "B": 2, "C": 4, "D": 40}, "ABC", 49, "true"),
        ({"A": 2, "B": 40, "C": 30, "D": 8, "E": 11}, "ADE", 91, "true"),
        ({"A": 0, "B": 0, "C": 1, "D": 40, "E": 9}, "ABC", 49, "visible"),
        ({"A": 1, "B": 25, "C": 25, "D": 31}, "A", 81, "visible"),
        ({"A": 3, "B": 12}, "A", 12, "visible"),
        ({"A": 5, "B": None, "C": 7}, "", 12, "true"),
        ({"A": 1, "B": 2}, "AB", None, "hidden"),
        ({"A": None}, "", None, "unknown"),
    ],
)
def test_what_is_hidden_and_which_total_is_shown(
    cells: dict[str, int | None], hidden: str, total: int | None, kind: str
) -> None:
    found = shield(cells)
    assert (found.hidden, found.total, found.kind) == (frozenset(hidden), total, kind)


@settings(max_examples=300)
@given(st.lists(st.one_of(st.integers(0, 12), st.integers(0, 60), st.none()), min_size=1, max_size=9))
def test_whoever_owns_a_hidden_count_cannot_work_another_one_out(counts: list[int | None]) -> None:
    """Every other hidden count could still be anything from 0 to 5, as far as the owner of any one hidden count can tell."""
    cells = dict(enumerate(counts))
    found = shield(cells)
    assert all((cells[one] or 0) < SMALL or found.kind == "true" for one in found.hidden)
    assert all(count is None or count >= SMALL or one in found.hidden for one, count in cells.items())
    if found.kind != "true":
        visible = [count for one, count in cells.items() if count is not None and one not in found.hidden]
        assert found.total == (
            sum(visible) if visible else None
        )  # made of what is shown, so it gives nothing away
        return
    hidden = sum(cells[one] or 0 for one in found.hidden)
    for owner, other in product(found.hidden, found.hidden):
        if owner != other:
            left = hidden - (cells[owner] or 0)  # the most the other can be, as far as the owner can tell
            assert left >= SMALL
            assert len(found.hidden) > 2  # a third may hold what the other does not, so the least is 0


@settings(max_examples=200)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=8), st.integers(0, 40))
def test_one_more_hidden_municipality_never_shows_one_that_was_small(counts: list[int], more: int) -> None:
    small = {one for one, count in enumerate(counts) if count < SMALL}
    assert small <= shield(dict(enumerate([*counts, more]))).hidden


def test_parts_of_a_figure_are_hidden_with_it_or_for_one_small_part() -> None:
    assert hides_its_parts({"x": 9, "y": 4}, whole_hidden=False)
    assert hides_its_parts({"x": 9, "y": 14}, whole_hidden=True)
    assert not hides_its_parts({"x": 9, "y": 14, "z": None}, whole_hidden=False)


@pytest.mark.parametrize(
    ("part", "whole", "public", "shown"),
    [
        (7, 12, False, True),
        (4, 12, False, False),
        (9, 12, False, False),
        (12, 12, False, False),
        (12, 12, True, True),
    ],
)
def test_a_share_is_hidden_when_either_side_is_small(
    part: int, whole: int, public: bool, shown: bool
) -> None:
    assert may_show_share(part, whole, whole_is_public=public) is shown


def test_unnamed_municipalities_stand_together_where_they_are_enough() -> None:
    assert may_show_together([5, 3, 2, None])
    assert not may_show_together([5, 0, 0])  # whoever has the 5 would know the others' 0
    assert not may_show_together([40, 40, None])  # one of two would know the other
    assert not may_show_together([2, 2, 0])


def test_a_typical_level_is_rounded_to_two_digits() -> None:
    assert [rounded(one) for one in (9.57, 0.0284, 123.4)] == [9.6, 0.028, 120.0]
