"""Reading the register's files into frozen values: municipalities, counties and who borders whom.

The values hold what the sources say and nothing else. A language decision is only a default for a publishing
language (`campaigns.wording.written_language`), and neutral never means bokmål.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Literal

WrittenLanguage = Literal["nn", "nb", "neutral"]

_DECISIONS: Mapping[str, WrittenLanguage] = {"nynorsk": "nn", "bokmål": "nb", "nøytral": "neutral"}

# Which Sámi language the area of the Sámi Act speaks: North Sámi in the two northern counties, Lule Sámi in Hamarøy,
# South Sámi in Hattfjelldal, Røros, Snåsa and Røyrvik (domain notes 3.1, regulation FOR-2025-09-26-1935).
_NORTH_SAMI_COUNTIES = frozenset({"55", "56"})
_OTHER_SAMI = {"1875": "smj", "1826": "sma", "5025": "sma", "5041": "sma", "5043": "sma"}

# Outside that area, the language of a Sámi parallel name where a source tells it: Kartverket calls the names of
# Trøndelag and of Rana South Sámi (notice of 6 February 2023); Evenášši has a letter that of the three North Sámi alone
# has. Of Oslove, Fuossko, Fuolldá and Suortá no source here says the language.
_SOUTH_SAMI_COUNTY = "50"
_OTHER_NAMES = {"1833": "sma", "1853": "se"}

# What a municipality calls itself in Sámi: the register of legal entities (Enhetsregisteret), with the letters of the
# official place name; for Røros Kartverket's notice. The genitive cannot be made by a rule, so others are left open.
_SAMI_SENDERS = {
    "1853": "Evenášši suohkan",
    "5025": "Rossen tjïelte",
    "5503": "Hársttáid suohkan",
    "5512": "Dielddanuori suohkan",
    "5518": "Loabága suohkan",
    "5540": "Gáivuona suohkan",
    "5610": "Kárášjoga gielda",
    "5612": "Guovdageainnu suohkan",
    "5628": "Deanu gielda",
    "5636": "Unjárgga gielda",
}

# The languages of a county's parallel names, in their official order; Kven is not among a campaign's languages.
_COUNTY_NAMES: Mapping[str, tuple[str, ...]] = {
    "18": ("smj", "se", "sma"), "34": ("sma",), "50": ("sma",), "55": ("se",), "56": ("se",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Municipality:
    """One municipality as the register knows it."""

    number: str
    """Four digits, as text: a leading zero counts."""
    names: tuple[str, ...]
    """Official parallel names in their official order: Norwegian, Sámi, Kven."""
    name_short: str
    """The Norwegian name without `kommune` or `herad`."""
    form: str
    """`kommune` or `herad`."""
    county_number: str
    written_language: WrittenLanguage
    sami_area: str | None
    """The category within the administrative area for Sámi languages, in Norwegian; `None` outside it."""
    sami_language: str | None
    """`se`, `smj` or `sma` within the area where the language is known; otherwise `None`."""
    population: int
    population_on: date
    website: str
    orgnr: str | None
    lat: float
    lon: float
    """A point inside the municipality, degrees."""

    @property
    def name(self) -> str:
        """The whole official name, such as `Guovdageaidnu - Kautokeino`."""
        return " - ".join(self.names)

    @property
    def full_name(self) -> str:
        """The Norwegian name with its form, such as `Voss herad`."""
        return f"{self.name_short} {self.form}"

    @property
    def parallel_names(self) -> tuple[str, ...]:
        """The official names that are not the Norwegian one."""
        return tuple(name for name in self.names if name != self.name_short)

    @property
    def short_names(self) -> Mapping[str, str]:
        """The short name by written language, as far as the sources tell; Sámi stands before Kven in them."""
        names = {"nn": self.name_short, "nb": self.name_short}
        if self.name_language and self.parallel_names:
            names[self.name_language] = self.parallel_names[0]
        return MappingProxyType(names)

    @property
    def name_language(self) -> str | None:
        """The language of the Sámi parallel name, also outside the area; `None` where the sources do not tell it."""
        if self.sami_language or self.number in _OTHER_NAMES:
            return self.sami_language or _OTHER_NAMES[self.number]
        if self.county_number in _NORTH_SAMI_COUNTIES:
            return "se"
        return "sma" if self.county_number == _SOUTH_SAMI_COUNTY else None

    @property
    def full_names(self) -> Mapping[str, str]:
        """What the municipality calls itself in a Sámi language, such as `Guovdageainnu suohkan`, where it is known."""
        language, sender = self.name_language, _SAMI_SENDERS.get(self.number)
        return MappingProxyType({language: sender} if language and sender else {})

    @property
    def host(self) -> str:
        """The domain of its own website without `www.`, such as `voss.kommune.no`."""
        return self.website.partition("://")[2].strip("/").removeprefix("www.")


@dataclass(frozen=True, slots=True)
class County:
    """One county: the area, and the authority that runs campaigns there."""

    number: str
    """Two digits, as text."""
    names: tuple[str, ...]
    """Official parallel names, the Norwegian one first."""
    name: str
    name_official: str
    """The authority's name: `Vestland fylkeskommune`; for Oslo, which has none, `Oslo kommune`."""
    written_language: WrittenLanguage
    """The decision of the county council."""
    sami_area: bool
    population: int
    population_on: date
    website: str

    @property
    def short_names(self) -> Mapping[str, str]:
        """The county's name by written language, as far as the sources tell."""
        others = zip(_COUNTY_NAMES.get(self.number, ()), self.names[1:], strict=False)
        return MappingProxyType({"nn": self.name, "nb": self.name, **dict(others)})

    @property
    def form(self) -> str:
        """`fylkeskommune`, or `kommune` for Oslo."""
        return self.name_official.removeprefix(f"{self.name} ")

    @property
    def host(self) -> str:
        """The domain of its own website without `www.`."""
        return self.website.partition("://")[2].strip("/").removeprefix("www.")


@cache
def municipalities() -> Mapping[str, Municipality]:
    """Return every municipality by its number, in the order of the numbers."""
    return MappingProxyType({row["kommunenummer"]: _municipality(row) for row in _rows("municipalities.csv")})


@cache
def counties() -> Mapping[str, County]:
    """Return every county by its number, in the order of the numbers."""
    return MappingProxyType({row["county_number"]: _county(row) for row in _rows("counties.csv")})


@cache
def neighbours() -> Mapping[str, frozenset[str]]:
    """Return each municipality's neighbours: by land, and across water for islands and fjords (D20)."""
    found: dict[str, set[str]] = {number: set() for number in municipalities()}
    for row in _rows("neighbours.csv"):
        found[row["a"]].add(row["b"])
        found[row["b"]].add(row["a"])
    return MappingProxyType({number: frozenset(others) for number, others in found.items()})


def _municipality(row: Mapping[str, str]) -> Municipality:
    number, area = row["kommunenummer"], row["sami_admin_area"] or None
    north = "se" if row["county_number"] in _NORTH_SAMI_COUNTIES else None
    return Municipality(
        number=number,
        names=tuple(row["name"].split(" - ")),
        name_short=row["name_short"],
        form=row["form"],
        county_number=row["county_number"],
        written_language=_DECISIONS[row["malform"]],
        sami_area=area,
        sami_language=(_OTHER_SAMI.get(number, north) if area else None),
        population=int(row["population"]),
        population_on=date.fromisoformat(row["population_year"]),
        website=row["website"],
        orgnr=row["orgnr"] or None,
        lat=float(row["lat"]),
        lon=float(row["lon"]),
    )


def _county(row: Mapping[str, str]) -> County:
    return County(
        number=row["county_number"],
        names=tuple(row["name_official"].split(" - ")),
        name=row["name"],
        name_official=row["fylkeskommune"],
        written_language=_DECISIONS[row["malform_fylkesting"]],
        sami_area=row["sami_admin_area"] == "yes",
        population=int(row["population"]),
        population_on=date.fromisoformat(row["population_year"]),
        website=row["website"],
    )


def _rows(file: str) -> Iterator[dict[str, str]]:
    text = resources.files("campaigns.register").joinpath(file).read_text("utf-8")
    yield from csv.DictReader(text.splitlines())
