"""What a person wants to be told, and how soon: her own choices, for all organisations that she works for at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.responses import Response

from campaigns import channels, notices
from campaigns.channels import CHANNELS, ChannelRefused
from campaigns.organisations import NotFound
from campaigns.vault import KeysProblem
from connectors.secret import Secret
from web.forms import LOGIN, Error
from web.visits import MYSELF, Pages, Visit, on

router = Pages()


@router.get("/me/notices")
def show_choices(visit: Annotated[Visit, Depends(on(MYSELF))]) -> Response:
    """Show what she is told of, and what she may choose."""
    offered = notices.choices_of(visit.website.store, visit.guest.person_id)
    return visit.page("me/notices.html", offered=offered)


@router.post("/me/notices")
def choose(visit: Annotated[Visit, Depends(on(MYSELF, takes=("kind.*",)))]) -> Response:
    """Store what she chose; a kind or a choice that is not offered to her is no form of ours."""
    try:
        notices.choose_of(visit.website.store, visit.guest.person_id, visit.form.starting("kind."))
    except NotFound:
        raise HTTPException(422) from None
    return visit.go("/me/notices", said="done.notices")


@router.get("/me/notices/channel")
def show_channel(visit: Annotated[Visit, Depends(on(MYSELF))], kind: str = "") -> Response:
    """Show where else she is told, and the fields of the service that she chose."""
    return _channel_page(visit, kind)


@router.post("/me/notices/channel")
def set_channel(visit: Annotated[Visit, Depends(on(MYSELF, takes=("kind", f"{LOGIN}*")))]) -> Response:
    """Store where else she wants to be told; what she typed is shown to nobody again, herself included."""
    kind, website = visit.form["kind"], visit.website
    typed = {name: Secret(one) for name, one in visit.form.starting(LOGIN).items()}
    try:
        channels.set_channel_of(
            website.store, website.desk.vault, visit.guest.person_id, kind, typed,
            hosts=website.settings.notice_host_list, now=visit.now,
        )  # fmt: skip
    except ChannelRefused as refused:
        wrong = [
            Error("kind" if name == "kind" else f"login-{name}", visit.say(one.code, **one.values))
            for name, one in refused.problems.items()
        ]
        return _channel_page(visit, kind, wrong)
    except KeysProblem:
        return _channel_page(visit, kind, [Error("kind", visit.say("channel.no_keys"))])
    return visit.go("/me/notices/channel", said="done.channel_set")


@router.post("/me/notices/channel/drop")
def drop_channel(visit: Annotated[Visit, Depends(on(MYSELF))]) -> Response:
    """Forget where else she is told."""
    channels.drop_channel_of(visit.website.store, visit.guest.person_id)
    return visit.go("/me/notices/channel", said="done.channel_dropped")


def _channel_page(visit: Visit, kind: str, errors: Sequence[Error] = ()) -> Response:
    chosen = kind if kind in CHANNELS else ""
    own = channels.channel_of(visit.website.store, visit.guest.person_id)
    return visit.page(
        "me/channel.html", 422 if errors else 200, kind=chosen, service=CHANNELS.get(chosen), own=own,
        services=[(name, one.title) for name, one in CHANNELS.items()], errors=errors,
    )  # fmt: skip
