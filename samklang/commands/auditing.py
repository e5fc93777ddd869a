"""Commands about the audit chains: list what was done, and verify that it is what was written."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NoReturn

import typer

from campaigns import audit, heads, verification
from campaigns.audit import Wanted
from campaigns.store import AuditEntry
from campaigns.verification import Verdict
from samklang.commands.reading import READING
from samklang.console import Exit, Failure, Shell, count_of, shell_of


def add_to(app: typer.Typer) -> None:
    """Add these commands to the root command."""
    group = typer.Typer(no_args_is_help=True, help="What people did, in a chain that shows changes.")
    group.command("list")(list_acts)
    group.command("verify")(verify)
    app.add_typer(group, name="audit", rich_help_panel=READING)


def list_acts(
    context: typer.Context,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="From this day on.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest ones.")] = 50,
) -> None:
    """List what was done in the organisation of --for, the newest first."""
    shell = shell_of(context)
    with shell.acting(write=False) as session:
        found = audit.acts(session, Wanted(since=since.astimezone() if since else None), limit=limit)
    if not found:
        shell.say("Nothing was done here in that time.")
    else:
        rows = [
            [one.sequence, one.at, _who(one, name), audit.in_words(one, shell.settings.language)]
            for one, name in found
        ]
        shell.show_table("", ["no.", "when", "who", "what"], rows, numbers=["no."])
    shell.give([_as_json(one, name) for one, name in found])


def verify(
    context: typer.Context,
    accept: Annotated[
        bool,
        typer.Option(
            "--accept",
            help="Take the present ends of all chains for what is known; after a restore. The operator's.",
        ),
    ] = False,
) -> None:
    """Go through the chains and through the delivery history that they keep digests of; say what does not fit.

    All organisations for the operator, one's own with --as and --for.
    """
    shell = shell_of(context)
    if accept:
        _accept(shell)
    with shell.reading() as session:
        known = heads.read_heads(session, shell.settings.heads_path)
        verdict = verification.verify_chains(session, known)
    if known is None and verdict.entries:
        shell.say(shell.text("audit.ends_unknown"))
    if verdict.misfits:
        _tell_misfits(shell, verdict)
    shell.say(
        f"{count_of(verdict.chains, 'chain')} with {count_of(verdict.entries, 'entry')}, among them digests of "
        f"{count_of(verdict.days, 'day')} of delivery history: everything fits."
    )
    counted = {"chains": verdict.chains, "entries": verdict.entries, "days": verdict.days}
    shell.give({**counted, "ends_known": known is not None})


def _tell_misfits(shell: Shell, verdict: Verdict) -> NoReturn:
    misfits = [
        {"organisation": one.number, "code": one.code, "misfit": shell.text(one.code, one.values)}
        for one in verdict.misfits
    ]
    for one in misfits:
        shell.say(one["misfit"])
    told = f"{count_of(len(misfits), 'misfit')} in {count_of(verdict.chains, 'chain')}."
    raise Failure(told, details=misfits)


def _accept(shell: Shell) -> None:
    if shell.mail or shell.organisation:
        raise Failure(
            "The operator accepts for all organisations: leave --as and --for out.", Exit.misunderstood
        )
    with shell.reading() as session:
        chains = heads.accept_heads(session, shell.settings.heads_path)
    shell.say(f"The present ends of {count_of(chains, 'chain')} are accepted.")


def _who(entry: AuditEntry, name: str | None) -> str:
    return f"{name} ({entry.how})" if name else entry.how


def _as_json(entry: AuditEntry, name: str | None) -> dict[str, object]:
    return {
        "sequence": entry.sequence,
        "at": entry.at,
        "person": name,
        "how": entry.how,
        "action": entry.action,
        "subject": entry.subject,
        "details": entry.details,
        "hash": entry.hash,
    }
