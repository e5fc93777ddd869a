"""Commands of the operator: run the house or a part of it, and keep its store."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Annotated

import typer
from apscheduler.schedulers.background import BackgroundScheduler

from campaigns import holds, organisations
from campaigns.entrance import Door, operator_link
from campaigns.rotation import anything_sealed
from campaigns.sentences import catalogue
from campaigns.store import Role, Store
from connectors import REACHED
from samklang import demo as demonstration
from samklang.console import Exit, Failure, Shell, count_of, shell_of
from samklang.house import House, listen, open_store, web_server
from samklang.house import migrate as migrate_store
from samklang.rehearsal import apart
from samklang.supervisor import supervise
from scheduler.clock import Clock
from workers.broker import NOTICES, REHEARSALS, answers, make_app, sender

OPERATING = "Running it"


def add_to(app: typer.Typer) -> None:
    """Add these commands to the root command."""
    app.command(rich_help_panel=OPERATING)(demo)
    app.command(rich_help_panel=OPERATING)(up)
    app.command(rich_help_panel=OPERATING)(web)
    app.command(rich_help_panel=OPERATING)(clock)
    app.command(rich_help_panel=OPERATING)(worker)
    app.command(rich_help_panel=OPERATING)(migrate)
    members = typer.Typer(no_args_is_help=True, help="People and their roles.")
    members.command("add")(add_member)
    members.command("link")(print_link)
    app.add_typer(members, name="member", rich_help_panel=OPERATING)


def wait_for_end() -> None:
    """Return when the process is asked to end, by Ctrl-C or SIGTERM; a second request is not lost either."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    while not ended.wait(timeout=1.0):
        pass


def demo(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(help="First of the ports: the pages, then a stand-in for each platform.")
    ] = 8046,
    seconds: Annotated[float | None, typer.Option(help="End by itself after so long.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Throw the demo's folder away first.")] = False,
) -> None:
    """Show everything: Vestland and its 43 municipalities, stand-in platforms, a campaign under way.

    Nothing leaves this machine. Ctrl-C ends it; run again, it goes on where it was.
    """
    demonstration.run(shell_of(context), port=port, seconds=seconds, fresh=fresh)


def up(context: typer.Context) -> None:
    """Run the whole house in this process: clock, workers and web on SQLite and an in-memory broker."""
    shell = shell_of(context)
    if not shell.settings.broker_url.startswith("memory"):
        raise Failure(
            "'samklang up' brings its own broker. Unset SAMKLANG_BROKER, or run clock, worker and web.",
            Exit.unsafe,
        )
    house = House(shell.settings, open_store(shell.settings))
    house.start()
    say_held(shell, house.store)
    shell.say(
        f"Samklang runs. Status: http://{shell.settings.web_host}:{shell.settings.web_port}/  Ctrl-C ends it."
    )
    wait_for_end()
    house.stop()


def web(context: typer.Context) -> None:
    """Run the pages, the interface for programs, and the health check."""
    shell = shell_of(context)
    server = web_server(shell.settings, shell.store)
    door = listen(shell.settings.web_host, shell.settings.web_port)
    shell.say(f"Status page on http://{shell.settings.web_host}:{shell.settings.web_port}/")
    server.run(sockets=[door])


def clock(context: typer.Context) -> None:
    """Run the clock: it releases what is due, recovers what was stranded, and nudges the workers. Any number may run."""
    shell = shell_of(context)
    _needs_broker(shell)
    ticking = Clock(shell.desk, sender(make_app(shell.settings.broker_url), hands=shell.settings.threads))
    ticking.begin()
    say_held(shell, shell.store)
    scheduler = BackgroundScheduler(timezone="UTC")
    ticking.schedule(scheduler)
    scheduler.start()
    wait_for_end()
    scheduler.shutdown(wait=True)


def worker(
    context: typer.Context,
    platform: Annotated[
        list[str] | None,
        typer.Option(
            help="Serve this queue alone: a platform's, `notices` or `rehearsals`; may be repeated."
        ),
    ] = None,
) -> None:
    """Run a worker: it publishes, looks up, measures, sends letters and rehearses. A small parent starts it again if it ends.

    One that serves `rehearsals` alone needs no keys and no way out; it plays where the stand-in platforms are installed.
    """
    shell = shell_of(context)
    _needs_broker(shell)
    platforms = [*(kind.name for kind in REACHED), NOTICES, REHEARSALS]
    for unknown in set(platform or []) - set(platforms):
        raise Failure(f"No platform is called '{unknown}'. There are: {', '.join(platforms)}.", Exit.unknown)
    if REHEARSALS in (platform or []) and apart.player() is None:
        raise Failure(
            "The stand-in platforms are not installed here, so nothing can be rehearsed. Use the image for rehearsals.",
            Exit.unknown,
        )
    if set(platform or []) != {REHEARSALS}:
        _ = shell.desk.vault  # a worker without keys would burn attempts
    sys.exit(supervise(platform or []))


def migrate(context: typer.Context) -> None:
    """Bring the store's tables up to date and load the register of counties and municipalities."""
    shell = shell_of(context)
    store = open_store(shell.settings)
    migrate_store(shell.settings, store)
    with store.system() as session:
        new = organisations.load_register(session)
        begins = not anything_sealed(session) and not shell.settings.keys_path.exists()
    if begins:
        _ = shell.desk.vault  # makes the first keys: workers and web may only read where they lie
    shell.say(f"The store is up to date; {count_of(new, 'organisation')} of the register new to it.")
    shell.give({"new_organisations": new})


def add_member(
    context: typer.Context,
    mail: Annotated[str, typer.Argument(help="The person's mail address; it is how she is known.")],
    name: Annotated[str, typer.Option(help="Her name.")],
    role: Annotated[
        list[Role],
        typer.Option(metavar="ROLE", help=f"One of {', '.join(Role)}; may be repeated."),
    ],
) -> None:
    """Give a person roles in the organisation of --for: the operator's act, for its first members."""
    shell = shell_of(context)
    if not shell.organisation:
        raise Failure("Say where: --for NUMBER before the command.", Exit.misunderstood)
    with shell.store.system() as session:
        organisations.appoint(session, shell.organisation, name=name, mail=mail, roles=role, now=shell.now)
    shell.say(f"{mail} is {', '.join(role)} in {shell.organisation}.")
    shell.give({"mail": mail, "organisation": shell.organisation, "roles": role})


def print_link(
    context: typer.Context,
    mail: Annotated[str, typer.Argument(help="The person's mail address.")],
) -> None:
    """Print a link by which a member chooses her password, for the operator to hand over; it lives for ten minutes."""
    shell = shell_of(context)
    token = operator_link(Door(shell.store, shell.desk.vault, shell.now), mail)
    if token is None:
        raise Failure(
            f"Nobody has the address {mail}. Add her first: samklang --for NUMBER member add …", Exit.unknown
        )
    address = f"{shell.settings.own_address}/enter/{token.reveal()}"
    shell.say(f"For {mail} alone, once, within ten minutes: {address}")
    shell.give({"mail": mail, "address": address})


def say_held(shell: Shell, store: Store) -> None:
    """Say which stops of the instance itself are in force: nothing goes out, however well everything runs."""
    with store.system(write=False) as session:
        own = [one.reason for one in holds.open_holds(session) if one.organisation_id is None]
    for reason in own:
        shell.say(f"Stopped: {shell.text(reason) if reason in catalogue() else reason or 'by the operator'}")


def _needs_broker(shell: Shell) -> None:
    """Refuse to start without a broker that answers; one that goes away later is waited for.

    Raises: Failure.
    """
    if shell.settings.broker_url.startswith("memory"):
        raise Failure(
            "This process needs a broker that others reach, too. Set SAMKLANG_BROKER=redis://…, or run 'samklang up'.",
            Exit.unsafe,
        )
    if not answers(make_app(shell.settings.broker_url)):
        raise Failure(
            "The broker does not answer. Start it, or see whether SAMKLANG_BROKER is its address and password.",
            Exit.unreachable,
        )
