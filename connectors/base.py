"""What every connector is: facts about a platform, and the few things we ask of it.

A connector translates between our frozen values and one platform's wire protocol. It holds no rule of ours, keeps
no state, opens no database and asks no clock but the wire's time limits; everything it needs arrives as an argument.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar, Literal

from connectors.errors import Refused
from connectors.post import Picture, Post, Visibility
from connectors.secret import Secret
from connectors.wire import Wire

Json = Mapping[str, object]
Dedupe = Literal["key", "own_id", "single_use", "look_up", "none"]
"""How a platform keeps us from posting twice: an idempotency key · an id that we choose · a container that can be
spent once · only a look-up · nothing at all."""

Metric = Literal["reach", "views", "reactions", "comments", "shares", "saves", "clicks"]
Absence = Literal["not_offered", "not_permitted", "too_young", "fetch_failed", "hidden", "removed"]
"""Why a count is unknown (statistics: a null is never 0)."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that an operator may choose about a platform: the variable is `SAMKLANG_<PLATFORM>_<NAME>`."""

    name: str
    default: str
    description: str
    secret: bool = False
    """Whether its value is shown nowhere."""


@dataclass(frozen=True, slots=True)
class LoginField:
    """One thing a person types, or pastes, to connect an account."""

    name: str
    secret: bool
    hint: str
    """What to look for, in English, for the command line; pages translate by `page.login_hint.<platform>.<name>`."""
    needed: bool = True
    """Whether it may be left empty."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the platform takes. An account's own limits, read from its server, replace these."""

    length: int
    """Longest text, in the units that `Connector.length` counts."""
    pictures: int
    picture_bytes: int
    picture_pixels: int
    picture_kinds: tuple[str, ...]
    alt_length: int
    """Characters of alternative text for one picture."""
    polls: bool = False
    poll_options: int = 0
    poll_option_length: int = 0
    poll_days: int = 0
    """Longest a poll may stay open."""
    poll_and_pictures: bool = False
    """Whether one post may have both; else the poll follows as a post of its own."""
    link_length: int = 0
    """What every link counts, however long it is; 0 where links count in full."""
    code_points: bool = False
    """The server counts code points, not what a reader sees as one sign."""
    keeps_keys: bool = False
    """The server is known to give the first post again for an idempotency key that it has seen."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a platform would refuse, found without asking it: a code of the catalogue and its values."""

    code: str
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Price:
    """What a platform takes for a post."""

    amount: Decimal
    currency: str
    """ISO 4217."""


@dataclass(frozen=True, slots=True)
class Login:
    """An account as a connector needs it to act: where its server is, who it is there, and its secrets."""

    base: str
    """Base address of the server, such as `https://social.example`; no trailing slash."""
    remote_id: str
    secrets: Mapping[str, Secret]
    limits: Limits | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """Whom the platform says a login belongs to, shown to a person before anything goes out there."""

    remote_id: str
    handle: str
    title: str
    address: str
    followers: int | None
    limits: Limits | None = None
    """Limits read from the account's own server; `None` where the platform's general ones hold."""
    base: str | None = None
    """The server that is to be used from now on, where it differs from the typed one."""
    covers: tuple[str, ...] = ()
    """Names of platforms whose messages go out here too."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The result of connecting: the profile, and the secrets to seal (never what the person typed if avoidable)."""

    profile: Profile
    secrets: Mapping[str, Secret]
    ends_at: datetime | None = None
    """When the login ends for good, where it does and cannot be renewed: a person has to connect again before that."""


App = Mapping[str, Secret]
"""Our application at one platform or server, as `Connector.register` returned it: its id, its secret, its scopes."""


@dataclass(frozen=True, slots=True)
class Authorisation:
    """A person's way to the platform's own page, and what must be kept, sealed, until she comes back."""

    address: str
    kept: Mapping[str, Secret]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a post is live: the platform's id and its public address."""

    remote_id: str
    address: str


@dataclass(frozen=True, slots=True)
class Found:
    """A look-up's answer: the receipt, or `None` for "not there"."""

    receipt: Receipt | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of one post as the platform gives them now. A metric is in `known` or in `absent`, never in both."""

    known: Mapping[Metric, int]
    absent: Mapping[Metric, Absence]
    gone: bool = False
    """The platform answered properly and this post was not among what it knows."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A comment under one of our posts, as plain text."""

    remote_id: str
    text: str
    at: datetime
    author: str


FetchPicture = Callable[[Picture], bytes]
"""Gives a picture's bytes; whoever provides it has compared the digest."""
ShowPicture = Callable[[str, Picture], str]
"""Gives, for a delivery's key and one of its pictures, a public address where the platform may fetch it for an hour."""


class Connector(ABC):
    """One platform. Subclass, fill in the facts, add one line to the list in `connectors/__init__.py`."""

    name: ClassVar[str]
    """Key of the platform in documents, tables and queues: lower case, letters only."""
    title: ClassVar[str]
    """The platform's own name as people write it."""
    settings: ClassVar[tuple[Setting, ...]] = ()
    """What an operator may choose, such as where the platform is; nobody else knows of it."""
    login_fields: ClassVar[tuple[LoginField, ...]]
    limits: ClassVar[Limits]
    metrics: ClassVar[tuple[Metric, ...]]
    metrics_version: ClassVar[int]
    """Goes up when the platform, or we, begin to count something else under the same word."""
    dedupe: ClassVar[Dedupe]
    trusts_absence: ClassVar[timedelta | None]
    """How long after the call a look-up's "not there" may be believed; `None` is never."""
    prefers_short: ClassVar[bool] = False
    """The short wording is used even where the full one fits (D19)."""
    by_hand: ClassVar[bool] = False
    """Whether a person carries deliveries out, and nothing is called."""
    patience: ClassVar[timedelta] = timedelta()
    """How long after its time a delivery may still go, where that is longer than its campaign says."""
    measure_batch: ClassVar[int] = 1
    """Most posts asked about in one call to `measure`."""
    fetches_pictures: ClassVar[bool] = False
    """Whether it fetches pictures from an address of ours instead of taking their bytes."""
    asks_consent: ClassVar[bool] = False
    """Whether accounts can be connected on the platform's own page (OAuth), with the four methods for that."""
    visibilities: ClassVar[tuple[Visibility, ...]] = ("public",)
    """How far a post may reach, the usual one first."""
    applied_for: ClassVar[bool] = False
    """Whether our application there is the operator's, named in the settings, and not registered by software."""
    shown_code: ClassVar[str | None] = None
    """The redirect address with which that page shows its code, to be typed over where nothing can be called back."""

    def __init__(
        self, wire: Wire, chosen: Mapping[str, str] | None = None, show: ShowPicture | None = None
    ) -> None:
        """Keep the one door out, what the operator chose, and a way to show pictures to the platform.

        `show` is `None` where this instance has no public address.
        """
        self.wire = wire
        self.show = show
        self.chosen = self.all_chosen(chosen or {})

    @abstractmethod
    def length(self, text: str, limits: Limits | None = None) -> int:
        """Return the text's length as this platform, or the account's own server by its limits, counts it."""

    @abstractmethod
    def check(self, post: Post, limits: Limits | None = None) -> list[Problem]:
        """Return everything the platform would refuse about `post`, without network."""

    def price(self, post: Post) -> Price | None:
        """Return what a post costs, `None` where it costs nothing."""
        del post
        return None

    @classmethod
    def all_chosen(cls, chosen: Mapping[str, str]) -> dict[str, str]:
        """Return every setting: what was chosen, and the default of what was not."""
        return {one.name: chosen.get(one.name) or one.default for one in cls.settings}

    @classmethod
    def warnings(cls, chosen: Mapping[str, str], now: datetime) -> list[Problem]:
        """Return what an operator should know about the settings that were chosen, without network."""
        del chosen, now
        return []

    def hidden_pictures(self, post: Post) -> list[Problem]:
        """Return the problem of a platform that fetches pictures itself where this instance has nowhere to show them."""
        if not self.fetches_pictures or self.show is not None or not post.pictures:
            return []
        return [Problem("connector.no_public_address", {"platform": self.title})]

    @abstractmethod
    def connect(self, base: str, typed: Mapping[str, Secret]) -> Connected:
        """Log in with what a person typed and return whom it belongs to.

        Raises: ConnectorError.
        """

    def register(self, base: str, redirect: str) -> App:
        """Make our application known to the server at `base`, for this redirect address; once, it is kept and reused.

        Raises: Refused where people connect in another way; ConnectorError.
        """
        del base, redirect
        raise Refused("connector.cannot_authorise", platform=self.title)

    def authorise(self, base: str, redirect: str, app: App, state: Secret) -> Authorisation:
        """Return where to send a person for her yes; `state` comes back with her, with `Authorisation.kept` beside it.

        Raises: AppLost; Refused, also for a server that points anywhere but to itself (threat C5); ConnectorError.
        """
        del base, redirect, app, state
        raise Refused("connector.cannot_authorise", platform=self.title)

    def exchange(
        self, base: str, redirect: str, app: App, kept: Mapping[str, Secret], code: Secret
    ) -> Sequence[Connected]:
        """Trade the code that a person came back with for a login, and return everything that it reaches, never nothing.

        Where it is several (pages, organisations), the person chooses one.

        Raises: AppLost; Refused for a code that is spent, old, or not from where it should be; ConnectorError.
        """
        del base, redirect, app, kept, code
        raise Refused("connector.cannot_authorise", platform=self.title)

    def revoke(self, login: Login) -> bool:
        """Make a login worthless at the platform; return whether that lies in our hands.

        Raises: ConnectorError.
        """
        del login
        return False

    @abstractmethod
    def whoami(self, login: Login) -> Profile:
        """Return whom this login belongs to now; proves that it still works.

        Raises: LoginLost, NotSent.
        """

    @abstractmethod
    def prepare(
        self, login: Login, post: Post, key: str, picture: FetchPicture, at: datetime
    ) -> dict[str, object]:
        """Do everything repeatable (upload pictures, choose the record key) and return the handle to store.

        `key` is the delivery's UUID and `at` its planned instant, aware UTC; both are the same at every attempt, so
        that ids of our own choice come out the same. Nothing becomes visible by this.

        Raises: ConnectorError, never OutcomeUnknown: whatever is half done here is harmless.
        """

    @abstractmethod
    def publish(self, login: Login, post: Post, key: str, handle: Json) -> Receipt:
        """Make the one irreversible call.

        Raises: ConnectorError; OutcomeUnknown whenever it cannot be proven that nothing was taken.
        """

    @abstractmethod
    def find(self, login: Login, post: Post, key: str, handle: Json | None, planned_at: datetime) -> Found:
        """Look whether the post is live. `handle` is `None` when we do not know how far it came.

        `planned_at` must be the very instant that `prepare` got as `at`: an id of our own choice is derived from it
        again, and nothing of the delivery can be live before it.

        Raises: ConnectorError when no proper answer came; that is neither yes nor no.
        """

    def believes_absence_after(self, limits: Limits | None) -> timedelta | None:
        """Return how long after the call a "not there" may be believed for an account with these limits of its own."""
        del limits
        return self.trusts_absence

    @abstractmethod
    def measure(self, login: Login, remote_ids: Sequence[str]) -> dict[str, Counts]:
        """Return the counts of each asked post, at most `measure_batch` of them.

        Raises: ConnectorError when no proper answer came.
        """

    def replies(self, login: Login, remote_id: str, since: datetime) -> list[Reply]:
        """Return comments newer than `since`; platforms without them give none."""
        del login, remote_id, since
        return []

    def remove(self, login: Login, remote_id: str) -> None:
        """Take a live post down; already gone counts as done.

        Raises: Refused where the platform offers no removal; ConnectorError.
        """
        del login, remote_id
        raise Refused("connector.cannot_remove", platform=self.title)

    def edit(self, login: Login, remote_id: str, post: Post, picture: FetchPicture) -> Receipt:
        """Replace a live post's content.

        Raises: Refused where the platform offers no editing; ConnectorError.
        """
        del login, remote_id, post, picture
        raise Refused("connector.cannot_edit", platform=self.title)

    def renewal_due(self, login: Login, now: datetime) -> bool:
        """Return whether `renew` would make a call now; asks nobody."""
        del login, now
        return False

    def renew(self, login: Login, now: datetime) -> Mapping[str, Secret] | None:
        """Return fresh secrets to seal in place of the old ones, or `None` when none is needed yet (then no call).

        Raises: LoginLost, NotSent.
        """
        del login, now
        return None
