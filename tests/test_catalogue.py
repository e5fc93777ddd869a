"""Sentences: every code that is uttered stands in the catalogue in three languages, and none stands there unused."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from syntax import ROOT, Module, modules, name_of

from campaigns import access
from campaigns.gates import GATES
from campaigns.sentences import LANGUAGES, catalogue, page_sentence, placeholders, sentence

CODE = re.compile(r"[a-z]+(?:\.[a-z0-9_]+)+\.?")
FORMS = (".one", ".other")
FILES = (".yaml", ".md", ".csv", ".html", ".css", ".js")
PROBLEMS = {"Problem", "Finding", "NotFound", "PictureRefused"}
"""What takes a code first, and its values after it."""


def areas() -> set[str]:
    """Return the first words of all codes."""
    return {code.partition(".")[0] for code in catalogue()}


def bare(code: str) -> str:
    """Return a code without its form."""
    return re.sub(r"\.(?:one|other)$", "", code)


def codes() -> set[str]:
    """Return every code, once for its forms."""
    return {bare(code) for code in catalogue()}


def uttered() -> tuple[set[str], set[str]]:
    """Return the codes, and the beginnings of codes, that stand in the rooms and in the templates."""
    whole, begun = set(), set()
    for module in modules():
        if module.path.startswith("campaigns/store/"):
            continue  # tables and columns have dots, too
        for text, is_whole in _texts(module):
            if CODE.fullmatch(text) and text.partition(".")[0] in areas() and not text.endswith(FILES):
                (whole if is_whole and not text.endswith(("_", ".")) else begun).add(text)
    for template in (*(ROOT / "web").rglob("*.html"), *(ROOT / "samklang").rglob("*.html")):
        for text, more in re.findall(
            r"""["']([a-z]+\.[a-z0-9_.]+)["']\s*(~?)""", template.read_text("utf-8")
        ):
            if text.partition(".")[0] in areas() and not text.endswith(FILES):
                (begun if more else whole).add(text)
    return whole, begun


def _texts(module: Module) -> Iterator[tuple[str, bool]]:
    """Yield every text constant, and the beginning of every text that is put together."""
    begun = {id(node.values[0]) for node in module.walk() if isinstance(node, ast.JoinedStr) and node.values}
    for node in module.walk():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, id(node) not in begun


def written_acts() -> set[str]:
    """Return the names of the acts that the audit chain writes down."""
    named = {
        argument.value
        for module in modules()
        for name, call in module.calls()
        if name in {"record", "_record"}
        for argument in call.args
        if isinstance(argument, ast.Constant) and CODE.fullmatch(str(argument.value))
    }
    return named | {"account.resume"}  # chosen between two


def acts() -> set[str]:
    """Return the names of acts: rows of the access table, and what else the audit chain writes down."""
    return written_acts() | set(access.TABLE)


def test_every_code_that_is_uttered_has_a_sentence() -> None:
    whole, begun = uttered()
    assert whole - acts() - codes() == set()
    assert [start for start in begun if not any(code.startswith(start) for code in codes())] == []


def test_no_sentence_stands_there_unused() -> None:
    whole, begun = uttered()
    unused = {code for code in codes() - whole if not any(code.startswith(start) for start in begun)}
    assert unused == set()


def test_every_act_that_is_written_down_is_told_in_words() -> None:
    assert {f"audit.act.{one}" for one in written_acts()} - codes() == set()


def test_every_gate_has_a_sentence() -> None:
    assert {gate.code for gate in GATES} <= codes()


def test_the_three_languages_say_the_same_with_the_same_values() -> None:
    for code, texts in catalogue().items():
        assert set(texts) == set(LANGUAGES), code
        assert len({frozenset(placeholders(text)) for text in texts.values()}) == 1, code
        for text in texts.values():
            assert text == text.strip(), code
            assert "  " not in text, code
            assert not re.search(r"\{[^a-z_]|\{\}|\{[a-z_]*[^a-z_}]", text), code


def test_what_is_wrong_is_told_in_whole_sentences() -> None:
    for code, texts in catalogue().items():
        if code.startswith(("page.", "state.")):
            continue  # labels
        for language, text in texts.items():
            assert text.endswith((".", "!", "?", "»", "”", "…", "}")), (code, language, text)


def test_a_form_for_one_has_a_form_for_others() -> None:
    for code in catalogue():
        if code.endswith(FORMS):
            assert all(f"{bare(code)}{form}" in catalogue() for form in FORMS), code


def test_a_problem_brings_the_values_of_its_sentence() -> None:
    short = []
    for module in modules():
        for name, call in module.calls():
            code = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
            if name not in PROBLEMS or not isinstance(code, str) or code not in catalogue():
                continue
            given = {keyword.arg for keyword in call.keywords}
            tables = [part for part in call.args[1:] if not isinstance(part, ast.Constant | ast.Tuple)]
            if any(not isinstance(part, ast.Dict) or None in part.keys for part in tables):
                continue  # the values were put together elsewhere
            given |= {key.value for part in tables for key in part.keys if isinstance(key, ast.Constant)}
            if missing := placeholders(catalogue()[code]["en"]) - given:
                short.append((module.path, call.lineno, code, missing))
    assert short == []


def test_a_value_is_never_scanned_again() -> None:
    said = sentence("campaign.unknown", {"key": "{key}{id}"}, "en")
    assert "{key}{id}" in said


def test_an_unknown_code_is_said_as_it_is() -> None:
    assert sentence("no.such_code", {"x": 1}) == "no.such_code"


def test_errors_of_ours_name_codes_that_exist() -> None:
    for module in modules():
        for node in module.walk():
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                named = {name_of(target) for target in targets} & {"code", "default_code"}
                if named and isinstance(node.value.value, str) and "." in node.value.value:
                    assert node.value.value in codes(), (module.path, node.lineno)


NAMES_A_COMMAND = re.compile(r"\bsamklang [a-z]|--[a-z]")
FOR_THE_OPERATOR = ("doctor.", "page.silent.", "page.instance.")
"""What is told to whoever runs the service, who works at the machine."""
AT_THE_COMMAND_ALONE = {
    "access.cli_acts_off", "access.actor_missing", "access.unknown_actor", "hold.instances_own",
    "rehearsal.group_needs_county",
    # at the pages each of these is the one page for what is not there (`web/troubles.py`)
    "account.unknown", "delivery.unknown", "hold.unknown", "standing.unknown", "adaptation.paragraph_unknown",
}  # fmt: skip


def test_whoever_reads_a_page_or_a_letter_is_told_no_command() -> None:
    naming = {code for code, texts in catalogue().items() if any(map(NAMES_A_COMMAND.search, texts.values()))}
    instead = {f"page.instead.{code}" for code in naming}
    read = {code for code in naming if not code.startswith(FOR_THE_OPERATOR)}
    assert {
        code for code in read - AT_THE_COMMAND_ALONE if f"page.instead.{code}" not in catalogue()
    } == set()
    assert codes() >= AT_THE_COMMAND_ALONE
    assert naming & instead == set()


def test_pages_and_letters_say_what_they_say_in_the_words_for_those_who_work_in_a_browser() -> None:
    told = {
        (module.path, name)
        for module in modules()
        if module.room in {"web", "workers", "reports"}
        for name, _ in module.calls()
        if name == "sentence"
    }
    assert told == {("reports/voice.py", "sentence")}  # what was done: `page.` and `done.` alone
    assert page_sentence("waiting.by_hand", {"number": 1, "message": "x"}) != sentence("waiting.by_hand")
