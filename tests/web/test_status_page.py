import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from sqlalchemy import update
from stage import NOW, PLATFORM_TITLE, Stage, play_a_busy_morning

from campaigns.sentences import LANGUAGES, catalogue
from campaigns.states import State
from campaigns.store import AccountState, Answer, HoldLevel, Instance
from web.assets import asset

CANARY = '"><script>alert(1)</script>&lt;canary onload='


class Reader(HTMLParser):
    """Collects what a browser would see of a page: elements with their attributes, and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def read(response) -> Reader:
    assert response.status_code == 200
    return Reader(response.text)


def heading(response) -> str:
    found = re.search(r"<h1>(.*?)</h1>", response.text)
    assert found
    return found[1]


@pytest.fixture
def busy(store):
    play_a_busy_morning(store)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nn", "9 av 15 innlegg ligg ute"),
        ("nb", "9 av 15 innlegg ligger ute"),
        ("en", "9 of 15 posts are live"),
    ],
)
def test_the_heading_is_delivery_truth_with_both_numbers(busy, browse, language, words):
    page = browse(f"/status?lang={language}")
    assert heading(page) == words
    assert f'<html lang="{language}">' in page.text


def test_the_rest_of_the_truth_is_told_in_words(busy, browse):
    text = read(browse("/status?lang=nn")).text
    assert (
        "1 er ikkje stadfesta, 1 feila, 1 vart ikkje sendt i tide, 2 er på veg ut, 1 ventar, 1 er avlyst."
        in text
    )


def test_before_the_first_due_post_nothing_was_to_be_live(store, browse):
    with store.system() as session:
        stage = Stage(session)
        place = stage.organisation("4601", "Bergen")
        part = stage.joins(stage.campaign(), place)
        stage.delivery(part, stage.account(place, "b"), State.planned, due_at=NOW + timedelta(days=1))
    assert heading(browse("/status?lang=nn")) == "Ingenting skulle vore ute enno"


def test_an_empty_instance_says_how_to_begin(browse):
    page = browse("/status?lang=en")
    assert heading(page) == "No posts are planned yet"
    assert "No campaigns yet" in page.text
    assert "Nothing needs a person now" in page.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_missing_in_any_language(store, busy, browse, browse_unnamed, language):
    with store.system() as session:
        Stage(session).hold(HoldLevel.everything, reason="hold.behind_the_mark")
    for page in (
        browse(f"/status?lang={language}"),
        browse_unnamed(f"/status?lang={language}"),
        browse(f"/nothing?{language}"),
    ):
        assert not re.search(r"\b(page|gate|delivery|hold|connector)\.[a-z_]+", Reader(page.text).text)
        assert not re.search(r"\{[a-z_]+\}", page.text)


def test_a_browser_gets_its_own_language_and_a_link_to_the_others(busy, browse):
    page = browse("/status", headers={"Accept-Language": "nb-NO,nb;q=0.9,en;q=0.8"})
    assert heading(page) == "9 av 15 innlegg ligger ute"
    languages = {one["hreflang"]: one for one in read(page).all("a") if "hreflang" in one}
    assert languages["en"]["href"] == "/status?lang=en"
    assert languages["nb"]["aria-current"] == "true"


def test_what_needs_a_person_stands_with_its_places(busy, browse):
    text = read(browse("/status?lang=nn")).text
    assert "Ligg innlegget ute? Eitt innlegg må sjekkast Masfjorden." in text
    assert "Éin konto må koplast til på nytt" in text


def test_a_stop_shows_what_is_stopped_and_since_when(store, browse, browse_unnamed):
    with store.system() as session:
        stage = Stage(session)
        stage.hold(HoldLevel.county, by=stage.county, target=stage.county, reason="Ras i Sogn", since=NOW)
    words = "Publiseringa er stoppa i heile Vestland sidan laurdag 28. november kl. 10.06. Sett av Vestland. Grunn: «Ras i Sogn»"
    assert words in read(browse("/status?lang=nn")).text
    unnamed = read(browse_unnamed("/status?lang=nn")).text
    assert "Publiseringa er stoppa i eit fylke sidan laurdag 28. november kl. 10.06. Ingenting" in unnamed


def test_many_stops_are_cut_to_the_widest_and_a_number(store, browse):
    with store.system() as session:
        stage = Stage(session)
        for number in range(4):
            place = stage.organisation(f"46{number}", f"Stad {number}")
            stage.hold(HoldLevel.municipality, by=place, target=place)
        stage.hold(HoldLevel.everything)
    text = read(browse("/status?lang=nn")).text
    assert "All publisering er stoppa" in text
    assert "2 stoppar til gjeld." in text
    assert "Publiseringa er stoppa i Stad 3" not in text


def test_an_unknown_count_is_said_in_words_and_is_never_0(busy, browse):
    page = browse("/status?lang=nn")
    row = re.search(r"<tr>\s*<th scope=\"row\">Askvoll.*?</tr>", page.text, re.DOTALL)
    assert row
    assert "1\u00a0268" in row[0]
    assert "veit ikkje" in row[0]
    assert ">0<" not in page.text


def test_a_count_that_stands_on_some_of_the_posts_says_so(store, browse):
    with store.system() as session:
        stage = Stage(session)
        place = stage.organisation("4601", "Bergen")
        part = stage.joins(stage.campaign(), place)
        account = stage.account(place, "b")
        stage.delivery(part, account, State.published, counts={"reactions": 0})
        stage.delivery(part, account, State.published, position=1)
    assert "0 frå 1 av 2 innlegg" in read(browse("/status?lang=nn")).text


def test_what_keeps_a_municipality_back_is_its_first_closed_gate(busy, browse):
    text = read(browse("/status?lang=nn")).text
    assert catalogue()["gate.not_approved"]["nn"] in text


def test_every_answer_has_its_colour_shape_and_word(store, browse):
    with store.system() as session:
        stage = Stage(session)
        campaign = stage.campaign()
        for number, answer in enumerate(Answer):
            stage.joins(campaign, stage.organisation(f"46{number}", f"Stad {number}"), answer)
    page = read(browse("/status?lang=nn"))
    tags = {
        (one["data-color"], one["data-st"]) for one in page.all("span") if one.get("class") == "ds-tag st"
    }
    assert tags == {("warning", "klokke"), ("info", "prikk"), ("success", "pluss"), ("neutral", "minus")}
    assert all(word in page.text for word in ("Ikkje svart", "Svarer seinare", "Er med", "Står over"))


def test_a_live_post_is_a_link_that_takes_nothing_along(busy, browse):
    page = read(browse("/status?lang=nn"))
    links = [one for one in page.all("a") if str(one["href"]).startswith("https://social.example/")]
    assert links
    assert {one["rel"] for one in links} == {"noopener noreferrer"}
    assert f"Opne innlegget til Luster på {PLATFORM_TITLE}: Meir enn bøker" in page.text


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil", "https:///x", "http://[", ""]
)
def test_an_address_of_another_kind_is_no_link(store, browse, address):
    with store.system() as session:
        stage = Stage(session)
        place = stage.organisation("4601", "Bergen")
        part = stage.joins(stage.campaign(), place)
        stage.delivery(part, stage.account(place, "b"), State.published, address=address)
    own = ("/", "#")
    assert all(str(one["href"]).startswith(own) for one in read(browse()).all("a"))


def test_a_title_in_another_language_is_marked_as_such(busy, browse):
    page = browse("/status?lang=en")
    assert "One more book" in page.text
    assert '<span lang="nn">Meir enn bøker</span>' in page.text


def test_hostile_words_stay_words(store, browse):
    with store.system() as session:
        stage = Stage(session)
        place = stage.organisation("4601", f"Bergen{CANARY}")
        campaign = stage.campaign(title={"nn": CANARY})
        campaign.messages[0].title = {"nn": CANARY}
        part = stage.joins(campaign, place)
        account = stage.account(place, CANARY, state=AccountState.login_lost)
        stage.delivery(part, account, State.published, address=f"https://social.example/{CANARY}")
        stage.delivery(
            part, account, State.failed, position=1, reason="connector.refused",
            reason_values={"platform": CANARY, "code": CANARY, "self": CANARY},
        )  # fmt: skip
        stage.delivery(part, account, State.missed, position=2, reason=CANARY)
        stage.hold(HoldLevel.account, by=place, account=account, reason=CANARY)
        stage.pause("account", str(account.id), account=account)
    page = browse("/status?lang=nn")
    seen = read(page)
    assert not seen.all("script")
    assert not any(name.startswith("on") for _, attributes in seen.elements for name in attributes)
    assert page.text.count("&lt;script&gt;") >= 10
    assert CANARY.split("&")[0] not in page.text


def test_without_names_not_one_word_of_the_store_is_shown(store, browse_unnamed):
    with store.system() as session:
        stage = Stage(session)
        stage.county.name = "canary-county"
        place = stage.organisation("4601", "canary-place")
        campaign = stage.campaign("canary-key", title={"nn": "canary-title"})
        campaign.messages[0].title = {"nn": "canary-message"}
        part = stage.joins(campaign, place)
        account = stage.account(place, "canary-handle", state=AccountState.login_lost)
        account.base = "https://canary.example"
        for position, state in enumerate(State):
            stage.delivery(
                part, account, state, position=position, needs_person=True, address="https://canary.example/1",
                reason="canary-reason",
            )  # fmt: skip
        stage.hold(HoldLevel.county, by=stage.county, target=stage.county, reason="canary-words")
        stage.hold(HoldLevel.municipality, by=place, target=place, reason="canary-words")
        stage.hold(HoldLevel.account, by=place, account=account, reason="canary-words")
        stage.hold(HoldLevel.everything, reason="canary-operator")
        stage.pause("account", str(account.id), account=account)
        stage.pause("instance", account.base)
    for path in ("/status?lang=nn", "/status?lang=en", "/status.json", "/health"):
        assert "canary" not in browse_unnamed(path).text
    assert "1 av 8 innlegg ligg ute" in browse_unnamed("/status?lang=nn").text


def test_the_page_keeps_itself_new_only_when_the_reader_asks_for_it(busy, browse, browse_unnamed):
    still = read(browse("/status?lang=nn"))
    assert not any("http-equiv" in one for one in still.all("meta"))
    assert "/status?lang=nn&refresh=yes" in [one["href"] for one in still.all("a")]
    renewing = read(browse("/status?lang=nn&refresh=yes"))
    assert {"http-equiv": "refresh", "content": "5"} in renewing.all("meta")
    assert {"/status?lang=nn", "/status?lang=nb&refresh=yes"} <= {one["href"] for one in renewing.all("a")}
    assert "http-equiv" not in browse_unnamed("/?refresh=yes").text


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(busy, browse):
    page = read(browse())
    assert not page.all("script")
    assert not page.all("style")
    assert not any("style" in attributes for _, attributes in page.elements)
    names = ("icon.svg", "samklang.css", "vendor/designsystemet.css", "vendor/designsystemet-theme.css")
    assert {one["href"] for one in page.all("link")} == {asset(name) for name in names}


def test_every_id_is_there_once_and_every_reference_leads_somewhere(store, busy, browse):
    page = read(browse())
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = {str(one["href"])[1:] for one in page.all("a") if str(one["href"]).startswith("#")}
    wanted |= {str(one[key]) for _, one in page.elements for key in ("aria-labelledby",) if key in one}
    assert wanted <= set(ids)
    assert len(page.all("h1")) == 1


def test_the_figures_are_there_for_scripts_too(busy, browse, browse_unnamed):
    named, unnamed = browse("/status.json").json(), browse_unnamed("/status.json").json()
    assert named["truth"] == unnamed["truth"]
    assert named["truth"]["live"] == 9
    assert len(named["campaigns"][0]["places"]) == 11
    assert (unnamed["campaigns"], unnamed["moves"]) == ([], [])


def test_a_silent_clock_stands_before_everything_else_with_the_way_out(store, browse):
    with store.system() as session:
        session.execute(update(Instance).values(clock_seen_at=NOW - timedelta(hours=2)))
    page = browse("/status?lang=nn").text
    assert "Klokka har ikkje gått sidan" in page
    assert "samklang up" in page
    assert "Ingenting nokon må sjå på" not in page


def test_under_a_stop_nothing_is_said_to_need_nobody(store, browse):
    with store.system() as session:
        Stage(session).hold(HoldLevel.everything, reason="hold.behind_the_mark")
    page = browse("/status?lang=nb").text
    assert "Ingenting noen må se på nå" not in page
    assert "Ingenting annet enn stoppen" in page
