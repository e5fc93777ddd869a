"""Debian's Chromium under Playwright: where it is, and what it may not do by itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PACKAGES = Path(__file__).parent.parent / "tests" / "browser" / "packages.txt"
OPTIONS = (
    "--no-sandbox",  # in containers and for root there is none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


class NoChromium(Exception):
    """There is none on this machine; the text says what to install."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give a browser that reaches this machine alone.

    Raises: NoChromium.
    """
    program = shutil.which("chromium")
    if program is None:
        names = " ".join(PACKAGES.read_text("utf-8").split())
        raise NoChromium(f"This needs Debian's package: apt-get install --no-install-recommends {names}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(OPTIONS))
        yield browser
        browser.close()
