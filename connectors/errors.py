"""The endings of a call to a platform, sorted by what may be done next.

The whole taxonomy stands on this page. An error carries a `code` with `values` for the sentence a person reads
(the sentence itself lives in the catalogue, D27) and a `diagnostic` for the log. Neither ever holds a secret:
connectors build them from status codes and their own words, never from request headers or addresses with queries.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Literal

Scope = Literal["account", "app", "instance"]


class ConnectorError(Exception):
    """A call to a platform did not end well."""

    default_code: ClassVar[str] = "connector.error"

    def __init__(self, code: str | None = None, *, diagnostic: str = "", **values: str | int) -> None:
        self.code = code or self.default_code
        self.values = values
        self.diagnostic = diagnostic
        super().__init__(f"{self.code}: {diagnostic}" if diagnostic else self.code)


class NotSent(ConnectorError):
    """It was not taken; sending again is safe."""

    default_code = "connector.not_sent"

    def __init__(
        self,
        code: str | None = None,
        *,
        wait: timedelta | None = None,
        prepare_again: bool = False,
        diagnostic: str = "",
        **values: str | int,
    ) -> None:
        super().__init__(code, diagnostic=diagnostic, **values)
        self.wait = wait
        """How long the platform asks us to wait; `None` leaves it to our own timetable."""
        self.prepare_again = prepare_again
        """The stored handle is of no use any more, such as an upload that the platform has dropped."""


class RateLimited(NotSent):
    """The platform says slow down; everything within the scope pauses."""

    default_code = "connector.rate_limited"

    def __init__(
        self,
        code: str | None = None,
        *,
        wait: timedelta | None = None,
        scope: Scope = "account",
        diagnostic: str = "",
        **values: str | int,
    ) -> None:
        super().__init__(code, wait=wait, prepare_again=False, diagnostic=diagnostic, **values)
        self.scope: Scope = scope


class Refused(ConnectorError):
    """The platform read it and declined; the same would get the same answer."""

    default_code = "connector.refused"


class AppLost(Refused):
    """The platform no longer knows our application; it has to be registered again before anybody is sent there."""

    default_code = "connector.app_lost"


class LoginLost(ConnectorError):
    """The login is no longer accepted; a person must connect the account again."""

    default_code = "connector.login_lost"


class OutOfCredit(ConnectorError):
    """The platform wants money before it takes more."""

    default_code = "connector.out_of_credit"

    def __init__(
        self, code: str | None = None, *, scope: Scope = "account", diagnostic: str = "", **values: str | int
    ) -> None:
        super().__init__(code, diagnostic=diagnostic, **values)
        self.scope: Scope = scope


class OutcomeUnknown(ConnectorError):
    """The call left and no clear answer came: it may or may not be live. Never resend because of this."""

    default_code = "connector.outcome_unknown"
