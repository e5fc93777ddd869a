"""Ports for servers that a test starts itself."""

from __future__ import annotations

import itertools
import os
import socket

FIRST, LAST = 20_000, 32_000
"""Below what the system gives to outgoing connections, one of which could take a port between looking and listening."""

_turns = itertools.count(os.getpid() * 97)


def free_ports(count: int = 1) -> int:
    """Return the first of `count` ports in a row that nobody listens on; processes begin at places of their own."""
    for _ in range(1000):
        first = FIRST + next(_turns) * 4 % (LAST - FIRST)
        probes = [socket.socket() for _ in range(count)]
        try:
            for step, probe in enumerate(probes):
                probe.bind(("127.0.0.1", first + step))
            return first
        except OSError:
            continue
        finally:
            for probe in probes:
                probe.close()
    raise AssertionError("no free ports")
