"""The register of Norwegian municipalities and counties, their neighbours and the colouring of the map.

It reads the CSV files beside it, once, and answers from memory. It does not fetch, refresh or change anything: the
files are replaced by hand when the official sources change (`SOURCES.md` says which, when and under what licence).
"""

from campaigns.register.colouring import colour_count, colours
from campaigns.register.reading import (
    County,
    Municipality,
    WrittenLanguage,
    counties,
    municipalities,
    neighbours,
)

__all__ = [
    "County",
    "Municipality",
    "WrittenLanguage",
    "colour_count",
    "colours",
    "counties",
    "municipalities",
    "neighbours",
]
