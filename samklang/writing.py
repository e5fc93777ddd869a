"""Writes the parts of the documentation that are taken from the code: `python -m samklang.writing docs`.

A test holds the files equal to what stands here, so that a changed rule or setting is a changed page. It writes no
page that people write; in those it replaces only what stands between two markers.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from campaigns import access, states
from campaigns.settings import Settings, file_variable, variable
from connectors import CONNECTORS, Connector

BEGIN = "<!-- a delivery's life: written by samklang.writing -->"
END = "<!-- end of a delivery's life -->"

ACCESS = """# Who may do what

One table decides. It is kept in `campaigns/access.py`, and this page is written from it (`make diagrams`): what is not
in it is refused, everywhere: pages and commands hide what it refuses, and every function that writes asks it.

A cell says in which relation the thing stands to the person's organisation: **own** is its own, **owner** a campaign
that it owns, **invited** a campaign that it was invited to, **parent** something in its county. Roles add up, and one
person may have several, also in several municipalities. A county's coordinator is never an approver of a
municipality: only who has a role there is.

{table}

² asks for a fresh second factor where people log in. The command line has none: its acts are switched off unless
`SAMKLANG_CLI_ACTS` is set, and the audit says "operator on behalf of".

The operator has the machine, and acts without a role in a few places: the first members of an organisation, a way in
for whoever has lost hers (`samklang member link`), the stop of everything, the acceptance of an audit chain after a
restore, and reading the status. No command of the operator's approves; but whoever makes a way in for somebody without
one-time codes can take it herself and act as her; the letter about a new password tells that person of it.
"""

SETTINGS = """# Settings

Every setting is an environment variable and is read once when a process starts. Without any, everything runs on this
machine alone. This page is written from `campaigns/settings.py` and the connectors (`make diagrams`).

| variable | default | what it does |
|---|---|---|
{rows}
{platforms}
| `SAMKLANG_AS` | – | Who acts on the command line, instead of `--as MAIL`. |
| `SAMKLANG_FOR` | – | The county or municipality it is done for, instead of `--for NUMBER`. |

Settings that are unsafe together end every command but `doctor` with exit code 5 and a sentence that says what to
change: a broker on another machine without a password, a public address without https, and what is meant for the demo
alone (private hosts, the open status page) on an address that others reach.
"""


def pages(folder: Path) -> dict[Path, str]:
    """Return every page of the documentation folder that the code has a part in, as it should read."""
    written = {
        folder / "access.md": ACCESS.format(table=access.as_markdown()),
        folder / "settings.md": SETTINGS.format(
            rows="\n".join(_setting(*one) for one in _fields()),
            platforms="\n".join(_platform_settings()),
        ),
    }
    plan, platforms = folder / "architecture.md", folder / "platforms.md"
    if plan.exists():
        written[plan] = with_diagram(plan.read_text("utf-8"))
    if platforms.exists():
        written[platforms] = _between(platforms.read_text("utf-8"), ABILITIES, "\n".join(_abilities()))
    return written


ABILITIES = ("<!-- abilities:begin -->", "<!-- abilities:end -->")


def _between(page: str, markers: tuple[str, str], text: str) -> str:
    """Return a page with this text between its markers.

    Raises: ValueError when the page does not have both markers once.
    """
    begin, end = markers
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"the page needs both markers, once each: {begin} and {end}")
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}"


def _abilities() -> Iterator[str]:
    """Yield the table of what each platform can do, from its connector."""
    yield "| | " + " | ".join(kind.title for kind in CONNECTORS) + " |"
    yield "|---|" + "---|" * len(CONNECTORS)
    for ability, told in ABILITY.items():
        yield f"| {ability} | " + " | ".join(told(kind) for kind in CONNECTORS) + " |"


def _can(name: str) -> Callable[[type[Connector]], str]:
    return lambda kind: "yes" if getattr(kind, name) is not getattr(Connector, name) else "no"


def _pictures(kind: type[Connector]) -> str:
    kinds = ", ".join(one.partition("/")[2].upper() for one in kind.limits.picture_kinds)
    return f"{kind.limits.pictures}; {kinds}; {kind.limits.picture_bytes / 1e6:.0f} MB"


def _polls(kind: type[Connector]) -> str:
    limits = kind.limits
    return f"{limits.poll_options} options, {limits.poll_days} days" if limits.polls else "no"


def _absence(kind: type[Connector]) -> str:
    return (
        "–"
        if kind.by_hand
        else "never"
        if kind.trusts_absence is None
        else f"{kind.trusts_absence.total_seconds():.0f} s"
    )


def _way(kind: type[Connector]) -> str:
    if kind.by_hand:
        return "by hand"
    return "by an address of ours" if kind.fetches_pictures else "with the post"


def _consent(kind: type[Connector]) -> str:
    if kind.by_hand:
        return "nothing to connect"
    return "yes" if kind.asks_consent else "no: with a key from there"


ONCE = {
    "key": "an idempotency key, and a look-up",
    "own_id": "an id of our own choice",
    "single_use": "a container that is spent once",
    "look_up": "a look-up",
    "none": "a person",
}
ABILITY: Mapping[str, Callable[[type[Connector]], str]] = {
    "text, signs": lambda kind: f"{kind.limits.length:,}",
    "pictures": _pictures,
    "pictures go there": _way,
    "alternative text, signs": lambda kind: f"{kind.limits.alt_length:,}",
    "polls": _polls,
    "kept single by": lambda kind: ONCE[kind.dedupe],
    '"not there" is believed after': _absence,
    "counts": lambda kind: ", ".join(kind.metrics) or "none",
    "posts counted in one call": lambda kind: str(kind.measure_batch) if kind.metrics else "–",
    "comments read": _can("replies"),
    "edited": _can("edit"),
    "taken down": _can("remove"),
    "login renewed by itself": _can("renew"),
    "connected on its own page": _consent,
    "how far a post may reach": lambda kind: ", ".join(kind.visibilities),
}


def _platform_settings() -> Iterator[str]:
    for kind in CONNECTORS:
        for one in kind.settings:
            default = f"`{one.default}`" if one.default else "–"
            yield f"| `{variable(kind, one)}` | {default} | {kind.title}: {_cell(one.description)} |"
            if file := file_variable(kind, one):
                yield f"| `{file}` | – | A file that holds it, instead of `{variable(kind, one)}`. |"


def with_diagram(page: str) -> str:
    """Return a page with a delivery's life between its markers.

    Raises: ValueError when the page does not have both markers once.
    """
    return _between(page, (BEGIN, END), f"```mermaid\n{states.diagram()}\n```")


def _fields() -> list[tuple[str, FieldInfo]]:
    return list(Settings.model_fields.items())


def _setting(name: str, field: FieldInfo) -> str:
    text = re.sub(r"`([a-z_]+)`", _variable, field.description or "")
    if get_origin(field.annotation) is Literal:
        text += f" One of {', '.join(f'`{one}`' for one in get_args(field.annotation))}."
    return f"| `SAMKLANG_{name.upper()}` | {_default(field)} | {_cell(text)} |"


def _variable(found: re.Match[str]) -> str:
    """Return a setting's name as its variable; other words in code marks stay."""
    known = found[1] in Settings.model_fields
    return f"`SAMKLANG_{found[1].upper()}`" if known else found[0]


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None or value is PydanticUndefined:
        return "–"
    shown = value.get_secret_value() if hasattr(value, "get_secret_value") else value
    return f"`{int(shown) if isinstance(shown, bool) else shown}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Write the pages into the folder that is named; return the exit code."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("Say which folder: python -m samklang.writing docs\n")
        return 2
    for path, text in pages(Path(arguments[0])).items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
