"""The colouring of the map: every municipality gets a small number that none of its neighbours has (D20).

The whole register is coloured, whoever takes part in a campaign, so that joining and leaving move nobody. What a
colour means for a delivery's time is `campaigns.timing`'s business.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from types import MappingProxyType

from campaigns.register.reading import neighbours


def colour(graph: Mapping[str, Collection[str]]) -> dict[str, int]:
    """Return a colour, counted from 0, for every node so that no two neighbours are alike.

    DSATUR (Brélaz 1979): next comes the node whose neighbours already show the most colours, then the one with the
    most neighbours, then the lowest number; it takes the lowest free colour. The same graph gives the same colours.
    """
    found: dict[str, int] = {}
    seen: dict[str, set[int]] = {node: set() for node in graph}
    while len(found) < len(graph):
        node = min(
            (node for node in graph if node not in found),
            key=lambda node: (-len(seen[node]), -len(graph[node]), node),
        )
        found[node] = next(free for free in range(len(graph)) if free not in seen[node])
        for other in graph[node]:
            seen[other].add(found[node])
    return found


@cache
def colours() -> Mapping[str, int]:
    """Return the colour of every municipality in the register, by its number."""
    return MappingProxyType(colour(neighbours()))


@cache
def colour_count() -> int:
    """Return how many colours the register needs."""
    return max(colours().values()) + 1
