"""A person's own channel in a chat: what she typed becomes a call of the one service it is for. Knows no rows.

Each service's own class is called with fields, so that no address of Apprise's language is ever read (threat C15).
Apprise says taken or not taken and no more; what was not taken is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apprise import NotifyFormat
from apprise.plugins.base import NotifyBase
from apprise.plugins.custom_json import NotifyJSON
from apprise.plugins.mattermost import NotifyMattermost
from apprise.plugins.ntfy import NotifyNtfy
from apprise.plugins.slack import NotifySlack
from apprise.plugins.workflows import NotifyWorkflows

from campaigns.channels import Channel

MOST = 1500
"""Characters of a message in a chat; the rest is a click away."""


def say(channel: Channel, title: str, text: str, *, open_lines: bool) -> bool:
    """Say something on a channel; return whether it was taken. `open_lines` lets a rehearsal do without TLS.

    Redirects are not followed: a host that is on the list leads to no other.
    """
    fields = {name: secret.reveal() for name, secret in channel.fields.items()}
    service = _SERVICES[channel.kind](_common(channel.host, open_lines=open_lines), fields)
    body = text if len(text) <= MOST else f"{text[:MOST]}…"
    return bool(service.notify(body=body, title=title, body_format=NotifyFormat.TEXT))


def _common(host: str, *, open_lines: bool) -> dict[str, Any]:
    name, _, port = host.partition(":")
    return {
        "host": name,
        "port": int(port) if port else None,
        "secure": not open_lines,
        "verify": True,
        "redirect": False,
        "rto": 10,
        "cto": 5,
    }


def _make(service: Callable[..., NotifyBase], **given: Any) -> NotifyBase:
    return service(**given)


def _json(common: dict[str, Any], fields: Mapping[str, str]) -> NotifyBase:
    return _make(NotifyJSON, fullpath=f"/{fields['path']}", method="POST", **common)


def _ntfy(common: dict[str, Any], fields: Mapping[str, str]) -> NotifyBase:
    token = fields.get("token")
    access = {"auth": "token", "token": token} if token else {}
    return _make(
        NotifyNtfy, targets=[fields["topic"]], mode="private", include_image=False, **access, **common
    )


def _mattermost(common: dict[str, Any], fields: Mapping[str, str]) -> NotifyBase:
    return NotifyMattermost(token=fields["token"], **common)


def _slack(common: dict[str, Any], fields: Mapping[str, str]) -> NotifyBase:
    return _make(
        NotifySlack, token_a=fields["first"], token_b=fields["second"], token_c=fields["third"], include_image=False,
        **{name: value for name, value in common.items() if name not in {"host", "port"}},
    )  # fmt: skip


def _teams(common: dict[str, Any], fields: Mapping[str, str]) -> NotifyBase:
    return _make(
        NotifyWorkflows,
        workflow=fields["workflow"],
        signature=fields["signature"],
        include_image=False,
        **common,
    )


_SERVICES: Mapping[str, Callable[[dict[str, Any], Mapping[str, str]], NotifyBase]] = {
    "json": _json,
    "mattermost": _mattermost,
    "ntfy": _ntfy,
    "slack": _slack,
    "teams": _teams,
}
