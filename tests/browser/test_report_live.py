"""A campaign's report as a browser shows it when there is much to show: tables, a chart for each width, and files to take along."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from looking import fine
from playwright.sync_api import Page, expect
from ports import free_ports

from bench.figured import figured
from bench.pictures import enter


@pytest.fixture(scope="module")
def county() -> Iterator[str]:
    """The address of a county whose posts have been out for a week."""
    with figured(free_ports(), places=24, messages=2) as address:
        yield address


def test_a_full_report_is_for_everybody_and_its_chart_fits_the_screen(page: Page, county: str) -> None:
    enter(page, county, "Vestland")
    page.goto(f"{county}/for/46/campaigns/stor/report?metric=clicks", wait_until="networkidle")
    chart = page.locator("figure img")
    expect(chart).to_be_visible()
    assert chart.evaluate("one => one.naturalWidth > 0 && one.alt.length > 10")
    narrow = (page.viewport_size or {})["width"] <= 700
    assert ("narrow=1" in chart.evaluate("one => one.currentSrc")) == narrow
    expect(page.get_by_text("skjult").first).to_be_attached()
    fine(page)


def test_what_is_looked_at_is_chosen_and_stands_in_the_address(page: Page, county: str) -> None:
    enter(page, county, "Vestland")
    page.goto(f"{county}/for/46/campaigns/stor/report")
    page.get_by_label("Når").select_option(label="etter eitt døgn")
    page.get_by_label("Per", exact=True).select_option(label="per 100 følgjarar")
    page.get_by_role("button", name="Vis", exact=True).click()
    page.wait_for_url("**/report?metric=reactions&age=24&per=followers")
    expect(page.locator("#h-rates + a, header:has(#h-rates) a")).to_have_attribute(
        "href", page.url.replace(county, "").replace("/report?", "/report.csv?") + "&table=rates"
    )
    with page.expect_download() as taken:
        page.get_by_role("link", name="Last ned PDF").click()
    assert taken.value.suggested_filename == "stor.pdf"
