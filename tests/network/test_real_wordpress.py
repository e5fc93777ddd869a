"""The WordPress connector against WordPress itself: what the stand-in plays is what the real software does."""

from __future__ import annotations

import hashlib
import html
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import requests
from PIL import Image
from readers import Page
from sites import Member, Site, running_site

from connectors import (
    Login,
    LoginLost,
    NotSent,
    OutcomeUnknown,
    Picture,
    Post,
    Receipt,
    Refused,
    Secret,
    Wire,
)
from connectors.wordpress import WordPress

pytestmark = pytest.mark.network

AT = datetime.now(UTC) - timedelta(minutes=1)
TEXT = "Når straumen går: ver klar! 👩🏽‍🚒\n\nLes meir på https://www.voss.kommune.no/beredskap?a=1&b=2 før helga."


class Forgetful(Wire):
    """A wire on which a publishing call arrives and its answer is lost."""

    def call(self, method: str, url: str, **named):
        answer = super().call(method, url, **named)
        if named.get("irreversible"):
            raise OutcomeUnknown(diagnostic="lost on the way back")
        return answer


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own for the tests of this module."""
    with running_site(tmp_path_factory.mktemp("wordpress")) as running:
        yield running


@pytest.fixture(scope="module")
def editor(site: Site) -> Member:
    """Somebody who publishes for the municipality."""
    return site.member("editor")


@pytest.fixture
def wordpress() -> Iterator[WordPress]:
    """The connector, allowed to talk to this machine."""
    wire = Wire(allow_private=True, user_agent="Samklang tests")
    yield WordPress(wire)
    wire.close()


@pytest.fixture
def login(wordpress: WordPress, site: Site, editor: Member) -> Login:
    """The editor's login, made as `account connect` does."""
    return log_in(wordpress, site, editor)


def log_in(wordpress: WordPress, site: Site, member: Member) -> Login:
    connected = wordpress.connect(site.address, typed(member))
    assert connected.profile.base is not None
    return Login(connected.profile.base, connected.profile.remote_id, connected.secrets)


def typed(member: Member, password: str = "") -> dict[str, Secret]:
    return {"user": Secret(member.name), "app_password": Secret(password or member.password)}


def picture(kind: str = "JPEG", alt: str = "Ei hovudlykt på eit bord.") -> tuple[Picture, bytes]:
    buffer = BytesIO()
    Image.new("RGB", (1280, 720), (90, 60, len(alt))).save(buffer, kind)
    content = buffer.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    return Picture(digest, f"image/{kind.lower()}", 1280, 720, len(content), alt), content


def publish(
    wordpress: WordPress, login: Login, post: Post, contents: dict[str, bytes] | None = None
) -> Receipt:
    key = str(uuid.uuid4())
    handle = wordpress.prepare(login, post, key, lambda one: (contents or {})[one.sha256], AT)
    return wordpress.publish(login, post, key, handle)


def how_many(site: Site, slug: object) -> int:
    """Return how many posts have this slug, or this slug with a number behind."""
    there = site.ask("GET", "/posts?per_page=100&status=publish,draft,pending,private&_fields=slug")
    return sum(one["slug"].startswith(str(slug)) for one in there)


# Connecting


def test_a_post_stands_in_the_chosen_category(wordpress: WordPress, site: Site, editor: Member) -> None:
    chosen = {**typed(editor), "categories": Secret("uncategorized")}
    connected = wordpress.connect(site.address, chosen)
    login = Login(site.address, connected.profile.remote_id, connected.secrets)
    receipt = publish(wordpress, login, Post("I ein kategori", "nn"))
    (read,) = site.ask("GET", f"/posts?include={receipt.remote_id}&_fields=categories")
    assert read["categories"] == [1]
    with pytest.raises(Refused, match="no_category"):
        wordpress.connect(site.address, {**chosen, "categories": Secret("finst-ikkje")})


def test_an_application_password_connects_and_says_whom_it_belongs_to(
    wordpress: WordPress, site: Site, editor: Member, login: Login
) -> None:
    assert " " in editor.password, "as it is shown, in groups"
    assert (login.base, login.remote_id) == (site.address, str(editor.id))
    profile = wordpress.whoami(login)
    assert profile.handle == f"{editor.name}@{site.address.partition('://')[2]}"
    assert (profile.remote_id, profile.address) == (str(editor.id), f"{site.address}/")


@pytest.mark.parametrize("name", ["", "nobody"])
def test_a_wrong_password_or_name_is_a_lost_login(
    wordpress: WordPress, site: Site, editor: Member, name: str
) -> None:
    wrong = {"user": Secret(name or editor.name), "app_password": Secret("abcd efgh ijkl mnop qrst uvwx")}
    with pytest.raises(LoginLost) as refused:
        wordpress.connect(site.address, wrong)
    assert refused.value.code == "connector.login_lost"


def test_a_password_that_was_taken_back_is_a_lost_login_when_something_is_to_be_published(
    wordpress: WordPress, site: Site
) -> None:
    member = site.member("author")
    login = log_in(wordpress, site, member)
    site.ask("DELETE", f"/users/{member.id}/application-passwords")
    with pytest.raises(LoginLost):
        publish(wordpress, login, Post("For seint.", "nn"))


@pytest.mark.parametrize("role", ["subscriber", "contributor"])
def test_who_may_not_publish_is_refused(wordpress: WordPress, site: Site, role: str) -> None:
    member = site.member(role)
    with pytest.raises(LoginLost) as refused:
        wordpress.connect(site.address, typed(member))
    assert refused.value.code == "connector.not_permitted"


def test_a_member_who_lost_her_role_publishes_no_more(wordpress: WordPress, site: Site) -> None:
    member = site.member("author")
    login = log_in(wordpress, site, member)
    site.ask("POST", f"/users/{member.id}", {"roles": ["subscriber"]})
    with pytest.raises(LoginLost) as refused:
        publish(wordpress, login, Post("Utan rettar.", "nn"))
    assert refused.value.code == "connector.not_permitted"


# Publishing


@pytest.mark.parametrize("role", ["author", "editor"])
def test_a_post_is_read_at_its_address_in_its_language(wordpress: WordPress, site: Site, role: str) -> None:
    login = log_in(wordpress, site, site.member(role))
    receipt = publish(wordpress, login, Post(TEXT, "nn"))
    assert receipt.address.startswith(f"{site.address}/nar-straumen-gar-ver-klar-")
    page = Page(site.page(receipt.address))
    assert page.language == "nn"
    assert page.words.strip() == TEXT
    assert page.heading.strip() == TEXT.splitlines()[0]
    link = "https://www.voss.kommune.no/beredskap?a=1&b=2"
    assert f'href="{html.escape(link)}"' in site.page(receipt.address).replace("&#038;", "&amp;")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_pictures_stand_there_with_their_words(
    wordpress: WordPress, site: Site, login: Login, kind: str
) -> None:
    first, second = picture(kind), picture(kind, 'Ei "kanne" <b>med</b> vatn & is [gallery]')
    contents = {one.sha256: content for one, content in (first, second)}
    receipt = publish(wordpress, login, Post("Sjå her.", "nn", pictures=(first[0], second[0])), contents)
    page = Page(site.page(receipt.address))
    assert [alt for _, alt in page.pictures] == [first[0].alt, second[0].alt]
    for address, _ in page.pictures:
        shown = requests.get(address, timeout=60)
        assert (shown.status_code, shown.headers["Content-Type"]) == (200, first[0].mime)
    there = site.ask("GET", f"/posts/{receipt.remote_id}")
    featured = site.ask("GET", f"/media/{there['featured_media']}")
    assert featured["alt_text"] == first[0].alt


@pytest.mark.parametrize("role", ["author", "editor"])
@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> & <b>ÆØÅ æøå</b> 1 < 2 > 0 &amp; &lt;",
        "Ord\n\n<img src=x onerror=alert(1)> <!-- a --> <!-- wp:latest-posts /-->",
        "Č č Đ đ Ŋ ŋ Š š Ŧ ŧ Ž ž ï 🏳️‍🌈 🔥 👨‍👩‍👧‍👦 𝔘",
        "\"Sitat\" 'enkelt' «norsk» it's 90's 6'2\" rock'n'roll ``kode'' `a`",
        "Kl. 10... -- og --- og - så 9x9 (tm) xn--a a--b -",
        "Smil :) :-) ;) 8-) 8O :D :lol: :!: :?: :mrgreen:",
        "[gallery] [caption]x[/caption] [[gallery]] [embed]y[/embed]",
        "Wordpress og (Wordpress) og «Wordpress»",
        "Linje\nlinje\n- punkt\n- punkt\n:)\nhttps://herad.example/a--b...c\n:)\n\nhttps://herad.example/\n\nSlutt \\n \\\\ %20 %s $1",
    ],
)
def test_words_arrive_as_they_were_approved(wordpress: WordPress, site: Site, text: str, role: str) -> None:
    login = log_in(wordpress, site, site.member(role))
    receipt = publish(wordpress, login, Post(text, "nn"))
    page = Page(site.page(receipt.address))
    assert page.words.strip() == text
    assert page.heading.strip() == text.splitlines()[0]
    assert not [one for one in page.scripts if "alert(1)" in one]
    there = site.ask("GET", f"/posts/{receipt.remote_id}")
    assert "<" not in there["title"]["rendered"]


# Once


def test_a_post_whose_answer_was_lost_is_found_by_looking(
    wordpress: WordPress, site: Site, login: Login
) -> None:
    wire = Forgetful(allow_private=True, user_agent="Samklang tests")
    post, key = Post("Svaret vart borte.", "nn"), str(uuid.uuid4())
    handle = wordpress.prepare(login, post, key, lambda _: b"", AT)
    assert wordpress.find(login, post, key, handle, AT).receipt is None
    with pytest.raises(OutcomeUnknown):
        WordPress(wire).publish(login, post, key, handle)
    wire.close()
    found = wordpress.find(login, post, key, handle, AT).receipt
    assert found is not None
    assert found == wordpress.find(login, post, key, None, AT).receipt
    assert "Svaret vart borte." in site.page(found.address)
    assert how_many(site, handle["slug"]) == 1


def test_looking_first_keeps_a_post_single_and_a_second_one_is_never_taken_for_it(
    wordpress: WordPress, site: Site, login: Login
) -> None:
    post, key = Post("Ein gong.", "nn"), str(uuid.uuid4())
    handle = wordpress.prepare(login, post, key, lambda _: b"", AT)
    receipt = wordpress.find(login, post, key, handle, AT).receipt or wordpress.publish(
        login, post, key, handle
    )
    for _ in range(2):
        again = wordpress.prepare(login, post, key, lambda _: b"", AT)
        assert again == handle
        assert wordpress.find(login, post, key, again, AT).receipt == receipt
    assert how_many(site, handle["slug"]) == 1
    second = wordpress.publish(login, post, key, handle)  # as nobody does: the site itself would take it
    assert second.address == f"{receipt.address[:-1]}-2/"
    assert wordpress.find(login, post, key, handle, AT).receipt == receipt


@pytest.mark.parametrize("status", ["draft", "pending", "private"])
def test_a_post_that_somebody_put_aside_is_still_found(
    wordpress: WordPress, site: Site, login: Login, status: str
) -> None:
    post, key = Post("Til sides.", "nn"), str(uuid.uuid4())
    handle = wordpress.prepare(login, post, key, lambda _: b"", AT)
    receipt = wordpress.publish(login, post, key, handle)
    site.ask("POST", f"/posts/{receipt.remote_id}", {"status": status})
    found = wordpress.find(login, post, key, handle, AT).receipt
    assert found is not None
    assert found.remote_id == receipt.remote_id


def test_a_post_that_now_belongs_to_another_author_is_found_or_at_least_not_called_absent(
    wordpress: WordPress, site: Site
) -> None:
    login = log_in(wordpress, site, site.member("author"))
    post, key = Post("Overteken.", "nn"), str(uuid.uuid4())
    handle = wordpress.prepare(login, post, key, lambda _: b"", AT)
    receipt = wordpress.publish(login, post, key, handle)
    site.ask("POST", f"/posts/{receipt.remote_id}", {"author": site.admin.id})
    assert wordpress.find(login, post, key, handle, AT).receipt == receipt
    site.ask("POST", f"/posts/{receipt.remote_id}", {"status": "draft"})
    with pytest.raises(NotSent):
        wordpress.find(login, post, key, handle, AT)


@pytest.mark.parametrize("content", [b"no picture at all", b"\x89PNG" + bytes(2_100_000)])
def test_a_picture_that_the_site_does_not_take_is_refused(
    wordpress: WordPress, login: Login, content: bytes
) -> None:
    shown, _ = picture("PNG")
    with pytest.raises(Refused):
        publish(wordpress, login, Post("Sjå.", "nn", pictures=(shown,)), {shown.sha256: content})


def test_a_picture_as_heavy_as_is_promised_is_taken(wordpress: WordPress, login: Login) -> None:
    shown, content = picture("PNG")
    heavy = content + bytes(WordPress.limits.picture_bytes - len(content))
    assert publish(wordpress, login, Post("Sjå.", "nn", pictures=(shown,)), {shown.sha256: heavy})


def test_a_text_beyond_a_page_is_taken_and_a_part_that_would_follow_is_not(
    wordpress: WordPress, site: Site, login: Login
) -> None:
    long = Post("å " * 9_999 + "å", "nn")
    assert wordpress.check(long) == []
    receipt = publish(wordpress, login, long)
    assert Page(site.page(receipt.address)).words.strip() == long.text
    with pytest.raises(Refused):
        publish(wordpress, login, Post("Meir.", "nn", reply_to=receipt.remote_id))


# Afterwards


def test_an_edited_post_keeps_its_address(wordpress: WordPress, site: Site, login: Login) -> None:
    shown, content = picture()
    receipt = publish(wordpress, login, Post("Fyrste utgåve.", "nn"))
    better = Post("Andre <utgåve> ...", "se", pictures=(shown,))
    assert wordpress.edit(login, receipt.remote_id, better, lambda _: content) == receipt
    page = Page(site.page(receipt.address))
    assert (page.words.strip(), page.heading.strip(), page.language) == (better.text, better.text, "se")
    assert [alt for _, alt in page.pictures] == [shown.alt]


def test_comments_are_counted_and_come_back_in_words(wordpress: WordPress, site: Site, login: Login) -> None:
    receipt, quiet = (publish(wordpress, login, Post(one, "nn")) for one in ("Kva synest du?", "Stille."))
    before = wordpress.measure(login, [receipt.remote_id, quiet.remote_id])
    assert all(dict(one.known) == {"comments": 0} for one in before.values())
    site.comment(receipt.remote_id, "Eva", "Bra tiltak, men <script>x</script>når?\n\nHelsing\nEva")
    site.comment(receipt.remote_id, "Ali", "Endeleg!")
    after = wordpress.measure(login, [receipt.remote_id, quiet.remote_id])
    assert dict(after[receipt.remote_id].known) == {"comments": 2}
    assert dict(after[quiet.remote_id].known) == {"comments": 0}
    replies = wordpress.replies(login, receipt.remote_id, AT)
    assert {one.author: one.text for one in replies} == {
        "Eva": "Bra tiltak, men xnår?\n\nHelsing\nEva",
        "Ali": "Endeleg!",
    }
    assert wordpress.replies(login, receipt.remote_id, datetime.now(UTC) + timedelta(hours=1)) == []


@pytest.mark.parametrize("zone", ["Europe/Oslo", "America/Los_Angeles"])
def test_replies_are_asked_for_in_the_time_of_the_world_whatever_the_sites_clock_shows(
    wordpress: WordPress, site: Site, login: Login, zone: str
) -> None:
    before = site.ask("POST", "/settings", {"timezone": zone})
    assert before["timezone"] == zone
    receipt = publish(wordpress, login, Post("Kva er klokka?", "nn"))
    site.comment(receipt.remote_id, "Eva", "Mange.")
    assert len(wordpress.replies(login, receipt.remote_id, AT)) == 1
    asked = f"/comments?post={receipt.remote_id}&after={AT.strftime('%Y-%m-%dT%H:%M:%SZ')}"
    assert len(site.ask("GET", asked)) == 1


def test_a_removed_post_is_gone_and_removing_it_again_is_done(
    wordpress: WordPress, site: Site, login: Login
) -> None:
    post, key = Post("Bort med meg.", "nn"), str(uuid.uuid4())
    handle = wordpress.prepare(login, post, key, lambda _: b"", AT)
    receipt = wordpress.publish(login, post, key, handle)
    wordpress.remove(login, receipt.remote_id)
    wordpress.remove(login, receipt.remote_id)
    assert requests.get(receipt.address, timeout=60).status_code == 404
    assert wordpress.find(login, post, key, handle, AT).receipt is None
    assert wordpress.measure(login, [receipt.remote_id])[receipt.remote_id].gone
    with pytest.raises(Refused):
        wordpress.edit(login, receipt.remote_id, Post("I korga.", "nn"), lambda _: b"")
    site.ask("DELETE", f"/posts/{receipt.remote_id}?force=true")
    wordpress.remove(login, receipt.remote_id)


def test_php_had_nothing_to_say_about_what_it_was_asked(site: Site) -> None:
    told = (site.folder / "site.log").read_text("utf-8", "replace")
    assert re.findall(r"PHP (?:Warning|Notice|Deprecated|Fatal)[^\n]*", told) == []
