"""What was measured, told: a table with what was to be reached, and the page `docs/performance.md`."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.ground import ROOT
from bench.measures import cores

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


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


STORM, END_OF_STORM = "<!-- storm -->", "<!-- end of storm -->"


def write_storm(text: str, day: str) -> None:
    """Put the table of the storm into its place on the page."""
    before, _, rest = PAGE.read_text("utf-8").partition(STORM)
    after = rest.partition(END_OF_STORM)[2]
    PAGE.write_text(f"{before}{STORM}\nMeasured on {day}.\n\n{text}\n{END_OF_STORM}{after}", "utf-8")


def write(figures: Sequence[Figure], day: str) -> None:
    """Put the figures into their place on the page; what stands around them was written by people."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    told = f"{BEGIN}\n\nMeasured {day} on {machine()}.\n\n{table(figures)}\n\n{END}"
    PAGE.write_text(before + told + after, "utf-8")
