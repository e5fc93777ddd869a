import asyncio

import pytest
from starlette.datastructures import Headers

from campaigns.store import Store
from web.app import make_web
from web.guard import HEADERS, allowed_hosts, host_of

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)


def stopped_clock():
    raise RuntimeError("secret-canary")


@pytest.fixture
def answers(browse, browser_of, settings, tmp_path):
    """Return one answer of every status code the web process gives."""
    no_database = Store(f"sqlite:///{tmp_path / 'nothing.db'}")
    broken = browser_of(settings, now=stopped_clock)
    found = [
        browse("/status"),
        browse("/health"),
        browse("/static/samklang.css"),
        browse("/status", headers={"Host": "evil.example"}),
        browse("/secret-canary"),
        browse("/static/../guard.py"),
        browse("/status", method="POST", data={"secret-canary": "1"}),
        browse("/status?refresh=secret-canary"),
        broken("/status"),
        browser_of(settings, on=no_database)("/status"),
        browser_of(settings, on=no_database)("/health"),
    ]
    no_database.dispose()
    return found


def test_every_status_code_is_given(answers):
    codes = [one.status_code for one in answers]
    assert codes == [200, 200, 200, 400, 404, 404, 405, 422, 500, 503, 503]


def test_every_answer_has_every_header(answers):
    for answer in answers:
        kept = answer.url.path == "/static/samklang.css"
        for name, value in HEADERS.items():
            value = "no-cache" if kept and name == "Cache-Control" else value
            assert answer.headers.get_list(name) == [value], (answer.status_code, name)
        assert answer.headers["content-security-policy"] == POLICY
        assert "access-control-allow-origin" not in answer.headers
        assert "strict-transport-security" not in answer.headers


def test_no_answer_repeats_what_was_asked_or_what_broke(answers):
    assert not any("secret-canary" in answer.text for answer in answers)


def test_trouble_is_told_in_the_browsers_language_with_a_way_on(browse):
    answer = browse("/nothing", headers={"Accept-Language": "en"})
    assert "<h1>There is no such page</h1>" in answer.text
    assert 'href="/status?lang=en"' in answer.text


def test_a_refused_method_says_which_are_allowed(browse):
    answer = browse("/status", method="DELETE")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize(
    "path", ["/status", "/health", "/status.json", "/static/samklang.css", "/static/icon.svg"]
)
def test_head_gives_the_headers_of_get_without_a_body(browse, path):
    got, headed = browse(path), browse(path, method="HEAD")
    assert headed.status_code == got.status_code == 200
    assert headed.headers["content-type"] == got.headers["content-type"]
    assert headed.content == b""


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/health/"])
def test_nothing_else_is_served(browse, path):
    assert browse(path).status_code == 404


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "127.0.0.1/",
        "",
        "localhost:x",
        "[::1",
    ],
)
def test_a_foreign_host_is_refused(browse, host):
    assert browse("/status", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8046", "localhost:1", "LOCALHOST", "[::1]:8046", "[::1]"]
)
def test_this_machine_is_answered_by_any_of_its_names(browse, host):
    assert browse("/status", headers={"Host": host}).status_code == 200


def test_two_host_headers_are_as_good_as_none():
    twice = [(b"host", b"localhost"), (b"host", b"localhost")]
    assert host_of(Headers(raw=twice)) is None
    assert host_of(Headers(raw=twice[:1])) == "localhost"
    assert host_of(Headers(raw=[])) is None


def test_the_public_name_is_answered_over_https_only_from_then_on(browser_of, settings):
    public = settings.model_copy(update={"open_status": False, "public_url": "https://Samklang.example/"})
    answer = browser_of(public)("/status", headers={"Host": "samklang.example"})
    assert answer.status_code == 200
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_a_page_that_names_everybody_answers_to_this_machine_alone(settings):
    exposed = settings.model_copy(update={"public_url": "https://samklang.example/"})
    assert "samklang.example" not in allowed_hosts(exposed)


def test_a_forwarded_host_changes_nothing(browse):
    asked = {"Host": "evil.example", "X-Forwarded-Host": "localhost", "Forwarded": "host=localhost"}
    assert browse("/status", headers=asked).status_code == 400


def test_what_is_no_request_passes(browser_of, settings, store):
    sent = []

    async def start() -> None:
        messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

        async def receive():
            return next(messages)

        async def send(message):
            sent.append(message["type"])

        await make_web(settings, store)({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)

    asyncio.run(start())
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
