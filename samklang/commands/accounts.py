"""Commands of the municipal admin: connect accounts, list, pause and test them. No secret is ever shown."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

import typer
from sqlalchemy import select

from campaigns import accounts, approval, connecting
from campaigns.access import must
from campaigns.connecting import BACK, Kept, Porch
from campaigns.definition.model import Language
from campaigns.store import Account
from connectors import CONNECTORS, Connector, ConnectorError, NotSent, OutcomeUnknown, Secret
from connectors.base import Profile
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
    group.command("disconnect")(disconnect)
    group.command("list")(list_accounts)
    group.command("pause")(pause)
    group.command("test")(test)
    group.command("visibility")(visibility)
    app.add_typer(group, name="account", rich_help_panel=MUNICIPAL)


def connect(
    context: typer.Context,
    platform: Annotated[str, typer.Argument(help=f"One of: {', '.join(kind.name for kind in CONNECTORS)}.")],
    server: Annotated[str, typer.Option(help="Base address of the account's server, https://…")] = "",
    token: Annotated[
        bool, typer.Option("--token", help="Use a key that you made on the platform, not its page.")
    ] = False,
    language: Annotated[
        Language | None, typer.Option(help="The account's own written language, where it differs.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Connect whoever the platform says it is, without asking.")
    ] = False,
) -> None:
    """Connect an account: on the platform's own page where it has one, else with a key from there; then seal the login.

    It says whom the account belongs to and asks. Codes and keys are read from the keyboard without echo, or one a line
    from standard input.
    """
    shell = shell_of(context)
    kinds = {kind.name: kind for kind in CONNECTORS}
    if platform not in kinds:
        raise Failure(f"There is no connector for '{platform}'. Known: {', '.join(kinds)}.", Exit.unknown)
    with shell.acting(write=False) as session:
        must(session, "account.connect", "own")  # before anybody types a secret
    porch = _porch(shell, platform)
    base = _server(porch, server)
    try:
        if kinds[platform].asks_consent and not token:
            kept = _by_consent(shell, porch, base, language)
        else:
            kept = _by_key(shell, porch, base, language)
    except ConnectorError as trouble:
        raise _told(shell, kinds[platform], trouble) from None
    _confirm(shell, porch, kept, yes=yes)
    profile = kept.profile
    with shell.acting() as session:
        approval.review_all(session, shell.desk.connectors, now=shell.now)
    shell.say(f"Connected as account {kept.account_id}.")
    shell.give({"account": kept.account_id, "handle": profile.handle, "address": profile.address})


def _porch(shell: Shell, platform: str) -> Porch:
    return Porch(shell.store, shell.desk.vault, shell.desk.connectors[platform], shell.actor())


def _server(porch: Porch, typed: str) -> str:
    """Return the server's base address, asked for where it is needed and was not given; judged before any secret.

    Raises: Failure; Refused.
    """
    field = next(one for one in porch.connector.login_fields if one.name == "base")
    typed = typed or (_ask(field.hint, secret=False) if field.needed else "")
    return connecting.server_of(porch.connector, typed) if typed else ""


def _by_consent(shell: Shell, porch: Porch, base: str, language: Language | None) -> Kept:
    """Send the person to the platform's page and let her type over the code that it shows."""
    redirect = porch.connector.shown_code or f"{shell.settings.own_address}{BACK}"
    base = base or connecting.server_of(porch.connector, porch.connector.chosen.get("url", ""))
    begun = connecting.begin(porch, base, redirect, now=shell.now)
    # not through the console, which would break the address at the edge of the window; and a script's JSON stays JSON
    typer.echo(
        f"Open this address where you are logged in as the account, and say yes:\n{begun.address}", err=True
    )
    state, code = begun.state, Secret("")
    if porch.connector.shown_code:
        code = Secret(_ask("The code that the page shows", secret=True))
    else:
        state, code = _brought_back(_ask("The address that you were sent back to, whole", secret=True))
    found = connecting.finish(porch, base, redirect, state=state, code=code, language=language, now=shell.now)
    if isinstance(found, Kept):
        return found
    chosen = _chosen(shell, found.profiles)
    return connecting.choose(
        porch, base, redirect, state=found.state, remote_id=chosen, language=language, now=shell.now
    )


def _brought_back(address: str) -> tuple[Secret, Secret]:
    """Return state and code out of the address that a platform sent the person back to.

    Raises: Failure.
    """
    asked = dict(parse_qsl(urlsplit(address.strip()).query))
    if "code" not in asked or "state" not in asked:
        raise Failure(
            "That address brings no code. Copy the whole address from the address bar, and try again."
        )
    return Secret(asked["state"]), Secret(asked["code"])


def _chosen(shell: Shell, profiles: Sequence[Profile]) -> str:
    """Return the id of the account that a person chooses.

    Raises: Failure.
    """
    for number, one in enumerate(profiles, start=1):
        shell.say(f"{number}. {one.title} ({one.handle})")
    told = _ask("The number of the one on which you publish", secret=False)
    if not told.isdigit() or not 1 <= int(told) <= len(profiles):
        raise Failure("There is no such number. Nothing was connected.")
    return profiles[int(told) - 1].remote_id


def _by_key(shell: Shell, porch: Porch, base: str, language: Language | None) -> Kept:
    """Ask for what the platform needs, and keep the account as one that waits for a yes."""
    typed = {
        field.name: Secret(_ask(field.hint, secret=field.secret))
        for field in porch.connector.login_fields
        if field.name != "base"
    }
    connected = porch.connector.connect(base, typed)
    return connecting.keep(porch, base, connected, language=language, confirmed=False, now=shell.now)


def _confirm(shell: Shell, porch: Porch, kept: Kept, *, yes: bool) -> None:
    """Show whom the platform says it is, and take the person's word for it; without it nothing stays."""
    profile, place = kept.profile, porch.actor.organisation
    followers = "" if profile.followers is None else f", {count_of(profile.followers, 'follower')}"
    shell.say(
        f"{porch.connector.title} says this is {profile.title} ({profile.handle}), {profile.address}{followers}"
    )
    asked = not yes and not shell.as_json and sys.stdin.isatty() and not kept.confirmed
    if asked and not _agreed(f"Is that the account on which {place} is to publish?"):
        connecting.disconnect(porch, kept.account_id, now=shell.now)
        raise Failure("Nothing was connected.")
    with shell.acting() as session:
        accounts.confirm_account(session, accounts.account_of(session, kept.account_id), now=shell.now)


def _agreed(question: str) -> bool:
    """Return whether a person said yes; one who leaves has not."""
    try:
        return typer.confirm(question)
    except typer.Abort:
        return False


def disconnect(context: typer.Context, account: AccountId) -> None:
    """Take the login away from an account, here and, where that can be done, at the platform; then nothing goes out there.

    What is planned on it is withdrawn. What is live stays live and is counted no more.
    """
    shell = shell_of(context)
    with shell.acting(write=False) as session:
        found = accounts.account_of(session, account)
        platform, handle = found.platform, found.handle
    porch = _porch(shell, platform)
    revoked = connecting.disconnect(porch, account, now=shell.now)
    with shell.acting() as session:
        approval.review_all(session, shell.desk.connectors, now=shell.now)
    shell.say(f"Account {account} ({handle}) is disconnected; its login is deleted here.")
    if not revoked:
        shell.say(
            f"{porch.connector.title} was not told: remove the key in the account's settings there, too."
        )
    shell.give({"account": account, "handle": handle, "revoked": revoked})


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


def visibility(
    context: typer.Context,
    account: AccountId,
    reach: Annotated[
        str, typer.Argument(help="How far its posts reach: public, or unlisted where there is that.")
    ],
) -> None:
    """Say how far an account's posts reach; what is approved already has to be approved again."""
    shell = shell_of(context)
    with shell.acting() as session:
        found = accounts.account_of(session, account)
        accounts.change_visibility(session, found, reach, now=shell.now)
        handle = found.handle
    with shell.acting() as session:
        fallen = approval.review_all(session, shell.desk.connectors, now=shell.now)
    shell.say(f"Posts of account {account} ({handle}) are {reach} from now on.")
    if fallen:
        shell.say(f"{count_of(len(fallen), 'delivery')} to be approved again.")
    shell.give({"account": account, "visibility": reach, "fallen": len(fallen)})


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
