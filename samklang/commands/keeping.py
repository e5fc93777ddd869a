"""Commands of the operator that keep an instance in order: the doctor, and the keys of the vault."""

from __future__ import annotations

from typing import Annotated

import typer

from campaigns import rotation
from reports import doctor
from reports.doctor import Answer
from samklang.commands.running import OPERATING
from samklang.console import DEMO_HOME, Exit, Failure, Shell, count_of, shell_of
from samklang.house import as_found

FOUND = ("error", "warning")


def add_to(app: typer.Typer) -> None:
    """Add these commands to the root command."""
    app.command("doctor", rich_help_panel=OPERATING)(examine)
    keys = typer.Typer(
        no_args_is_help=True, help="The keys that seal the accounts' logins. No key is ever shown."
    )
    keys.command("list")(list_keys)
    keys.command("begin")(begin)
    keys.command("rotate")(rotate)
    keys.command("forget")(forget)
    app.add_typer(keys, name="keys", rich_help_panel=OPERATING)


def examine(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Say also what is well.")] = False,
) -> None:
    """Look for everything that is wrong with this instance, and say how to put it right. Changes nothing."""
    shell = shell_of(context)
    demo = shell.settings.home == DEMO_HOME
    with as_found(shell.settings, lambda: shell.now, demo=demo) as subject:
        answers = doctor.examine(subject)
    rows = [row for answer in answers for row in _rows(shell, answer)]
    for row in rows:
        if every or row["word"] in FOUND:
            shell.say(f"{row['word']:9}{row['sentence']}")
    counts = {word: sum(row["word"] == word for row in rows) for word in FOUND}
    told = f"{count_of(counts['error'], 'error')} and {count_of(counts['warning'], 'warning')}"
    shell.give(rows)
    if counts["error"]:
        shell.say(f"{told}.")
        raise typer.Exit(Exit.stopped)
    shell.say(
        f"{told} in {count_of(len(answers), 'check')}."
        if counts["warning"]
        else f"{count_of(len(answers), 'check')}: everything is well."
    )


def _rows(shell: Shell, answer: Answer) -> list[dict[str, object]]:
    """Return what is said of a check: each finding, or that it is well, or that it could not be asked."""
    well = answer.check.well
    if answer.findings is None:
        return [{"word": "unasked", "code": well, "sentence": shell.text(well), "values": {}}]
    return [
        {
            "word": one.severity,
            "code": one.code,
            "sentence": shell.text(one.code, one.values),
            "values": one.values,
        }
        for one in answer.findings
    ] or [{"word": "ok", "code": well, "sentence": shell.text(well), "values": {}}]


def list_keys(context: typer.Context) -> None:
    """List the keys by their names: which one seals, and how many accounts' logins each opens."""
    shell = shell_of(context)
    with shell.reading() as session:
        uses = rotation.key_uses(session, shell.settings.keys_path)
    words = {(True, True): "seals", (False, True): "opens", (False, False): "not in the key file"}
    rows = [[one.id, words[one.current, one.known], one.logins] for one in uses]
    shell.show_table("", ["key", "", "accounts"], rows, numbers=["accounts"])
    shell.give(
        [{"key": one.id, "current": one.current, "known": one.known, "logins": one.logins} for one in uses]
    )


def begin(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
) -> None:
    """Begin with new keys where the key file is lost for good: every account has to be connected again.

    A file that is there is left alone, whatever state it is in: move it away first if it cannot be read.
    """
    shell = shell_of(context)
    path = shell.settings.keys_path
    if path.exists():
        raise Failure(
            f"{path.name} is there, and nothing was changed. If it cannot be used, move it away first.",
            Exit.stopped,
        )
    if not yes:
        typer.confirm("Every account has to be connected again. Is the key file lost for good?", abort=True)
    lost = rotation.begin_anew(shell.store, path, now=shell.now)
    shell.say(
        f"New keys are in {path.name}; {count_of(lost, 'account')} to be connected again. Keep a copy of it."
    )
    shell.give({"lost": lost})


def rotate(
    context: typer.Context,
    forget_old: Annotated[
        bool, typer.Option("--forget-old", help="Forget the old keys, too: backups from before open no more.")
    ] = False,
) -> None:
    """Make a new key and seal every login under it; workers go on meanwhile.

    May be interrupted at any point: every login still opens, and run again it goes on.
    """
    shell = shell_of(context)
    path = shell.settings.keys_path
    done = rotation.rotate(shell.store, path, now=shell.now)
    shell.say(f"{done.key} seals now; the logins of {count_of(done.logins, 'account')} were sealed anew.")
    forgotten = rotation.forget_keys(shell.store, path) if forget_old else []
    _tell_forgotten(shell, forgotten)
    if not forget_old:
        shell.say(
            "Older keys stay, for backups from before: 'samklang keys forget' removes those that seal nothing."
        )
    told = {"key": done.key, "logins": done.logins, "stuck": done.stuck, "forgotten": forgotten}
    if done.stuck:
        raise Failure(
            f"The logins of {count_of(done.stuck, 'account')} do not open, and stay as they were. 'samklang doctor' "
            "says which; connect them again.",
            details=told,
        )
    shell.give(told)


def forget(context: typer.Context) -> None:
    """Forget the keys that seal nothing any more: database backups from before they were rotated open no more."""
    shell = shell_of(context)
    forgotten = rotation.forget_keys(shell.store, shell.settings.keys_path)
    _tell_forgotten(shell, forgotten)
    if not forgotten:
        shell.say("No key can be forgotten: each seals something, or is the one that seals.")
    shell.give({"forgotten": forgotten})


def _tell_forgotten(shell: Shell, forgotten: list[str]) -> None:
    if forgotten:
        shell.say(
            f"Forgotten: {', '.join(forgotten)}. Replace the copy of the key file that is kept elsewhere."
        )
