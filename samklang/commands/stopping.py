"""Commands for trouble: stop, lift a stop, and answer for what may or may not be live."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import accounts, doubts, holds, mark, organisations
from campaigns.organisations import NotFound
from campaigns.states import State
from campaigns.store import Account, Delivery, Hold, HoldLevel, Organisation
from samklang.console import Exit, Failure, Shell, shell_of

TROUBLE = "In trouble"


def add_to(app: typer.Typer) -> None:
    """Add these commands to the root command."""
    app.command(rich_help_panel=TROUBLE)(stop)
    app.command(rich_help_panel=TROUBLE)(release)
    group = typer.Typer(no_args_is_help=True, help="Posts that may or may not be live.")
    group.command("list")(list_unsure)
    group.command("answer")(answer_unsure)
    app.add_typer(group, name="unsure", rich_help_panel=TROUBLE)


def stop(
    context: typer.Context,
    account: Annotated[int | None, typer.Option(help="Stop this account.")] = None,
    municipality: Annotated[str | None, typer.Option(help="Stop this municipality (number).")] = None,
    county: Annotated[str | None, typer.Option(help="Stop a whole county (number).")] = None,
    everything: Annotated[
        bool, typer.Option("--everything", help="Stop all; the operator's own stop.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why, if there is time to say.")] = "",
    show: Annotated[bool, typer.Option("--list", help="List the stops in force instead.")] = False,
) -> None:
    """Stop publishing now. Takes effect within a second, also for what is queued; never lifts itself.

    Without an option it stops the organisation of --for: a whole county, or one municipality.
    """
    shell = shell_of(context)
    if show:
        _list_holds(shell)
        return
    if everything:
        with shell.store.system() as session:
            hold = holds.set_hold(session, HoldLevel.everything, now=shell.now, reason=reason)
            number, slipped, names = hold.id, [], {}
    else:
        with shell.acting() as session:
            hold = _set(session, shell, account, municipality, county, reason)
            number = hold.id
        with shell.acting(write=False) as session:
            slipped = holds.slipped_out(session, session.get_one(Hold, number))
            names = {one.id: _whose(session, one) for one in slipped}
    shell.say(f"Stopped. Number {number}; lift it with: samklang release {number}")
    if slipped:
        shell.say("Went out in the last minutes, or was on its way:")
    for one in slipped:
        shell.say(f"  {names[one.id]}: {one.state.value} {one.address or f'(delivery {one.id})'}")
    shell.give(
        {
            "stop": number,
            "slipped": [{"delivery": one.id, "state": one.state, "address": one.address} for one in slipped],
        }
    )


def _whose(session: Session, delivery: Delivery) -> str:
    """Return whose post it is and where: a bare address says little to whoever has just stopped a county."""
    return f"{session.get_one(Organisation, delivery.organisation_id).name}, {delivery.platform}"


def _set(
    session: Session,
    shell: Shell,
    account: int | None,
    municipality: str | None,
    county: str | None,
    reason: str,
) -> Hold:
    if account is not None:
        found = accounts.account_of(session, account)
        return holds.set_hold(session, HoldLevel.account, account=found, now=shell.now, reason=reason)
    target = organisations.organisation(session, municipality or county or shell.organisation or "")
    level = (
        HoldLevel(target.kind.value)
        if target.kind.value in {"county", "municipality"}
        else HoldLevel.municipality
    )
    return holds.set_hold(session, level, target=target, now=shell.now, reason=reason)


def _list_holds(shell: Shell) -> None:
    with shell.reading() as session:
        rows = [
            {"stop": one.id, "level": one.level.value, "stops": _stopped(session, one),
             "since": one.set_at, "reason": shell.text(one.reason)}
            for one in holds.open_holds(session)
        ]  # fmt: skip
    if not rows:
        shell.say("No stop is in force.")
    else:
        shell.show_table("", list(rows[0]), [list(row.values()) for row in rows])
    shell.give(rows)


def _stopped(session: Session, hold: Hold) -> str:
    """Return the name of what a hold stops, as far as this session may know it."""
    if hold.account_id is not None:
        account = session.get(Account, hold.account_id)
        return f"{account.platform} {account.handle}" if account else ""
    target = session.get(Organisation, hold.target_id) if hold.target_id is not None else None
    return target.name if target else ""


def release(
    context: typer.Context,
    stop: Annotated[int | None, typer.Argument(help="Number of the stop, as 'stop --list' shows it.")] = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--everything", help="Lift every stop of the instance itself, and accept its database as it is."
        ),
    ] = False,
) -> None:
    """Lift a stop, at the level that set it. What went stale meanwhile is listed as missed, never sent in a flood."""
    shell = shell_of(context)
    if everything:
        with shell.store.system() as session:
            own = [one for one in holds.open_holds(session) if one.organisation_id is None]
            for hold in own:
                holds.lift_hold(session, hold, now=shell.now)
            standing = mark.standing(session, shell.settings.mark_path)[1]
        mark.write_mark(shell.settings.mark_path, standing)
        shell.say(f"{len(own)} lifted; this database is accepted as the instance's.")
        shell.give({"lifted": [one.id for one in own]})
        return
    if stop is None:
        raise Failure(
            "Say which stop: samklang release NUMBER. 'samklang stop --list' shows them.", Exit.misunderstood
        )
    with shell.acting() as session:
        found = session.get(Hold, stop)
        if found is None or found.lifted_at is not None or found not in holds.open_holds(session):
            raise NotFound("hold.unknown", id=stop)
        if found.organisation_id is None:
            raise Failure(shell.text("hold.instances_own", {"id": stop}), Exit.forbidden)
        holds.lift_hold(session, found, now=shell.now)
    shell.say(f"Stop {stop} is lifted. What went stale is listed by 'samklang status'.")
    shell.give({"lifted": [stop]})


def list_unsure(context: typer.Context) -> None:
    """List the posts nobody is sure about; most settle by themselves, the rest wait for an answer."""
    shell = shell_of(context)
    with shell.reading() as session:
        rows = [
            {"id": one.id, "account": f"{one.platform} {one.account.handle}", "message": one.message.key,
             "tried": one.called_at or "",
             "asks": "you" if one.needs_person else "the platform"}
            for one in session.scalars(
                select(Delivery).where(Delivery.state == State.unsure).order_by(Delivery.needs_person.desc(), Delivery.id)
            )
        ]  # fmt: skip
    if not rows:
        shell.say("Nothing is in doubt.")
    else:
        shell.show_table("", list(rows[0]), [list(row.values()) for row in rows])
    shell.give(rows)


def answer_unsure(
    context: typer.Context,
    delivery: Annotated[int, typer.Argument(help="Number of the delivery, as 'unsure list' shows it.")],
    live: Annotated[
        bool | None, typer.Option("--yes/--no", help="Whether the post is live on the platform. Look first.")
    ] = None,
    address: Annotated[str | None, typer.Option(help="The post's address, if it is live.")] = None,
) -> None:
    """Say whether a post is live: yes settles it, no lets it be sent again while there is time."""
    shell = shell_of(context)
    if live is None:
        raise Failure(
            "Say whether the post is live: --yes or --no. Look on the platform first.", Exit.misunderstood
        )
    with shell.acting() as session:
        doubts.answer(
            session, delivery, live=live, address=address, now=shell.now, speed=shell.settings.sampling_speed
        )
    shell.say(f"Delivery {delivery}: noted as {'live' if live else 'not live'}.")
    shell.give({"delivery": delivery, "live": live})
