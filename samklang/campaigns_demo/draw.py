"""Draws the pictures of the demo campaigns again: `python -m samklang.campaigns_demo.draw`.

The pictures stand ready beside the documents, so nothing is drawn while the product runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PIL import Image

from samklang.campaigns_demo import involvement, library, preparedness, voting, water
from samklang.campaigns_demo.sheet import Sheet

FOLDER = Path(__file__).parent
COLOURS = 128
"""Colours of a stored file: flat shapes need few, and a file stays below 40 kB."""

PICTURES: Mapping[str, Mapping[str, Callable[[], Sheet]]] = {
    "medverknad-kommuneplan": involvement.PICTURES,
    "klar-for-ei-veke": preparedness.PICTURES,
    "val": voting.PICTURES,
    "vasspare": water.PICTURES,
    "leselyst": library.PICTURES,
}
"""What draws each file, by campaign."""


def path_of(campaign: str, name: str) -> Path:
    """Return where a picture of a campaign lies."""
    return FOLDER / campaign / "bilete" / name


def main() -> None:
    """Write every picture beside its document."""
    for campaign, pictures in PICTURES.items():
        for name, draw in pictures.items():
            path = path_of(campaign, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            flat = draw().finished().quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
            flat.save(path, optimize=True)


if __name__ == "__main__":
    main()
