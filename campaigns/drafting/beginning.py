"""How a draft begins: with nothing, with a document, or with a campaign that is stored."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import drafts, versions
from campaigns.access import must
from campaigns.definition import model
from campaigns.drafting.origin import fresh, tree_of
from campaigns.drafting.tree import Tree, title_of
from campaigns.organisations import number_of
from campaigns.participation import owned_campaign, stored_definition
from campaigns.store import Actor, Campaign, CampaignDraft, Person


def begin(session: Session, *, now: datetime) -> CampaignDraft:
    """Begin a draft of which nothing is written yet.

    Raises: Forbidden.
    """
    actor = must(session, "campaign.draft", "own")
    number = number_of(session, actor.organisation_id)
    invited = (
        {"invite.county": number}
        if actor.organisation_kind == "county"
        else {"invite.municipalities": number}
    )
    person = session.get(Person, actor.person_id) if actor.person_id else None
    tree = fresh(invited, person.name if person else "", person.mail if person else "")
    return _keep(session, actor, tree, None, now)


def begin_from(session: Session, definition: model.Definition, *, now: datetime) -> CampaignDraft:
    """Begin a draft with what a document says; its pictures are added afterwards.

    Raises: Forbidden.
    """
    actor = must(session, "campaign.draft", "own")
    stored = session.scalar(
        select(Campaign).where(
            Campaign.organisation_id == actor.organisation_id, Campaign.key == definition.campaign
        )
    )
    digests = versions.digests(session, stored) if stored else {}
    return _keep(session, actor, tree_of(definition, digests), stored, now)


def reopen(session: Session, key: str, *, now: datetime) -> CampaignDraft:
    """Return the draft of a stored campaign that is being written, begun now if there is none.

    Raises: Forbidden; NotFound.
    """
    actor = must(session, "campaign.draft", "own")
    campaign = owned_campaign(session, key)
    session.execute(
        select(Campaign.id).where(Campaign.id == campaign.id).with_for_update()
    )  # one of two begins
    present = next((one for one in drafts.own(session) if one.campaign_id == campaign.id), None)
    if present is not None:
        return present
    tree = tree_of(stored_definition(campaign), versions.digests(session, campaign))
    return _keep(session, actor, tree, campaign, now)


def build_on(session: Session, key: str, *, now: datetime) -> CampaignDraft:
    """Begin a new campaign from one of the organisation's own: its words and pictures, no key and no dates of its own.

    Raises: Forbidden; NotFound.
    """
    actor = must(session, "campaign.draft", "own")
    campaign = owned_campaign(session, key)
    tree = tree_of(stored_definition(campaign), versions.digests(session, campaign))
    for name in ("key", "answer.by", "approve_by", "anchor"):
        tree.campaign.fields.pop(name, None)
    return _keep(session, actor, tree, None, now)


def models(session: Session) -> list[Campaign]:
    """Return the organisation's own campaigns, on which a new one can be built, the newest first.

    Raises: Forbidden.
    """
    actor = must(session, "campaign.draft", "own")
    mine = select(Campaign).where(Campaign.organisation_id == actor.organisation_id)
    return list(session.scalars(mine.order_by(Campaign.loaded_at.desc())))


def _keep(
    session: Session, actor: Actor, tree: Tree, campaign: Campaign | None, now: datetime
) -> CampaignDraft:
    name = drafts.name_of(session, actor)
    for part in tree.parts:
        part.by, part.at = name, now.isoformat()
    draft = CampaignDraft(
        organisation_id=actor.organisation_id, campaign_id=campaign.id if campaign else None, title=title_of(tree),
        tree=tree.json(), begun_at=now, begun_by=name, changed_at=now, changed_by=name,
    )  # fmt: skip
    session.add(draft)
    session.flush()
    return draft
