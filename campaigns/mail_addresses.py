"""Mail addresses as we take them: one plain address, and nothing that a program could read as more (threat C15)."""

from __future__ import annotations

import re

LONGEST = 254
"""RFC 5321, 4.5.3.1, as corrected by erratum 1690."""
# Less than RFC 5322 allows: none of ? & = % / # |, which mean something in an address of another kind
_PLAIN = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._+'~-]{0,62}[A-Za-z0-9_+-])?"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])"
)


class AddressRefused(ValueError):
    """No plain mail address; says nothing of what it was."""

    code = "mail.address"


def is_address(text: str) -> bool:
    """Return whether a text is one plain mail address."""
    return len(text) <= LONGEST and ".." not in text and _PLAIN.fullmatch(text) is not None


def must_be_address(text: str) -> str:
    """Return the address.

    Raises: AddressRefused.
    """
    if not is_address(text):
        raise AddressRefused
    return text
