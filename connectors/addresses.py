"""Addresses of the outside: reads them strictly and judges where they lead.

Every address that a person types, or a platform gives, passes here before anything is sent to it or shown as a link
(threats C6, C8, C12). It opens no connection and asks no resolver: `wire` does both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from connectors.errors import Refused

_PRINTABLE = re.compile(r"[!#-;=?-\[\]_a-z~%]+\Z")
"""RFC 3986 characters; no space, control, quote, backslash, angle bracket or caret."""
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
_TOP_LABEL = re.compile(r"(?=.*[a-z])(?!-)[a-z0-9-]{2,63}(?<!-)\Z")
"""The last label of a name has a letter, so that `2130706433`, `127.1` and `0x7f.1` are no names."""
_LONGEST = 2000
_LONGEST_NAME = 253  # RFC 1035

# IANA special-purpose registry for IPv4, read 2026-11, with multicast and the reserved top block. An own table,
# because `is_global` says yes to multicast and to translated ranges (measured, threats fact c).
_CLOSED_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carrier-grade NAT
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local; cloud metadata
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # 6to4 relay
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarking
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
_OPEN_6 = IPv6Network("2000::/3")
"""The only global unicast range handed out so far: mapped, translated, local and multicast ones lie outside."""
_CLOSED_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments, Teredo, ORCHID
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: carries an IPv4 address
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)
_OWN = tuple(
    map(
        IPv4Network,
        ("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    )
)
_OWN_6 = (IPv6Network("::1/128"), IPv6Network("fc00::/7"))


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call goes: scheme, ASCII host and port."""

    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """Return `scheme://host[:port]`, the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"https": 443, "http": 80}[self.scheme]
        return f"{self.scheme}://{host}" + ("" if self.port == usual else f":{self.port}")


def parse(url: str, *, allow_private: bool = False) -> Target:
    """Read an absolute address strictly and return where it leads.

    Raises: Refused (`connector.address_odd`) for anything but https on port 443 to a proper name; with
    `allow_private` also other ports, loopback and private literals, and plain http to loopback.
    """
    if not 0 < len(url) <= _LONGEST or not _PRINTABLE.match(url.lower()):
        raise _odd("characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _odd("form") from None
    host = parts.hostname or ""
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise _odd("user name in the address")
    loopback = _is_loopback(host)
    if parts.scheme == "http" and not (allow_private and loopback):
        raise _odd("not https")
    if parts.scheme not in ("https", "http"):
        raise _odd("not https")
    if not _is_name(host) and not (allow_private and (loopback or _is_literal(host))):
        raise _odd("host")
    port = {"https": 443, "http": 80}[parts.scheme] if port is None else port
    if port != 443 and not (allow_private and (port == 80 or port >= 1024)):
        raise _odd("port")
    return Target(parts.scheme, host, port)


def base_address(typed: str, *, allow_private: bool = False) -> str:
    """Return the origin of what a person typed as a server: `Social.Example/` gives `https://social.example`.

    Raises: Refused when it is no address of a server.
    """
    typed = typed.strip()
    if "://" not in typed:
        typed = f"https://{typed}"
    scheme, _, rest = typed.partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if not host.isascii():
        try:
            # An address with æ, ø or å: the wire form of IDNA; look-alike digits become plain ones here.
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            raise _odd("host") from None
    return parse(f"{scheme.lower()}://{host}", allow_private=allow_private).origin


def is_plain_public(address: str, *, allow_private: bool = False) -> bool:
    """Return whether a resolved address lies in the open internet (or, if allowed, on this machine or its net)."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        if allow_private and any(found in net for net in _OWN):
            return True
        return not any(found in net for net in _CLOSED_4)
    if allow_private and any(found in net for net in _OWN_6):
        return True
    return _is_open_6(found)


def public_link(url: object, base: str) -> str | None:
    """Return `url` if it may be shown as the address of a post on the server at `base`, else `None` (threats C12).

    https on the server's own host or one beside it (a server may keep its API and its pages on sister names); plain
    http only where it is the account's own base, as with the stand-ins.
    """
    if not isinstance(url, str):
        return None
    if base.startswith("http://"):
        return url if url.startswith(f"{base}/") and _PRINTABLE.match(url.lower()) else None
    try:
        here, there = parse(base, allow_private=True), parse(url)
    except Refused:
        return None
    return url if _house(here.host) == _house(there.host) else None


def _house(host: str) -> str:
    return ".".join(host.split(".")[-2:])


def _is_open_6(found: IPv6Address) -> bool:
    return found in _OPEN_6 and not any(found in net for net in _CLOSED_6)


def _is_name(host: str) -> bool:
    labels = host.split(".")
    return (
        len(host) <= _LONGEST_NAME
        and len(labels) > 1
        and all(map(_LABEL.match, labels[:-1]))
        and bool(_TOP_LABEL.match(labels[-1]))
    )


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_literal(host) and ip_address(host).is_loopback)


def _odd(why: str) -> Refused:
    """Return the refusal of an address; what was typed stays out of it, it may hold a secret."""
    return Refused("connector.address_odd", diagnostic=f"address refused: {why}")
