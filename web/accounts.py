"""The organisation's accounts: how each stands, its language and reach, its assessment, and a rest or a goodbye."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from campaigns import accounts, approval, assessments, connecting, profiles, wording
from campaigns.assessments import AssessmentRefused
from campaigns.connecting import Porch
from campaigns.definition.model import Language
from campaigns.organisations import NotFound
from connectors import ConnectorError, kind_of
from web.forms import Error
from web.moments import read_day
from web.status import platform_title
from web.visits import Pages, Visit, on

router = Pages()
BASE = "/for/{number}/accounts/{account:int}"
LANGUAGES: tuple[Language, ...] = ("nn", "nb", "en")
"""Written languages that are offered to an account; which there are is told by the document's model."""
NOBODY_ANSWERED = frozenset(
    {"connector.not_sent", "connector.unreachable", "connector.no_answer", "connector.bad_answer"}
)
"""Their sentences promise another try by itself, which holds for deliveries and not for a person's act."""


def porch(visit: Visit, platform: str) -> Porch:
    """Return where people of this visit's organisation go out to a platform.

    Raises: HTTPException 404 for a platform that there is not; KeysProblem; OSError.
    """
    desk = visit.website.desk
    if platform not in desk.connectors:
        raise HTTPException(404)
    return Porch(visit.website.store, desk.vault, desk.connectors[platform], visit.actor)


def trouble_sentence(visit: Visit, platform: str, trouble: ConnectorError) -> str:
    """Return a platform's trouble as a sentence that names the platform."""
    title = platform_title(platform, visit.voice)
    if trouble.code in NOBODY_ANSWERED:
        return visit.say("page.connect.no_answer", platform=title)
    return visit.voice.problem(trouble.code, {"platform": title, **trouble.values})


def review(visit: Visit, session: Session) -> int:
    """Bring approvals in line with what was just changed; return how many deliveries ask again."""
    return len(approval.review_all(session, visit.website.desk.connectors, now=visit.now))


@router.get("/for/{number}/accounts")
def list_accounts(visit: Annotated[Visit, Depends(on("account.read"))]) -> Response:
    """Show the accounts, and what each needs."""
    with visit.reading() as session:
        found = accounts.own(session)
        language = _own_language(session)
    today = visit.voice.today_date()
    standings = {one.id: assessments.standing_of(one, today) for one in found}
    return visit.page("admin/accounts.html", accounts=found, standings=standings, language=language)


def _own_language(session: Session) -> str | None:
    place = profiles.own_profile(session)
    return wording.written_language(place.language_decision, place.language)


def show(
    visit: Visit, number: int, status: int = 200, errors: tuple[Error, ...] = (),
    typed: Mapping[str, str] | None = None, template: str = "admin/account.html",
) -> Response:  # fmt: skip
    """Return one account's page, with what was typed and what is wrong with it."""
    with visit.reading() as session:
        account = accounts.account_of(session, number)
        language = _own_language(session)
    kind = kind_of(account.platform)
    standing = assessments.standing_of(account, visit.voice.today_date())
    return visit.page(
        template, status, account=account, kind=kind, language=language, standing=standing, errors=errors,
        languages=LANGUAGES, typed=typed or {},
    )  # fmt: skip


@router.get(BASE)
def show_account(visit: Annotated[Visit, Depends(on("account.read"))], account: int) -> Response:
    """Show one account."""
    return show(visit, account)


@router.post(f"{BASE}/language")
def choose_language(
    visit: Annotated[Visit, Depends(on("account.connect", takes=("language",)))], account: int
) -> Response:
    """Give an account a written language of its own, or the organisation's."""
    wanted = visit.form["language"]
    with visit.acting() as session:
        found = accounts.account_of(session, account)
        try:
            accounts.change_language(session, found, None if wanted == "own" else wanted, now=visit.now)
        except NotFound:
            raise HTTPException(422) from None
        fallen = review(visit, session)
    return _told(visit, account, "done.account_language", fallen)


@router.post(f"{BASE}/visibility")
def choose_visibility(
    visit: Annotated[Visit, Depends(on("account.connect", takes=("visibility",)))], account: int
) -> Response:
    """Say how far an account's posts reach."""
    try:
        with visit.acting() as session:
            found = accounts.account_of(session, account)
            accounts.change_visibility(session, found, visit.form["visibility"], now=visit.now)
            fallen = review(visit, session)
    except NotFound as refused:
        if refused.code == "account.unknown":
            raise
        raise HTTPException(422) from None
    return _told(visit, account, "done.account_visibility", fallen)


def _told(visit: Visit, account: int, said: str, fallen: int) -> Response:
    return visit.go(f"accounts/{account}", said=said, count=fallen, number=visit.voice.number(fallen))


@router.post(f"{BASE}/assessment")
def keep_assessment(
    visit: Annotated[Visit, Depends(on("account.assess", takes=("assessment", "review_on")))], account: int
) -> Response:
    """Keep where the assessment of privacy lies, and until when it holds."""
    typed = {"assessment": visit.form["assessment"], "review_on": visit.form["review_on"]}
    try:
        with visit.acting() as session:
            assessments.keep(
                session, accounts.account_of(session, account), address=typed["assessment"],
                review_on=read_day(typed["review_on"]), now=visit.now,
            )  # fmt: skip
    except AssessmentRefused as refused:
        errors = tuple(
            Error(name, visit.voice.problem(one.code, one.values)) for name, one in refused.problems.items()
        )
        return show(visit, account, 422, errors, typed)
    return visit.go(f"accounts/{account}", said="done.assessed")


@router.post(f"{BASE}/pause")
def pause(visit: Annotated[Visit, Depends(on("account.pause"))], account: int) -> Response:
    """Let an account rest."""
    return _rest(visit, account, paused=True)


@router.post(f"{BASE}/resume")
def resume(visit: Annotated[Visit, Depends(on("account.pause"))], account: int) -> Response:
    """Use a resting account again."""
    return _rest(visit, account, paused=False)


def _rest(visit: Visit, account: int, *, paused: bool) -> Response:
    with visit.acting() as session:
        accounts.pause_account(session, accounts.account_of(session, account), paused=paused, now=visit.now)
    return visit.go(f"accounts/{account}", said="done.account_paused" if paused else "done.account_resumed")


@router.post(f"{BASE}/test")
def try_login(visit: Annotated[Visit, Depends(on("account.connect"))], account: int) -> Response:
    """Ask the platform whom the login belongs to; nothing is posted. One that was held for lost and works is used again."""
    with visit.reading() as session:
        platform = accounts.account_of(session, account).platform
    desk = visit.website.desk
    try:
        profile = desk.connectors[platform].whoami(desk.login(account))
    except ConnectorError as trouble:
        return show(visit, account, 409, (Error("innlogging", trouble_sentence(visit, platform, trouble)),))
    with visit.acting() as session:
        found = accounts.account_of(session, account)
        regained = accounts.regain_login(session, found, profile, now=visit.now)
    said = "done.account_regained" if regained else "done.account_answers"
    return visit.go(f"accounts/{account}", said=said, handle=profile.handle)


@router.get(f"{BASE}/disconnect")
def ask_to_disconnect(visit: Annotated[Visit, Depends(on("account.disconnect"))], account: int) -> Response:
    """Ask before a login is deleted, and say what is withdrawn with it."""
    return show(visit, account, template="admin/disconnect.html")


@router.post(f"{BASE}/disconnect")
def disconnect(visit: Annotated[Visit, Depends(on("account.disconnect"))], account: int) -> Response:
    """Delete an account's login here, and at the platform where that lies in our hands."""
    with visit.reading() as session:
        platform = accounts.account_of(session, account).platform
    revoked = connecting.disconnect(porch(visit, platform), account, now=visit.now)
    with visit.acting() as session:
        review(visit, session)
    said = "done.disconnected" if revoked else "done.disconnected_here"
    return visit.go("accounts", said=said, platform=platform_title(platform, visit.voice))


@router.get(f"{BASE}/confirm")
def ask_to_confirm(visit: Annotated[Visit, Depends(on("account.connect"))], account: int) -> Response:
    """Show whom the platform says an account is, for a person's yes (threat C2)."""
    return show(visit, account, template="admin/confirm.html")


@router.post(f"{BASE}/confirm")
def confirm(
    visit: Annotated[Visit, Depends(on("account.connect", takes=("language",)))], account: int
) -> Response:
    """Take a person's word that it is the right account, and its language; it may be used from now on."""
    wanted = visit.form["language"]
    if wanted not in ("own", *LANGUAGES):
        error = Error("language", visit.say("page.connect.which_language"))
        return show(visit, account, 422, (error,), template="admin/confirm.html")
    with visit.acting() as session:
        found = accounts.account_of(session, account)
        own = None if wanted == "own" else cast(Language, wanted)
        accounts.change_language(session, found, own, now=visit.now)
        accounts.confirm_account(session, found, now=visit.now)
        review(visit, session)
    return visit.go(f"accounts/{account}", said="done.confirmed")
