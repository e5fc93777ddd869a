"""How the pages of a stand-in are laid out: roughly as its platform's own readers see a post, with no mark of it.

A post that is judged by eye must be seen as it will be seen: with the picture above the text where the platform has
it there, in a narrow column where the column is narrow. Layout and a colour are all that is borrowed: no logo, no
typeface, no wording.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Dress:
    """One platform's layout."""

    accent: str = "#0a4a94"
    """Colour of links and of the sign before a name; at least 4.5 : 1 against white and against `ground`."""
    ground: str = "#f3f5f8"
    """What lies around the posts."""
    column: int = 42
    """Width of the column, in rem."""
    posts: Literal["sheets", "lines"] = "sheets"
    """Every post a sheet of its own, or one below the other with a line between."""
    sign: Literal["none", "round", "square"] = "round"
    """What stands for the account before its name."""
    pictures: Literal["inset", "edge"] = "inset"
    """Pictures within the text's margins, or as wide as the post."""
    pictures_first: bool = False
    """Pictures stand above the text."""
    is_indented: bool = False
    """The text stands beside the sign and not below it."""

    @property
    def classes(self) -> str:
        """Return the classes of a page's body."""
        every = (
            self.posts,
            f"sign-{self.sign}",
            f"pictures-{self.pictures}",
            "indented" if self.is_indented else "",
        )
        return " ".join(one for one in every if one)

    @property
    def style(self) -> str:
        """Return the rule that gives the one style sheet this layout's colours and width."""
        return f":root{{--link:{self.accent};--ground:{self.ground};--column:{self.column}rem}}\n"
