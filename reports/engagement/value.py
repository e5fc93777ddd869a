"""The campaign's engagement as a frozen value: every number that may be shown to this reader, and no other (threat A4).

Unknown is never 0, and what is hidden is hidden here, before anything is rendered: page, PDF, workbook, sheet, JSON and
chart can only show what stands in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from connectors.base import Metric
from reports.campaign_report import Truth
from reports.statistics.comparison import Reason, Word

Gap = Literal["", "unknown", "hidden", "not_offered"]
"""Why there is no number."""
Per = Literal["inhabitants", "followers", "reached"]
PER: tuple[Per, ...] = ("inhabitants", "followers", "reached")


@dataclass(frozen=True, slots=True)
class Amount:
    """A count, or why there is none; `known` of `posts` posts have one."""

    value: int | None
    gap: Gap = ""
    known: int = 0
    posts: int = 0
    most: int | None = None
    """For reach, which cannot be added: persons are between `value` and this."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A municipality's rate: as counted, and what lies behind it with its 90 % interval and a word."""

    raw: float
    median: float
    low: float
    high: float
    word: Word | None
    reason: Reason = ""


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One municipality, named only if it said that it may be."""

    number: str
    name: str
    """Empty for those that are not named, together in one row."""
    together: int
    """How many municipalities the row stands for."""
    inhabitants: int | None
    group: int
    """Size group, from 0 for the smallest."""
    posts: int
    removed: int
    amounts: Mapping[Metric, Amount]
    rate: Rate | None
    gap: Gap = ""
    """Why there is no rate."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Municipalities of about one size, compared with each other."""

    numbers: tuple[int, ...]
    """The size groups that were put together."""
    places: int
    with_rate: int
    low: float | None
    median: float | None
    high: float | None
    """The typical municipality, to two digits; nothing with fewer than eight."""


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """One platform: what it counts, added up; a metric that it does not offer is told as such."""

    platform: str
    posts: int
    amounts: Mapping[Metric, Amount]


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message over all municipalities, made of what is shown of each."""

    key: str
    title: Mapping[str, str]
    posts: int
    amounts: Mapping[Metric, Amount]


@dataclass(frozen=True, slots=True)
class Participation:
    """Who took part."""

    invited: int
    joined: int
    out: int
    silent: int
    later: int
    own_words: int
    """Municipalities with words of their own."""


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at: it stands in the address, so that a view can be shared."""

    metric: Metric = "reactions"
    age: int = 0
    """Hours after publishing; 0 is the newest count of each post, which is not comparable."""
    per: Per = "inhabitants"


@dataclass(frozen=True, slots=True)
class Engagement:
    """What came of a campaign, as one reader may see it."""

    key: str
    title: Mapping[str, str]
    owner: str
    made_at: datetime
    first_at: datetime | None
    last_at: datetime | None
    closed: bool
    takes_part: bool
    """The owner is one of the invited (D15)."""
    shared: bool
    """Seen by somebody outside the municipalities: small counts are hidden, and names stand where they may."""
    view: View
    ages: tuple[int, ...]
    """Ages that some post has reached."""
    truth: Truth
    due: int
    """Deliveries whose time has come."""
    participation: Participation
    totals: Mapping[Metric, Amount]
    kinds: Mapping[Metric, str]
    """Whether a total is true, or the sum of what is shown."""
    platforms: tuple[PlatformRow, ...]
    messages: tuple[MessageRow, ...]
    places: tuple[PlaceRow, ...]
    groups: tuple[GroupRow, ...]
    unnamed: int
    fell: int
    """Posts of which a count went down by more than a little."""
    removed: int
    definitions: Mapping[Metric, tuple[int, ...]]
    """Versions of what is counted, where a comparison mixes them."""

    @property
    def words(self) -> Mapping[str, int]:
        """Return how many municipalities have each word."""
        found: dict[str, int] = {}
        for one in self.places:
            if one.rate is not None and one.rate.word is not None:
                found[one.rate.word] = found.get(one.rate.word, 0) + 1
        return found
