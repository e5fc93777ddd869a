"""Commands of the county coordinator: check, compare, load and export campaign documents, invite, and name groups."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from campaigns import documents, foresight, organisations, participation, sami, versions
from campaigns.definition import reading
from campaigns.definition.changes import Change, said
from campaigns.definition.model import Definition
from campaigns.definition.rewording import marked
from campaigns.definition.schema import schema
from campaigns.definition.source import MOST_BYTES
from campaigns.media import MAX_BYTES, PictureRefused, Rendition, render_picture
from campaigns.organisations import NotFound
from connectors import connector, names
from connectors.base import Problem
from samklang.console import Exit, Failure, Shell, count_of, shell_of
from workers.desk import make_wire

COUNTY = "For the county"
Document = Annotated[Path, typer.Argument(help="The campaign document (YAML); pictures lie beside it.")]
CampaignKey = Annotated[str, typer.Argument(help="The campaign's key, as in its document.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the root command."""
    app.command(rich_help_panel=COUNTY)(check)
    app.command("schema", rich_help_panel=COUNTY)(write_schema)
    app.command(rich_help_panel=COUNTY)(compare)
    app.command(rich_help_panel=COUNTY)(load)
    app.command(rich_help_panel=COUNTY)(export)
    app.command(rich_help_panel=COUNTY)(invite)
    groups = typer.Typer(
        no_args_is_help=True, help="Named lists of municipalities, for 'invite: {group: …}'."
    )
    groups.command("set")(set_group)
    groups.command("list")(list_groups)
    app.add_typer(groups, name="group", rich_help_panel=COUNTY)


def check(context: typer.Context, document: Document) -> None:
    """Check a campaign document: every problem at once, each with its line and what to do. Stores nothing."""
    shell = shell_of(context)
    definition, _, warnings = read_document(shell, document, render_picture)
    shell.say(f"{document}: {count_of(len(definition.messages), 'message')}, nothing stands in the way.")
    shell.give(
        {
            "campaign": definition.campaign,
            "messages": [one.key for one in definition.messages],
            "warnings": warnings,
        }
    )


def write_schema(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option(help="File to write to, such as campaign.schema.json; else it is printed.")
    ] = None,
) -> None:
    """Give the JSON Schema of campaign documents, by which editors complete and check while one writes."""
    shell = shell_of(context)
    made = schema()
    if out is None:
        typer.echo(json.dumps(made, ensure_ascii=False, indent=2))
        return
    try:
        out.write_text(json.dumps(made, ensure_ascii=False, indent=2) + "\n", "utf-8")
    except OSError as trouble:
        raise Failure(
            f"{out} cannot be written ({trouble.strerror}). Name another file with --out.", Exit.stopped
        ) from None
    shell.say(f"Written. First line of a document beside it: # yaml-language-server: $schema={out.name}")
    shell.give({"schema": str(out)})


def compare(context: typer.Context, document: Document) -> None:
    """Show what a document would change in the stored campaign of the same key. Stores nothing."""
    shell = shell_of(context)
    definition, pictures, warnings = read_document(shell, document, shell.desk.media.render)
    with shell.acting(write=False) as session:
        found = versions.compare(session, definition, pictures)
    key = definition.campaign
    show_changes(shell, found.changes)
    if found.changes:
        number = count_of(len(found.changes), "change")
        shell.say(f"{number} from version {found.version} of {key}. Next: samklang load {document}")
    else:
        shell.say(f"{document} means the same as version {found.version} of {key}.")
    changes = [_change(change, shell) for change in found.changes]
    shell.give({"campaign": key, "version": found.version, "changes": changes, "warnings": warnings})


def show_changes(shell: Shell, changes: Iterable[Change]) -> None:
    """Print what is different, a sentence each, with the words that changed."""
    for change in changes:
        shell.say(said(change, shell.settings.language))
        if change.words:
            shell.say(f"    {marked(change.words)}")


def _change(change: Change, shell: Shell) -> dict[str, object]:
    """Return a change for a script."""
    return {
        "code": change.code,
        "message": change.message,
        "part": change.part,
        "position": change.position,
        "language": change.language,
        "sentence": said(change, shell.settings.language),
        "words": [{"fate": piece.fate, "text": piece.text} for piece in change.words],
    }


def load(context: typer.Context, document: Document) -> None:
    """Check a campaign document and store it; the same key again is a new version of the same campaign."""
    shell = shell_of(context)
    definition, pictures, warnings = read_document(shell, document, shell.desk.media.render)
    with shell.acting() as session:
        _must_not_be_under_way(session, definition, document)
        campaign = documents.load(session, shell.desk.media, definition, pictures, now=shell.now)
        key, version = campaign.key, campaign.version
    shell.say(f"{key} is stored as version {version}. Next: samklang invite {key}")
    shell.give({"campaign": key, "version": version, "warnings": warnings})


def _must_not_be_under_way(session: Session, definition: Definition, document: Path) -> None:
    """Refuse a new version of a campaign that municipalities work with already: its cost is to be seen first.

    Raises: Failure.
    """
    try:
        present = participation.owned_campaign(session, definition.campaign)
    except NotFound:
        return
    if present.active_at is not None:
        raise Failure(
            f"{present.key} is under way. See what a change costs, and make it: samklang correct {document}",
            Exit.stopped,
        )


def export(
    context: typer.Context,
    campaign: CampaignKey,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write to, new or empty; named after the campaign without it."),
    ] = None,
) -> None:
    """Write a stored campaign as a document with its pictures; loading it again changes nothing."""
    shell = shell_of(context)
    folder = out or Path(campaign)
    with shell.acting(write=False) as session:
        found = versions.export(session, shell.desk.media, campaign)
    document = folder / "campaign.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Failure(f"{folder} is not empty. Name a new folder with --out.", Exit.stopped)
        for name, content in found.pictures.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        document.write_text(found.document, "utf-8")
    except OSError as trouble:
        raise Failure(
            f"{folder} cannot be written ({trouble.strerror}). Name another folder with --out.", Exit.stopped
        ) from None
    pictures = count_of(len(found.pictures), "picture")
    shell.say(f"Version {found.version} of {campaign} is written to {document}, with {pictures}.")
    shell.give({
        "campaign": campaign, "version": found.version, "document": str(document), "pictures": list(found.pictures),
    })  # fmt: skip


def invite(context: typer.Context, campaign: CampaignKey) -> None:
    """Invite everybody that the document names, and start the campaign."""
    shell = shell_of(context)
    with shell.acting() as session:
        found = participation.owned_campaign(session, campaign)
        new = participation.invite(session, found, now=shell.now)
        numbers = [one.number for one in new]
        lacking = sami.missing_versions(found.languages, numbers)
    warnings = [shell.text(one.code, one.values) for one in lacking]
    for told in warnings:
        shell.say(f"warning: {told}")
    shell.say(
        f"{len(numbers)} invited to {campaign}." + (" Everybody else was already." if not numbers else "")
    )
    shell.give({"campaign": campaign, "invited": numbers, "warnings": warnings})


def set_group(
    context: typer.Context,
    group: Annotated[str, typer.Argument(help="The group's key, as documents will name it: sunnfjord.")],
    number: Annotated[list[str], typer.Argument(help="Numbers of its municipalities, all of them.")],
) -> None:
    """Name a list of municipalities; the same key again replaces the list. Nobody is invited by this."""
    shell = shell_of(context)
    with shell.acting() as session:
        numbers = organisations.set_group(session, group, number, now=shell.now).numbers
    shell.say(
        f"{group} has {count_of(len(numbers), 'municipality')}. In a document: invite: {{group: {group}}}"
    )
    shell.give({"group": group, "numbers": numbers})


def list_groups(context: typer.Context) -> None:
    """List the groups of the organisation of --for."""
    shell = shell_of(context)
    with shell.acting(write=False) as session:
        rows = [{"group": one.key, "numbers": one.numbers} for one in organisations.groups(session)]
    if not rows:
        shell.say("There is no group yet. Name one: samklang group set KEY NUMBER…")
    else:
        shell.show_table(
            "", ["group", "municipalities"], [[one["group"], " ".join(one["numbers"])] for one in rows]
        )
    shell.give(rows)


def read_document(
    shell: Shell, document: Path, render: Callable[[bytes], Rendition]
) -> tuple[Definition, dict[str, Rendition], list[str]]:
    """Return a document's definition, its pictures as `render` makes them, and its warnings, printing every problem.

    Raises: Failure when something blocks.
    """
    try:
        with document.open("rb") as file:
            source = file.read(MOST_BYTES + 1)  # one byte more than is taken, however large the file is
    except OSError as trouble:
        raise Failure(
            f"{document} cannot be read ({trouble.strerror}). Check the path.", Exit.unknown
        ) from None
    result = reading.read(source, platforms=frozenset(names()))
    told: list[dict[str, object]] = [
        {
            "severity": one.severity,
            "code": one.code,
            "line": one.line,
            "column": one.column,
            "problem": reading.said(one, shell.settings.language),
        }
        for one in result.problems
    ]
    told += [
        {"severity": "warning", "code": one.code, "problem": shell.text(one.code, one.values)}
        for one in _doubts(shell, result.definition)
    ]
    for one in told:
        shell.say(f"{one['severity']}: {one['problem']}")
    if result.definition is None:
        wrong = sum(one["severity"] == "error" for one in told)
        raise Failure(
            f"{document}: {count_of(wrong, 'error')} to put right; nothing was stored.", Exit.stopped, told
        )
    warnings = [str(one["problem"]) for one in told]
    return result.definition, _pictures(shell, document, result.definition, render), warnings


def _doubts(shell: Shell, definition: Definition | None) -> list[Problem]:
    """Return what will come to nothing, or go out other than one might think."""
    if definition is None:
        return []
    with closing(make_wire(shell.settings, lambda: shell.now)) as wire:  # no call is made
        kinds = {name: connector(name, wire) for name in names()}
        return foresight.doubts(definition, kinds, now=shell.now)


def _pictures(
    shell: Shell, document: Path, definition: Definition, render: Callable[[bytes], Rendition]
) -> dict[str, Rendition]:
    renditions: dict[str, Rendition] = {}
    wrong: list[str] = []
    for message in definition.messages:
        for spec in message.pictures:
            if spec.file in renditions:
                continue
            path = document.parent / spec.file
            try:
                if path.stat().st_size > MAX_BYTES:
                    raise PictureRefused("media.too_many_bytes", megabytes=MAX_BYTES // 1_000_000)
                renditions[spec.file] = render(path.read_bytes())
            except OSError as trouble:
                wrong.append(f"{message.key}: {spec.file} cannot be read ({trouble.strerror}).")
            except PictureRefused as refusal:
                wrong.append(f"{message.key}: {spec.file}: {shell.text(refusal.code, refusal.values)}")
    for line in wrong:
        shell.say(f"error: {line}")
    if wrong:
        raise Failure(
            f"{document}: {count_of(len(wrong), 'picture')} to put right; nothing was stored.",
            Exit.stopped,
            [{"severity": "error", "problem": line} for line in wrong],
        )
    return renditions
