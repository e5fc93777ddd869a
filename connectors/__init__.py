"""What we know of each platform, and the one way to reach it.

A leaf of the house: nothing of ours is imported here. A new platform is its file and one line in `CONNECTORS`.
"""

from __future__ import annotations

from pathlib import Path

from connectors.base import (
    Absence,
    App,
    Authorisation,
    Connected,
    Connector,
    Counts,
    FetchPicture,
    Found,
    Limits,
    Login,
    LoginField,
    Metric,
    Price,
    Problem,
    Profile,
    Receipt,
    Reply,
    Setting,
)
from connectors.bluesky import Bluesky
from connectors.errors import (
    AppLost,
    ConnectorError,
    LoginLost,
    NotSent,
    OutcomeUnknown,
    OutOfCredit,
    RateLimited,
    Refused,
)
from connectors.facebook import Facebook
from connectors.instagram import Instagram
from connectors.linkedin import LinkedIn
from connectors.manual import Manual
from connectors.mastodon import Mastodon
from connectors.post import LinkCard, Picture, Poll, Post, Visibility
from connectors.secret import Secret
from connectors.threads import Threads
from connectors.wire import Wire
from connectors.wordpress import WordPress
from connectors.x import X

CONNECTORS: tuple[type[Connector], ...] = (
    Mastodon,
    Bluesky,
    Facebook,
    Instagram,
    Threads,
    LinkedIn,
    X,
    WordPress,
    Manual,
)
"""Every platform there is a connector for, in the order in which people see them."""
REACHED: tuple[type[Connector], ...] = tuple(kind for kind in CONNECTORS if not kind.by_hand)
"""Those that we reach ourselves."""
(HAND,) = (kind for kind in CONNECTORS if kind.by_hand)
"""The one where a person does it."""


def kind_of(name: str) -> type[Connector]:
    """Return the class of the platform called `name`: its facts, without a connection to anything.

    Raises: KeyError for a name that no connector has.
    """
    for kind in CONNECTORS:
        if kind.name == name:
            return kind
    raise KeyError(name)


def connector(name: str, wire: Wire) -> Connector:
    """Return the connector of the platform called `name`, speaking through `wire`.

    Raises: KeyError for a name that no connector has.
    """
    return kind_of(name)(wire)


def icon(name: str) -> bytes:
    """Return a platform's sign as SVG: our own drawing, since the platforms' marks are theirs.

    Raises: KeyError for a name that no connector has.
    """
    return Path(__file__).with_name(f"{kind_of(name).name}.svg").read_bytes()


def names() -> tuple[str, ...]:
    """Return the names of all platforms."""
    return tuple(kind.name for kind in CONNECTORS)


__all__ = [
    "CONNECTORS",
    "HAND",
    "REACHED",
    "Absence",
    "App",
    "AppLost",
    "Authorisation",
    "Connected",
    "Connector",
    "ConnectorError",
    "Counts",
    "FetchPicture",
    "Found",
    "Limits",
    "LinkCard",
    "LinkedIn",
    "Login",
    "LoginField",
    "LoginLost",
    "Metric",
    "NotSent",
    "OutOfCredit",
    "OutcomeUnknown",
    "Picture",
    "Poll",
    "Post",
    "Price",
    "Problem",
    "Profile",
    "RateLimited",
    "Receipt",
    "Refused",
    "Reply",
    "Secret",
    "Setting",
    "Threads",
    "Visibility",
    "Wire",
    "WordPress",
    "X",
    "connector",
    "icon",
    "kind_of",
    "names",
]
