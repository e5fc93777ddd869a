"""Holds the places a campaign names against the register of municipalities and counties."""

from __future__ import annotations

from collections.abc import Iterator

from campaigns import register
from campaigns.definition.coherence import Finding, Sketch


def check_places(sketch: Sketch) -> Iterator[Finding]:
    """Yield the invited municipalities and the county that the register does not have."""
    if sketch.invite is None:
        return
    known = register.municipalities()
    for index, number in enumerate(sketch.invite.municipalities or ()):
        if number not in known:
            path = ("invite", "municipalities", index)
            yield Finding("definition.municipality_unknown", path, {"number": number})
    if sketch.invite.county is not None and sketch.invite.county not in register.counties():
        values = {"number": sketch.invite.county}
        yield Finding("definition.county_unknown", ("invite", "county"), values)
