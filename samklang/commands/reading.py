"""Commands that read: where everything stands, and what came of a campaign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import typer

from campaigns.organisations import NotFound
from campaigns.store import Campaign, views
from reports import figures, health
from reports.campaign_report import METRICS, CampaignReport, Count, Place, Truth, report
from samklang.console import Shell, count_of, shell_of

READING = "Reading"

FEW = 6
"""So many municipalities, and no more, are shown one by one without being asked to."""
NAMES_SHOWN = 12
"""So many names are listed of a group that nobody has to look at."""

PARTS = (
    ("under_way", "is under way", "are under way"),
    ("waiting", "waits", "wait"),
    ("unsure", "is not confirmed", "are not confirmed"),
    ("failed", "failed", "failed"),
    ("missed", "was missed", "were missed"),
    ("removed", "was removed", "were removed"),
)
"""Parts of delivery truth that are not live, with the verb for one and for several."""
TROUBLES = {"unsure": "not confirmed", "failed": "failed", "missed": "missed", "removed": "removed"}
ANSWERS = {
    "in": "takes part",
    "out": "stands out",
    "later": "answers later",
    "unanswered": "has not answered",
}


def add_to(app: typer.Typer) -> None:
    """Add these commands to the root command."""
    app.command(rich_help_panel=READING)(status)
    app.command("report", rich_help_panel=READING)(show_report)


def status(
    context: typer.Context,
    campaign: Annotated[
        str | None, typer.Argument(help="The campaign's key; all of them without it.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--every", help="Show every municipality on a line of its own.")
    ] = False,
) -> None:
    """Say what is live, what waits and for what, what needs a person.

    Municipalities that stand alike are shown together; those that somebody has to look at come first.
    """
    shell = shell_of(context)
    for found in _reports(shell, campaign, None):
        shell.say(f"{title_of(found.title, shell)} ({found.key}{', closed' if found.closed else ''})")
        shell.say(truth_sentence(found.truth))
        if (joined := [one for one in found.places if one.answer == "in"]) and len(found.places) > 1:
            own = sum(one.own_words > 0 for one in joined)
            shell.say(
                f"{own} of {count_of(len(joined), 'municipality')} taking part {'has' if own == 1 else 'have'} words of their own."
            )
        if every or len(found.places) <= FEW:
            _show_places(shell, found.places)
        else:
            _show_groups(shell, found.places)
        shell.say()
    _say_silence(shell)


def _say_silence(shell: Shell) -> None:
    """Say which process is not there, since everything that waits waits for it."""
    silent, seen = health.silence(shell.store, now=shell.now)
    if "clock" in silent:
        since = f"has not run since {shell.moment(seen)}" if seen else "has never run"
        shell.say(f"The clock {since}: nothing is planned, sent or counted.")
        shell.say("Start 'samklang up', or 'samklang clock' and 'samklang worker'.")
    if "workers" in silent:
        shell.say("Posts have waited in the queue for over a minute: does 'samklang worker' run?")


def _known_age(age: int | None) -> int | None:
    if age not in (None, *figures.AGES):
        *others, last = figures.AGES
        raise typer.BadParameter(f"Figures are kept at {', '.join(map(str, others))} and {last} hours.")
    return age


def show_report(
    context: typer.Context,
    campaign: Annotated[str, typer.Argument(help="The campaign's key.")],
    age: Annotated[
        int | None,
        typer.Option(
            metavar="HOURS",
            help="Count every post at this age: 24, 168, 720 or 2160; without it the newest count of each.",
            callback=_known_age,
        ),
    ] = None,
) -> None:
    """Show what came of a campaign: delivery truth first, then reactions, comments and shares."""
    shell = shell_of(context)
    for found in _reports(shell, campaign, age):
        shell.say(f"{title_of(found.title, shell)} ({found.key})")
        shell.say(truth_sentence(found.truth))
        _show_figures(shell, found)


def _reports(shell: Shell, key: str | None, age: int | None) -> list[CampaignReport]:
    with shell.reading() as session:
        visible: list[Campaign] = [one for one in views.visible_campaigns(session) if key in (None, one.key)]
        if key is not None and not visible:
            raise NotFound("campaign.unknown", key=key)
        found = [report(session, one, age=age, now=shell.now) for one in visible]
    shell.give([one.as_json() for one in found])
    if not found:
        shell.say("No campaign yet. Write one and load it: samklang load campaign.yaml")
    return found


def title_of(texts: Mapping[str, str], shell: Shell) -> str:
    """Return a title in the reader's language, or in the first there is: a title is no post."""
    return texts.get(shell.settings.language) or next(iter(texts.values()), "")


def truth_sentence(truth: Truth) -> str:
    """Return delivery truth in one sentence, with both numbers."""
    if truth.all == 0:
        return "Nothing is planned yet."
    parts = [f"{truth.live} of {count_of(truth.all, 'post')} {'is' if truth.all == 1 else 'are'} live"]
    for part, one, several in PARTS:
        if count := getattr(truth, part):
            parts.append(f"{count} {one if count == 1 else several}")
    return ", ".join(parts) + "."


# -- where everything stands


def _show_places(shell: Shell, places: Sequence[Place]) -> None:
    rows = [
        [one.name, ANSWERS[one.answer], _live(one.truth), _troubles(one.truth), _gates(shell, one)]
        for one in places
    ]
    shell.show_table("", ["municipality", "answer", "live", "look at", "kept back by"], rows)


def _show_groups(shell: Shell, places: Sequence[Place]) -> None:
    """Show municipalities that stand alike together: first what somebody has to look at, then the rest."""
    rows: list[list[str]] = []
    for part, words in TROUBLES.items():
        rows += _group(words, [(one, getattr(one.truth, part)) for one in places])
    codes = dict.fromkeys(code for one in places for code in one.closed_gates)
    for code in codes:
        rows += _group(shell.text(code), [(one, one.closed_gates.get(code, 0)) for one in places])
    for words, those in _calm(places):
        rows += _group(words, [(one, one.truth.live) for one in those], most=NAMES_SHOWN, silent=True)
    shell.show_table("", ["", "posts", "municipalities"], rows, numbers=["posts"])
    shell.say("One line for each: samklang status --every")


def _calm(places: Sequence[Place]) -> Iterator[tuple[str, list[Place]]]:
    """Yield groups of municipalities that nobody has to look at, with words for each."""
    calm = [one for one in places if not _troubles(one.truth) and not one.closed_gates]
    joined = [one for one in calm if one.answer == "in"]
    yield "all live", [one for one in joined if one.truth.all and one.truth.live == one.truth.all]
    yield (
        "live so far; the rest waits for its time",
        [one for one in joined if one.truth.live < one.truth.all],
    )
    yield "takes part, nothing planned", [one for one in joined if not one.truth.all]
    for answer, words in ANSWERS.items():
        if answer != "in":
            yield words, [one for one in calm if one.answer == answer]


def _group(
    words: str, counted: Sequence[tuple[Place, int]], *, most: int | None = None, silent: bool = False
) -> list[list[str]]:
    """Return one row for these municipalities, or none; `silent` keeps those in whose count is 0."""
    there = [(one, count) for one, count in counted if count or silent]
    if not there:
        return []
    names = [one.name for one, _ in there[:most]]
    left = len(there) - len(names)
    more = f" and {left} more" if left else ""
    posts = sum(count for _, count in there)
    return [[words, str(posts or ""), f"{len(there)}: {', '.join(names)}{more}"]]


def _live(truth: Truth) -> str:
    return f"{truth.live} of {truth.all}" if truth.all else ""


def _troubles(truth: Truth) -> str:
    return ", ".join(
        f"{getattr(truth, part)} {word}" for part, word in TROUBLES.items() if getattr(truth, part)
    )


def _gates(shell: Shell, place: Place) -> str:
    return " ".join(f"{count} × {shell.text(code)}" for code, count in place.closed_gates.items())


# -- what came of it


def _show_figures(shell: Shell, found: CampaignReport) -> None:
    when = (
        "the newest of each post; ages differ, to compare take --age 24"
        if found.age is None
        else f"every post at the age of {found.age} hours"
    )
    shell.say(f"Counts: {when}.")
    counted = [one for one in found.places if one.truth.live or one.truth.removed]
    rows = [_figures(one) for one in counted if one.named or len(found.places) == 1]
    rows.append(["all", *(_count(found.counts[metric]) for metric in METRICS), ""])
    numbers = [*METRICS, "per 1,000"]
    shell.show_table("", ["municipality", *numbers], rows, numbers=numbers)
    if unnamed := len(counted) - len(rows) + 1:
        has = "has" if unnamed == 1 else "have"
        shell.say(f"{count_of(unnamed, 'municipality')} {has} not said to be named: part of the sum alone.")
    shell.say("per 1,000: reactions per 1,000 inhabitants. In small places one more is a lot.")
    shell.say("–: no count is known, which is not 0.   *: some posts have no count yet.")


def _figures(place: Place) -> list[str]:
    rate = place.per_thousand("reactions")
    shown = "–" if rate is None else f"{rate:.1f}" if rate < 10 else f"{rate:.0f}"
    return [place.name, *(_count(place.counts[metric]) for metric in METRICS), shown]


def _count(count: Count) -> str:
    """Return a count for a column of figures: a star stands in the place of nothing where every post has a count."""
    if count.value is None:
        return "– "
    return f"{count.value:,}{' ' if count.known == count.posts else '*'}"
