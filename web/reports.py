"""A campaign's report: the page, the same as a file, and its chart. What is looked at stands in the address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, get_args
from urllib.parse import urlencode

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.responses import Response

from campaigns import participation
from campaigns.access import Forbidden
from connectors.base import Metric
from reports import figures, results
from reports.books import sheet, workbook
from reports.books.content import Book
from reports.campaign_report import METRICS
from reports.engagement import engagement_json, findings, own
from reports.engagement.book import book_of, metrics_of
from reports.engagement.campaign import engagement
from reports.engagement.value import PER, Engagement, Per, View
from web.visits import Pages, Visit, on

router = Pages()
BASE = "/for/{number}/campaigns/{key}"
AGES = (0, *figures.AGES)


class Wanted:
    """What a report's address asks for; what it cannot ask for is as good as not asked."""

    def __init__(self, metric: str = "", age: str = "", per: str = "") -> None:
        self.metric: Metric | None = next((one for one in get_args(Metric) if one == metric), None)
        self.age = next((one for one in AGES if str(one) == age), None)
        self.per: Per | None = next((one for one in PER if one == per), None)

    def view(self, usual: View) -> View:
        """Return what is looked at, with the usual where nothing was asked for."""
        return View(
            self.metric or usual.metric, usual.age if self.age is None else self.age, self.per or usual.per
        )


@router.get(BASE + "/report")
def show_report(
    visit: Annotated[Visit, Depends(on("report.read", "owner", "invited"))],
    key: str,
    wanted: Annotated[Wanted, Depends()],
) -> Response:
    """Show a campaign's report: all of it to its owner, to a municipality its own part; delivery truth first."""
    with visit.reading() as session:
        stands = participation.relations(session, key)
    if "owner" in stands and visit.may("report.read", "owner"):
        found = _found(visit, key, wanted)
        return visit.page(
            "results/campaign.html", found=found, book=book_of(found, visit.voice), query=_query(found), ages=sorted({0, found.view.age, *found.ages}),
            pers=PER, metrics=metrics_of(found), drawn=sum(bool(one.rate and one.name) for one in found.places),
        )  # fmt: skip
    if not visit.may("report.read", "invited"):
        raise Forbidden("report.read")
    with visit.reading() as session:
        part = results.own_report(session, key, now=visit.now)
    speed = visit.website.settings.sampling_speed
    beside = own.beside(
        visit.website.store, part.line.campaign_id, visit.actor.organisation_id, now=visit.now, speed=speed
    )
    said = findings.beside(beside, visit.voice) if beside else ""
    return visit.page("results/part.html", found=part, line=part.line, metrics=METRICS, beside=said)


@router.get(BASE + "/report.json")
def give_json(
    visit: Annotated[Visit, Depends(on("report.read", "owner"))],
    key: str,
    wanted: Annotated[Wanted, Depends()],
) -> Response:
    """Give the report as it was computed, for a program."""
    return Response(engagement_json.dump(_found(visit, key, wanted)), media_type="application/json")


@router.get(BASE + "/report.pdf")
def give_pdf(
    visit: Annotated[Visit, Depends(on("report.read", "owner"))],
    key: str,
    wanted: Annotated[Wanted, Depends()],
) -> Response:
    """Give the report on paper, with its chart."""
    from reports.books import paper
    from reports.engagement import drawing  # as for the chart below

    found = _found(visit, key, wanted)
    return _file(key, "pdf", paper.MEDIA_TYPE, paper.pdf_of(drawing.illustrated(found, visit.voice)))


@router.get(BASE + "/report.xlsx")
def give_workbook(
    visit: Annotated[Visit, Depends(on("report.read", "owner"))],
    key: str,
    wanted: Annotated[Wanted, Depends()],
) -> Response:
    """Give the report as a workbook."""
    return _file(key, "xlsx", workbook.MEDIA_TYPE, workbook.workbook_of(_book(visit, key, wanted)))


@router.get(BASE + "/report.csv")
def give_sheet(
    visit: Annotated[Visit, Depends(on("report.read", "owner"))],
    key: str,
    wanted: Annotated[Wanted, Depends()],
    table: str = "places",
) -> Response:
    """Give one of the report's tables as CSV."""
    book = _book(visit, key, wanted)
    if table not in {one.key for one in book.tables}:
        raise HTTPException(404)
    return _file(f"{key}-{table}", "csv", sheet.MEDIA_TYPE, sheet.csv_of(book.table(table)))


@router.get(BASE + "/report-chart.svg")
def give_chart(
    visit: Annotated[Visit, Depends(on("report.read", "owner"))],
    key: str,
    wanted: Annotated[Wanted, Depends()],
    narrow: str = "",
) -> Response:
    """Give the report's chart; narrow for a phone."""
    return _chart(visit, key, wanted, narrow=bool(narrow))


@router.get(BASE + "/report-chart.png")
def give_picture(
    visit: Annotated[Visit, Depends(on("report.read", "owner"))],
    key: str,
    wanted: Annotated[Wanted, Depends()],
) -> Response:
    """Give the report's chart as a picture, to be put into a document."""
    return _chart(visit, key, wanted, picture=True)


def _found(visit: Visit, key: str, wanted: Wanted) -> Engagement:
    """Return the report that an address asks for.

    Raises: Forbidden; NotFound.
    """
    speed = visit.website.settings.sampling_speed
    with visit.reading() as session:
        return engagement(session, key, wanted=wanted.view, now=visit.now, speed=speed)


def _book(visit: Visit, key: str, wanted: Wanted) -> Book:
    return book_of(_found(visit, key, wanted), visit.voice)


def _query(found: Engagement) -> Callable[..., str]:
    """Return what writes the end of an address that shows the same, or the same but for what is named."""

    def query(**other: object) -> str:
        return urlencode({"metric": found.view.metric, "age": found.view.age, "per": found.view.per, **other})

    return query


def _file(name: str, ending: str, media_type: str, content: bytes) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{ending}"'}
    return Response(content, media_type=media_type, headers=headers)


def _chart(
    visit: Visit, key: str, wanted: Wanted, *, narrow: bool = False, picture: bool = False
) -> Response:
    from reports.books import charts  # the library takes a second to load, and most processes never draw
    from reports.engagement import drawing

    drawn = drawing.specification(_found(visit, key, wanted), visit.voice, narrow=narrow)
    if drawn is None:
        raise HTTPException(404)
    if picture:
        return _file(f"{key}-figur", "png", "image/png", charts.png(drawn, visit.voice.language))
    return Response(charts.svg(drawn, visit.voice.language), media_type="image/svg+xml")
