from hypothesis import given
from hypothesis import strategies as st
from paper import definition, paper

from campaigns import register
from campaigns.definition.model import Invite
from campaigns.sami import LANGUAGES, missing_in, missing_versions
from campaigns.sentences import sentence

PLACES = register.municipalities()
AREA = [number for number, one in PLACES.items() if one.sami_area]


def codes(languages: list[str], invited: list[str]) -> list[str]:
    return [one.code for one in missing_versions(languages, invited)]


def test_a_campaign_in_the_area_is_warned_of_each_version_it_lacks() -> None:
    found = missing_versions(["nn", "nb"], ["4621", "5612", "5610", "1875", "5041"])
    assert [(one.code, one.values["places"]) for one in found] == [
        ("sami.missing_se", "Kautokeino, Karasjok"),
        ("sami.missing_smj", "Hamarøy"),
        ("sami.missing_sma", "Snåsa"),
    ]
    assert sentence(found[0].code, found[0].values, "nn") == (
        "Kampanjen når forvaltningsområdet for samiske språk og manglar nordsamisk (se): Kautokeino, Karasjok."
        " Legg til ein versjon."
    )


def test_the_right_version_is_enough_and_another_is_not() -> None:
    assert codes(["nb", "se"], ["5612"]) == []
    assert codes(["nb", "sma"], ["5612"]) == ["sami.missing_se"]


def test_where_the_register_does_not_know_the_language_any_will_do() -> None:
    assert PLACES["1840"].sami_area
    assert codes(["nb"], ["1840"]) == ["sami.missing_unknown"]
    assert codes(["nb", "smj"], ["1840"]) == []


def test_outside_the_area_nobody_is_warned_whatever_the_name() -> None:
    assert codes(["nn", "nb"], ["4621", "5001", "9999", "46"]) == []


def test_a_document_says_itself_whom_it_reaches_but_for_a_group() -> None:
    troms = missing_in(definition(paper()).model_copy(update={"invite": Invite(county="55")}))
    assert [one.values["places"] for one in troms] == ["Tjeldsund, Lavangen, Kåfjord"]
    assert (
        missing_in(definition(paper()).model_copy(update={"invite": Invite(municipalities=("4621",))})) == []
    )
    assert missing_in(definition(paper()).model_copy(update={"invite": Invite(group="sunnfjord")})) == []


def test_a_long_list_of_places_is_counted() -> None:
    (north, *_) = missing_versions(["nn"], AREA)
    assert str(north.values["places"]).endswith("(+2)")


@given(st.sets(st.sampled_from(["nn", "nb", "en", *LANGUAGES])), st.sets(st.sampled_from(AREA)))
def test_more_versions_never_bring_more_warnings(languages: set[str], invited: set[str]) -> None:
    before = set(codes([*languages], [*invited]))
    for language in LANGUAGES:
        assert set(codes([*languages, language], [*invited])) <= before
    assert codes([*languages, *LANGUAGES], [*invited]) == []
