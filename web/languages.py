"""Which language a reader gets: what was asked for, else what the browser says, else nynorsk."""

from __future__ import annotations

from campaigns.sentences import LANGUAGES, Language

DEFAULT: Language = "nn"


def language_of(word: str | None) -> Language | None:
    """Return a word as one of our languages; `None` for anything else."""
    return next((one for one in LANGUAGES if one == word), None)


def choose_language(asked: Language | None, accepted: str) -> Language:
    """Return the language that was asked for, else the browser's first that we have, else nynorsk.

    `accepted` is an Accept-Language header (RFC 9110, 12.5.4). `no` says nothing of which Norwegian.
    """
    if asked is not None:
        return asked
    wishes = []
    for place, wish in enumerate(accepted.split(",")):
        word, _, rest = wish.strip().lower().partition(";")
        wishes.append((-_weight(rest), place, word.split("-")[0]))
    for weight, _, word in sorted(wishes):
        for language in LANGUAGES:
            if weight < 0 and word == language:
                return language
        if weight < 0 and word == "no":
            return DEFAULT
    return DEFAULT


def _weight(rest: str) -> float:
    """Return the weight of a wish; one that cannot be read counts for nothing."""
    key, _, number = rest.strip().partition("=")
    if not key:
        return 1.0
    try:
        return min(1.0, max(0.0, float(number))) if key == "q" else 0.0
    except ValueError:
        return 0.0
