"""What the tests in a browser ask of a page: axe-core's judgement, sideways scroll, and what went wrong on the way."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Error, Page, Request, Response

ROOT = Path(__file__).parent.parent.parent
AXE = ROOT / ".cache" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
Open = Callable[..., Page]
"""Gives a page on which somebody is logged in: the fixture `open_as`."""
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Watch:
    """Everything about pages that nobody may see: errors of scripts, refusals of the policy, calls to other hosts."""

    def __init__(self, page: Page | None = None) -> None:
        self.troubles: list[str] = []
        if page is not None:
            self.follow(page)

    def follow(self, page: Page) -> None:
        """Watch this page, too."""
        page.on("console", self._hear)
        page.on("pageerror", self._fail)
        page.on("request", self._see)
        page.on("response", self._judge)

    def _hear(self, message: ConsoleMessage) -> None:
        # the browser's own word on an answer's status is judged below, where documents and forms may be refused
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.troubles.append(f"console: {message.text}")

    def _fail(self, error: Error) -> None:
        self.troubles.append(f"script: {error.message}")

    def _see(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.hostname != "127.0.0.1":
            self.troubles.append(f"another host: {request.url}")

    def _judge(self, response: Response) -> None:
        loaded = response.request.resource_type not in ("document", "xhr", "fetch")
        if response.status >= 500 or (loaded and response.status >= 400):
            self.troubles.append(f"{response.status}: {response.url}")


def axe(page: Page) -> list[str]:
    """Return what axe-core finds wrong with a page as it stands now: rule, weight, and the places."""
    page.evaluate(_axe())
    found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)
    return [
        f"{one['id']} ({one['impact']}): {one['help']}\n"
        + "\n".join(f"  {' '.join(map(str, node['target']))}: {node['html'][:160]}" for node in one["nodes"])
        for one in found["violations"]
    ]


@cache
def _axe() -> str:
    if not AXE.is_file():
        pytest.fail("axe-core is not there. To set it up: make .cache/browser/ready")
    return AXE.read_text("utf-8")


def sideways(page: Page) -> list[str]:
    """Return what stands out of a page to the right, where the page would have to be scrolled sideways for it."""
    found: list[str] = page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth
          if (document.documentElement.scrollWidth <= width) return []
          return [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > width + 1)
            .map(e => `${e.tagName.toLowerCase()}.${e.className}: ${Math.round(e.getBoundingClientRect().right)} px`)
        }"""
    )
    return found


def fine(page: Page) -> None:
    """Hold that axe-core finds nothing on a page and that it need not be scrolled sideways."""
    faults, wide = axe(page), sideways(page)
    assert not faults, "\n".join([page.url, *faults])
    assert not wide, "\n".join([page.url, *wide])
