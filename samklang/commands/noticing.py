"""The command for letters to people: which wait, which were given up and why, and a trial."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer
from sqlalchemy import select

from campaigns import letters
from campaigns.mail_addresses import AddressRefused
from campaigns.store import Actor, Person
from samklang.commands.running import OPERATING
from samklang.console import Exit, Failure, Shell, shell_of

TRIAL = timedelta(hours=1)
"""So long a trial is tried: whoever asked for it waits."""


def add_to(app: typer.Typer) -> None:
    """Add this command to the root command."""
    app.command(rich_help_panel=OPERATING)(notices)


def notices(
    context: typer.Context,
    trial: Annotated[
        str | None, typer.Option("--try", metavar="MAIL", help="Send a letter there, to see that mail works.")
    ] = None,
) -> None:
    """List the letters that wait and those given up within a week: everybody's, or with --as one's own."""
    shell = shell_of(context)
    if trial is not None:
        _send_trial(shell, trial)
    with shell.reading() as session:
        actor = session.info.get("actor")
        own = actor.person_id if isinstance(actor, Actor) else None
        found = letters.waiting(session, now=shell.now, person_id=own)
        people = {one.id: one.mail for one in session.scalars(select(Person))}
        rows = [
            {
                "to": one.address or people.get(one.person_id or 0, "–"),
                "way": one.way,
                "since": one.made_at,
                "tries": one.attempts,
                "given_up": one.ended_at is not None,
                "why": shell.text(one.outcome) if one.outcome else "",
            }
            for one in found
        ]
    shell.give(rows)
    if not shell.settings.smtp_host:
        shell.say("Mail is off: set SAMKLANG_SMTP_HOST and SAMKLANG_MAIL_FROM. Letters wait until then.")
    if not rows:
        shell.say("No letter waits.")
    else:
        shell.show_table("", list(rows[0]), [list(row.values()) for row in rows])


def _send_trial(shell: Shell, trial: str) -> None:
    if shell.mail or shell.organisation:
        raise Failure("A trial is the operator's. Leave --as and --for away.", Exit.misunderstood)
    try:
        with shell.store.system() as session:
            letters.send_now(
                session, trial, "trial", {"mail": trial, "language": shell.settings.language},
                now=shell.now, until=shell.now + TRIAL,
            )  # fmt: skip
    except AddressRefused as refused:
        raise Failure(shell.text(refused.code), Exit.misunderstood) from None
    shell.say("The letter is written; the workers send it within seconds.")
