"""What rendering comes to: a delivery's content as it would be approved now, with everything that is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from campaigns import checks
from campaigns.snapshots import digest
from connectors.base import Price
from connectors.post import Post


@dataclass(frozen=True, slots=True)
class Draft:
    """A delivery's content as it would be approved now: the post, its snapshot, and what is wrong with it."""

    delivery_id: int
    message_key: str
    account: str
    post: Post | None
    body: str
    hash: str
    problems: tuple[checks.Problem, ...]
    wording_body: str = ""
    """The same with holes where facts come late (D3); empty where none does."""
    awaits: tuple[str, ...] = ()
    """Facts that come late and are not there yet."""
    price: Price | None = None
    """What the platform takes for it."""
    parts: tuple[tuple[str, str], ...] = ()
    """The paragraphs that it is made of, each with its kind; also of a text that is too long to be sent."""
    form: str = ""
    """Which of the message's texts was taken: `full`, `short`, or the platform's name for its own."""
    length: int = 0
    """How long it is, as the platform counts."""
    limit: int = 0
    missing: tuple[str, ...] = ()
    """Everything that has no value and stands in the text in braces."""

    @property
    def wording_hash(self) -> str:
        """Return the digest of the wording, empty where no fact comes late."""
        return digest(self.wording_body) if self.wording_body else ""

    @property
    def blocked(self) -> bool:
        """Whether it cannot be approved for sending as it stands."""
        return self.post is None or checks.blocks(self.problems)

    @property
    def only_awaits(self) -> bool:
        """Whether nothing but late facts keeps it from being approved for sending: its wording may be approved."""
        blocking = {one.code for one in self.problems if one.severity == "blocking"}
        return bool(self.awaits) and blocking == {"approval.fact_awaited"} and bool(self.wording_body)


def costs(drafts: Iterable[Draft]) -> list[Price]:
    """Return what several drafts cost together, one sum for each currency; empty where nothing costs anything."""
    sums: dict[str, Decimal] = {}
    for price in (one.price for one in drafts):
        if price is not None:
            sums[price.currency] = sums.get(price.currency, Decimal()) + price.amount
    return [Price(amount, currency) for currency, amount in sorted(sums.items())]
