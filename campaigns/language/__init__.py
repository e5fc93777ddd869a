"""Judges the language of a finished text: words of the other Norwegian language, and how hard it is to read.

Pure rules over text and the word lists beside them. It corrects nothing and knows neither campaigns nor municipalities;
what a warning says stands in the catalogue.
"""

from campaigns.language.mixing import foreign_words
from campaigns.language.readability import HARD_TEXT, Readability, Sentence, readability

__all__ = ["HARD_TEXT", "Readability", "Sentence", "foreign_words", "readability"]
