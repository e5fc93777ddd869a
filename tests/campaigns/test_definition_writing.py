from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.definition.model import Definition
from campaigns.definition.reading import read
from campaigns.definition.writing import dump
from campaigns.wording import hidden_characters

HERE = Path(__file__).parent
DOCUMENTS = [
    HERE / "documents" / "medverknad-kommuneplan.yaml",
    HERE.parents[1] / "samklang" / "campaigns_demo" / "klar-for-ei-veke" / "campaign.yaml",
]
PLATFORMS = frozenset({"mastodon", "bluesky"})


def is_shown(text: str) -> bool:
    return bool(text) and not hidden_characters(text)


SIGNS = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"), exclude_characters="{}")
AWKWARD = st.sampled_from(
    ["null", "~", "true", "no", "03", "- a", "a: b", "#a", "a #b", "@a", '"', "'", "a:", "|-", "a,b"]
)
LINE = st.one_of(st.text(SIGNS, min_size=1, max_size=40).map(str.strip).filter(is_shown), AWKWARD)
PROSE = st.lists(st.one_of(LINE, st.just(""), st.just("{kommune}: ja")), min_size=1, max_size=4)
TEXT = PROSE.map(lambda lines: "\n".join(lines).strip()).filter(is_shown)
KEY = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8})?", fullmatch=True)


def texts(words: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({"nn": words, "nb": words})


PARAGRAPHS = st.lists(
    st.fixed_dictionaries({"kind": st.sampled_from(["free", "fill", "locked"]), "texts": texts(TEXT)}),
    min_size=1,
    max_size=3,
)
PICTURE = st.fixed_dictionaries(
    {"file": st.just("bilete/a.png"), "alt": texts(LINE), "credit": LINE, "licence": LINE},
    optional={
        "focus": st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
        "people": st.fixed_dictionaries(
            {"consent": LINE, "until": st.just("2028-01-01")},
            optional={
                "covers": st.just({"municipalities": ["0301", "4647"]}),
                "channels": st.just(["mastodon"]),
            },
        ),
    },
)
SEND = st.sampled_from(
    [
        {"on": "T+3", "at": "18:00:30", "together": True},
        {"on": "2027-01-20", "between": "23:30-00:30"},
        {"at": "2027-01-21 18:00"},
        {"when": "released"},
    ]
)
MESSAGE = st.fixed_dictionaries(
    {"key": KEY, "title": texts(LINE), "send": SEND, "to": st.just(["mastodon", "bluesky"]), "text": PARAGRAPHS},
    optional={
        "mandatory": st.booleans(),
        "watch": st.just("20:00"),
        "short": PARAGRAPHS,
        "by_platform": st.fixed_dictionaries({"mastodon": PARAGRAPHS}),
        "facts": st.fixed_dictionaries({"lenke": st.fixed_dictionaries({"own_site": st.booleans()})}),
        "link": st.just("{lenke}"),
        "pictures": st.lists(PICTURE, max_size=2),
        "poll": st.fixed_dictionaries({"days": st.integers(1, 30), "options": st.lists(texts(LINE), min_size=2, max_size=4)}),
        "quiet": st.fixed_dictionaries({"override": LINE}),
        "follow_up": st.lists(PARAGRAPHS, max_size=2),
        "first_comment": PARAGRAPHS,
        "experiment": st.fixed_dictionaries({"b": PARAGRAPHS, "outcome": st.just("clicks"), "stop": st.just("T+99")}),
    },
)  # fmt: skip
DEFINITION = st.fixed_dictionaries(
    {
        "samklang": st.just(1),
        "campaign": KEY,
        "title": texts(LINE),
        "owner": st.sampled_from(["03", "4647", "dsb"]),
        "contact": st.fixed_dictionaries({"name": LINE, "mail": st.just("a@b.no")}),
        "purpose": st.just("inform"),
        "goal": st.fixed_dictionaries(
            {"texts": texts(TEXT), "measure": st.just({"what": "clicks", "target": 0.1})}
        ),
        "invite": st.sampled_from([{"county": "03"}, {"municipalities": ["0301"]}, {"group": "kysten"}]),
        "answer": st.just({"by": "2027-01-02", "silence": "in"}),
        "anchor": st.just("2027-01-12"),
        "ends": st.sampled_from(["T+50", "2027-03-01"]),
        "late_after": st.sampled_from(["1 min", "90 min", "24 h"]),
        "languages": st.sampled_from([["nn", "nb"], ["nb", "nn"]]),
        "hashtags": st.lists(st.just("Beredskap"), max_size=1),
        "facts": st.just(
            {"lenke": {"kind": "url", "own_site": True, "default": "https://voss.example/a?b=c"}}
        ),
        "messages": st.lists(MESSAGE, min_size=1, max_size=3, unique_by=lambda message: message["key"]),
    }
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DEFINITION)
def test_what_is_written_reads_back_as_the_same_campaign(parts: dict[str, Any]):
    definition = Definition.model_validate(parts)
    found = read(dump(definition).encode(), platforms=PLATFORMS)
    assert found.errors == ()
    assert found.definition == definition


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_real_document_comes_back_without_loss_and_stays_as_it_is_from_then_on(path: Path):
    definition = read(path.read_bytes(), platforms=PLATFORMS).definition
    assert definition is not None
    written = dump(definition)
    assert read(written.encode(), platforms=PLATFORMS).definition == definition
    assert dump(definition) == written


def test_a_document_is_written_in_reading_order_with_short_things_on_one_line():
    definition = read(DOCUMENTS[0].read_bytes(), platforms=PLATFORMS).definition
    assert definition is not None
    lines = dump(definition).splitlines()
    keys = [line.split(":")[0] for line in lines if line and not line.startswith(" ")]
    assert keys == [*list(Definition.model_fields)[:15], "facts", "messages"]
    assert (
        "  lenke: {kind: url, own_site: true, ask: {nn: Lenkje til sida om planen, nb: Lenke til siden om planen}}"
        in lines
    )
    assert "    send: {on: T, between: 18:00-20:00}" in lines
