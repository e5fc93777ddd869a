"""The part of the contract that needs no network: a connector's facts, and what it would refuse."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar, get_args
from urllib.parse import unquote

import pytest
from scripted import Request, ScriptedServer

import connectors
from campaigns.sentences import LANGUAGES, catalogue, placeholders
from connectors import Connector, Metric, Picture, Poll, Post
from connectors.base import Dedupe

PNG = b"\x89PNG not really, the stand-in here does not look"
PICTURE = Picture(
    hashlib.sha256(PNG).hexdigest(), "image/png", 1200, 800, len(PNG), "Tre personar ved eit kart."
)
SHOWN = "https://samklang.example/m/"
"""Where pictures are shown to platforms that fetch them."""
LINK = "https://herad.example/plan"
TEXT = f"Kva er det beste med å bu her? Sei det på {LINK} #KommunePlan"
LOCALISED = ("Too many requests", "トークンが無効です", "Tilgangen er ikkje gyldig")


class FactsContract:
    """The tests of facts and checks."""

    kind: ClassVar[type[Connector]]
    takes_language: ClassVar[bool] = True
    """Whether a post can say which language it is in."""
    zero_when_left_out: ClassVar[frozenset[Metric]] = frozenset()
    """Counts that the platform leaves out where there are none."""
    waits_unasked: ClassVar[bool] = False
    """Whether a limit that names no time is one of a day, so that it is waited for all the same."""
    signs_as_code_points: ClassVar[bool] = False
    """Whether it counts code points, not what a reader sees as one sign."""

    picture: ClassVar[Picture] = PICTURE
    """A picture that the platform takes."""

    @pytest.fixture
    def connector(self, quick_wire) -> Connector:
        return self.kind(quick_wire, None, lambda key, picture: f"{SHOWN}{key}/{picture.sha256}.jpg")

    def carries_picture(self, request: Request) -> bool:
        """Return whether a request has the picture's bytes, or the address where it is shown."""
        return PNG in request.body or SHOWN in unquote(request.body.decode("utf-8", "replace"))

    def irreversible(self, server: ScriptedServer) -> Request:
        """Return the last publishing call that arrived."""
        return server.seen[-1]

    # Facts

    def test_its_facts_are_complete(self):
        kind = self.kind
        assert kind.name.isalpha()
        assert kind.name.islower()
        assert kind.title.strip()
        assert kind.metrics_version >= 1
        assert kind.dedupe in get_args(Dedupe)
        assert kind.metrics
        assert set(kind.metrics) <= set(get_args(Metric))
        assert kind.trusts_absence is None or kind.trusts_absence >= timedelta()
        assert 1 <= kind.measure_batch <= 100
        assert any(field.secret for field in kind.login_fields)
        assert all(field.hint for field in kind.login_fields)
        limits = kind.limits
        assert min(limits.length, limits.pictures, limits.picture_bytes, limits.alt_length) > 0
        assert all(one.startswith("image/") for one in limits.picture_kinds)
        assert kind in connectors.CONNECTORS
        assert kind.name in connectors.names()

    # Checks, without network

    def codes(self, connector: Connector, post: Post) -> list[str]:
        problems = connector.check(post)
        for problem in problems:
            texts = catalogue()[problem.code]
            for language in LANGUAGES:
                assert placeholders(texts[language]) <= set(problem.values), (problem.code, language)
            assert problem.values["platform"] == self.kind.title
        return [problem.code for problem in problems]

    def test_a_good_post_has_no_problem(self, connector):
        assert self.codes(connector, Post(TEXT, "nn", pictures=(self.picture,))) == []

    def test_too_long_is_found_without_network(self, connector):
        limit = self.kind.limits.length
        assert self.codes(connector, Post("å" * limit, "nn")) == []
        assert "connector.too_long" in self.codes(connector, Post("å" * (limit + 1), "nn"))
        assert "connector.too_long" in self.codes(connector, Post("x " * limit, "nn"))

    def test_an_emoji_of_many_parts_is_one_sign(self, connector):
        assert connector.length("👩🏽‍🚒🇳🇴é") == (7 if self.signs_as_code_points else 3)

    def test_an_empty_post_is_found_without_network(self, connector):
        assert "connector.empty" in self.codes(connector, Post("  ", "nn"))

    def test_pictures_that_would_be_refused_are_found_without_network(self, connector):
        limits = self.kind.limits
        cases = {
            "connector.too_many_pictures": (self.picture,) * (limits.pictures + 1),
            "connector.picture_kind": (replace(self.picture, mime="image/x-xcf"),),
            "connector.picture_bytes": (replace(self.picture, size=limits.picture_bytes + 1),),
            "connector.picture_pixels": (replace(self.picture, width=limits.picture_pixels, height=2),),
            "connector.alt_missing": (replace(self.picture, alt=" "),),
            "connector.alt_too_long": (replace(self.picture, alt="å" * (limits.alt_length + 1)),),
        }
        for code, pictures in cases.items():
            assert self.codes(connector, Post("Hei", "nn", pictures=pictures)) == [code]

    def test_polls_are_checked_without_network(self, connector):
        limits = self.kind.limits
        if not limits.polls:
            assert self.codes(connector, Post("Hei", "nn", poll=Poll(("Ja", "Nei"), 3))) == [
                "connector.no_polls"
            ]
            return
        many = tuple(str(number) for number in range(limits.poll_options + 1))
        cases = {
            "connector.poll_options": Poll(many, 3),
            "connector.poll_option_too_long": Poll(("Ja", "x" * (limits.poll_option_length + 1)), 3),
            "connector.poll_options_alike": Poll(("Ja", "Ja"), 3),
            "connector.poll_days": Poll(("Ja", "Nei"), limits.poll_days + 1),
        }
        for code, poll in cases.items():
            assert self.codes(connector, Post("Hei", "nn", poll=poll)) == [code]
