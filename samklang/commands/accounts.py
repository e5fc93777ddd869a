"""Commands of the municipal admin: connect accounts, list, pause and test them. No secret is ever shown."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from sqlalchemy import select

from campaigns import accounts, approval
from campaigns.access import must
from campaigns.definition.model import Language
from campaigns.store import Account
from connectors import CONNECTORS, Connector, ConnectorError, NotSent, OutcomeUnknown, Secret
from samklang.commands.municipality import MUNICIPAL
from samklang.console import Exit, Failure, Shell, count_of, shell_of

NOBODY_ANSWERED = {
    "connector.not_sent",
    "connector.unreachable",
    "connector.no_answer",
    "connector.bad_answer",
}
"""Their sentences promise another try by itself, which holds for deliveries and not for a person's command."""
AccountId = Annotated[int, typer.Argument(help="Number of the account, as 'account list' shows it.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the root command."""
    group = typer.Typer(no_args_is_help=True, help="Connected accounts of a municipality.")
    group.command("connect")(connect)
    group.command("list")(list_accounts)
    group.command("pause")(pause)
    group.command("test")(test)
    app.add_typer(group, name="account", rich_help_panel=MUNICIPAL)


def connect(
    context: typer.Context,
    platform: Annotated[str, typer.Argument(help=f"One of: {', '.join(kind.name for kind in CONNECTORS)}.")],
    server: Annotated[str, typer.Option(help="Base address of the account's server, https://…")] = "",
    language: Annotated[
        Language | None, typer.Option(help="The account's own written language, where it differs.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Connect whoever the platform says it is, without asking.")
    ] = False,
) -> None:
    """Connect an account: asks for what the platform needs, shows whom it belongs to, then seals the login.

    Secrets are read from the keyboard without echo, or one a line from standard input.
    """
    shell = shell_of(context)
    kinds = {kind.name: kind for kind in CONNECTORS}
    if platform not in kinds:
        raise Failure(f"There is no connector for '{platform}'. Known: {', '.join(kinds)}.", Exit.unknown)
    with shell.acting(write=False) as session:
        must(session, "account.connect", "own")  # before anybody types a secret
    kind = kinds[platform]
    typed = {}
    for field in kind.login_fields:
        if field.name == "base":
            continue
        typed[field.name] = Secret(_ask(field.hint, secret=field.secret))
    try:
        connected = shell.desk.connectors[platform].connect(server.rstrip("/"), typed)
    except ConnectorError as trouble:
        raise _told(shell, kind, trouble) from None
    profile = connected.profile
    shell.say(f"{kind.title} says this is {profile.title} ({profile.handle}), {profile.address}")
    if not yes and not shell.as_json and sys.stdin.isatty():
        typer.confirm("Is that the account to publish on?", abort=True)
    with shell.acting() as session:
        account = accounts.keep_account(
            session, shell.desk.vault, platform, server, connected, language=language, now=shell.now
        )
        number = account.id
        approval.review_all(session, shell.desk.connectors, now=shell.now)
    shell.say(f"Connected as account {number}.")
    shell.give({"account": number, "handle": profile.handle, "address": profile.address})


def list_accounts(context: typer.Context) -> None:
    """List the organisation's accounts with their state."""
    shell = shell_of(context)
    with shell.acting(write=False) as session:
        must(session, "account.read", "own")
        rows = [_row(one) for one in session.scalars(select(Account).order_by(Account.id))]
    shell.show_table(
        "", ["id", "platform", "handle", "server", "state", "followers"], [list(row.values()) for row in rows]
    )
    shell.give(rows)


def pause(
    context: typer.Context,
    account: AccountId,
    resume: Annotated[bool, typer.Option("--resume", help="Use it again.")] = False,
) -> None:
    """Let an account rest: what falls due waits, and is missed at its lateness limit."""
    shell = shell_of(context)
    with shell.acting() as session:
        found = accounts.account_of(session, account)
        accounts.pause_account(session, found, paused=not resume, now=shell.now)
        row = _row(found)
    shell.say(f"Account {account} ({row['handle']}) is {row['state']}.")
    shell.give(row)


def test(context: typer.Context, account: AccountId) -> None:
    """Ask the platform whom the account belongs to, without posting anything."""
    shell = shell_of(context)
    with shell.acting(write=False) as session:
        must(session, "account.read", "own")
        found = accounts.account_of(session, account)
        platform, handle = found.platform, found.handle
    connector = shell.desk.connectors[platform]
    try:
        profile = connector.whoami(shell.desk.login(account))
    except ConnectorError as trouble:
        raise _told(shell, type(connector), trouble, f"{handle}: ") from None
    with shell.acting() as session:
        regained = accounts.regain_login(
            session, accounts.account_of(session, account), profile, now=shell.now
        )
    followers = "" if profile.followers is None else f", {count_of(profile.followers, 'follower')}"
    shell.say(f"{profile.handle} answers: {profile.title}{followers}, {profile.address}")
    if regained:
        shell.say("Its login was held for lost, and works: the account is used again.")
    shell.give(
        {"account": account, "handle": profile.handle, "followers": profile.followers, "regained": regained}
    )


def _told(shell: Shell, kind: type[Connector], trouble: ConnectorError, about: str = "") -> Failure:
    """Return a platform's trouble as a sentence that names the platform."""
    unreachable = isinstance(trouble, NotSent | OutcomeUnknown)
    if trouble.code in NOBODY_ANSWERED:
        text = f"{kind.title} gave no answer just now. Nothing was changed; see whether the address is right, and try again."
    else:
        text = shell.text(trouble.code, {"platform": kind.title, **trouble.values})
    return Failure(f"{about}{text}", Exit.unreachable if unreachable else Exit.stopped)


def _row(account: Account) -> dict[str, object]:
    return {
        "id": account.id,
        "platform": account.platform,
        "handle": account.handle,
        "server": account.base,
        "state": account.state.value,
        "followers": "not reported" if account.followers is None else account.followers,
    }


def _ask(hint: str, *, secret: bool) -> str:
    """Return what was typed, or the next line of standard input where nobody types.

    Raises: Failure when nothing came.
    """
    if sys.stdin.isatty():
        return str(typer.prompt(hint, hide_input=secret)).strip()
    line = sys.stdin.readline().strip()
    if not line:
        raise Failure(
            f"Nothing came on standard input for '{hint}'. Write it on a line of its own, or run this in a terminal.",
            Exit.misunderstood,
        )
    return line
