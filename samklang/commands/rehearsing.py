"""The command that plays a whole campaign before anybody is invited."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from campaigns.definition.model import Definition, Invite
from campaigns.media import Rendition, render_picture
from campaigns.rehearsals import Refused
from reports.rehearsal.behaviours import Behaviour
from reports.rehearsal.outcome import Outcome
from reports.voice import Voice
from samklang.commands.documents import COUNTY, Document, read_document
from samklang.console import Exit, Failure, Shell, shell_of
from samklang.rehearsal import telling


def add_to(app: typer.Typer) -> None:
    """Add the command to the root command."""
    app.command(rich_help_panel=COUNTY)(rehearse)


def rehearse(
    context: typer.Context,
    document: Document,
    county: Annotated[
        str | None, typer.Option(help="Let this county's municipalities play (number).")
    ] = None,
    behaviour: Annotated[
        list[str] | None,
        typer.Option(metavar="NUMBER=BEHAVIOUR", help="How a municipality behaves; may be repeated."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Draws how the others behave; the same seed plays the same.")] = 1,
    html: Annotated[Path | None, typer.Option(help="Write the whole rehearsal to this page.")] = None,
) -> None:
    """Play a whole campaign in a minute: made-up people, stand-in platforms, the real rules. Changes nothing.

    Ends with 0 when no check blocks and every outcome is the one that its behaviour should give.
    """
    shell = shell_of(context)
    definition, pictures, _ = read_document(shell, document, render_picture)
    if county is not None:
        definition = definition.model_copy(update={"invite": Invite(county=county)})
    if definition.invite.group is not None:
        raise Failure(shell.text("rehearsal.group_needs_county"), Exit.misunderstood)
    outcome = _play(shell, definition, pictures, _given(behaviour), seed)
    voice = Voice(shell.settings.language, outcome.begun_at)
    if html is not None:
        _write(html, telling.page(outcome, voice))
    for line in telling.lines(outcome, voice):
        shell.say(line)
    shell.give(outcome.as_json())
    _end(shell, html, passed=outcome.passed)


def _play(
    shell: Shell,
    definition: Definition,
    pictures: Mapping[str, Rendition],
    given: Mapping[str, Behaviour],
    seed: int,
) -> Outcome:
    """Play the campaign and return what it came to.

    Raises: Failure when nobody plays, or where the stand-ins are not installed, as on a server.
    """
    try:
        from samklang.rehearsal import performance  # a server has the command and no stand-ins
    except ModuleNotFoundError:
        raise Failure(
            "The stand-in platforms are not installed here. Rehearse in a checkout of the project.",
            Exit.unknown,
        ) from None
    try:
        return performance.perform(
            definition,
            pictures,
            county=definition.invite.county,
            numbers=definition.invite.municipalities or (),
            behaves=performance.drawn(seed, given),
        )
    except Refused as refused:
        raise Failure(shell.text(refused.code, refused.values), Exit.unknown) from None


def _end(shell: Shell, html: Path | None, *, passed: bool) -> None:
    if html is not None:
        shell.say(f"The page is {html}.")
    if not passed:
        raise typer.Exit(Exit.stopped)


def _given(written: list[str] | None) -> dict[str, Behaviour]:
    """Return the behaviours that were named.

    Raises: Failure.
    """
    found = {}
    for one in written or []:
        number, _, word = one.partition("=")
        if word not in set(Behaviour):
            raise Failure(
                f"'{one}' is no behaviour. Write NUMBER= and one of {', '.join(Behaviour)}.",
                Exit.misunderstood,
            )
        found[number.strip()] = Behaviour(word)
    return found


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, "utf-8")
    except OSError as trouble:
        raise Failure(
            f"{path} cannot be written ({trouble.strerror}). Check the path.", Exit.unknown
        ) from None
