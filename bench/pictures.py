"""`make screenshots`: runs the demo in a folder of its own and takes the pictures of its pages for `docs/pictures`.

It is no test and judges nothing: it makes what the documentation shows, a minute or two after the demo's first message
went out, so that pages are as full as a reader finds them.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Browser, Page

from bench.chromium import NoChromium, chromium
from bench.figured import figured

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
PORT = 18046
WIDTHS = {1280: 1400, 390: 1500}
"""Width of a window, and after how much a long page is cut."""
LARGEST = 80_000
"""Bytes of a picture: they lie in the repository."""
COLOURS = 64
CAMPAIGN = "klar-for-ei-veke"
PATIENCE = 240
"""Seconds for the demo's first message to be out everywhere it can be."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One page to be shown."""

    name: str
    """Of the files, without width and ending."""
    person: str
    """Who of the demo looks at it, by the place she works for; nobody for a page that needs no login."""
    path: str
    press: tuple[str, ...] = ()
    """What is pressed one after the other, where it is there, before the picture is taken."""


PAGES = (
    Shown("login", "", "/login?lang=nn"),
    Shown("today", "Vestland", "/for/46"),
    Shown("campaign", "Vestland", f"/for/46/campaigns/{CAMPAIGN}"),
    Shown(
        "editor",
        "Vestland",
        f"/for/46/campaigns/{CAMPAIGN}/edit",
        ("form[action$='/edit'] button", "main a[href*='/messages/']"),
    ),
    Shown("municipality", "Voss", "/for/4621"),
    Shown("path", "Voss", f"/for/4621/campaigns/{CAMPAIGN}"),
    Shown("calendar", "Bergen", "/for/4601/calendar"),
    Shown("deliveries", "Bergen", "/for/4601/deliveries?state=live"),
    Shown("accounts", "Bergen", "/for/4601/accounts"),
    Shown("onboarding", "Bergen", "/for/4601/onboarding"),
    Shown("stop", "Voss", "/for/4621/stop"),
    Shown("status", "", "/status?lang=nn"),
    Shown("feed", "", "/feed/4601?lang=nn"),
    Shown("not-there", "", "/nothing?lang=nn"),
)

OLD_ENOUGH = (Shown("report", "Vestland", "/for/46/campaigns/stor/report"),)
"""Pages that say something only when posts have been out for days."""


def main() -> None:
    """Take all pictures, or those that are named."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        with chromium() as browser:
            for pages, ground in ((PAGES, demo), (OLD_ENOUGH, partial(figured, PORT))):
                wanted = [one for one in pages if not sys.argv[1:] or one.name in sys.argv[1:]]
                if wanted:
                    with ground() as address:
                        for width in WIDTHS:
                            for one in wanted:
                                take(browser, address, one, width)
    except NoChromium as trouble:
        sys.exit(str(trouble))


@contextmanager
def demo() -> Iterator[str]:
    """Run the demo until its first message is out, and give its address."""
    with tempfile.TemporaryDirectory(prefix="samklang-pictures-") as folder:
        command = [sys.executable, "-m", "samklang", "demo", "--port", str(PORT)]
        running = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603  # our own
        address = f"http://127.0.0.1:{PORT}"
        try:
            _wait(address, running)
            yield address
        finally:
            running.terminate()
            running.wait(timeout=60)


def _wait(address: str, running: subprocess.Popen[bytes]) -> None:
    """Return when for fifteen seconds no more went out."""
    deadline, before, since = time.monotonic() + PATIENCE, 0, time.monotonic()
    while time.monotonic() < deadline:
        if running.poll() is not None:
            sys.exit("The demo ended before there was anything to see.")
        live = _live(address)
        if live != before:
            before, since = live, time.monotonic()
        if live and time.monotonic() - since > 15:
            return
        time.sleep(1)
    sys.exit(f"The demo's first message was not out within {PATIENCE} seconds.")


def _live(address: str) -> int:
    try:
        with urlopen(f"{address}/status.json", timeout=5) as answer:  # noqa: S310  # the demo's own address
            return int(json.load(answer)["truth"]["live"])
    except OSError:
        return 0


def take(browser: Browser, address: str, one: Shown, width: int) -> None:
    """Write the picture of one page at one width."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale="nn-NO", reduced_motion="reduce"
    )
    page = context.new_page()
    if one.person:
        enter(page, address, one.person)
    answer = page.goto(f"{address}{one.path}", wait_until="networkidle")
    if answer is None or answer.status >= 500:
        sys.exit(f"{one.path} is no page to be shown: it answered {answer.status if answer else 'nothing'}.")
    for wanted in one.press:
        if page.locator(wanted).count():
            page.locator(wanted).first.click()
            page.wait_for_load_state("networkidle")
    file = FOLDER / f"{one.name}-{width}.png"
    file.write_bytes(small(picture(page, WIDTHS[width])))
    context.close()
    print(f"{file.name}: {file.stat().st_size // 1000} kB", flush=True)


def enter(page: Page, address: str, place: str) -> None:
    """Log in as the first of the demo's people who works for this place."""
    page.goto(f"{address}/login")
    value = page.locator("#person option").filter(has_text=re.compile(rf"^{re.escape(place)} – ")).first
    page.select_option("#person", value.get_attribute("value"))
    page.locator("form:has(#person) button").click()
    page.wait_for_url(f"{address}/for/*")


def picture(page: Page, height: int) -> bytes:
    """Return a page as PNG, cut after so many pixels, with what sticks to the bottom of a window at its end."""
    whole = page.evaluate("() => document.documentElement.scrollHeight")
    width = page.evaluate("() => window.innerWidth")
    page.set_viewport_size({"width": width, "height": min(whole, height)})
    return page.screenshot()


def small(png: bytes) -> bytes:
    """Return a picture with as many colours as it can have to be small enough."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    colours = COLOURS
    while True:
        made = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
        if made.tell() <= LARGEST or colours <= 8:
            return made.getvalue()
        colours //= 2


if __name__ == "__main__":
    main()
