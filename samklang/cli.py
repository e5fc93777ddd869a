"""The `samklang` command: options that go before every command, and how every kind of trouble is told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from typer.core import TyperGroup

from campaigns.access import Forbidden
from campaigns.accounts import AccountTaken
from campaigns.adaptation import AdaptationRefused
from campaigns.approval import SecondPersonNeeded
from campaigns.closing import Owed
from campaigns.connecting import ConnectingOver
from campaigns.doubts import AnswerRefused
from campaigns.local_days import CalendarRefused
from campaigns.organisations import GroupRefused, NotFound
from campaigns.overrides import OverrideRefused
from campaigns.participation import FactsRefused
from campaigns.providers import read_providers
from campaigns.rescheduling import NotThen
from campaigns.sentences import sentence
from campaigns.settings import Settings, SettingsProblem
from campaigns.standing import StandingRefused
from campaigns.store.session import UnknownActor
from campaigns.timing import SpringGap
from campaigns.vault import KeysBusy, KeysProblem
from connectors.errors import ConnectorError, NotSent
from samklang.commands import (
    accounts,
    adapting,
    auditing,
    correcting,
    documents,
    handing,
    keeping,
    municipality,
    noticing,
    reading,
    rehearsing,
    running,
    standing,
    stopping,
    waiting,
)
from samklang.console import DEMO_HOME, Exit, Failure, Shell, demo_settings, end
from samklang.house import PortTaken
from samklang.logs import begin_logging
from web.assets import AssetsMissing

_shells: list[Shell] = []


class Root(TyperGroup):
    """The root command; ends in one sentence and an exit code whatever happens below it."""

    def main(self, *words: Any, **more: Any) -> NoReturn:
        """Run the command line; what was not understood is one sentence, and where to read on."""
        try:
            code = super().main(*words, **{**more, "standalone_mode": False})
        except typer.Abort:
            end(Failure("Ended before anything was done.", Exit.stopped), as_json=False)
        except Exception as trouble:
            _end_misunderstood(trouble)
            raise
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]  # typer's own name for click's context
        """Run the command that was named."""
        _shells.clear()
        try:
            return super().invoke(ctx)
        except Exception as trouble:
            as_json = bool(ctx.params.get("as_json"))
            failure = _failure(trouble, _shells[0] if _shells else None, as_json=as_json)
            if failure is None:
                raise  # usage errors and the end of a command are typer's own; a fault of ours shows itself
            end(failure, as_json=as_json)


app = typer.Typer(
    name="samklang",
    cls=Root,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Joint social-media campaigns: a county writes, municipalities approve, every post goes out once.",
    epilog="Exit codes: 0 done · 1 something stands in the way · 2 not understood · 3 not allowed · 4 no such thing · "
    "5 unsafe settings · 6 store, broker or platform out of reach · 130 interrupted.",
)


@app.callback()
def root(
    context: typer.Context,
    person: Annotated[
        str | None,
        typer.Option(
            "--as", envvar="SAMKLANG_AS", metavar="MAIL", help="Who acts; needs SAMKLANG_CLI_ACTS or --demo."
        ),
    ] = None,
    organisation: Annotated[
        str | None,
        typer.Option(
            "--for", envvar="SAMKLANG_FOR", metavar="NUMBER", help="County or municipality it is done for."
        ),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Work on the demo's folder instead of SAMKLANG_HOME.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON, errors too.")] = False,
) -> None:
    """Read the settings once for all commands."""
    shell = Shell(Settings(), as_json, person, organisation)
    _shells[:] = [shell]
    context.obj = shell
    context.call_on_close(shell.close)
    if demo or context.invoked_subcommand == "demo":
        shell.settings = demo_settings()
    if demo and context.invoked_subcommand != "demo" and not DEMO_HOME.is_dir():
        raise Failure(
            "No demo has run in this folder. Go to the one where it did, or start it: make run", Exit.unknown
        )
    if context.invoked_subcommand != "doctor":  # which says it among everything else
        shell.settings.check()
        read_providers(shell.settings.oidc_file)
    begin_logging(shell.settings.log_level, shell.settings.log_format)


running.add_to(app)
keeping.add_to(app)
documents.add_to(app)
correcting.add_to(app)
rehearsing.add_to(app)
municipality.add_to(app)
adapting.add_to(app)
standing.add_to(app)
waiting.add_to(app)
handing.add_to(app)
accounts.add_to(app)
stopping.add_to(app)
reading.add_to(app)
auditing.add_to(app)
noticing.add_to(app)


def _end_misunderstood(trouble: Any) -> None:
    """End with the sentence of a usage error, and where to read on; return for any other trouble."""
    if not hasattr(trouble, "format_message"):  # typer does not name its usage errors in public
        return
    if type(trouble).__name__ == "NoArgsIsHelpError":
        trouble.show()
        sys.exit(Exit.misunderstood)
    context = getattr(trouble, "ctx", None)
    said = f"{trouble.format_message().rstrip('.')}. See: {context.command_path if context else 'samklang'} --help"
    end(Failure(said, Exit.misunderstood), as_json=False)


def main() -> None:
    """Run the command."""
    app(prog_name="samklang")


def _failure(trouble: Exception, shell: Shell | None, *, as_json: bool) -> Failure | None:
    """Return the sentence and exit code for a trouble that we know, else `None`."""
    text = shell.text if shell else sentence
    if (refused := _refusal(trouble, text)) is not None:
        return refused
    match trouble:
        case Failure():
            return trouble
        case UnknownActor():
            return Failure(text("access.unknown_actor"), Exit.forbidden)
        case Forbidden():
            return Failure(text("access.forbidden", {"action": trouble.action}), Exit.forbidden)
        case NotFound():
            return Failure(text(trouble.code, trouble.values), Exit.unknown)
        case SettingsProblem():
            return Failure(str(trouble), Exit.unsafe)
        case ValidationError():
            wrong = "; ".join(
                f"SAMKLANG_{'_'.join(str(part) for part in one['loc']).upper()}: {one['msg']}"
                for one in trouble.errors()
            )
            return Failure(f"A setting cannot be read. {wrong}.", Exit.unsafe)
        case NotSent():
            return Failure(text(trouble.code, trouble.values), Exit.unreachable)
        case ConnectorError():
            return Failure(text(trouble.code, trouble.values), Exit.stopped)
        case PortTaken() | AssetsMissing():
            return Failure(str(trouble), Exit.stopped)
        case KeysProblem() | KeysBusy():
            return _keys_failure(trouble)
        case SQLAlchemyError():
            return _store_failure(trouble)
        case _ if as_json and hasattr(trouble, "format_message"):
            return Failure(trouble.format_message(), Exit.misunderstood)  # typer's usage errors, for a script
        case _:
            return None


def _refusal(trouble: Exception, text: Callable[..., str]) -> Failure | None:
    """Return what the rules refused, every problem on a line of its own, else `None`."""
    match trouble:
        case FactsRefused() | GroupRefused():
            lines = [f"{name}: {text(found.code, found.values)}" for name, found in trouble.problems.items()]
        case AdaptationRefused() | CalendarRefused():
            lines = [text(found.code, found.values) for found in trouble.problems]
        case NotThen() | OverrideRefused() | StandingRefused() | AnswerRefused():
            lines = [text(trouble.problem.code, trouble.problem.values)]
        case SpringGap() | SecondPersonNeeded() | Owed():
            lines = [text(trouble.code, trouble.values)]
        case AccountTaken() | ConnectingOver():
            lines = [text(trouble.code)]
        case _:
            return None
    return Failure("\n".join(lines), Exit.stopped)


def _keys_failure(trouble: KeysProblem | KeysBusy) -> Failure:
    """Return the sentence for keys that cannot be had, or not just now."""
    if isinstance(trouble, KeysBusy):
        return Failure(
            "The keys are being changed by somebody else just now, and nothing was changed here. Wait until that has "
            "ended, look with 'samklang keys list', and try again.",
            Exit.stopped,
        )
    return Failure(
        f"The key file {trouble.name} is gone or cannot be used. Put back the copy that was kept, or make it readable "
        "to this user. If it is lost for good: 'samklang keys begin', and connect every account again.",
        Exit.unsafe,
    )


def _store_failure(trouble: SQLAlchemyError) -> Failure:
    """Return the sentence for a store that cannot be had, or that refused something; names no value (G5)."""
    if isinstance(trouble, IntegrityError):
        return Failure(
            "The store refused this: somebody else was faster, and nothing was stored. Look at 'samklang status' "
            "and try again.",
            Exit.stopped,
        )
    if isinstance(trouble, DBAPIError):
        return Failure(
            f"The store cannot be used ({type(trouble.orig).__name__}). Is SAMKLANG_DATABASE right and the "
            "database running? Then run 'samklang migrate'.",
            Exit.unreachable,
        )
    return Failure(
        f"The store cannot be used ({type(trouble).__name__}). Is SAMKLANG_DATABASE an address such as "
        "postgresql+psycopg://user@host/name?",
        Exit.unsafe,
    )


if __name__ == "__main__":
    main()
