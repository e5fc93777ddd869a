"""A campaign of this repository, run by `samklang up`, live on the real network and on the stand-in, and read there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from mastodon import Mastodon
from people import ROOT, Network, Person
from ports import free_ports
from processes import running, until

from campaigns.definition import writing
from campaigns.definition.model import Quiet
from samklang.demo.rounds import definition_for
from sandbox import MastodonStandIn

pytestmark = pytest.mark.network

CAMPAIGN = resources.files("samklang.campaigns_demo") / "klar-for-ei-veke"
KEY = "klar-for-ei-veke"
INGRID = ("--as", "ingrid@county.example", "--for", "46")
VOSS = ("--as", "eli@voss.example", "--for", "4621")
BERGEN = ("--as", "ali@bergen.example", "--for", "4601")
MONTHS_IN_MINUTES = "7200"
"""Sampling speed: an hour of ages takes half a second."""


class Samklang:
    """The command in a home of its own, as a person runs it: every time a process."""

    def __init__(self, home: Path) -> None:
        self.environment = {
            "SAMKLANG_HOME": str(home),
            "SAMKLANG_CLI_ACTS": "1",
            "SAMKLANG_ALLOW_PRIVATE_HOSTS": "1",
            "SAMKLANG_SAMPLING_SPEED": MONTHS_IN_MINUTES,
            "SAMKLANG_WEB_PORT": str(free_ports()),
        }

    def __call__(self, *words: str, typed: str = "") -> str:
        """Run a command that has to succeed and return what it said."""
        found = subprocess.run(  # our own command
            [sys.executable, "-m", "samklang", *words], input=typed, text=True, capture_output=True, timeout=120,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **self.environment}, check=False,
        )  # fmt: skip
        assert found.returncode == 0, found.stdout + found.stderr
        return found.stdout

    def report(self, place: str) -> Mapping[str, Any]:
        """Return what a municipality reads of its own part of the campaign."""
        (found,) = json.loads(self(*{"Voss": VOSS, "Bergen": BERGEN}[place], "--json", "report", KEY))
        (row,) = [one for one in found["places"] if one["name"] == place]
        return dict(row)


@pytest.fixture
def document(tmp_path: Path) -> str:
    """The campaign as it stands in the repository, its first message moved to the coming minute."""
    path = tmp_path / "campaign" / "campaign.yaml"
    (path.parent / "bilete").mkdir(parents=True)
    for picture in (CAMPAIGN / "bilete").iterdir():
        (path.parent / "bilete" / picture.name).write_bytes(picture.read_bytes())
    definition = definition_for(datetime.now(UTC), 1)
    awake = Quiet(override="The test has to pass at night and on Sundays, too.")
    messages = tuple(one.model_copy(update={"quiet": awake}) for one in definition.messages)
    path.write_text(writing.dump(definition.model_copy(update={"messages": messages})), "utf-8")
    return str(path)


@pytest.fixture
def stand_in() -> Iterator[MastodonStandIn]:
    """A Mastodon server that lives as fast as the samples are taken."""
    with MastodonStandIn(speed=float(MONTHS_IN_MINUTES)) as running_one:
        yield running_one


def settle(
    samklang: Samklang, document: str, network: Network, voss: Person, stand_in: MastodonStandIn
) -> None:
    """Bring the county, Voss on Bluesky and Bergen on Mastodon to where only the hour is waited for."""
    samklang("migrate")
    samklang("--for", "46", "member", "add", INGRID[1], "--name", "Ingrid", "--role", "coordinator")
    for place, name in ((VOSS, "Eli"), (BERGEN, "Ali")):
        roles = [word for role in ("editor", "approver", "admin") for word in ("--role", role)]
        samklang(*place[2:], "member", "add", place[1], "--name", name, *roles)
    samklang(*BERGEN, "profile", "--language", "nb", "--phone", "55 56 55 56")
    samklang(*VOSS, "profile", "--language", "nn", "--phone", "56 51 94 00")
    samklang(*INGRID, "load", document)
    samklang(*INGRID, "invite", KEY)
    typed = f"{voss.handle}\n{voss.app_password()}\n"
    samklang(*VOSS, "account", "connect", "bluesky", "--server", network.pds, typed=typed)
    server = ("--server", stand_in.address)
    samklang(*BERGEN, "account", "connect", "mastodon", "--token", *server, typed="demo-bergen\n")
    for place in (VOSS, BERGEN):
        samklang(*place, "join", KEY)
        samklang(*place, "approve", KEY, "--message", "klarer-du-deg", "--yes")


class Words(HTMLParser):
    """The text of a status, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.links = "", []
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links.append(dict(attrs).get("href"))


def seen_on_bluesky(eva: Person, voss: Person) -> Any:
    (seen,) = [one.post for one in eva.client.get_author_feed(voss.did).feed]
    text = seen.record.text
    assert text.startswith("Straumen er borte. Nettet er nede.")
    assert "kome i gang i Voss." in text
    assert seen.record.langs == ["nn"]
    assert [one.alt for one in seen.embed.images] == [
        "Eit mørkt kjøkken der ei hovudlykt lyser på vasskanner, hermetikk og ein radio."
    ]
    octets = text.encode()
    marked = {octets[one.index.byte_start : one.index.byte_end].decode() for one in seen.record.facets}
    assert any(one.startswith("https://") and "voss" in one for one in marked)
    assert "#Beredskap" in marked
    return seen


def seen_on_mastodon(stand_in: MastodonStandIn) -> None:
    reader = Mastodon(access_token="demo-bergen", api_base_url=stand_in.address, mastodon_version="4.6.4")
    own = reader.account_verify_credentials()
    (status,) = reader.account_statuses(own.id)
    words = Words(status.content)
    assert "Denne uka viser vi hvor enkelt det er å komme i gang i Bergen." in words.text
    assert any(link and "bergen" in link for link in words.links)
    assert "#Beredskap" in words.text
    assert (status.language, status.visibility) == ("nb", "public")
    assert [one.name.lower() for one in status.tags] == ["beredskap"]
    (picture,) = status.media_attachments
    assert (picture.type, picture.description) == (
        "image",
        "Et mørkt kjøkken der en hodelykt lyser på vannkanner, hermetikk og en radio.",
    )
    assert picture.meta.focus.x == pytest.approx(0.3, abs=0.01)
    assert status.created_at <= datetime.now(UTC)


def test_a_campaign_is_live_on_both_and_what_people_do_there_comes_back_into_the_report(
    network: Network, voss: Person, eva: Person, stand_in: MastodonStandIn, document: str, tmp_path: Path
) -> None:
    samklang = Samklang(tmp_path / "home")
    settle(samklang, document, network, voss, stand_in)
    with running(["-m", "samklang", "up"], samklang.environment, tmp_path / "logs"):
        for place in ("Voss", "Bergen"):
            until(lambda name=place: samklang.report(name)["truth"]["live"] == 1, 120)
        seen_on_mastodon(stand_in)
        post = until(lambda: eva.client.get_author_feed(voss.did).feed and seen_on_bluesky(eva, voss))
        reference = {"uri": post.uri, "cid": post.cid}
        eva.client.like(**reference)
        eva.client.repost(**reference)
        eva.client.send_post("Takk, lista er prenta ut!", reply_to={"root": reference, "parent": reference})

        def counted() -> bool:
            counts = samklang.report("Voss")["counts"]
            return {name: one["value"] for name, one in counts.items()} == {
                "reactions": 1, "comments": 1, "shares": 1,
            }  # fmt: skip

        until(counted, 180)
        assert samklang.report("Bergen")["counts"]["reactions"]["value"] is not None
