"""Which Page a token reaches: its own, the only one, or the one that was asked for. For what hangs on a Page.

It makes no call; the platform's file asks, and reads the answer with this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from connectors.answers import line
from connectors.errors import LoginLost, Refused
from connectors.secret import Secret

ID = re.compile(r"[0-9]{1,40}(_[0-9]{1,40})?\Z")
"""An id of a Page, a post, a picture."""
_MAY_POST = "CREATE_CONTENT"


def is_page(me: Mapping[str, object]) -> bool:
    """Return whether `/me` is a Page; a person and a system user have no category."""
    return bool(line(me.get("category")))


def wanted_page(pages: Sequence[Mapping[str, object]], wanted: str, platform: str) -> Mapping[str, object]:
    """Return the Page whose id or name is `wanted`, or the only one where nothing is.

    Raises: Refused with the Pages to choose from; LoginLost where the token may not publish there.
    """
    chosen = [one for one in pages if wanted in ("", line(one.get("id")), line(one.get("name")))]
    if len(chosen) != 1 or not ID.match(line(chosen[0].get("id"))):
        there = ", ".join(f"{line(one.get('name'), 60)} ({line(one.get('id'), 40)})" for one in pages[:20])
        code = "connector.choose_page" if there else "connector.no_page"
        raise Refused(code, pages=there, platform=platform)
    if not may_post(chosen[0]):
        raise LoginLost("connector.not_permitted", diagnostic="no task to post", platform=platform)
    return chosen[0]


def may_post(page: Mapping[str, object]) -> bool:
    """Return whether the token's owner may publish on a Page, as far as that is told."""
    tasks = page.get("tasks")
    return not isinstance(tasks, list) or _MAY_POST in tasks


def token_of(page: Mapping[str, object]) -> Secret:
    """Return the Page's own token."""
    return Secret(line(page.get("access_token"), 2000))
