"""The command that corrects a campaign under way: what is different, what that costs, and then the correction itself."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from campaigns import corrections, documents, participation, versions
from samklang.commands.documents import COUNTY, Document, read_document, show_changes
from samklang.console import Exit, Failure, Shell, shell_of


def add_to(app: typer.Typer) -> None:
    """Add the command to the root command."""
    app.command(rich_help_panel=COUNTY)(correct)


def correct(
    context: typer.Context,
    document: Document,
    yes: Annotated[bool, typer.Option("--yes", help="Correct without asking.")] = False,
) -> None:
    """Correct a campaign under way: first shows what it costs, then asks. With --json and no --yes it only shows."""
    shell = shell_of(context)
    definition, pictures, _ = read_document(shell, document, shell.desk.media.render)
    found = corrections.preview(
        shell.store,
        shell.actor(),
        shell.desk.connectors,
        shell.desk.media,
        definition,
        pictures,
        now=shell.now,
    )
    with shell.acting(write=False) as session:
        present = participation.owned_campaign(session, definition.campaign)
        key, version, active = present.key, present.version, present.active_at is not None
    if not active:
        raise Failure(f"{key} is not under way yet. Use: samklang load {document}", Exit.stopped)
    if found.version == version:
        shell.say(f"{key} is what this document says already; nothing to correct.")
        shell.give({"campaign": key, "version": version, **_cost(found)})
        return
    with shell.acting(write=False) as session:
        changes = versions.compare(session, definition, pictures).changes
    show_changes(shell, changes)
    shell.say()
    _show_cost(shell, found)
    if shell.as_json and not yes:
        shell.give({"campaign": key, "version": version, **_cost(found)})
        return
    if not yes:
        typer.confirm(f"Correct {key} now?", abort=True)
    with shell.acting() as session:
        version = documents.load(session, shell.desk.media, definition, pictures, now=shell.now).version
    shell.say(f"{key} is version {version} now; plans and approvals follow within a second or two.")
    shell.give({"campaign": key, "version": version, **_cost(found)})


def _show_cost(shell: Shell, found: corrections.Preview) -> None:
    touched = [one for one in found.touched if one.anything]
    numbers = ["falls", "renews", "offers", "planned", "moved", "cancelled"]
    rows: list[list[object]] = [
        [one.name, *(getattr(one, name) or "" for name in numbers)] for one in touched
    ]
    if touched:
        shell.show_table("What it would do", ["municipality", *numbers], rows, numbers=numbers)
        shell.say(
            "falls: approvals that ask again · renews: of these, by a standing approval · offers: own words"
        )
        shell.say("that meet the correction · planned, moved, cancelled: deliveries that have not gone.")
    else:
        shell.say("No municipality has to do anything.")
    if found.live:
        shell.say("Already live with the old text; edit or take down on the platform:")
    for one in found.live:
        shell.say(f"  {one.name}: {one.message} on {one.platform}: {one.address or 'not confirmed yet'}")


def _cost(found: corrections.Preview) -> dict[str, object]:
    return {
        "touched": [asdict(one) for one in found.touched if one.anything],
        "live": [asdict(one) for one in found.live],
    }
