"""Commands with which a municipality makes a campaign its own: words, facts and times; and takes things back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from campaigns import (
    adaptation,
    approval,
    overrides,
    participation,
    plans,
    profiles,
    rescheduling,
    timing,
    wording,
)
from campaigns.adaptation import Choice, Offer
from campaigns.definition.moments import parse_clock_or_moment
from campaigns.store import Message, Participation
from samklang.commands.documents import CampaignKey
from samklang.commands.municipality import MUNICIPAL, Facts, parse_facts
from samklang.console import Exit, Failure, Shell, count_of, shell_of

MessageKey = Annotated[str, typer.Argument(help="The message's key, as in the campaign's document.")]
When = Annotated[str, typer.Option("--to", metavar="'YYYY-MM-DD HH:MM'", help="Wall time where you are.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the root command."""
    for command in (adapt, start, move, withdraw, drop):
        app.command(rich_help_panel=MUNICIPAL)(command)


def adapt(
    context: typer.Context,
    campaign: CampaignKey,
    message: MessageKey,
    paragraph: Annotated[int | None, typer.Option(min=1, help="Number of the paragraph, as shown.")] = None,
    text: Annotated[str | None, typer.Option(help="Your own words for it.")] = None,
    file: Annotated[Path | None, typer.Option(help="Your own words for it, from a file.")] = None,
    leave_out: Annotated[bool, typer.Option("--leave-out", help="Leave the paragraph out.")] = False,
    restore: Annotated[bool, typer.Option("--restore", help="Bring the county's words back.")] = False,
    take: Annotated[
        Choice | None, typer.Option(help="Settle the county's correction of a paragraph of yours.")
    ] = None,
    form: Annotated[str, typer.Option(help="full, short, or another form that is shown.")] = "full",
    language: Annotated[str | None, typer.Option(help="Written language; yours without it.")] = None,
    fact: Facts = None,
    time: Annotated[
        str | None,
        typer.Option(metavar="HH:MM", help="A time of your own; 'none' takes the campaign's again."),
    ] = None,
    pass_over: Annotated[
        str | None, typer.Option(metavar="CHECK", help="Pass over a check that blocks; needs --reason.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why the check is passed over.")] = "",
) -> None:
    """Show a message paragraph by paragraph, or change what is yours in it. Approves nothing.

    Free paragraphs can be replaced or left out; facts given here hold for this message alone.
    """
    shell = shell_of(context)
    words = _Words(paragraph, form, _words(text, file, leave_out=leave_out), restore, take)
    with _on_message(shell, campaign, message) as (session, mine, row):
        _word(shell, session, mine, row, words, language or _written(session))
        participation.fill_facts(session, mine, parse_facts(fact), message=row, now=shell.now)
        if time is not None:
            at = None if time == "none" else _moment(session, row, time)
            rescheduling.set_own_time(session, mine, row, at, now=shell.now)
        if pass_over is not None:
            overrides.pass_over(session, mine, row, pass_over, reason, now=shell.now)
        plans.plan_participation(session, mine, now=shell.now)
        fallen = approval.review(session, shell.desk.connectors, mine, now=shell.now)
    _show(shell, campaign, message, language, len(fallen))


@dataclass(frozen=True, slots=True)
class _Words:
    """What was said about one paragraph: own words (empty leaves it out), the county's back, or an offer settled."""

    number: int | None
    form: str
    text: str | None
    restore: bool
    take: Choice | None


def _word(
    shell: Shell, session: Session, mine: Participation, row: Message, words: _Words, language: str
) -> None:
    if words.number is None:
        return
    if words.take is not None:
        _settle(shell, session, mine, row.key, words, language)
    elif words.text is not None or words.restore:
        adaptation.adapt(
            session, mine, row, language=language, number=words.number, form=words.form,
            text=None if words.restore else words.text, now=shell.now,
        )  # fmt: skip


def _show(shell: Shell, campaign: str, key: str, language: str | None, fallen: int) -> None:
    with _on_message(shell, campaign, key, write=False) as (session, mine, row):
        written = language or _written(session)
        places = adaptation.places(session, mine, row, written)
        offers = [one for one in adaptation.offers(session, mine) if one.message_key == key]
    shell.give(
        {
            "message": key,
            "language": written,
            "paragraphs": [
                {
                    "form": one.form,
                    "number": one.number,
                    "kind": one.kind,
                    "county": one.county,
                    "own": one.own,
                }
                for one in places
            ],
            "offers": [_offer_as_json(one) for one in offers],
            "approvals_fallen": fallen,
        }
    )
    for one in places:
        state = "" if one.own is None else " · left out" if not one.own else " · your own words"
        shell.say(f"{one.form} {one.number} ({one.kind}{state})")
        shell.say(f"  {one.county if one.own is None else one.own or one.county}")
    for offer in offers:
        _show_offer(shell, offer)
    if fallen:
        shell.say(f"{count_of(fallen, 'approval')} fell. Next: samklang approve {campaign} --message {key}")


def _show_offer(shell: Shell, offer: Offer) -> None:
    where = (
        f"{offer.form} {offer.number}"
        if offer.number
        else f"a paragraph ({offer.form}) you cannot change any more"
    )
    shell.say(f"The county has corrected {where}; your own words stand until you choose:")
    shell.say(f"  county:  {offer.county or '(left out)'}")
    shell.say(f"  yours:   {offer.own or '(left out)'}")
    if offer.merged.text is not None and offer.number:
        shell.say(f"  merged:  {offer.merged.text}")
    else:
        shell.say(f"  both changed the same words in {count_of(offer.merged.conflicts, 'place')}")
    shell.say("  Choose: --paragraph N --take merged, own or county.")


def _offer_as_json(offer: Offer) -> dict[str, object]:
    return {
        "form": offer.form,
        "number": offer.number,
        "language": offer.language,
        "base": offer.base,
        "county": offer.county,
        "own": offer.own,
        "merged": offer.merged.text,
        "conflicts": offer.merged.conflicts,
    }


def _settle(
    shell: Shell, session: Session, mine: Participation, message: str, words: _Words, language: str
) -> None:
    wanted = [
        one
        for one in adaptation.offers(session, mine)
        if (one.message_key, one.form, one.language) == (message, words.form, language)
        and one.number in (words.number, 0)
    ]
    if not wanted or words.take is None:
        raise Failure(shell.text("adaptation.offer_gone"), Exit.unknown)
    adaptation.settle(session, mine, wanted[0], words.take, now=shell.now)


def start(context: typer.Context, campaign: CampaignKey, message: MessageKey) -> None:
    """Start a message that waits to be released, such as a storm warning. It must be approved to go out."""
    shell = shell_of(context)
    with _on_message(shell, campaign, message) as (session, mine, row):
        at = rescheduling.start(session, mine, row, now=shell.now)
    when = "now" if at <= shell.now else f"at {at.astimezone():%Y-%m-%d %H:%M}, when quiet hours are over"
    shell.say(f"{message} is started and goes out {when}, if it is approved. See 'samklang status'.")
    shell.give({"message": message, "goes_at": at})


def move(context: typer.Context, campaign: CampaignKey, message: MessageKey, to: When) -> None:
    """Give a message a new time here: what is planned, and what was missed, failed or taken back."""
    shell = shell_of(context)
    with _on_message(shell, campaign, message) as (session, mine, row):
        at = _moment(session, row, to)
        moved = rescheduling.move(session, mine, row, at, now=shell.now)
    shell.say(f"{count_of(moved, 'delivery')} moved to {at.astimezone():%Y-%m-%d %H:%M}.")
    shell.give({"message": message, "moved": moved, "goes_at": at})


def withdraw(context: typer.Context, campaign: CampaignKey, message: MessageKey) -> None:
    """Take a message back before it goes, also when it is queued; 'move' brings it back. What is live stays."""
    shell = shell_of(context)
    with _on_message(shell, campaign, message) as (session, mine, row):
        count = rescheduling.withdraw(session, mine, row, now=shell.now)
    shell.say(f"{count_of(count, 'delivery')} of {message} withdrawn.")
    shell.give({"message": message, "withdrawn": count})


def drop(context: typer.Context, campaign: CampaignKey, message: MessageKey) -> None:
    """Give up what was missed or failed of a message, so that it asks nobody any more."""
    shell = shell_of(context)
    with _on_message(shell, campaign, message) as (session, mine, row):
        count = rescheduling.drop(session, mine, row, now=shell.now)
    shell.say(f"{count_of(count, 'delivery')} of {message} dropped.")
    shell.give({"message": message, "dropped": count})


@contextmanager
def _on_message(
    shell: Shell, campaign: str, key: str, *, write: bool = True
) -> Iterator[tuple[Session, Participation, Message]]:
    """Open the actor's scope with its participation and one message of the campaign."""
    acting: AbstractContextManager[Session] = shell.acting(write=write)
    with acting as session:
        mine = participation.participation_in(session, campaign)
        yield session, mine, participation.message_in(session, mine, key)


def _words(text: str | None, file: Path | None, *, leave_out: bool) -> str | None:
    """Return what is to stand in the paragraph's place: empty leaves it out, `None` says nothing about it.

    Raises: Failure.
    """
    if leave_out:
        return ""
    if file is not None:
        try:
            return file.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise Failure(f"{file} cannot be read as text. Check the path.", Exit.unknown) from None
    if text is not None and not text.strip():
        raise Failure("The text is empty. To leave the paragraph out, write --leave-out.", Exit.misunderstood)
    return text


def _written(session: Session) -> str:
    """Return the written language of the actor's organisation.

    Raises: Failure.
    """
    place = profiles.own_profile(session)
    found = wording.written_language(place.language_decision, place.language)
    if found is None:
        raise Failure(
            "Say which language: --language nn. 'samklang profile' sets yours for good.", Exit.misunderstood
        )
    return found


def _moment(session: Session, message: Message, written: str) -> datetime:
    """Return the moment of a wall time where the organisation is; without a date it is the message's own day.

    Raises: Failure; SpringGap.
    """
    try:
        found = parse_clock_or_moment(written)
    except ValueError:
        found = None
    day = timing.rule_of(message.send).day
    if isinstance(found, datetime):
        day, clock = found.date(), found.time()
    elif found is not None:
        clock = found
    if found is None or day is None:
        raise Failure(f"'{written}' is no time. Write '2027-01-12 18:30', or 18:30.", Exit.misunderstood)
    return timing.instant(day, clock, profiles.own_profile(session).timezone)
