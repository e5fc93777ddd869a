"""A draft becomes a campaign: what is different, whom it touches, and then the load itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from campaigns import corrections, documents, drafts, versions
from campaigns.access import Forbidden
from campaigns.corrections import Preview
from campaigns.definition import writing
from campaigns.definition.changes import Change
from campaigns.definition.model import Definition
from campaigns.drafting import keeping
from campaigns.drafting.judgement import Judgement, judge
from campaigns.drafting.tree import Tree
from campaigns.media import PictureRefused, Rendition
from campaigns.organisations import NotFound
from campaigns.participation import owned_campaign
from campaigns.store import Campaign, CampaignDraft
from web.forms import Error
from web.visits import Pages, Visit, on

router = Pages()
PATH = "/for/{number}/drafts/{draft:int}/load"


class _Changed(Exception):
    """The draft is not any more what was shown."""


def _judged(
    visit: Visit, session: Session, draft_id: int, *, change: bool = False, whole: bool = False
) -> tuple[CampaignDraft, Tree, Judgement]:
    """Return a draft and what is to be said of it, `whole` with every message as a municipality would approve it."""
    draft = drafts.draft_in(session, draft_id, change=change)
    tree = Tree.of(draft.tree)
    connectors = visit.website.desk.connectors
    shown = None if whole else ()
    return draft, tree, judge(session, tree, connectors, visit.place.number, now=visit.now, messages=shown)


def _renditions(visit: Visit, judgement: Judgement) -> dict[str, Rendition]:
    """Return the pictures that a draft names.

    Raises: PictureRefused for one that is gone or was altered.
    """
    media = visit.website.desk.media
    return {file: media.render(media.read(digest)) for file, digest in judgement.pictures.items()}


def _seen(judgement: Judgement, present: Campaign | None) -> str:
    """Return the digest of what would be loaded upon what: a yes is about this and nothing else."""
    version = present.version if present else 0
    whole = judgement.document + repr((version, sorted(judgement.pictures.items())))
    return hashlib.sha256(whole.encode()).hexdigest()


def _stored(session: Session, key: str) -> Campaign | None:
    try:
        return owned_campaign(session, key)
    except (NotFound, Forbidden):  # another owner's campaign may have the same key
        return None


def _cost(
    visit: Visit, definition: Definition, pictures: Mapping[str, Rendition]
) -> tuple[Campaign | None, tuple[Change, ...], Preview | None]:
    """Return the campaign as it is stored, what is different, and what that costs where it is under way."""
    with visit.reading() as session:
        present = _stored(session, definition.campaign)
        changes = versions.compare(session, definition, pictures).changes if present else ()
    if present is None or present.active_at is None or not changes:
        return present, changes, None
    desk = visit.website.desk
    found = corrections.preview(
        visit.website.store, visit.actor, desk.connectors, desk.media, definition, pictures, now=visit.now
    )
    return present, changes, found


def show(visit: Visit, draft_id: int, *, status: int = 200, errors: tuple[Error, ...] = ()) -> Response:
    """Return the page that is seen before anything is loaded."""
    with visit.reading() as session:
        draft, tree, judgement = _judged(visit, session, draft_id)
    present: Campaign | None = None
    changes: tuple[Change, ...] = ()
    cost: Preview | None = None
    loadable = False
    if judgement.ready and judgement.definition is not None:
        try:
            pictures = _renditions(visit, judgement)
            present, changes, cost = _cost(visit, judgement.definition, pictures)
            loadable = present is None or bool(changes)
        except PictureRefused as refused:
            errors = (*errors, Error("innhald", visit.voice.problem(refused.code, refused.values)))
        except NotFound as unknown:
            errors = (*errors, Error("innhald", visit.voice.problem(unknown.code, unknown.values)))
    if loadable:  # where nothing would change, nobody has anything new to approve
        with visit.reading() as session:
            draft, tree, judgement = _judged(visit, session, draft_id, whole=True)
    return visit.page(
        "drafts/load.html", status, draft=draft, tree=tree, judgement=judgement, present=present, changes=changes,
        cost=cost, seen=_seen(judgement, present), loadable=loadable, errors=errors,
    )  # fmt: skip


@router.get(PATH)
def ask_to_load(visit: Annotated[Visit, Depends(on("campaign.load", "owner"))], draft: int) -> Response:
    """Show what loading a draft would do."""
    return show(visit, draft)


@router.post(PATH)
def load(
    visit: Annotated[Visit, Depends(on("campaign.load", "owner", takes=("seen",)))], draft: int
) -> Response:
    """Load the draft as it was shown; what was changed since is shown again and not loaded."""
    try:
        with visit.acting() as session:
            row, _, judgement = _judged(visit, session, draft, change=True)
            if judgement.definition is None or not judgement.ready:
                raise _Changed
            if visit.form["seen"] != _seen(judgement, _stored(session, judgement.definition.campaign)):
                raise _Changed
            pictures = _renditions(visit, judgement)
            media = visit.website.desk.media
            campaign = documents.load(session, media, judgement.definition, pictures, now=visit.now)
            keeping.finish(session, row, now=visit.now)
            key, version = campaign.key, campaign.version
    except _Changed:
        error = Error("innhald", visit.say("page.editor.changed_meanwhile"))
        return show(visit, draft, status=409, errors=(error,))
    except PictureRefused as refused:
        error = Error("innhald", visit.voice.problem(refused.code, refused.values))
        return show(visit, draft, status=422, errors=(error,))
    return visit.go(
        f"campaigns/{key}", said="done.draft_loaded", key=key, version=visit.voice.number(version)
    )


@router.get("/for/{number}/drafts/{draft:int}/campaign.yaml")
def give_document(visit: Annotated[Visit, Depends(on("campaign.draft"))], draft: int) -> Response:
    """Give the draft as a document."""
    with visit.reading() as session:
        _, tree, judgement = _judged(visit, session, draft)
    whole = judgement.definition
    name = (
        whole.campaign
        if whole
        else f"{re.sub('[^a-z0-9-]', '', tree.campaign['key'])[:80]}-utkast".strip("-")
    )
    return Response(
        writing.dump(whole) if whole else judgement.document,
        media_type="application/yaml",
        headers={"Content-Disposition": f'attachment; filename="{name}.yaml"'},
    )
