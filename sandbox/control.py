"""The stand-in's own addresses under `/_sandbox/`: faults, calls, truth, accounts, logins and modes.

No real platform has these. A call here meets no fault and is not noted among the calls.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from sandbox import faults, text
from sandbox.exchange import Doc, Refusal, Request, Response, Unreadable, answer
from sandbox.storage import Account, Post

if TYPE_CHECKING:
    from sandbox.standin import Route, StandIn

PREFIX = "/_sandbox/"
_MOST_PEOPLE = 1_000_000_000
_PROFILE: dict[str, type] = {"title": str, "inhabitants": int, "language": str, "followers": int}


def is_control(path: str) -> bool:
    """Return whether a path belongs to the stand-in itself."""
    return path.startswith(PREFIX)


def routes(standin: StandIn) -> list[Route]:
    """Return the routes by which a test or a rehearsal steers a stand-in."""

    def bound(act: Callable[..., Response]) -> Callable[..., Response]:
        return lambda request, **named: act(standin, request, **named)

    handle = r"(?P<handle>[^/]+)"
    return [
        ("GET", "/_sandbox/faults", bound(_show_faults)),
        ("PUT", "/_sandbox/faults", bound(_set_faults)),
        ("DELETE", "/_sandbox/faults", bound(_clear_faults)),
        ("GET", "/_sandbox/calls", bound(_show_calls)),
        ("DELETE", "/_sandbox/calls", bound(_clear_calls)),
        ("GET", "/_sandbox/posts", bound(_show_posts)),
        ("GET", "/_sandbox/accounts", bound(_show_accounts)),
        ("PUT", f"/_sandbox/accounts/{handle}", bound(_set_account)),
        ("POST", f"/_sandbox/revoke/{handle}", bound(_revoke)),
        ("DELETE", f"/_sandbox/revoke/{handle}", bound(_readmit)),
        ("GET", "/_sandbox/modes", bound(_show_modes)),
        ("PUT", "/_sandbox/modes", bound(_set_modes)),
        ("DELETE", "/_sandbox/media", bound(_drop_loose_media)),
        ("DELETE", "/_sandbox/apps", bound(_drop_apps)),
        *((method, "/_sandbox/.*", _nothing_here) for method in ("GET", "POST", "PUT", "DELETE")),
    ]


def write_profile(standin: StandIn, handle: str, told: Doc) -> Account:
    """Write what is told about an account, making it if it is new, and return it."""
    known = standin.store.account(handle) or Account(
        handle=handle,
        id=standin.account_id(handle),
        title=handle,
        inhabitants=None,
        followers=None,
        language="nn",
        created_at=standin.clock(),
    )
    return standin.store.keep_account(replace(known, **told))


def _bad(why: str) -> Refusal:
    return Refusal(answer({"error": "BadRequest", "message": why}, 400))


def _nothing_here(request: Request) -> Response:
    return answer(
        {"error": "NotFound", "message": f"The sandbox has no {request.method} {request.path}."}, 404
    )


def _show_faults(standin: StandIn, _: Request) -> Response:
    return answer(standin.faults.as_json())


def _set_faults(standin: StandIn, request: Request) -> Response:
    try:
        given = json.loads(request.body)
        rules = [faults.read(doc) for doc in (given if isinstance(given, list) else [given])]
    except ValueError as error:
        raise _bad(str(error)) from error
    for rule in rules:
        rule.handle = standin.plain_handle(rule.handle)
    standin.faults.set(rules)
    return answer(standin.faults.as_json())


def _clear_faults(standin: StandIn, _: Request) -> Response:
    standin.faults.set([])
    return answer([])


def _show_calls(standin: StandIn, _: Request) -> Response:
    return answer([asdict(call) for call in list(standin.calls)])


def _clear_calls(standin: StandIn, _: Request) -> Response:
    standin.calls.clear()
    return answer([])


def _show_posts(standin: StandIn, _: Request) -> Response:
    """Return every live post, those still hidden from readers too, oldest first."""
    return answer([_truth(standin, post) for post in standin.store.posts(oldest_first=True)])


def _truth(standin: StandIn, post: Post) -> Doc:
    """Return a post in words of no platform."""
    entry = standin.entry(post)
    return {
        "id": post.id,
        "handle": post.handle,
        "text": post.text,
        "language": post.language,
        "pictures": [{"alt": picture.alt, "sha256": picture.sha256} for picture in entry.pictures],
        "created_at": text.stamp(post.created_at),
        "address": entry.address,
        "reply_to": post.parent,
        "hidden": post.visible_at > standin.clock(),
    }


def _show_accounts(standin: StandIn, _: Request) -> Response:
    return answer([asdict(account) for account in standin.store.accounts()])


def _set_account(standin: StandIn, request: Request, handle: str) -> Response:
    """Write an account's profile; what is left out stays as it is."""
    try:
        told = request.object() if request.body else {}
    except Unreadable as error:
        raise _bad(str(error)) from error
    for name, value in told.items():
        kind = _PROFILE.get(name)
        if kind is None or isinstance(value, bool) or not isinstance(value, kind):
            raise _bad(f"{name} is unknown or of the wrong kind")
        if isinstance(value, int) and not 0 <= value <= _MOST_PEOPLE:
            raise _bad(f"{name} is below 0 or beyond belief")
    return _written(standin, handle, told)


def _revoke(standin: StandIn, _: Request, handle: str) -> Response:
    """Make every login of an account invalid until it is let in again."""
    return _written(standin, handle, {"revoked": True})


def _readmit(standin: StandIn, _: Request, handle: str) -> Response:
    """Let an account's logins in again, as after connecting anew."""
    return _written(standin, handle, {"revoked": False})


def _written(standin: StandIn, handle: str, told: Doc) -> Response:
    with standin.store.writing():
        return answer(asdict(write_profile(standin, standin.plain_handle(handle), told)))


def _show_modes(standin: StandIn, _: Request) -> Response:
    return answer(standin.modes)


def _set_modes(standin: StandIn, request: Request) -> Response:
    try:
        told = request.object()
    except Unreadable as error:
        raise _bad(str(error)) from error
    for name, value in told.items():
        if value not in standin.choices.get(name, ()):
            raise _bad(f"{name} is one of {', '.join(standin.choices.get(name, ('nothing',)))}")
    standin.modes.update(told)
    return answer(standin.modes)


def _drop_loose_media(standin: StandIn, _: Request) -> Response:
    """Forget uploads that no post uses, as the platforms do after hours."""
    standin.store.drop_loose_media()
    return answer([])


def _drop_apps(standin: StandIn, _: Request) -> Response:
    """Forget every registered application, as servers do with those that nobody has used."""
    standin.store.drop("app")
    return answer([])
