"""A draft is shown as the renderer will make it: with everything it adds, in each language, for each municipality."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world import World

from campaigns import approval, participation
from campaigns.drafting.judgement import Judgement, View, judge
from campaigns.drafting.origin import tree_of
from campaigns.drafting.tree import Part, Tree
from connectors import REACHED

LINK = "https://www.{name}.kommune.no/x"


def judged(world: World, tree: Tree, place: str = "", language: str = "") -> Judgement:
    with world.store.scope(world.actors["46"], write=False) as session:
        view = View(place, language)
        return judge(session, tree, world.desk.connectors, "46", now=world.now, view=view)


def tree(world: World, *, to: str = "mastodon, bluesky") -> Tree:
    return tree_of(world.definition(world.message(to=to)))


def words(found: Judgement, message: Part, number: int = 0) -> str:
    """Return what one of the posts says."""
    return "\n\n".join(text for _, text in found.looks(message.id)[number].parts)


def poll(message: Part, *options: str, otherwise: str = "text") -> None:
    for number, option in enumerate(options, start=1):
        message.fields |= {f"poll.{number}.{language}": option for language in ("nn", "nb")}
    message.fields |= {"poll.days": "3", "poll.otherwise": otherwise}


@pytest.mark.parametrize("number", ["4601", "4621"])
def test_what_is_shown_is_what_the_municipality_is_asked_to_approve(world: World, number: str) -> None:
    definition = world.definition(world.message(to="mastodon, bluesky")).model_copy(
        update={"hashtags": ("Beredskap", "VestlandFylke")}
    )
    world.connect(number, ("mastodon", "bluesky"))
    world.load(definition)
    world.invite()
    world.join(number)
    with world.store.scope(world.actors[number]) as session:
        mine = participation.participation_in(session, "prove")
        asked = approval.open_drafts(session, world.desk.connectors, mine, (), now=world.now)
    draft = tree_of(definition)
    draft.facts[0].fields["value"] = LINK.format(name=world.places[number].name.lower())
    shown = judged(world, draft, number).looks(draft.messages[0].id)
    lengths = {one.account.split()[0]: one.length for one in asked}
    assert {one.platform: one.length for one in shown} == lengths
    assert {one.platform: one.parts for one in shown} == {one.account.split()[0]: one.parts for one in asked}
    assert all(one.parts[-1] == ("tags", "\n\n#Beredskap #VestlandFylke") for one in shown)


def test_hashtags_are_in_the_length_where_there_is_room_for_them(world: World) -> None:
    draft = tree(world)
    (paragraph,) = draft.below(draft.messages[0].id, "paragraph")
    for language in ("nn", "nb"):
        paragraph.fields[f"text.{language}"] = "a" * 295
    draft.campaign.fields["hashtags"] = "Beredskap"
    mastodon, bluesky = judged(world, draft).lengths(draft.messages[0].id)
    assert (mastodon.longest, bluesky.longest) == (295 + len("\n\n#Beredskap"), 295)


def test_a_poll_is_a_list_in_the_text_where_a_platform_has_none_and_counts_there(world: World) -> None:
    draft = tree(world)
    poll(draft.messages[0], "Ja", "Nei, og så ei lang forklaring")
    found = judged(world, draft)
    mastodon, bluesky = found.looks(draft.messages[0].id)
    assert mastodon.poll is not None
    assert mastodon.poll.options == ("Ja", "Nei, og så ei lang forklaring")
    assert bluesky.poll is None
    assert bluesky.parts[-1] == ("options", "\n\n– Ja\n– Nei, og så ei lang forklaring")
    assert bluesky.length == mastodon.length + len(bluesky.parts[-1][1])


def test_a_message_is_shown_in_each_of_its_languages_and_for_each_of_the_invited(world: World) -> None:
    draft = tree(world)
    draft.below(draft.messages[0].id, "paragraph")[0].fields["text.nb"] = "Heisann {kommune}."
    message = draft.messages[0]
    assert words(judged(world, draft, "4601"), message).startswith(f"Hei {world.places['4601'].name}.")
    assert words(judged(world, draft, "4621", "nb"), message) == f"Heisann {world.places['4621'].name}."
    nowhere = judged(world, draft, "9999", "xx")
    assert (nowhere.place.name, nowhere.language) == ("Solund", "nn")
    assert {one.number for one in nowhere.places} >= {"4601", "4621", "4636"}


def test_a_text_that_is_too_long_is_shown_all_the_same(world: World) -> None:
    draft = tree(world, to="bluesky")
    draft.below(draft.messages[0].id, "paragraph")[0].fields["text.nn"] = "Ord " * 90
    (shown,) = judged(world, draft, language="nn").looks(draft.messages[0].id)
    assert (shown.fits, shown.form, shown.length) == (False, "", 359)
    assert shown.parts[0][1].startswith("Ord Ord")


def test_what_follows_a_post_is_shown_after_it(world: World) -> None:
    draft = tree(world, to="mastodon")
    for form in ("thread:1", "thread:3", "comment"):
        more = {"kind": "fill", "text.nn": form, "text.nb": form}
        draft.add("paragraph", draft.messages[0].id, fields=more, kept={"form": form})
    shown = judged(world, draft).looks(draft.messages[0].id)
    assert [(one.kind, one.position, one.parts[0][1]) for one in shown[1:]] == [
        ("thread", 1, "thread:1"), ("thread", 2, "thread:3"), ("comment", 0, "comment"),
    ]  # fmt: skip


def test_a_language_in_which_nothing_is_written_yet_shows_nothing_and_hides_nothing(world: World) -> None:
    draft = tree(world, to="mastodon")
    draft.below(draft.messages[0].id, "paragraph")[0].fields["text.nb"] = " "
    found = judged(world, draft, language="nb")
    assert found.looks(draft.messages[0].id) == ()
    assert [one.language for one in found.showings[draft.messages[0].id]] == ["nn"]


def test_what_a_message_says_differently_of_a_fact_is_shown(world: World) -> None:
    draft = tree(world, to="mastodon")
    draft.facts[0].fields["value"] = "https://vanleg.example"
    own = {"name": "lenke", "value": "https://eigen.example"}
    draft.add("override", draft.messages[0].id, fields=own)
    assert "https://eigen.example" in words(judged(world, draft), draft.messages[0])


# -- what a municipality would be told


def codes(found: Judgement, message: Part) -> set[str]:
    return {one.problem.code for one in found.remarks[message.id]}


def test_what_a_platform_would_refuse_is_said_with_the_posts_that_it_is_about(world: World) -> None:
    draft = tree(world)
    draft.messages[0].fields["to"] = "mastodon instagram"
    (one,) = [
        one
        for one in judged(world, draft).remarks[draft.messages[0].id]
        if one.problem.code == "connector.needs_picture"
    ]
    assert one.posts == (("instagram", "nn"), ("instagram", "nb"))
    assert one.problem.severity == "blocking"


def test_facts_that_municipalities_give_are_no_remark(world: World) -> None:
    draft = tree(world)
    assert codes(judged(world, draft), draft.messages[0]) == set()


def test_a_picture_whose_consent_does_not_cover_the_example_is_said(world: World) -> None:
    draft = tree(world, to="instagram")
    (picture,) = draft.below(draft.messages[0].id, "picture")
    picture.fields |= {"consent": "arkiv 1", "until": "2027-12-31", "covers.municipalities": "4621"}
    picture.kept |= {"sha256": "ab" * 32, "size": [60, 60, 900]}
    assert "checks.rights_elsewhere" in codes(judged(world, draft, "4601"), draft.messages[0])
    assert "checks.rights_elsewhere" not in codes(judged(world, draft, "4621"), draft.messages[0])
    picture.fields["covers.municipalities"] = ""
    picture.fields["covers.group"] = "finst-ikkje"
    assert "checks.rights_elsewhere" in codes(judged(world, draft, "4621"), draft.messages[0])
    picture.fields |= {"covers.group": "", "until": "2027-01-11"}
    assert "checks.rights_ended" in codes(judged(world, draft), draft.messages[0])


def test_a_time_that_is_quiet_is_told_once_as_loading_tells_it(world: World) -> None:
    draft = tree(world)
    draft.messages[0].fields |= {"when": "absolute", "date": "2027-01-17", "clock": "12:00"}
    found = judged(world, draft)
    assert [one.code for one in found.told if one.code.startswith("timing.")] == ["timing.quiet.sunday"]
    assert codes(found, draft.messages[0]) == set()


def test_times_at_which_others_had_better_be_silent_are_said(world: World) -> None:
    draft = tree(world)
    draft.messages[0].fields |= {"when": "absolute", "date": "2027-01-13", "clock": "12:00"}
    assert "checks.warning_test" in codes(judged(world, draft), draft.messages[0])


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("offset", "tull"), ("clock", "99:99"), ("end", "x"), ("date", "i morgon"), ("poll.days", "mange"),
        ("to", "ukjend mastodon"), ("quiet", "\x00"),
    ],
)  # fmt: skip
def test_nonsense_in_a_field_keeps_nothing_else_from_being_shown(
    world: World, field: str, typed: str
) -> None:
    draft = tree(world)
    poll(draft.messages[0], "Ja", "Nei")
    draft.messages[0].fields[field] = typed
    assert "Solund" in words(judged(world, draft), draft.messages[0])


def test_every_platform_shows_a_message_with_everything_in_it(world: World) -> None:
    draft = tree(world)
    message = draft.messages[0]
    message.fields["to"] = " ".join(kind.name for kind in REACHED)
    poll(message, "Ja", "Nei", otherwise="drop")
    shown = judged(world, draft).showings[message.id]
    assert len({one.platform for one in shown}) == len(REACHED)
    assert all(replace(one, problems=()).parts for one in shown)


def test_words_of_the_other_language_are_found_in_options_and_alternative_texts_too(world: World) -> None:
    draft = tree(world, to="instagram")
    poll(draft.messages[0], "Hva mener dere", "Ikke noe")
    (picture,) = draft.below(draft.messages[0].id, "picture")
    picture.fields["alt.nn"] = "Noen barn leker ikke"
    told = {(one.part, one.field) for one in judged(world, draft).told if one.code == "checks.mixed_nn"}
    assert {(draft.messages[0].id, "poll.1.nn"), (picture.id, "alt.nn")} <= told
