"""What the fields of a draft are called, where they stand on a page, and what is said about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import get_args

from campaigns.definition.model import FactKind, Outcome, Purpose
from campaigns.definition.shape import LANGUAGES
from campaigns.drafting.outcome import Told
from campaigns.drafting.tree import OPTIONS, Part, Tree
from reports.voice import Voice


def field_label(kind: str, name: str, voice: Voice) -> str:
    """Return what a field is called, with its language where it has one."""
    head, _, language = name.rpartition(".")
    if head and language in LANGUAGES:
        field = (
            voice.say("page.field.message.poll.option", number=OPTIONS.index(head) + 1)
            if head in OPTIONS
            else voice.say(f"page.field.{kind}.{head}")
        )
        return voice.say(
            "page.editor.in_language", field=field, language=voice.say(f"page.written.{language}")
        )
    return voice.say(f"page.field.{kind}.{name}")


def field_id(part: str, name: str) -> str:
    """Return the id of a field on the page that has it."""
    return f"f-{part}-{name.replace('.', '-')}"


def told_sentence(told: Told, tree: Tree, voice: Voice) -> str:
    """Return what is said about a draft, with the field's own name where one is missing."""
    part = tree.find(told.part)
    if told.code != "draft.missing":
        return voice.problem(told.code, told.values)
    label = (
        field_label(part.kind, told.field, voice)
        if part and told.field
        else voice.say("page.editor.something")
    )
    return voice.say("draft.missing", field=label)


def told_path(told: Told, tree: Tree) -> str:
    """Return where something is put right, below the draft's own address."""
    part = tree.find(told.part)
    anchor = f"#{field_id(told.part, told.field)}" if part and told.field else ""
    while part and part.kind not in ("message", "campaign"):
        part = tree.find(part.under)
    return f"/messages/{part.id}{anchor}" if part and part.kind == "message" else anchor


def part_title(part: Part, voice: Voice) -> str:
    """Return what a part is called among its likes: its title, its name, or its number."""
    if part.kind == "message":
        titles = part.texts("title")
        return voice.title(titles).text if titles else part["key"]
    if part.kind in ("fact", "override"):
        return part["name"] or voice.say(f"page.editor.kind.{part.kind}")
    if part.kind == "picture":
        return part["file"] or voice.say("page.editor.kind.picture")
    words = next(iter(part.texts("text").values()), "")
    return (
        f"{voice.say(f'page.editor.kind.{part.kind}')}: {words[:60]}"
        if words
        else voice.say(f"page.editor.kind.{part.kind}")
    )


def form_label(form: str, platforms: Mapping[str, str], voice: Voice) -> str:
    """Return what a form of a message's text is called."""
    kind, _, which = form.partition(":")
    if kind == "platform":
        return voice.say("page.editor.form.platform", platform=platforms.get(which, which))
    if kind == "thread":
        return voice.say("page.editor.form.thread", number=which)
    return voice.say(f"page.editor.form.{kind}")


def missing_forms(forms: Iterable[str], to: str) -> list[str]:
    """Return the forms of text that a message could have and does not."""
    there = set(forms)
    threads = [int(one.partition(":")[2]) for one in there if one.startswith("thread:")]
    wanted = ["short", "comment", f"thread:{max(threads, default=0) + 1}"]
    wanted += [f"platform:{name}" for name in to.split()]
    return [one for one in wanted if one not in there]


def languages_offered(voice: Voice) -> list[tuple[str, str]]:
    """Return the written languages that a campaign may have."""
    return [(one, voice.say(f"page.written.{one}")) for one in LANGUAGES]


def purposes(voice: Voice) -> list[tuple[str, str]]:
    """Return what a campaign may be for."""
    return [(one, voice.say(f"page.editor.purpose.{one}")) for one in get_args(Purpose)]


def fact_kinds(voice: Voice) -> list[tuple[str, str]]:
    """Return what kinds of facts there are."""
    return [(one, voice.say(f"page.editor.fact_kind.{one}")) for one in get_args(FactKind)]


def outcomes(voice: Voice) -> list[tuple[str, str]]:
    """Return what a trial may be decided by."""
    return [(one, voice.say(f"page.editor.outcome.{one}")) for one in get_args(Outcome)]


def fact_names(tree: Tree) -> list[tuple[str, str]]:
    """Return the facts that a message may say something of its own about."""
    return [(one["name"], one["name"]) for one in tree.facts if one["name"]]


def _choices(kind: str, name: str, platforms: Mapping[str, str], voice: Voice) -> dict[str, str] | None:
    """Return the words for what can be chosen in a field; `None` where people write."""
    yes_and_no = {"1": voice.say("page.editor.yes"), "0": voice.say("page.editor.no")}

    def listed(head: str, *values: str) -> dict[str, str]:
        return {one: voice.say(f"{head}{one}") for one in values}

    found: dict[tuple[str, str], dict[str, str]] = {
        ("campaign", "purpose"): dict(purposes(voice)),
        ("campaign", "languages"): dict(languages_offered(voice)),
        ("campaign", "answer.silence"): listed("page.editor.silence.", "out", "in"),
        ("campaign", "local_element"): listed("page.editor.local.", "wanted", "required"),
        ("fact", "kind"): dict(fact_kinds(voice)),
        ("fact", "own_site"): yes_and_no,
        ("override", "own_site"): yes_and_no,
        ("message", "mandatory"): yes_and_no,
        ("message", "together"): yes_and_no,
        ("message", "when"): listed("page.editor.when.", "relative", "absolute", "released"),
        ("message", "to"): dict(platforms),
        ("message", "poll.otherwise"): listed("page.editor.poll_else.", "text", "drop"),
        ("message", "trial.outcome"): dict(outcomes(voice)),
        ("paragraph", "kind"): listed("page.editor.kind_of.", "free", "fill", "locked"),
        ("picture", "channels"): dict(platforms),
    }
    return found.get((kind, name))


def is_chosen(kind: str, name: str, voice: Voice) -> bool:
    """Return whether a field's value is chosen from a list rather than written."""
    return _choices(kind, name, {}, voice) is not None


def value_label(kind: str, name: str, value: str, platforms: Mapping[str, str], voice: Voice) -> str:
    """Return what was chosen in a field, as its page shows it."""
    words = _choices(kind, name, platforms, voice) or {}
    chosen = [words.get(one, one) for one in value.split()]
    return ", ".join(chosen) or voice.say("page.editor.nothing")
