"""A campaign document for tests of content: two messages, one with a picture and facts, every part easy to change."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from PIL import Image
from world import World

from campaigns import documents, participation
from campaigns.definition import model
from campaigns.definition.reading import read
from campaigns.media import Rendition, render_picture
from connectors import names

KEY = "papir"
Paper = dict[str, Any]


def paper() -> Paper:
    """Return the document as plain values; change what the test is about."""
    return {
        "samklang": 1,
        "campaign": KEY,
        "title": {"nn": "Papir", "nb": "Papir"},
        "owner": "46",
        "contact": {"name": "Ingrid", "mail": "ingrid@county.example"},
        "purpose": "inform",
        "goal": {"nn": "Å prøve", "nb": "Å prøve"},
        "invite": {"county": "46"},
        "answer": {"by": "2027-01-11", "silence": "out"},
        "anchor": "2027-01-12",
        "ends": "T+30",
        "languages": ["nn", "nb"],
        "hashtags": ["Beredskap"],
        "facts": {
            "lenke": {"kind": "url", "own_site": True, "ask": {"nn": "Lenkje", "nb": "Lenke"}},
            "frist": {"kind": "date", "value": "T+5"},
        },
        "messages": [
            {
                "key": "bilete",
                "title": {"nn": "Bilete", "nb": "Bilde"},
                "send": {"on": "T", "at": "10:05", "together": True},
                "to": ["mastodon", "bluesky"],
                "text": [
                    {"free": {"nn": "Hei {kommune}!", "nb": "Hei, {kommune}!"}},
                    {"fill": {"nn": "Frist {frist}: {lenke}", "nb": "Frist {frist}: {lenke}"}},
                ],
                "picture": {
                    "file": "bilete.png",
                    "alt": {"nn": "Ei hovudlykt på eit bord.", "nb": "En hodelykt på et bord."},
                    "credit": "Samklang",
                    "licence": "CC0 1.0",
                    "people": {"consent": "S-1", "until": "2027-12-31", "covers": {"county": "46"}},
                },
            },
            {
                "key": "tekst",
                "title": {"nn": "Tekst", "nb": "Tekst"},
                "send": {"on": "T", "at": "10:06", "together": True},
                "to": ["mastodon", "bluesky"],
                "text": [{"locked": {"nn": "Det held med vatn.", "nb": "Det holder med vann."}}],
            },
        ],
    }


def definition(content: Paper) -> model.Definition:
    """Return the checked definition of a document; JSON is YAML, too."""
    return _read(json.dumps(content))


@cache
def _read(text: str) -> model.Definition:
    found = read(text.encode(), platforms=frozenset(names()))
    assert found.definition is not None, [(one.code, one.values, one.line) for one in found.problems]
    return found.definition


def picture(colour: str = "navy") -> Rendition:
    """Return the rendition of a plain picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(buffer, "PNG")
    return render_picture(buffer.getvalue())


def load(world: World, content: Paper, pictures: Mapping[str, Rendition] | None = None) -> int:
    """Load the document as the county and return the campaign's version."""
    given = pictures or {"bilete.png": picture()}
    with world.store.scope(world.actors["46"]) as session:
        return documents.load(session, world.desk.media, definition(content), given, now=world.now).version


def fill(world: World, number: str, **facts: str) -> list[str]:
    """Fill in facts as a municipality and return what changed."""
    with world.store.scope(world.actors[number]) as session:
        mine = participation.participation_in(session, KEY)
        return participation.fill_facts(session, mine, facts, now=world.now)


def under_way(world: World, *numbers: str, content: Paper | None = None) -> None:
    """Have the campaign loaded and these municipalities connected, in, and everything approved."""
    load(world, content or paper())
    for number in numbers:
        world.connect(number)
    world.invite(KEY)
    for number in numbers:
        world.join(number, KEY)
        world.approve(number, KEY)
