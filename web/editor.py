"""The editor of a draft: the campaign with its facts and messages, one message, and saving, by hand or by itself."""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_hex
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from campaigns import drafts
from campaigns.drafting import keeping
from campaigns.drafting.judgement import View, judge
from campaigns.drafting.tree import Part, Tree, digest, kind_of, takes, unmarked
from campaigns.drafts import Change, DraftRefused, Pen, Saved
from campaigns.media import PictureRefused
from campaigns.organisations import NotFound
from web.forms import Error, Form
from web.status import platform_title
from web.visits import Pages, Visit, on

router = Pages()
BASE = "/for/{number}/drafts/{draft:int}"
TYPED = ("f.*", "was.*", "page", "look.*", "pen", "turn")
CHOSEN = ("take.*", "both.*")
"""What the page with two people's texts sends beside them."""


def changes_of(form: Form) -> dict[str, Change]:
    """Return what a page sends, part by part: fields are called `f.<part>.<field>`.

    Where two had written, `take.<part>.<field>` says whose text is to stand; theirs stands by not being touched.
    """
    typed: dict[str, dict[str, str]] = {}
    for whole in form.fields:
        if whole.startswith("f."):
            part, _, name = whole.removeprefix("f.").partition(".")
            several = form.all(whole)
            value = several[0] if len(several) == 1 else " ".join(one for one in several if one)
            choice = form[f"take.{part}.{name}"]
            if choice != "theirs":
                typed.setdefault(part, {})[name] = form[f"both.{part}.{name}"] if choice == "both" else value
    return {part: Change(unmarked(form[f"was.{part}"]), fields) for part, fields in typed.items()}


def view_of(form: Form) -> View:
    """Return for which municipality and in which language a person looks at a message."""
    return View(form["look.place"][:4], form["look.language"][:8])


def _query(view: View) -> str:
    """Return what is looked at as the end of an address."""
    chosen = {"place": view.place, "written": view.language}
    return f"?{urlencode(chosen)}" if view != View() else ""


def show_draft(
    visit: Visit, draft_id: int, page: str = "", view: View | None = None, *, status: int = 200,
    errors: Sequence[Error] = (),
) -> Response:  # fmt: skip
    """Return the page of a draft, or of one of its messages, as it stands."""
    view = view or View()
    connectors = visit.website.desk.connectors
    with visit.reading() as session:
        draft = drafts.draft_in(session, draft_id)
        tree = Tree.of(draft.tree)
        message = _message(tree, page) if page else None
        judgement = judge(
            session, tree, connectors, visit.place.number, now=visit.now, messages=[page] if page else [],
            view=view,
        )  # fmt: skip
    return visit.page(
        "drafts/message.html" if message else "drafts/draft.html", status, draft=draft, tree=tree,
        message=message, judgement=judgement, platforms=_platforms(visit), errors=errors, view=view,
        query=_query(view), pen=token_hex(8), days_away=keeping.AWAY.days,
    )  # fmt: skip


def _message(tree: Tree, part_id: str) -> object:
    part = tree.find(part_id)
    if part is None or part.kind != "message":
        raise HTTPException(404)
    return part


def _platforms(visit: Visit) -> dict[str, str]:
    """Return the platforms' names by their keys."""
    return {name: platform_title(name, visit.voice) for name in sorted(visit.website.desk.connectors)}


@router.get(BASE)
def show_campaign(visit: Annotated[Visit, Depends(on("campaign.draft"))], draft: int) -> Response:
    """Show what a draft says of the campaign, its facts, and its messages."""
    return show_draft(visit, draft)


@router.get(f"{BASE}/messages/{{part:int}}")
def show_message(
    visit: Annotated[Visit, Depends(on("campaign.draft"))], draft: int, part: int, place: str = "",
    written: str = "",
) -> Response:  # fmt: skip
    """Show one message of a draft, as it will look in a municipality, in a language."""
    return show_draft(visit, draft, str(part), View(place[:4], written[:8]))


def _save(session: Session, draft_id: int, form: Form, visit: Visit) -> Saved:
    turn = form["turn"]
    pen = Pen(form["pen"][:32], int(turn) if turn.isdecimal() and len(turn) < 10 else 0)
    try:
        return drafts.save(session, draft_id, changes_of(form), now=visit.now, pen=pen)
    except KeyError:
        raise HTTPException(422) from None


@router.post(f"{BASE}/save")
def save(
    visit: Annotated[
        Visit, Depends(on("campaign.draft", takes=(*TYPED, *CHOSEN, "then", "file.*"), with_file=True))
    ],
    draft: int,
) -> Response:
    """Keep what was typed, and then do what the button says; what two have changed is shown before anything else."""
    page, then, anchor = visit.form["page"], visit.form["then"], ""
    errors: list[Error] = []
    try:
        with visit.acting() as session:
            if not drafts.is_open(session, draft):
                return _show_ended(visit)
            if then.startswith("restore:"):
                drafts.restore(session, draft, then.partition(":")[2], now=visit.now)
            saved = _save(session, draft, visit.form, visit)
            if not saved.conflicts and not saved.gone:
                page, anchor = _then(visit, session, draft, page, then)
                errors = _take_files(visit, session, draft)
    except DraftRefused as refused:
        told = Error("innhald", visit.voice.problem(refused.problem.code, refused.problem.values))
        return show_draft(visit, draft, page, view_of(visit.form), status=422, errors=[told])
    if saved.conflicts or saved.gone:
        return _show_conflict(visit, draft, page, saved)
    if errors:
        return show_draft(visit, draft, page, view_of(visit.form), status=422, errors=errors)
    where = f"drafts/{draft}/messages/{page}{_query(view_of(visit.form))}" if page else f"drafts/{draft}"
    done = "done.draft_removed" if then.startswith("remove:") else "done.draft_saved"
    return visit.go(f"{where}{anchor}", said="done.draft_merged" if saved.merged else done)


def _show_ended(visit: Visit) -> Response:
    """Return what was typed into a draft that somebody has loaded or put away meanwhile.

    Raises: HTTPException 404 where nothing was typed.
    """
    typed = [text for change in changes_of(visit.form).values() for text in change.fields.values() if text]
    if not typed:
        raise HTTPException(404)
    return visit.page("drafts/ended.html", 409, typed=typed)


def _then(visit: Visit, session: Session, draft_id: int, page: str, then: str) -> tuple[str, str]:
    """Do what a button says beside saving; return the message whose page comes next, and where on it."""
    act, _, rest = then.partition(":")
    if act == "add":
        kind, _, more = rest.partition(":")
        under, _, form = more.partition(":")
        known = kind_of(kind)
        if known is None or known == "picture":
            raise HTTPException(422)
        part = drafts.add(session, draft_id, known, under, form or "text", now=visit.now)
        return (part.id, "") if part.kind == "message" else (page, f"#part-{part.id}")
    if act == "remove":
        drafts.remove(session, draft_id, rest, now=visit.now)
        return "" if rest == page else page, ""
    if act in ("up", "down"):
        drafts.move(session, draft_id, rest, -1 if act == "up" else 1, now=visit.now)
        return page, f"#part-{rest}"
    if act == "restore":
        return page, f"#part-{rest}"
    if then:
        raise HTTPException(422)
    return page, ""


def _take_files(visit: Visit, session: Session, draft_id: int) -> list[Error]:
    """Keep the pictures that came along; return what is wrong with those that cannot be taken (threats D11, D12)."""
    errors = []
    for name, content in visit.form.files.items():
        under = name.removeprefix("file.")
        try:
            rendition = visit.website.desk.media.render(content)
        except PictureRefused as refused:
            errors.append(Error(f"file-{under}", visit.voice.problem(refused.code, refused.values)))
            continue
        visit.website.desk.media.keep(rendition)
        drafts.put_picture(session, draft_id, under, rendition, now=visit.now)
    return errors


def _show_conflict(visit: Visit, draft_id: int, page: str, saved: Saved) -> Response:
    """Return the page with both texts; nothing of either is lost."""
    with visit.reading() as session:
        draft = drafts.draft_in(session, draft_id)
        tree = Tree.of(draft.tree)
    typed = changes_of(visit.form)
    gone: dict[str, tuple[Part, list[tuple[Part, str, str]]]] = {}
    for part in tree.parts:
        if part.id in saved.gone:
            root = tree.taken_out_with(part)
            gone.setdefault(root.id, (root, []))[1].extend(
                (part, name, text)
                for name, text in typed[part.id].fields.items()
                if takes(part.kind, name) and typed[part.id].was.get(name) != digest(text)
            )
    marks: dict[str, str] = {}
    for one in saved.conflicts:
        marks[one.part] = f"{marks.get(one.part, '')} {one.field}={digest(one.theirs)}".strip()
    return visit.page(
        "drafts/conflict.html", 409, draft=draft, tree=tree, page=page, conflicts=saved.conflicts, gone=gone.values(),
        marks=marks, platforms=_platforms(visit), back=f"drafts/{draft_id}/messages/{page}" if page else f"drafts/{draft_id}",
    )  # fmt: skip


@router.post(f"{BASE}/autosave")
def save_by_itself(
    visit: Annotated[Visit, Depends(on("campaign.draft", takes=(*TYPED, "then", "file.*")))], draft: int
) -> Response:
    """Keep what has been typed so far, and give the status line, the checks and the previews anew."""
    page = visit.form["page"]
    refusal = ""
    saved = Saved(0, (), (), ())
    try:
        with visit.acting() as session:
            saved = _save(session, draft, visit.form, visit)
    except NotFound:
        return visit.page("drafts/ended_line.html")
    except DraftRefused as refused:
        refusal = visit.voice.problem(refused.problem.code, refused.problem.values)
    typed = changes_of(visit.form)
    open_fields = {(one.part, one.field) for one in saved.conflicts}
    marks = {
        part: " ".join(
            f"{name}={change.was.get(name, '') if refusal or (part, name) in open_fields else digest(text)}"
            for name, text in change.fields.items()
        )
        for part, change in typed.items()
        if part not in saved.gone
    }
    with visit.reading() as session:
        row = drafts.draft_in(session, draft)
        tree = Tree.of(row.tree)
        message = tree.find(page) if page else None
        judgement = judge(
            session, tree, visit.website.desk.connectors, visit.place.number, now=visit.now,
            messages=[page] if page else [], view=view_of(visit.form),
        )  # fmt: skip
    return visit.page(
        "drafts/saved.html", draft=row, tree=tree, message=message, judgement=judgement, saved=saved, marks=marks,
        refusal=refusal,
    )  # fmt: skip


@router.get(f"{BASE}/pictures/{{sha256}}.jpg")
def give_picture(visit: Annotated[Visit, Depends(on("campaign.draft"))], draft: int, sha256: str) -> Response:
    """Give a picture of a draft, under its digest."""
    with visit.reading() as session:
        tree = Tree.of(drafts.draft_in(session, draft).tree)
    if sha256 not in {one.kept.get("sha256") for one in tree.parts}:
        raise HTTPException(404)
    try:
        return Response(visit.website.media.read(sha256), media_type="image/jpeg")
    except (PictureRefused, ValueError):
        raise HTTPException(404) from None
