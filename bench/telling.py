"""What was measured, told: a table with what was to be reached, and the page `docs/performance.md`."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.ground import ROOT
from bench.measures import cores

PAGE = ROOT / "docs" / "performance.md"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    letter: str
    what: str
    measured: str
    goal: str
    reached: bool | None
    """`None` where there is nothing to reach."""

    @property
    def row(self) -> str:
        """Return the line as Markdown."""
        reached = {True: "yes", False: "**no**", None: "–"}[self.reached]
        return f"| {self.letter} | {self.what} | {self.measured} | {self.goal} | {reached} |"


def machine() -> str:
    """Return what this was measured on, in a sentence that names no machine."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = Path("/proc/meminfo").read_text().splitlines()[0].split()[1]
    return (
        f"{cores()} processors ({model}), {int(memory) / 1e6:.0f} GB of memory, {platform.system()}, "
        f"Python {platform.python_version()}; PostgreSQL and Valkey from wheels in memory on the same machine"
    )


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table."""
    head = ["| | what | measured | to reach | reached |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(one.row for one in figures)])


def write(part: str, text: str, day: str) -> None:
    """Put what was measured between the marks of its part on the page; what stands around them was written by people."""
    begin, end = f"<!-- {part} -->", f"<!-- end of {part} -->"
    before, _, rest = PAGE.read_text("utf-8").partition(begin)
    after = rest.partition(end)[2]
    told = f"{begin}\n\nMeasured {day} on {machine()}.\n\n{text}\n\n{end}"
    PAGE.write_text(before + told + after, "utf-8")
