"""Commands of the municipality: answer an invitation, and approve what is to go out in its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from campaigns import approval, participation, plans, profiles, rendered, wording
from campaigns.definition.model import Language
from campaigns.rendered import Draft
from campaigns.store import Answer, Campaign, Choice, Message, Participation
from connectors.base import Price
from samklang.commands.documents import CampaignKey
from samklang.console import Exit, Failure, Shell, count_of, shell_of

MUNICIPAL = "For the municipality"
Facts = Annotated[
    list[str] | None, typer.Option("--fact", metavar="NAME=VALUE", help="A local fact; may be repeated.")
]
Only = Annotated[list[str] | None, typer.Option("--message", help="This message alone; may be repeated.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the root command."""
    app.command(rich_help_panel=MUNICIPAL)(join)
    app.command(rich_help_panel=MUNICIPAL)(decline)
    app.command(rich_help_panel=MUNICIPAL)(approve)
    app.command(rich_help_panel=MUNICIPAL)(profile)


def join(
    context: typer.Context,
    campaign: CampaignKey,
    fact: Facts = None,
    message: Only = None,
    undecided: Annotated[
        list[str] | None,
        typer.Option("--undecided", help="Leave this message open until it goes; may be repeated."),
    ] = None,
) -> None:
    """Take part in a campaign, or in some of its messages, and fill in local facts. Approves nothing."""
    shell = shell_of(context)
    with shell.acting() as session:
        mine = participation.participation_in(session, campaign)
        participation.answer(session, mine, Answer.joined, now=shell.now)
        if message:
            _choose(session, shell, mine, message, Choice.joined, others=Choice.out)
        if undecided:
            _choose(session, shell, mine, undecided, Choice.undecided)
        participation.fill_facts(session, mine, parse_facts(fact), now=shell.now)
        steps = plans.plan_participation(session, mine, now=shell.now)
        approval.review(session, shell.desk.connectors, mine, now=shell.now)
        count = len(steps.create) + len(steps.revive)
        short = [shell.text(one.code, one.values) for one in plans.shortfalls(session, mine, now=shell.now)]
    for told in short:
        shell.say(f"warning: {told}")
    shell.say(
        f"Taking part in {campaign}; {count_of(count, 'delivery')} newly planned. Next: samklang approve {campaign}"
    )
    shell.give({"campaign": campaign, "answer": "in", "planned": count, "warnings": short})


def decline(
    context: typer.Context,
    campaign: CampaignKey,
    message: Only = None,
    later: Annotated[bool, typer.Option("--later", help="Answer later instead.")] = False,
) -> None:
    """Stand out of a campaign or of some of its messages; what has not gone is taken out of the plan."""
    shell = shell_of(context)
    with shell.acting() as session:
        mine = participation.participation_in(session, campaign)
        if message:
            withdrawn = _choose(session, shell, mine, message, Choice.out)
        else:
            said = Answer.later if later else Answer.out
            withdrawn = participation.answer(session, mine, said, now=shell.now)
    what = f"{', '.join(message)} of {campaign}" if message else campaign
    shell.say(
        f"{'Answering later about' if later else 'Standing out of'} {what}; {count_of(withdrawn, 'delivery')} withdrawn."
    )
    shell.give({"campaign": campaign, "answer": "later" if later else "out", "withdrawn": withdrawn})


def approve(
    context: typer.Context,
    campaign: CampaignKey,
    message: Only = None,
    fact: Facts = None,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Approve without showing and asking; with --json nothing is without it."),
    ] = False,
) -> None:
    """Show what would go out, word for word, and approve it. Only what was approved is ever sent."""
    shell = shell_of(context)
    with shell.acting() as session:
        mine = participation.participation_in(session, campaign)
        if fact:
            participation.fill_facts(session, mine, parse_facts(fact), now=shell.now)
            approval.review(session, shell.desk.connectors, mine, now=shell.now)
        drafts = approval.open_drafts(session, shell.desk.connectors, mine, message or (), now=shell.now)
        waiting = approval.waiting(session, drafts, now=shell.now)
        short = [shell.text(one.code, one.values) for one in plans.shortfalls(session, mine, now=shell.now)]
    if not waiting:
        why = "".join(f" {told}" for told in short) or " See 'samklang status'."
        raise Failure(f"Nothing of {campaign} waits for approval here.{why}", Exit.stopped)
    if not yes and shell.as_json:
        shell.give({"waiting": [_as_json(shell, one) for one in waiting]})
        return
    if not yes:
        _ask(shell, campaign, waiting)
    seen = {one.delivery_id: approval.shown(one) for one in drafts}
    with shell.acting() as session:
        mine = participation.participation_in(session, campaign)
        try:
            outcome = approval.approve(
                session, shell.desk.connectors, mine, message or (), seen=seen, now=shell.now
            )
        except approval.ChangedSinceSeen as changed:
            raise Failure(shell.text(changed.code), Exit.stopped) from None
    _tell(shell, outcome)


def profile(
    context: typer.Context,
    language: Annotated[
        Language | None, typer.Option(help="The language to write in; it decides the text of every account.")
    ] = None,
    phone: Annotated[str | None, typer.Option(help="Telephone, where a campaign asks for one.")] = None,
    second_person: Annotated[
        bool | None,
        typer.Option("--second-person/--one-person", help="Whether a text needs a second pair of eyes."),
    ] = None,
) -> None:
    """Show what campaigns take from the organisation's profile, or change it; approvals fall where a text changes."""
    shell = shell_of(context)
    changing = language is not None or phone is not None or second_person is not None
    with shell.acting(write=changing) as session:
        place = profiles.own_profile(session)
        if second_person is not None:
            profiles.change_trust(session, second_person=second_person, now=shell.now)
        if language is not None or phone is not None:
            profiles.change_profile(session, language=language, phone=phone, now=shell.now)
            approval.review_all(session, shell.desk.connectors, now=shell.now)
        written = wording.written_language(place.language_decision, place.language)
        row = {
            "name": place.name,
            "language": written,
            "website": place.website,
            "phone": place.profile.get("phone"),
            "approved by": "two persons" if place.second_person else "one person",
        }
    shell.show_table("", list(row), [[value or "not chosen" for value in row.values()]])
    shell.give(row)


def _ask(shell: Shell, campaign: str, waiting: Sequence[Draft]) -> None:
    """Show what waits and ask for the word; nothing is asked where nothing can be approved.

    Raises: Failure.
    """
    for draft in waiting:
        _show(shell, draft)
    ready = sum(not one.blocked or one.only_awaits for one in waiting)
    if not ready:
        raise Failure(
            f"Nothing of {campaign} can be approved before what is marked 'blocking' is put right.",
            Exit.stopped,
        )
    costs = rendered.costs(one for one in waiting if not one.blocked or one.only_awaits)
    price = f", for about {' and '.join(_price(one) for one in costs)}" if costs else ""
    typer.confirm(f"Approve {count_of(ready, 'delivery')} as shown{price}?", abort=True)


def _tell(shell: Shell, outcome: approval.Outcome) -> None:
    problems = [
        {"message": one.message_key, "account": one.account, "problem": shell.text(found.code, found.values)}
        for one in outcome.blocked
        for found in one.problems
        if found.severity == "blocking"
    ]
    shell.give(
        {
            "approved": [one.hash for one in outcome.approved],
            "wordings": [one.wording_hash for one in outcome.worded],
            "blocked": problems,
        }
    )
    if outcome.approved:
        shell.say(
            f"{count_of(len(outcome.approved), 'delivery')} approved, to go out at the time planned. "
            "See 'samklang status'."
        )
    if outcome.worded:
        facts = sorted({name for one in outcome.worded for name in one.awaits})
        shell.say(
            f"{count_of(len(outcome.worded), 'wording')} approved; the finished text asks once more when "
            f"{', '.join(facts)} is filled in."
        )
    for one in problems:
        shell.say(f"not approved: {one['message']} on {one['account']}: {one['problem']}")
    if outcome.blocked:
        raise typer.Exit(Exit.stopped)


def _as_json(shell: Shell, draft: Draft) -> dict[str, object]:
    return {
        "delivery": draft.delivery_id,
        "message": draft.message_key,
        "account": draft.account,
        "hash": approval.shown(draft),
        "awaits": list(draft.awaits),
        "text": draft.post.text if draft.post else None,
        "alt": [one.alt for one in draft.post.pictures] if draft.post else [],
        "costs": _price(draft.price) if draft.price else None,
        "problems": [
            {"severity": one.severity, "problem": shell.text(one.code, one.values)} for one in draft.problems
        ],
    }


def _show(shell: Shell, draft: Draft) -> None:
    shell.say(f"── {draft.message_key} · {draft.account}")
    if draft.post:
        shell.say(draft.post.text)
        for picture in draft.post.pictures:
            shell.say(f"[picture {picture.width}×{picture.height}] {picture.alt}")
    if draft.price:
        shell.say(f"costs {_price(draft.price)}")
    for found in draft.problems:
        shell.say(f"{found.severity}: {shell.text(found.code, found.values)}")
    shell.say()


def _price(price: Price) -> str:
    return f"{price.amount} {price.currency}"


def parse_facts(facts: list[str] | None) -> dict[str, str]:
    """Return names and values of `NAME=VALUE`.

    Raises: Failure.
    """
    pairs = [one.partition("=") for one in facts or []]
    if wrong := [name for name, sign, _ in pairs if not sign]:
        raise Failure(f"'{wrong[0]}' is no fact. Write --fact NAME=VALUE.", Exit.misunderstood)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _choose(
    session: Session,
    shell: Shell,
    mine: Participation,
    keys: list[str],
    choice: Choice,
    *,
    others: Choice | None = None,
) -> int:
    campaign = session.get_one(Campaign, mine.campaign_id)
    known: dict[str, Message] = {one.key: one for one in campaign.messages}
    if unknown := [key for key in keys if key not in known]:
        raise Failure(shell.text("message.unknown", {"key": unknown[0]}), Exit.unknown)
    withdrawn = 0
    for key, row in known.items():
        if key in keys:
            withdrawn += participation.choose(session, mine, row, choice, now=shell.now)
        elif others is not None:
            withdrawn += participation.choose(session, mine, row, others, now=shell.now)
    return withdrawn
