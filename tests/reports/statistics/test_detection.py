import pytest

from reports.statistics.detection import Earlier, expect_spread, find_detectable, learn_left, tabulate


@pytest.mark.parametrize(
    ("expected", "messages", "spread", "ratios"),
    [
        (30, 3, 0.9118, (3.501, 2.459, 2.020, 1.696, 1.441, 1.292, 1.186)),
        (5, 1, 1.289, (5.878, 3.567, 2.702, 2.110, 1.677, 1.436, 1.273)),
    ],
)
def test_the_worked_table_of_what_can_be_seen(
    expected: float, messages: int, spread: float, ratios: tuple[float, ...]
) -> None:
    found = expect_spread(expected, messages)
    assert found == pytest.approx(spread, rel=5e-4)
    table = tabulate(found)
    assert [one.pairs for one in table] == [5, 8, 12, 20, 40, 80, 178]
    assert [one.ratio for one in table] == pytest.approx(ratios, rel=5e-4)
    assert [one.enough for one in table] == [ratio <= 2 for ratio in ratios]


def test_a_ratio_above_two_is_no_experiment() -> None:
    assert find_detectable(13, expect_spread(30, 3)).enough
    assert not find_detectable(12, expect_spread(30, 3)).enough


def test_three_earlier_experiments_teach_how_much_is_left_after_pairing() -> None:
    earlier = [Earlier(expect_spread(30, 3, left), 3, 30) for left in (0.2, 0.3, 0.9)]
    assert learn_left(earlier[:2]) == 0.5
    assert learn_left(earlier) == pytest.approx(0.3)
    assert learn_left([Earlier(0.1, 1, 1)] * 3) == 0


def test_an_experiment_has_two_pairs_a_message_and_no_negative_count() -> None:
    with pytest.raises(ValueError, match="two pairs"):
        find_detectable(1, 0.9)
    for expected, messages in ((-1, 1), (30, 0)):
        with pytest.raises(ValueError, match="messages"):
            expect_spread(expected, messages)
