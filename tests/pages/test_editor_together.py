"""Two people, or two saves of one, meet in the editor: nothing is overwritten unseen, and nobody conflicts with herself."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from editing import AT, Two, fields_of, marks_in, tree_of
from visitor import Visitor, words_of
from world import World

Person = Callable[..., Visitor]


@pytest.fixture
def ingrid(world: World, person: Person) -> Visitor:
    return person("46")


@pytest.fixture
def other(world: World, person: Person) -> Visitor:
    return person("46")


@pytest.fixture
def two(world: World, ingrid: Visitor, other: Visitor) -> Two:
    return Two(world, ingrid, other)


def stored(world: World, two: Two) -> str:
    part = tree_of(world).find(two.paragraph)
    assert part is not None
    return part["text.nn"]


# -- two people


def test_two_who_change_the_same_see_both_texts_and_nothing_is_lost(
    world: World, ingrid: Visitor, other: Visitor, two: Two
) -> None:
    two.write("Det første", "Det andre")
    other.follow(other.post(f"{AT}/1/save", two.theirs))
    page = ingrid.post(f"{AT}/1/save", two.mine)
    assert page.status_code == 409
    assert "Det første" in words_of(page)
    assert re.search(r"<del>.*første.*</del><ins.*andre", page.text)
    fields = {"page": two.message, two.name: "Det andre", **marks_in(page)}
    ingrid.follow(ingrid.post(f"{AT}/1/save", fields))
    assert stored(world, two) == "Det andre"


@pytest.mark.parametrize(
    ("choice", "stands"),
    [
        ("mine", "Bruk dunken. Fyll han i dag."),
        ("theirs", "Finn dunken. Fyll han i dag. Ring naboen."),
        ("both", "Finn dunken. Bruk dunken. Fyll han i dag. Ring naboen."),
    ],
)
def test_who_meets_anothers_text_takes_hers_the_others_or_both(
    world: World, ingrid: Visitor, other: Visitor, two: Two, choice: str, stands: str
) -> None:
    two.write("Finn dunken. Fyll han i dag. Ring naboen.", "Bruk dunken. Fyll han i dag.")
    other.post(f"{AT}/1/save", two.theirs)
    page = ingrid.post(f"{AT}/1/save", two.mine)
    whole = re.search(rf'<textarea[^>]*name="both.{two.paragraph}.text.nn"[^>]*>(.*?)</textarea>', page.text)
    assert whole
    part = two.name.removeprefix("f.")
    fields = {
        "page": two.message, two.name: "Bruk dunken. Fyll han i dag.", f"both.{part}": whole[1],
        f"take.{part}": choice, **marks_in(page),
    }  # fmt: skip
    ingrid.follow(ingrid.post(f"{AT}/1/save", fields))
    assert stored(world, two) == stands


def test_of_two_choices_there_is_no_both_and_they_are_told_in_words(
    world: World, ingrid: Visitor, other: Visitor, two: Two
) -> None:
    kind = f"f.{two.paragraph}.kind"
    two.mine[kind], two.theirs[kind] = ["locked"], ["free"]
    other.post(f"{AT}/1/save", two.theirs)
    page = ingrid.post(f"{AT}/1/save", two.mine)
    assert page.status_code == 409
    assert "both." not in page.text
    assert re.search(r"<del>.*Free: may be reworded</del>.*Locked: cannot be changed</ins>", page.text)


def test_saving_by_itself_overwrites_nobody_and_says_so(
    world: World, ingrid: Visitor, other: Visitor, two: Two
) -> None:
    two.write("Det første", "Det andre")
    other.post(f"{AT}/1/autosave", two.theirs)
    for _ in range(2):
        page = ingrid.post(f"{AT}/1/autosave", two.mine)
        assert "Nothing is overwritten." in words_of(page)
        two.mine |= marks_in(page)
    assert stored(world, two) == "Det første"


# -- one person, whose answers get lost


@pytest.mark.parametrize("again", ["save", "autosave"])
def test_a_save_whose_answer_got_lost_meets_no_conflict_with_itself(
    world: World, ingrid: Visitor, two: Two, again: str
) -> None:
    for turn, words in enumerate(("Først", "Så"), start=1):  # the digests stay those of the beginning
        two.mine |= {two.name: [words], "turn": [str(turn)]}
        page = ingrid.post(f"{AT}/1/{again if turn == 2 else 'autosave'}", two.mine)
        assert page.status_code in (200, 303)
    assert stored(world, two) == "Så"


def test_who_takes_back_what_she_typed_gets_what_stood_there(world: World, ingrid: Visitor, two: Two) -> None:
    before = two.mine[two.name]
    for turn, words in enumerate((["Først"], before), start=1):
        two.mine |= {two.name: words, "turn": [str(turn)]}
        ingrid.post(f"{AT}/1/autosave", two.mine)
    assert [stored(world, two)] == before


def test_a_save_that_comes_late_does_not_win_over_a_newer_one(
    world: World, ingrid: Visitor, two: Two
) -> None:
    for turn, words in ((2, "Sist skrive"), (1, "Først skrive")):
        two.mine |= {two.name: [words], "turn": [str(turn)]}
        page = ingrid.post(f"{AT}/1/autosave", two.mine)
        assert "Nothing is overwritten." not in words_of(page)
    assert stored(world, two) == "Sist skrive"


def test_ones_own_two_pages_are_two_writers(world: World, ingrid: Visitor, two: Two) -> None:
    second = fields_of(ingrid.get(two.where))
    second[two.name], two.mine[two.name] = ["På den eine"], ["På den andre"]
    ingrid.post(f"{AT}/1/autosave", second)
    assert ingrid.post(f"{AT}/1/save", two.mine).status_code == 409


def test_what_another_wrote_in_between_is_a_conflict_as_ever(
    world: World, ingrid: Visitor, other: Visitor, two: Two
) -> None:
    two.mine |= {two.name: ["Mitt"], "turn": ["1"]}
    ingrid.post(f"{AT}/1/autosave", two.mine)
    theirs = fields_of(other.get(two.where))
    theirs[two.name] = ["Hennar"]
    other.post(f"{AT}/1/autosave", theirs)
    two.mine |= {two.name: ["Mitt att"], "turn": ["2"]}
    assert "Nothing is overwritten." in words_of(ingrid.post(f"{AT}/1/autosave", two.mine))
    assert stored(world, two) == "Hennar"
