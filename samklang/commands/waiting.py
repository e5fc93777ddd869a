"""Commands for what waits, for days off, and for the end of a campaign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from campaigns import attention, closing, local_days, participation
from samklang.commands.documents import COUNTY, CampaignKey
from samklang.commands.municipality import MUNICIPAL
from samklang.console import Exit, Failure, count_of, shell_of


def add_to(app: typer.Typer) -> None:
    """Add these commands to the root command."""
    app.command(rich_help_panel=MUNICIPAL)(waiting)
    days = typer.Typer(no_args_is_help=True, help="Your own days off: school holidays, fairs.")
    days.command("import")(import_days)
    days.command("list")(list_days)
    app.add_typer(days, name="days", rich_help_panel=MUNICIPAL)
    app.command(rich_help_panel=COUNTY)(close)


def waiting(
    context: typer.Context,
    today: Annotated[bool, typer.Option("--today", help="Only what today is a day to remind of.")] = False,
) -> None:
    """List what waits for somebody here: answers, facts, approvals, corrections, missed posts, lost logins."""
    shell = shell_of(context)
    with shell.acting(write=False) as session:
        found = attention.waiting(session, shell.desk.connectors, now=shell.now)
    shown = [one for one in found if one.remind or not today]
    for one in shown:
        shell.say(f"{'!' if one.remind else ' '} {shell.text(one.code, one.values)}")
    if not shown:
        shell.say("Nothing waits for you.")
    shell.give(
        [
            {
                "code": one.code,
                "sentence": shell.text(one.code, one.values),
                "until": one.until,
                "remind": one.remind,
            }
            for one in shown
        ]
    )


def import_days(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="iCal (.ics), or CSV with from,to,name.")],
) -> None:
    """Bring in your own days off, in place of those there are. Deadlines count working days without them."""
    shell = shell_of(context)
    try:
        with file.open("rb") as opened:
            source = opened.read(local_days.MOST_BYTES + 1)
    except OSError as trouble:
        raise Failure(f"{file} cannot be read ({trouble.strerror}). Check the path.", Exit.unknown) from None
    found = local_days.read(source)
    with shell.acting() as session:
        local_days.replace(session, found, now=shell.now)
    shell.say(f"{count_of(len(found), 'stretch')} of days brought in. See 'samklang days list'.")
    shell.give({"stretches": len(found)})


def list_days(context: typer.Context) -> None:
    """List your own days off."""
    shell = shell_of(context)
    actor = shell.actor()
    with shell.acting(write=False) as session:
        rows = [
            {"from": one.first, "to": one.last, "name": one.name}
            for one in local_days.stretches(session, actor.organisation_id)
        ]
    if not rows:
        shell.say("No days are brought in. Do it with: samklang days import FILE")
    else:
        shell.show_table("", list(rows[0]), [list(row.values()) for row in rows])
    shell.give(rows)


def close(
    context: typer.Context,
    campaign: CampaignKey,
    yes: Annotated[bool, typer.Option("--yes", help="Close without asking.")] = False,
) -> None:
    """Close a campaign: nothing of it is sent from then on. A mandatory message must have gone out first."""
    shell = shell_of(context)
    with shell.acting(write=False) as session:
        unsent = closing.unsent(session, participation.owned_campaign(session, campaign))
    if unsent and not yes:
        typer.confirm(
            f"{count_of(unsent, 'delivery')} of {campaign} would never go out. Close it?", abort=True
        )
    with shell.acting() as session:
        closing.close(session, participation.owned_campaign(session, campaign), now=shell.now)
    shell.say(f"{campaign} is closed. Counting goes on; see 'samklang report {campaign}'.")
    shell.give({"campaign": campaign, "unsent": unsent})
