"""What became of a campaign's facts, and of what a message says differently of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from campaigns.definition.changes import Change, Versions, shown
from campaigns.definition.model import Definition, Fact, FactOverride, Message
from campaigns.definition.moments import Day

_PARTS = ("kind", "own_site", "value", "default", "known")


def fact_changes(versions: Versions) -> Iterator[Change]:
    """Yield every change of the campaign's own facts, in the new document's order; those that are gone come last."""
    old, new = versions.old.facts, versions.new.facts
    for name, fact in new.items():
        if name not in old:
            yield Change("difference.fact_added", {"fact": name}, part=f"facts.{name}")
            continue
        yield from _parts(versions, name, old[name], fact)
        for language, words in versions.reworded(old[name].ask, fact.ask):
            values = {"fact": name, "language": language}
            part = f"facts.{name}.ask"
            yield Change("difference.fact_words", values, part=part, language=language, words=words)
    for name in old:
        if name not in new:
            yield Change("difference.fact_removed", {"fact": name}, part=f"facts.{name}")


def override_changes(versions: Versions, old: Message, new: Message) -> Iterator[Change]:
    """Yield every change of what a message says differently of a fact, compared as the fact it then has."""
    for name in dict.fromkeys((*new.facts, *old.facts)):
        before, after = versions.old.fact(name, old), versions.new.fact(name, new)
        if before is None or after is None:
            continue  # the fact itself came or went, which is told at the campaign's facts
        given = _given(old.facts.get(name)) | _given(new.facts.get(name))
        yield from _parts(versions, name, before, after, message=new.key, only=given)
        for language, words in versions.reworded(before.ask, after.ask) if "ask" in given else ():
            values = {"message": new.key, "fact": name, "language": language}
            part = f"facts.{name}.ask"
            yield Change("difference.override_words", values, new.key, part, language=language, words=words)


def _given(override: FactOverride | None) -> frozenset[str]:
    return frozenset(override.model_fields_set) if override else frozenset()


def _parts(
    versions: Versions, name: str, old: Fact, new: Fact, *,
    message: str | None = None, only: frozenset[str] = frozenset(_PARTS),
) -> Iterator[Change]:  # fmt: skip
    """Yield the parts of a fact that say something else; `only` narrows it to those a message has of its own."""
    before, after = _shown_parts(old, versions.old), _shown_parts(new, versions.new)
    for part in _PARTS:
        if part in only and before[part] != after[part]:
            values = {"fact": name, "part": part, "before": before[part], "after": after[part]}
            if message is None:
                yield Change("difference.fact_part", values, part=f"facts.{name}.{part}")
            else:
                values["message"] = message
                yield Change("difference.override_part", values, message, f"facts.{name}.{part}")


def _shown_parts(fact: Fact, definition: Definition) -> Mapping[str, str]:
    """Return a fact's parts as they are shown, days as dates."""
    parts = {part: shown(getattr(fact, part)) for part in _PARTS}
    if fact.known and definition.anchor:
        parts["known"] = shown(fact.known.on(definition.anchor))
    for part in ("value", "default") if fact.kind == "date" and definition.anchor else ():
        if parts[part].startswith("T"):
            parts[part] = shown(Day.parse(parts[part]).on(definition.anchor))
    return parts
