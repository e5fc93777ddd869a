"""A draft is judged while it is written: where something is wrong, how long the texts are, and how they will look."""

from __future__ import annotations

from world import World

from campaigns.drafting.judgement import Judgement, judge
from campaigns.drafting.origin import tree_of
from campaigns.drafting.tree import Tree


def judged(world: World, tree: Tree) -> Judgement:
    with world.store.scope(world.actors["46"], write=False) as session:
        return judge(session, tree, world.desk.connectors, "46", now=world.now)


def tree(world: World) -> Tree:
    return tree_of(world.definition(world.message(to="mastodon, bluesky")))


def test_a_whole_draft_is_ready_and_looks_as_in_the_municipality_with_the_longest_name(world: World) -> None:
    draft = tree(world)
    found = judged(world, draft)
    assert found.ready
    assert found.place.name == "Solund"
    looks = found.looks(draft.messages[0].id)
    assert [one.platform for one in looks] == ["mastodon", "bluesky"]
    assert looks[0].parts == (("fill", "Hei Solund. Les meir: {lenke}"),)
    assert looks[0].missing == ("lenke",)


def test_lengths_are_counted_in_every_language_and_the_short_text_is_taken_where_the_full_one_is_too_long(
    world: World,
) -> None:
    draft = tree(world)
    message = draft.messages[0]
    draft.below(message.id, "paragraph")[0].fields["text.nb"] = "Ord " * 90
    short = {"kind": "fill", "text.nn": "Kort", "text.nb": "Kort"}
    draft.add("paragraph", message.id, fields=short, kept={"form": "short"})
    mastodon, bluesky = judged(world, draft).lengths(message.id)
    assert (mastodon.form, mastodon.lengths["nb"], mastodon.fits) == ("full", 359, True)
    assert (bluesky.lengths["nb"], bluesky.limit) == (4, 300)


def test_what_is_wrong_is_told_with_its_part_and_nothing_is_ready(world: World) -> None:
    draft = tree(world)
    paragraph = draft.below(draft.messages[0].id, "paragraph")[0]
    del paragraph.fields["text.nb"]
    found = judged(world, draft)
    assert not found.ready
    assert "text.nb" in {one.field for one in found.about([paragraph.id])}


def test_words_of_the_other_written_language_are_told_where_they_stand(world: World) -> None:
    draft = tree(world)
    paragraph = draft.below(draft.messages[0].id, "paragraph")[0]
    paragraph.fields["text.nn"] = "Hva synes dere? Vi ønsker ikke mer støy."
    told = judged(world, draft).about([paragraph.id])
    assert ("checks.mixed_nn", "text.nn") in {(one.code, one.field) for one in told}


def test_a_draft_that_invites_nobody_yet_is_judged_as_well(world: World) -> None:
    draft = tree(world)
    draft.campaign.fields.pop("invite.county")
    for group in ("", "finst-ikkje"):
        draft.campaign.fields["invite.group"] = group
        found = judged(world, draft)
        assert found.place.name == ""
        assert found.looks(draft.messages[0].id)[0].missing == ("kommune", "lenke")


def test_a_fact_that_is_wrong_stays_a_hole(world: World) -> None:
    draft = tree(world)
    draft.facts[0].fields |= {"kind": "noko", "value": "x"}
    assert judged(world, draft).looks(draft.messages[0].id)[0].missing == ("lenke",)
