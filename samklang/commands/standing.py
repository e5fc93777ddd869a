"""Commands for standing approvals: give, list, second and take back, and the veto against what they announce."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy.orm import Session

from campaigns import standing
from campaigns.organisations import NotFound
from campaigns.store import Delivery, Organisation, StandingApproval
from samklang.commands.municipality import MUNICIPAL
from samklang.console import shell_of

StandingId = Annotated[int, typer.Argument(metavar="NUMBER", help="As 'standing list' shows it.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the root command."""
    group = typer.Typer(
        no_args_is_help=True, help="A yes in advance to one county's locked and filled-in texts."
    )
    group.command("give")(give)
    group.command("list")(list_standing)
    group.command("second")(second)
    group.command("withdraw")(withdraw)
    group.command("veto")(veto)
    app.add_typer(group, name="standing", rich_help_panel=MUNICIPAL)


def give(
    context: typer.Context,
    county: Annotated[str, typer.Argument(help="Number of the county it is for.")],
    unseen: Annotated[
        bool,
        typer.Option("--unseen", help="Also messages nobody here has seen, if wholly locked or filled in."),
    ] = False,
    preparedness_minutes: Annotated[
        int, typer.Option(help="Veto time in preparedness campaigns; 30 minutes in all others.")
    ] = 30,
) -> None:
    """Say yes in advance: a corrected locked part of an approved text goes out after 30 minutes without a veto.

    It lasts twelve months and replaces an earlier one for the same county.
    """
    shell = shell_of(context)
    with shell.acting() as session:
        made = standing.give(
            session, county, unseen=unseen, preparedness_minutes=preparedness_minutes, now=shell.now
        )
        row = _row(session, made)
    shell.say(
        f"Standing approval {row['number']} for {row['county']} is given until {made.expires_at:%Y-%m-%d}."
    )
    if row["waits"]:
        shell.say(f"It counts when a second person says so: samklang standing second {row['number']}")
    shell.give(row)


def list_standing(context: typer.Context) -> None:
    """List standing approvals, and what they have announced: each can be vetoed until its time."""
    shell = shell_of(context)
    with shell.acting(write=False) as session:
        rows = [_row(session, one) for one in standing.own(session)]
        coming = [
            {"number": one.id, "message": session.get_one(Delivery, one.delivery_id).message.key,
             "delivery": one.delivery_id, "approved_at": one.effective_at}
            for one in standing.announced(session)
        ]  # fmt: skip
    if not rows:
        shell.say("No standing approval is given.")
    else:
        shell.show_table("", list(rows[0]), [list(row.values()) for row in rows])
    if coming:
        shell.say("Announced; say no with: samklang standing veto NUMBER")
        shell.show_table("", list(coming[0]), [list(row.values()) for row in coming])
    shell.give({"standing": rows, "announced": coming})


def second(context: typer.Context, number: StandingId) -> None:
    """Say the second person's yes to a standing approval."""
    shell = shell_of(context)
    with shell.acting() as session:
        standing.second(session, _found(session, number), now=shell.now)
    shell.say(f"Standing approval {number} counts from now on.")
    shell.give({"standing": number})


def withdraw(context: typer.Context, number: StandingId) -> None:
    """Take a standing approval back; nothing is approved by it from now on."""
    shell = shell_of(context)
    with shell.acting() as session:
        standing.withdraw(session, _found(session, number), now=shell.now)
    shell.say(f"Standing approval {number} is taken back.")
    shell.give({"withdrawn": number})


def veto(
    context: typer.Context,
    number: Annotated[
        int, typer.Argument(metavar="NUMBER", help="Of the announcement, as 'standing list' shows it.")
    ],
) -> None:
    """Say no to an announced text; it waits for approval like any other."""
    shell = shell_of(context)
    with shell.acting() as session:
        found = next((one for one in standing.announced(session) if one.id == number), None)
        if found is None:
            raise NotFound("standing.too_late", id=number)
        standing.veto(session, found, now=shell.now)
    shell.say(f"Announcement {number} is vetoed; the text waits for approval.")
    shell.give({"vetoed": number})


def _found(session: Session, number: int) -> StandingApproval:
    found = next((one for one in standing.own(session) if one.id == number), None)
    if found is None:
        raise NotFound("standing.unknown", id=number)
    return found


def _row(session: Session, one: StandingApproval) -> dict[str, object]:
    county = session.get_one(Organisation, one.owner_id)
    place = session.get_one(Organisation, one.organisation_id)
    return {
        "number": one.id,
        "county": county.name,
        "unseen": one.unseen,
        "preparedness_minutes": one.preparedness_minutes,
        "until": one.expires_at,
        "waits": "second person" if place.second_person and one.seconded_by is None else "",
    }
