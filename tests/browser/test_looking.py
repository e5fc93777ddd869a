"""The judges themselves: what they are there to find, they find."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from looking import Watch, axe, sideways
from playwright.sync_api import Browser, Page
from processes import until
from stage import NOW

from campaigns.store import Store


@pytest.fixture
def opened(browser: Browser, store: Store, serve: Callable) -> Iterator[tuple[Page, Watch]]:
    """The status page in a browser, with somebody who watches it."""
    page = browser.new_context(viewport={"width": 390, "height": 900}).new_page()
    watch = Watch(page)
    page.goto(f"{serve(store, lambda: NOW)}/status")
    assert watch.troubles == []
    yield page, watch
    page.context.close()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (
            "document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">x</p>')",
            "console: Applying inline style violates",
        ),
        (
            "document.body.append(Object.assign(new Image(), {src: 'http://localhost:1/x.png'}))",
            "another host: http://localhost:1",
        ),
        (
            "document.body.append(Object.assign(new Image(), {src: '/static/nothing.png'}))",
            "404: http://127.0.0.1",
        ),
        ("console.error('a fault')", "console: a fault"),
        ("setTimeout(() => { throw new Error('a fault') })", "script: a fault"),
        (
            "setTimeout(() => location.assign('http://elsewhere.example/'))",
            "another host: http://elsewhere.example/",
        ),
    ],
)
def test_what_nobody_may_see_is_seen(opened: tuple[Page, Watch], script: str, told: str) -> None:
    page, watch = opened
    page.evaluate(f"() => {{ {script} }}")
    until(lambda: page.wait_for_timeout(20) or watch.troubles, seconds=20)
    assert any(one.startswith(told) for one in watch.troubles), watch.troubles


def test_a_picture_without_words_and_a_wide_thing_are_found(opened: tuple[Page, Watch]) -> None:
    page, _ = opened
    assert (axe(page), sideways(page)) == ([], [])
    page.evaluate(
        "() => { const image = Object.assign(new Image(600, 20), {src: 'data:image/gif;base64,R0lGODlhAQABAAAAACw='});"
        " document.querySelector('main').append(image) }"
    )
    (fault,) = axe(page)
    assert fault.startswith("image-alt (critical)")
    assert any(one.startswith("img.") for one in sideways(page))
