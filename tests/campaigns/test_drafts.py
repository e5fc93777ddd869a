"""Drafts of campaigns: several people write in one, nothing is overwritten unseen, and nothing that is taken out is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from world import World

from campaigns import drafts
from campaigns.access import Forbidden
from campaigns.definition import reading
from campaigns.definition.rewording import Piece
from campaigns.drafting import beginning
from campaigns.drafting.origin import tree_of
from campaigns.drafting.outcome import make
from campaigns.drafting.tree import Tree, digest
from campaigns.drafts import Change
from campaigns.organisations import NotFound
from campaigns.store import CampaignDraft
from connectors import names

PLATFORMS = frozenset(names())
HERE = Path(__file__).parent
DOCUMENTS = sorted(
    [
        *(HERE / "documents").glob("*.yaml"),
        *(HERE.parents[1] / "samklang/campaigns_demo").rglob("campaign.yaml"),
    ]
)


@pytest.fixture
def session(world: World) -> Iterator[Session]:
    """The county's coordinator at work."""
    with world.store.scope(world.actors["46"]) as session:
        yield session


@pytest.fixture
def draft(world: World, session: Session) -> CampaignDraft:
    """A draft with one message of one paragraph."""
    return beginning.begin_from(session, world.definition(world.message()), now=world.now)


def paragraph(draft: CampaignDraft) -> str:
    """Return the id of the one paragraph."""
    tree = Tree.of(draft.tree)
    (found,) = tree.below(tree.messages[0].id, "paragraph")
    return found.id


def text(draft: CampaignDraft, language: str = "nn") -> str:
    found = Tree.of(draft.tree).find(paragraph(draft))
    assert found is not None
    return found[f"text.{language}"]


def typed(draft: CampaignDraft, seen: str, mine: str, language: str = "nn") -> dict[str, Change]:
    """Return what a page sends that was made when `seen` stood there."""
    name = f"text.{language}"
    return {paragraph(draft): Change({name: digest(seen)}, {name: mine})}


# -- where a draft begins


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda one: f"{one.parent.name}/{one.stem}")
def test_a_draft_makes_the_campaign_that_it_began_with(path: Path) -> None:
    definition = reading.read(path.read_bytes(), platforms=PLATFORMS).definition
    assert definition is not None
    made = make(Tree.of(tree_of(definition).json()), definition.owner, platforms=PLATFORMS)
    assert made.reading.definition == definition


def test_a_fresh_draft_invites_ones_own_and_says_what_is_missing(world: World, session: Session) -> None:
    tree = Tree.of(beginning.begin(session, now=world.now).tree)
    assert tree.campaign["invite.county"] == "46"
    assert tree.campaign["contact.mail"] == "ingrid@county.example"
    told = {(one.part, one.field) for one in make(tree, "46", platforms=PLATFORMS).told}
    assert {(tree.campaign.id, "key"), (tree.campaign.id, "ends")} <= told


def test_correcting_a_campaign_begins_one_draft_and_comes_back_to_it(world: World) -> None:
    world.load(world.definition(world.message()))
    with world.store.scope(world.actors["46"]) as session:
        first = beginning.reopen(session, "prove", now=world.now)
        assert beginning.reopen(session, "prove", now=world.now).id == first.id
        drafts.put_away(session, first, now=world.now)
        assert beginning.reopen(session, "prove", now=world.now).id != first.id


def test_building_on_a_campaign_takes_its_words_and_neither_its_key_nor_its_days(world: World) -> None:
    world.load(world.definition(world.message()))
    with world.store.scope(world.actors["46"]) as session:
        draft = beginning.build_on(session, "prove", now=world.now)
        assert draft.campaign_id is None
        assert "Les meir" in text(draft)
        assert Tree.of(draft.tree).campaign["key"] == Tree.of(draft.tree).campaign["anchor"] == ""


def test_another_organisation_sees_no_draft_and_no_municipality_without_a_coordinator_writes_one(
    world: World, session: Session, draft: CampaignDraft
) -> None:
    session.commit()
    with world.store.scope(world.actors["4601"]) as theirs:
        assert theirs.get(CampaignDraft, draft.id) is None
        with pytest.raises(Forbidden):
            beginning.begin(theirs, now=world.now)


# -- several people


def test_what_two_write_in_different_places_stands_side_by_side(
    world: World, session: Session, draft: CampaignDraft
) -> None:
    nn, nb = text(draft), text(draft, "nb")
    drafts.save(session, draft.id, typed(draft, nn, "Nynorsk {lenke}"), now=world.now)
    name = "text.nn"
    whole = typed(draft, nb, "Bokmål {lenke}", "nb")[paragraph(draft)]
    hers = Change({**whole.was, name: digest(nn)}, {**whole.fields, name: nn})
    saved = drafts.save(session, draft.id, {paragraph(draft): hers}, now=world.now)
    assert (text(draft), text(draft, "nb")) == ("Nynorsk {lenke}", "Bokmål {lenke}")
    assert saved.conflicts == ()
    assert saved.merged == ("Ingrid",)


def test_what_two_write_in_one_place_is_told_with_both_texts_and_nothing_is_overwritten(
    world: World, session: Session, draft: CampaignDraft
) -> None:
    before = text(draft)
    drafts.save(session, draft.id, typed(draft, before, "Det første"), now=world.now)
    saved = drafts.save(session, draft.id, typed(draft, before, "Det andre"), now=world.now)
    assert text(draft) == "Det første"
    (conflict,) = saved.conflicts
    assert (conflict.theirs, conflict.mine, conflict.by) == ("Det første", "Det andre", "Ingrid")
    assert conflict.words == (Piece("same", "Det "), Piece("out", "første"), Piece("in", "andre"))


def test_who_saw_the_others_text_may_put_hers_in_its_place(
    world: World, session: Session, draft: CampaignDraft
) -> None:
    drafts.save(session, draft.id, typed(draft, text(draft), "Det første"), now=world.now)
    saved = drafts.save(session, draft.id, typed(draft, "Det første", "Det andre"), now=world.now)
    assert (saved.changed, text(draft)) == (1, "Det andre")


def test_the_same_from_two_is_no_conflict(world: World, session: Session, draft: CampaignDraft) -> None:
    before = text(draft)
    drafts.save(session, draft.id, typed(draft, before, "Likt"), now=world.now)
    saved = drafts.save(session, draft.id, typed(draft, before, "Likt"), now=world.now)
    assert (saved.changed, saved.conflicts) == (0, ())


def test_each_part_knows_who_changed_it_and_its_revision_goes_up(
    world: World, session: Session, draft: CampaignDraft
) -> None:
    drafts.save(session, draft.id, typed(draft, text(draft), "Nytt"), now=world.now)
    part = Tree.of(draft.tree).find(paragraph(draft))
    assert part is not None
    assert (part.by, part.revision, part.at) == ("Ingrid", 1, world.now.isoformat())


def test_a_field_that_a_part_does_not_have_is_refused(
    world: World, session: Session, draft: CampaignDraft
) -> None:
    with pytest.raises(KeyError):
        drafts.save(session, draft.id, {paragraph(draft): Change({}, {"owner": "03"})}, now=world.now)


# -- taken out, put back, moved


def test_what_is_taken_out_comes_back_with_its_words_in_its_place(
    world: World, session: Session, draft: CampaignDraft
) -> None:
    root = Tree.of(draft.tree).campaign.id
    second = drafts.add(session, draft.id, "message", root, now=world.now)
    first = Tree.of(draft.tree).messages[0]
    drafts.remove(session, draft.id, first.id, now=world.now)
    assert [one.id for one in Tree.of(draft.tree).messages] == [second.id]
    drafts.restore(session, draft.id, first.id, now=world.now)
    assert [one.id for one in Tree.of(draft.tree).messages] == [first.id, second.id]
    assert "Les meir" in text(draft)


def test_what_somebody_writes_in_a_part_that_another_took_out_is_said_to_have_nowhere_to_go(
    world: World, session: Session, draft: CampaignDraft
) -> None:
    changes = typed(draft, text(draft), "Nytt")
    drafts.remove(session, draft.id, paragraph(draft), now=world.now)
    saved = drafts.save(session, draft.id, changes, now=world.now)
    assert saved.gone == tuple(changes)
    assert saved.changed == 0


def test_messages_change_places_and_the_first_stays_first(
    world: World, session: Session, draft: CampaignDraft
) -> None:
    root = Tree.of(draft.tree).campaign.id
    second = drafts.add(session, draft.id, "message", root, now=world.now)
    for _ in range(2):
        drafts.move(session, draft.id, second.id, -1, now=world.now)
        assert Tree.of(draft.tree).messages[0].id == second.id


def test_a_part_of_nothing_is_unknown(world: World, session: Session, draft: CampaignDraft) -> None:
    for under in ("999", paragraph(draft)):
        with pytest.raises(NotFound):
            drafts.add(session, draft.id, "paragraph", under, now=world.now)
    with pytest.raises(NotFound):
        drafts.remove(session, draft.id, Tree.of(draft.tree).campaign.id, now=world.now)


# -- what it makes


def test_whatever_is_typed_says_nothing_beside_its_field(
    world: World, session: Session, draft: CampaignDraft
) -> None:
    nasty = 'a: b\n- c\n"\u2028owner: "03"\n# {lenke} & *x !!y'
    drafts.save(session, draft.id, typed(draft, text(draft), nasty), now=world.now)
    made = make(Tree.of(draft.tree), "46", platforms=PLATFORMS)
    assert made.reading.definition is not None, made.told
    assert made.reading.definition.owner == "46"
    (found,) = made.reading.definition.messages[0].text
    assert found.texts["nn"] == nasty.replace("\u2028", "\n")


def test_what_is_wrong_is_told_where_it_was_typed(
    world: World, session: Session, draft: CampaignDraft
) -> None:
    drafts.save(session, draft.id, typed(draft, text(draft), "Hei {ukjend}"), now=world.now)
    told = make(Tree.of(draft.tree), "46", platforms=PLATFORMS).told
    assert (paragraph(draft), "text.nn") in {(one.part, one.field) for one in told}
