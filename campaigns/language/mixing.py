"""Words of the other written language: bokmål in a nynorsk text, and the reverse.

A word counts only where it is wrong: names, quotations, links, hashtags and the values a municipality filled in are
passed over, and so is every word that is right in both. It judges words, not sentences: word order and endings that
both languages have are beyond it, and it looks at no other language.
"""

from __future__ import annotations

from collections.abc import Collection

from campaigns.language.prose import Word, without_marks, without_names, words
from campaigns.language.words import own_words, words_of


def foreign_words(text: str, language: str, values: Collection[str] = ()) -> tuple[str, ...]:
    """Return the words of a nynorsk (`nn`) or bokmål (`nb`) text that belong to the other, each once, in order.

    `values` are texts that somebody filled in, such as the name of a meeting place. Another language gives nothing.
    """
    if language not in ("nn", "nb"):
        return ()
    strange = words_of("nb" if language == "nn" else "nn")
    prose = words(without_names(without_marks(text), values))
    return tuple(
        dict.fromkeys(
            word.text.lower() for word in prose if word.text.lower() in strange and not _is_name(word)
        )
    )


def _is_name(word: Word) -> bool:
    """Tell whether a word has the capital of a name: inside a sentence, of a whole abbreviation, or of a known name."""
    if not word.text[0].isupper():
        return False
    return not word.opens or word.text[1:2].isupper() or word.text.lower() in own_words()["name"]
