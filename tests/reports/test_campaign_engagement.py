"""A campaign's engagement: one value, many renderings, and nothing in any of them that may not be shown (threats A4, A8, D13, D14)."""

from __future__ import annotations

import io
import json
import re
import zipfile

import openpyxl
import pytest
from out_for_a_week import NOW
from pypdf import PdfReader
from sqlalchemy import func, select, update

from bench import county
from bench.counting import questions
from campaigns.sentences import LANGUAGES
from campaigns.store import Campaign, Delivery, Figure, Organisation, Store
from reports.books import charts, paper, sheet, workbook
from reports.engagement import drawing, engagement_json
from reports.engagement.book import book_of
from reports.engagement.campaign import engagement
from reports.engagement.value import Engagement, View
from reports.voice import Voice

CANARY = "Kanarifugl"


def report(county_out: Store, **view: object) -> Engagement:
    with county_out.scope(
        county_out.actor(county.COORDINATOR, county.COUNTY, how="test"), write=False
    ) as session:
        return engagement(session, "stor", wanted=lambda usual: View(**{"age": usual.age, **view}), now=NOW)


def clicks(county_out: Store, age: int = 168) -> dict[str, int]:
    """Return what was really clicked in each municipality, whoever may see it."""
    with county_out.system(write=False) as session:
        rows = session.execute(
            select(Organisation.number, func.sum(Figure.value))
            .join(Delivery, Delivery.id == Figure.delivery_id)
            .join(Organisation, Organisation.id == Delivery.organisation_id)
            .where(Figure.metric == "clicks", Figure.age == age)
            .group_by(Organisation.number)
        )
        return {row[0]: int(row[1] or 0) for row in rows}


def everything(county_out: Store, found: Engagement) -> str:
    """Return every word and number of every rendering of a report."""
    told = [engagement_json.dump(found)]
    for language in LANGUAGES:
        voice = Voice(language, NOW)
        book = drawing.illustrated(found, voice)
        told += [sheet.csv_of(one).decode() for one in book.tables]
        with zipfile.ZipFile(io.BytesIO(workbook.workbook_of(book))) as packed:
            told += [packed.read(one).decode("utf-8", "replace") for one in packed.namelist()]
        told += [page.extract_text() for page in PdfReader(io.BytesIO(paper.pdf_of(book))).pages]
        told += [one.svg for one in book.figures]
    return "\n".join(told)


def test_small_numbers_of_clicks_stand_nowhere_and_neither_does_what_follows_from_them(
    county_out: Store,
) -> None:
    found = report(county_out, metric="clicks")
    real = clicks(county_out)
    hidden = [one for one in found.places if one.name and one.amounts["clicks"].gap == "hidden"]
    assert {one.number for one in found.places if one.name and real[one.number] < 5} <= {
        one.number for one in hidden
    }
    assert hidden
    assert all(one.amounts["clicks"].value is None and one.rate is None for one in hidden)
    shown = sum(one.amounts["clicks"].value or 0 for one in found.places)
    total = found.totals["clicks"].value
    assert total == (sum(real.values()) if found.kinds["clicks"] == "true" else shown)
    for part in (*found.platforms, *found.messages):
        assert (part.amounts["clicks"].value or 5) >= 5


def test_what_anybody_can_count_on_a_post_is_hidden_from_nobody(county_out: Store) -> None:
    found = report(county_out)
    assert all(one.amounts["comments"].gap in ("", "unknown") for one in found.places)
    assert found.kinds["comments"] == "true"


def test_who_may_not_be_named_is_in_no_rendering(county_out: Store) -> None:
    with county_out.system() as session:
        hidden = session.scalars(select(Organisation).where(Organisation.named.is_(False))).first()
        assert hidden is not None
        number, name = hidden.number, hidden.name
        session.execute(update(Organisation).where(Organisation.number == number).values(name=CANARY))
    try:
        found = report(county_out)
        assert found.unnamed == 3
        assert [one.together for one in found.places if not one.name] == [3]
        told = everything(county_out, found)
        assert CANARY not in told
        assert number not in re.findall(r"\b\d{4}\b", engagement_json.dump(found))
    finally:
        with county_out.system() as session:
            session.execute(update(Organisation).where(Organisation.number == number).values(name=name))


@pytest.mark.parametrize(
    "name",
    [
        "=1+1",
        "+47 55",
        "-5",
        "@sum",
        "\u2009=2",
        "＝3",
        "Fest 🎉 i 日本",
        '#panic("x") *b* $y$',
        "<script>alert(1)</script>",
    ],
)
def test_a_name_is_never_computed_and_never_markup(county_out: Store, name: str) -> None:
    with county_out.system() as session:
        (number,) = session.scalars(
            select(Organisation.number).where(Organisation.named.is_(True)).limit(1)
        ).all()
        former = session.scalar(select(Organisation.name).where(Organisation.number == number))
        session.execute(update(Organisation).where(Organisation.number == number).values(name=name))
    try:
        book = book_of(report(county_out), Voice("nn", NOW))
        read = openpyxl.load_workbook(io.BytesIO(workbook.workbook_of(book)))
        cells = [
            cell
            for page in read.worksheets
            for row in page.iter_rows()
            for cell in row
            if name in str(cell.value)
        ]
        assert cells
        assert {cell.data_type for cell in cells} == {"s"}
        lines = sheet.csv_of(book.table("places")).decode("utf-8-sig").splitlines()
        (line,) = [one for one in lines if name.replace('"', '""') in one]
        assert line.startswith(("\"'", '"#', '"<', '"F'))
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(paper.pdf_of(book))).pages)
        plain = re.sub(r"[＝🎉日本]", "□", re.sub(r"\s", "", name))
        assert plain in re.sub(r"\s", "", text)
    finally:
        with county_out.system() as session:
            session.execute(update(Organisation).where(Organisation.number == number).values(name=former))


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_paper_it_is_tagged_has_its_language_and_every_figure_is_told(
    county_out: Store, language: str
) -> None:
    book = drawing.illustrated(report(county_out), Voice(language, NOW))
    read = PdfReader(io.BytesIO(paper.pdf_of(book)))
    root = read.trailer["/Root"]
    assert str(root["/Lang"]).startswith(language)
    assert str(root["/MarkInfo"]["/Marked"]) == "True"
    assert read.metadata is not None
    assert read.metadata.title == book.title
    assert b"pdfuaid:part" in read.xmp_metadata.stream.get_data()
    (figure,) = book.figures
    assert figure.alt
    assert "aria-" not in figure.svg
    assert re.search(r"<(?:script|foreignObject|image)\b", figure.svg) is None


def test_a_workbook_has_numbers_that_are_numbers_and_says_what_is_counted(county_out: Store) -> None:
    book = book_of(report(county_out), Voice("nb", NOW))
    read = openpyxl.load_workbook(io.BytesIO(workbook.workbook_of(book)))
    assert len(read.sheetnames) == len(book.tables) + 1
    page = read["Kommune for kommune"]
    heads = {cell.value: cell for cell in page[1]}
    assert heads["Reaksjoner"].comment is not None
    column = heads["Reaksjoner"].column
    assert all(isinstance(page.cell(row, column).value, int) for row in range(2, page.max_row + 1))


def test_a_sheet_opens_as_norwegian_programs_expect_it(county_out: Store) -> None:
    written = sheet.csv_of(book_of(report(county_out), Voice("nn", NOW)).table("rates"))
    assert written.startswith(b"\xef\xbb\xbf")
    head, first, *_ = written.decode("utf-8-sig").split("\r\n")
    assert head.split(";")[0] == '"Kommune"'
    assert re.fullmatch(r"[\d.,]+", first.split(";")[3])
    assert "." not in first.split(";")[3]


def test_a_program_gets_the_value_itself(county_out: Store) -> None:
    found = report(county_out)
    content = json.loads(engagement_json.dump(found))
    assert content["format"] == engagement_json.FORMAT
    assert content["truth"]["all"] == found.truth.all
    assert len(content["places"]) == len(found.places)
    gap = next(one for one in content["places"] if one["amounts"]["clicks"]["gap"] == "hidden")
    assert gap["amounts"]["clicks"]["value"] is None


def test_the_newest_counts_are_not_compared(county_out: Store) -> None:
    found = report(county_out, age=0)
    assert found.words == {}
    assert all(one.rate is None for one in found.places)
    assert "Figures that can be compared come" in " ".join(book_of(found, Voice("en", NOW)).findings)


def test_a_rate_for_each_follower_and_for_each_reached_stand_beside_that_for_each_inhabitant(
    county_out: Store,
) -> None:
    medians = {
        per: {one.number: one.rate.median for one in report(county_out, per=per).places if one.rate}
        for per in ("inhabitants", "followers", "reached")
    }
    assert all(len(one) > 8 for one in medians.values())
    assert len({tuple(one.values()) for one in medians.values()}) == 3


def test_on_paper_a_chart_of_many_is_drawn_in_pieces_that_fit_a_page_on_one_axis(
    county_out: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = report(county_out)
    voice = Voice("nn", NOW)
    names = [one.name for one in found.places if one.rate and one.name]
    (whole,) = drawing.illustrated(found, voice).figures
    monkeypatch.setattr(drawing, "A_PAGE", 4)
    pieces = drawing.illustrated(found, voice).figures
    assert len(pieces) == -(-len(names) // 4)
    drawn = [name for one in pieces for name in names if f">{name}<" in one.svg]
    assert drawn == names
    assert all(f">{name}<" in whole.svg for name in names)
    assert pieces[0].caption.startswith(f"{names[0]} til {names[3]}. ")
    ends = {re.findall(r">(\d+)</text>", one.svg.partition("innbyggjarar<")[0])[-1] for one in pieces}
    assert len(ends) == 1


def test_the_same_chart_is_drawn_once(county_out: Store) -> None:
    charts.svg.cache_clear()
    for _ in range(3):
        drawn = drawing.specification(report(county_out), Voice("nn", NOW))
        assert drawn is not None
        charts.svg(drawn, "nn")
    assert (charts.svg.cache_info().misses, charts.svg.cache_info().hits) == (1, 2)


def test_a_report_asks_the_store_as_often_for_one_municipality_as_for_fourteen(county_out: Store) -> None:
    with questions(county_out) as many:
        report(county_out)
    with county_out.system() as session:
        keep = session.scalars(select(Delivery.organisation_id).limit(1)).one()
        session.execute(update(Delivery).where(Delivery.organisation_id != keep).values(published_at=None))
    try:
        with questions(county_out) as few:
            report(county_out)
        assert many.value == few.value
    finally:
        with county_out.system() as session:
            at = session.scalar(select(func.max(Delivery.published_at)))
            session.execute(update(Delivery).values(published_at=at))


def test_a_campaign_without_a_post_has_a_report_that_says_so(county_out: Store) -> None:
    with county_out.system() as session:
        campaign = session.scalars(select(Campaign)).one()
        at = session.scalar(select(func.max(Delivery.published_at)))
        session.execute(update(Delivery).where(Delivery.campaign_id == campaign.id).values(published_at=None))
    try:
        found = report(county_out)
        assert (found.places, found.ages) == ((), ())
        assert drawing.specification(found, Voice("nn", NOW)) is None
        assert paper.pdf_of(drawing.illustrated(found, Voice("nn", NOW))).startswith(b"%PDF")
    finally:
        with county_out.system() as session:
            session.execute(update(Delivery).values(published_at=at))
