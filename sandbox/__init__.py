"""Stand-in platforms that speak the real wire protocols on this machine, for rehearsal, demo and tests.

They imitate what a client can observe: addresses, shapes, errors, and the ways a connection can break. They import
nothing of the other rooms, use the standard library alone, bind to loopback only and call nobody, but for the pictures
that a client shows them on this machine.
"""

from sandbox.bluesky import BlueskyStandIn
from sandbox.facebook import FacebookStandIn
from sandbox.instagram import InstagramStandIn
from sandbox.linkedin import LinkedInStandIn
from sandbox.mastodon import MastodonStandIn
from sandbox.standin import StandIn
from sandbox.threads import ThreadsStandIn
from sandbox.wordpress import WordPressStandIn
from sandbox.x import XStandIn

STAND_INS: dict[str, type[StandIn]] = {
    "mastodon": MastodonStandIn,
    "bluesky": BlueskyStandIn,
    "facebook": FacebookStandIn,
    "instagram": InstagramStandIn,
    "threads": ThreadsStandIn,
    "linkedin": LinkedInStandIn,
    "x": XStandIn,
    "wordpress": WordPressStandIn,
}
"""Each platform's stand-in, by the platform's key."""

__all__ = [
    "STAND_INS",
    "BlueskyStandIn",
    "FacebookStandIn",
    "InstagramStandIn",
    "LinkedInStandIn",
    "MastodonStandIn",
    "StandIn",
    "ThreadsStandIn",
    "WordPressStandIn",
    "XStandIn",
]
