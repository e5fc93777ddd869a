from collections import Counter
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import register
from campaigns.register.colouring import colour


def test_the_register_holds_every_municipality_and_county() -> None:
    assert len(register.municipalities()) == 357
    assert len(register.counties()) == 15
    assert sum(each.population for each in register.municipalities().values()) == 5_627_400
    assert {each.county_number for each in register.municipalities().values()} == set(register.counties())


def test_the_counties_have_the_number_of_municipalities_the_regulation_says() -> None:
    found = Counter(each.county_number for each in register.municipalities().values())
    assert [found[number] for number in register.counties()] == [
        1, 23, 27, 41, 12, 21, 18, 46, 6, 17, 25, 43, 38, 21, 18,
    ]  # fmt: skip


def test_the_inhabitants_of_a_county_are_those_of_its_municipalities() -> None:
    for county in register.counties().values():
        parts = (m.population for m in register.municipalities().values() if m.county_number == county.number)
        assert sum(parts) == county.population, county.name


def test_a_number_carries_its_county_and_keeps_its_leading_zero() -> None:
    assert all(number.startswith(each.county_number) for number, each in register.municipalities().items())
    assert register.municipalities()["0301"].name_short == "Oslo"


def test_a_herad_is_called_a_herad_and_oslo_has_no_fylkeskommune() -> None:
    herads = {each.full_name for each in register.municipalities().values() if each.form == "herad"}
    assert herads == {"Voss herad", "Ulvik herad", "Kvam herad"}
    assert register.counties()["03"].form == "kommune"
    assert {county.form for number, county in register.counties().items() if number != "03"} == {
        "fylkeskommune"
    }
    assert register.counties()["46"].name_official == "Vestland fylkeskommune"


@pytest.mark.parametrize(
    ("number", "short", "others", "sami"),
    [
        ("5612", "Kautokeino", ("Guovdageaidnu",), ("se", "Guovdageaidnu")),
        ("5540", "Kåfjord", ("Gáivuotna", "Kaivuono"), ("se", "Gáivuotna")),
        ("5622", "Porsanger", ("Porsáŋgu", "Porsanki"), ("se", "Porsáŋgu")),
        ("1875", "Hamarøy", ("Hábmer",), ("smj", "Hábmer")),
        ("5025", "Røros", ("Rosse",), ("sma", "Rosse")),
        ("5001", "Trondheim", ("Tråante",), ("sma", "Tråante")),
        ("5536", "Lyngen", ("Ivgu", "Yykeä"), ("se", "Ivgu")),
        ("1841", "Fauske", ("Fuossko",), None),
        ("0301", "Oslo", ("Oslove",), None),
        ("3454", "Vang", (), None),
    ],
)
def test_parallel_names_are_parted(
    number: str, short: str, others: tuple[str, ...], sami: tuple[str, str] | None
) -> None:
    municipality = register.municipalities()[number]
    assert (municipality.name_short, municipality.parallel_names) == (short, others)
    names = dict(municipality.short_names)
    assert names.pop("nn") == names.pop("nb") == short
    assert names == ({sami[0]: sami[1]} if sami else {})


def test_every_name_by_language_is_an_official_one() -> None:
    for each in register.municipalities().values():
        assert set(each.short_names.values()) <= set(each.names)
        assert set(each.full_names) <= set(each.short_names)
    for county in register.counties().values():
        assert set(county.short_names.values()) <= set(county.names)


def test_a_county_has_its_sami_names() -> None:
    names = {number: dict(one.short_names) for number, one in register.counties().items()}
    assert names["18"] == {
        "nn": "Nordland", "nb": "Nordland", "smj": "Nordlánnda", "se": "Nordlánda", "sma": "Nordlaante",
    }  # fmt: skip
    assert names["55"] == {"nn": "Troms", "nb": "Troms", "se": "Romsa"}
    assert names["46"] == {"nn": "Vestland", "nb": "Vestland"}


def test_every_municipality_of_the_area_has_a_name_in_its_sami_language() -> None:
    inside = [one for one in register.municipalities().values() if one.sami_language]
    assert len(inside) == 13
    assert all(one.sami_language in one.short_names for one in inside)


def test_a_municipality_keeps_its_norwegian_name_among_the_official_ones() -> None:
    for each in register.municipalities().values():
        assert each.name_short in each.names, each.name
        assert len(each.parallel_names) == len(each.names) - 1


def test_language_decisions_are_told_apart_and_neutral_is_a_value_of_its_own() -> None:
    found = Counter(each.written_language for each in register.municipalities().values())
    assert found == {"nn": 87, "nb": 117, "neutral": 153}  # Eigersund and Haugesund left bokmål in 2025
    assert register.counties()["46"].written_language == "nn"
    assert register.counties()["34"].written_language == "neutral"


def test_the_sami_area_has_fourteen_municipalities_and_four_counties() -> None:
    assert sum(each.sami_area is not None for each in register.municipalities().values()) == 14
    assert {each.name for each in register.counties().values() if each.sami_area} == {
        "Nordland", "Trøndelag", "Troms", "Finnmark",
    }  # fmt: skip


def test_addresses_and_numbers_have_their_form() -> None:
    for each in register.municipalities().values():
        assert each.website.startswith("https://")
        assert each.host.endswith(".kommune.no")
        assert not each.host.startswith("www.")
        assert each.orgnr is None or (len(each.orgnr) == 9 and _mod_11(each.orgnr))
        assert 57 < each.lat < 72
        assert 4 < each.lon < 32
    assert register.counties()["46"].host == "vestlandfylke.no"


def test_every_neighbour_is_known_and_neighbourhood_is_mutual() -> None:
    neighbours = register.neighbours()
    assert set(neighbours) == set(register.municipalities())
    for number, others in neighbours.items():
        assert others, f"{number} has no neighbour"
        assert number not in others
        assert all(number in neighbours[other] for other in others)
    assert sum(map(len, neighbours.values())) == 2 * (752 + 208)


def test_no_two_neighbours_have_the_same_colour() -> None:
    colours = register.colours()
    for number, others in register.neighbours().items():
        assert colours[number] not in {colours[other] for other in others}
    assert register.colour_count() == 5
    assert set(colours.values()) == set(range(5))


def test_the_colours_are_the_same_for_ever() -> None:
    colours = register.colours()
    assert dict(colours) == colour(register.neighbours())
    known = {"0301": 0, "1101": 0, "4601": 3, "4621": 0, "5001": 1, "5601": 1}
    assert {number: colours[number] for number in known} == known


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12))))
def test_any_map_is_coloured_without_likeness_and_in_any_order_alike(borders: list[tuple[int, int]]) -> None:
    graph: dict[str, set[str]] = {str(node): set() for node in range(13)}
    for one, other in borders:
        if one != other:
            graph[str(one)].add(str(other))
            graph[str(other)].add(str(one))
    found = colour(graph)
    assert all(found[node] != found[other] for node in graph for other in graph[node])
    assert max(found.values()) <= max(len(others) for others in graph.values())
    assert colour(dict(reversed(graph.items()))) == found


def test_the_register_cannot_be_changed_by_its_readers() -> None:
    with pytest.raises(TypeError):
        register.colours()["0301"] = 9  # type: ignore[index]


def test_the_sources_are_named_beside_the_data() -> None:
    text = resources.files("campaigns.register").joinpath("SOURCES.md").read_text("utf-8")
    for name in ("SSB", "Kartverket", "NLOD 2.0", "norway-geodata", "csdata", "CC BY 4.0"):
        assert name in text


def _mod_11(orgnr: str) -> bool:
    rest = (
        sum(int(digit) * weight for digit, weight in zip(orgnr, (3, 2, 7, 6, 5, 4, 3, 2), strict=False)) % 11
    )
    return int(orgnr[8]) == (11 - rest) % 11
