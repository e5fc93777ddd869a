"""Commands for what is put out by hand: what is due, the text and pictures to use, and where it is to be seen."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from campaigns import by_hand, timing
from campaigns.by_hand import NotByHand, Task
from campaigns.media import PictureRefused
from campaigns.store import Organisation
from connectors.post import Post
from samklang.commands.municipality import MUNICIPAL
from samklang.console import Exit, Failure, Shell, shell_of

CHECKLIST = (
    "Log in where the post is to be seen, as the municipality.",
    "Copy the text as it stands; nothing is added or left out. It was approved so.",
    "Add the pictures in this order, each with its alternative text.",
    "Look at the post once more, and put it out.",
    "Copy the post's address, and say that it is out: samklang hand published {id} ADDRESS",
)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the root command."""
    group = typer.Typer(no_args_is_help=True, help="Posts that a person puts out by hand.")
    group.command("list")(list_tasks)
    group.command("show")(show)
    group.command("published")(published)
    app.add_typer(group, name="hand", rich_help_panel=MUNICIPAL)


def list_tasks(context: typer.Context) -> None:
    """List what is to be put out by hand within a week, and what is due already."""
    shell = shell_of(context)
    with shell.acting(write=False) as session:
        found = by_hand.tasks(session, now=shell.now)
        zone = session.get_one(Organisation, shell.actor().organisation_id).timezone
    rows = [
        {
            "id": one.id,
            "message": one.message,
            "place": one.place,
            "due": _told(one.due_at, zone),
            "at the latest": _told(one.late_at, zone),
            "waits for": ", ".join(shell.text(code, {}) for code in one.awaits) or "your hand",
        }
        for one in found
    ]
    if not rows:
        shell.say("Nothing is to be put out by hand.")
    else:
        shell.show_table("", list(rows[0]), [list(row.values()) for row in rows])
        shell.say("Text, pictures and what to do: samklang hand show NUMBER")
    shell.give(rows)


def show(
    context: typer.Context,
    delivery: Annotated[int, typer.Argument(help="Number of the delivery, as 'hand list' shows it.")],
    save: Annotated[
        Path | None, typer.Option(help="A folder to write the text and the pictures into.")
    ] = None,
) -> None:
    """Show what to put out: the approved text, the pictures with their alternative texts, and the steps."""
    shell = shell_of(context)
    with shell.acting(write=False) as session:
        task = by_hand.task(session, delivery, now=shell.now)
    if task.post is None:
        raise Failure(" ".join(shell.text(code, {}) for code in task.awaits), Exit.stopped)
    files = _saved(shell, task, task.post, save) if save else []
    shell.say(f"{task.message}, on {task.place}{f' ({task.address})' if task.address else ''}\n")
    typer.echo(task.post.text, err=shell.as_json)  # not through the console, which would break its lines
    for number, picture in enumerate(task.post.pictures, start=1):
        shell.say(f"\nPicture {number}: {files[number] if files else picture.sha256[:12]}\n  {picture.alt}")
    if task.post.poll is not None:
        shell.say(f"\nPoll, {task.post.poll.days} days: {' · '.join(task.post.poll.options)}")
    shell.say("")
    for number, step in enumerate(CHECKLIST, start=1):
        shell.say(f"{number}. {step.replace('{id}', str(task.id))}")
    shell.give(
        {
            "delivery": task.id,
            "place": task.place,
            "address": task.address,
            "text": task.post.text,
            "pictures": [{"sha256": one.sha256, "alt": one.alt} for one in task.post.pictures],
            "files": [str(one) for one in files],
        }
    )


def published(
    context: typer.Context,
    delivery: Annotated[int, typer.Argument(help="Number of the delivery, as 'hand list' shows it.")],
    address: Annotated[str, typer.Argument(help="The post's address, as you copied it: https://…")],
) -> None:
    """Say that a post is out, and where. It counts as published, marked as stated by you."""
    shell = shell_of(context)
    try:
        with shell.acting() as session:
            by_hand.mark_published(session, delivery, address, now=shell.now)
    except NotByHand as trouble:
        raise Failure(shell.text(trouble.code, trouble.values), Exit.stopped) from None
    shell.say(f"Delivery {delivery}: noted as published at {address.strip()}.")
    shell.give({"delivery": delivery, "address": address.strip()})


def _saved(shell: Shell, task: Task, post: Post, folder: Path) -> list[Path]:
    """Write text and pictures into a folder, the text first, and return the files.

    Raises: Failure.
    """
    files = [folder / f"{task.id}-{task.message}.txt"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files[0].write_text(post.text, "utf-8")
        for number, picture in enumerate(post.pictures, start=1):
            files.append(folder / f"{task.id}-{task.message}-{number}.{picture.mime.partition('/')[2]}")
            files[-1].write_bytes(shell.desk.fetch_picture(picture))
    except PictureRefused as trouble:
        raise Failure(shell.text(trouble.code, trouble.values), Exit.stopped) from None
    except OSError as trouble:
        raise Failure(f"{folder} cannot be written to ({trouble.strerror}). Name another folder.") from None
    return files


def _told(at: datetime | None, zone: str) -> str:
    return f"{timing.local(at, zone):%d.%m.%Y %H:%M}" if at else ""
