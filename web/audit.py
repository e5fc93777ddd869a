"""The audit log: what was done, in words; filtered, paged, checked, and taken along as a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends
from starlette.responses import Response

from campaigns import audit, heads, timing, verification
from campaigns.audit import Wanted
from campaigns.sentences import catalogue
from campaigns.store import AuditEntry
from web.forms import Error
from web.moments import read_day
from web.tables import as_csv, as_file
from web.visits import Pages, Visit, on

router = Pages()
BASE = "/for/{number}/audit"
A_PAGE = 50
MOST = 100_000
"""Entries in one file."""
FIELDS = ("person", "action", "first", "last")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for, as it was written there and as the rules take it."""

    typed: Mapping[str, str]
    wanted: Wanted
    page: int
    errors: tuple[Error, ...]

    def query(self, page: int | None = None) -> str:
        """Return it as the end of an address, perhaps of another page."""
        values = {name: value for name, value in self.typed.items() if value}
        return urlencode({**values, **({"page": page} if page else {})})


def asked_of(visit: Visit) -> Asked:
    """Return what the address of a visit asks for; what cannot be read is told and left out."""
    params = visit.request.query_params
    typed = {name: params.get(name, "") for name in FIELDS}
    errors = tuple(
        Error(name, visit.say("audit.dates")) for name in ("first", "last") if typed[name] and read_day(typed[name]) is None
    )  # fmt: skip
    person, page = typed["person"], params.get("page", "1")
    first, last = read_day(typed["first"]), read_day(typed["last"])
    wanted = Wanted(
        person_id=int(person) if person.isdecimal() and len(person) < 10 else None,
        action=typed["action"] if typed["action"].isascii() else "",
        since=_begin_of(first) if first else None,
        until=_begin_of(last + timedelta(days=1)) if last and last < date.max else None,
    )
    return Asked(typed, wanted, int(page) if page.isdecimal() and 0 < len(page) < 6 else 1, errors)


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), timing.NORWAY).astimezone(UTC)


@router.get(BASE)
def show_audit(visit: Annotated[Visit, Depends(on("audit.read"))]) -> Response:
    """Show what was done, the newest first; with `check` the chain is gone through as well."""
    asked = asked_of(visit)
    verdict, known = None, None
    with visit.reading() as session:
        total = audit.count(session, asked.wanted)
        page = min(asked.page, max(1, -(-total // A_PAGE)))
        found = audit.acts(session, asked.wanted, limit=A_PAGE, skip=(page - 1) * A_PAGE)
        people, kinds = audit.choices(session)
        if visit.request.query_params.get("check"):
            known = heads.read_heads(session, visit.website.settings.heads_path)
            verdict = verification.verify_chains(session, known)
    lines = [(one, name, audit.in_words(one, visit.voice.language)) for one, name in found]
    return visit.page(
        "admin/audit.html", lines=lines, total=total, page=page, pages=max(1, -(-total // A_PAGE)), asked=asked,
        people=people, kinds=[(one, kind_words(visit, one)) for one in kinds], verdict=verdict, known=known is not None, errors=asked.errors,
    )  # fmt: skip


def kind_words(visit: Visit, kind: str) -> str:
    """Return what a kind of act is called; one without a name of its own by its word."""
    code = f"page.audit.kind.{kind}"
    return visit.say(code) if code in catalogue() else kind


@router.get(f"{BASE}.csv")
def give_csv(visit: Annotated[Visit, Depends(on("audit.read"))]) -> Response:
    """Give the entries that are asked for as a table."""
    head = ("number", "at", "who", "how", "act", "subject", "words", "hash")
    rows = [
        (one.sequence, one.at.isoformat(), name or "", one.how, one.action, one.subject,
         audit.in_words(one, visit.voice.language), one.hash)
        for one, name in _found(visit)
    ]  # fmt: skip
    return as_file(as_csv(head, rows), "text/csv; charset=utf-8", f"audit-{visit.place.number}.csv")


@router.get(f"{BASE}.json")
def give_json(visit: Annotated[Visit, Depends(on("audit.read"))]) -> Response:
    """Give the entries that are asked for whole, as they stand in the chain."""
    rows = [
        {"sequence": one.sequence, "at": one.at.isoformat(), "person": name, "how": one.how, "action": one.action,
         "subject": one.subject, "details": one.details, "previous": one.previous, "hash": one.hash}
        for one, name in _found(visit)
    ]  # fmt: skip
    content = json.dumps(rows, ensure_ascii=False, indent=1).encode()
    return as_file(content, "application/json", f"audit-{visit.place.number}.json")


def _found(visit: Visit) -> list[tuple[AuditEntry, str | None]]:
    with visit.reading() as session:
        return list(audit.acts(session, asked_of(visit).wanted, limit=MOST))
