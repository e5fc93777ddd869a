"""Writes the parts of the documentation that are taken from the code: `python -m samklang.writing docs`.

A test holds the files equal to what stands here, so that a changed rule or setting is a changed page. It writes no
page that people write; in those it replaces only what stands between two markers.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from campaigns import access, states
from campaigns.settings import Settings

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

The operator has the machine, and acts without a role in three places: the first members of an organisation, the stop
of everything, and reading the status. The program gives the operator no way to approve.
"""

SETTINGS = """# Settings

Every setting is an environment variable and is read once when a process starts. Without any, everything runs on this
machine alone. This page is written from `campaigns/settings.py` (`make diagrams`).

| variable | default | what it does |
|---|---|---|
{rows}
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
        folder / "settings.md": SETTINGS.format(rows="\n".join(_setting(*one) for one in _fields())),
    }
    plan = folder / "architecture.md"
    if plan.exists():
        written[plan] = with_diagram(plan.read_text("utf-8"))
    return written


def with_diagram(page: str) -> str:
    """Return a page with a delivery's life between its markers.

    Raises: ValueError when the page does not have both markers once.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise ValueError(f"the page needs both markers, once each: {BEGIN} and {END}")
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n```mermaid\n{states.diagram()}\n```\n{END}{rest.partition(END)[2]}"


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
