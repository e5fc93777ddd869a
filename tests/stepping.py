"""A desk at which something happens between the claim and the note: when the logins are read."""

from __future__ import annotations

from collections.abc import Callable, Collection

from connectors.base import Login
from connectors.errors import ConnectorError
from workers.desk import Desk


class SteppingDesk(Desk):
    """Does `between` before it reads the logins."""

    between: Callable[[], None] = staticmethod(lambda: None)

    def logins(self, account_ids: Collection[int]) -> dict[int, Login | ConnectorError]:
        """Let it happen, then read the logins."""
        self.between()
        return super().logins(account_ids)
