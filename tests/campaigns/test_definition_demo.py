"""The five demo campaigns: whole, in two languages, with their pictures, and fit to go out."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from campaigns.definition.model import Definition
from campaigns.definition.reading import read
from campaigns.media import render_picture
from connectors import names
from reports.rehearsal.behaviours import Behaviour
from samklang.campaigns_demo.draw import FOLDER, PICTURES, path_of
from samklang.rehearsal import play, stage

MESSAGES = {"medverknad-kommuneplan": 6, "klar-for-ei-veke": 7, "val": 5, "vasspare": 5, "leselyst": 5}
"""Messages of each: the 26 of the county's collection, and two more in the campaign that the demo runs."""
WITHOUT_CONNECTOR = {"definition.platform_unknown", "definition.platform_similar"}


def document(campaign: str) -> Path:
    return FOLDER / campaign / "campaign.yaml"


def definition(campaign: str) -> Definition:
    found = read(document(campaign).read_bytes(), platforms=frozenset(names()))
    assert found.errors == ()
    assert {one.code for one in found.problems} <= WITHOUT_CONNECTOR
    assert found.definition is not None
    return found.definition


def test_all_five_are_there_with_their_messages() -> None:
    assert {path.parent.name for path in FOLDER.glob("*/campaign.yaml")} == set(MESSAGES) == set(PICTURES)
    assert {campaign: len(definition(campaign).messages) for campaign in MESSAGES} == MESSAGES


@pytest.mark.parametrize("campaign", MESSAGES)
def test_every_message_has_both_languages_a_short_form_and_its_picture_or_a_poll(campaign: str) -> None:
    whole = definition(campaign)
    assert whole.languages == ("nn", "nb")
    for message in whole.messages:
        assert message.short or message.poll, message.key
        assert message.pictures or message.poll, message.key
        for picture in message.pictures:
            assert set(picture.alt) == {"nn", "nb"}, message.key


@pytest.mark.parametrize("campaign", MESSAGES)
def test_a_campaign_names_just_the_pictures_that_stand_beside_it(campaign: str) -> None:
    named = {Path(picture.file) for message in definition(campaign).messages for picture in message.pictures}
    assert {document(campaign).parent / file for file in named} == {
        path_of(campaign, name) for name in PICTURES[campaign]
    }


@pytest.mark.parametrize(
    ("campaign", "name"), [(campaign, name) for campaign, those in PICTURES.items() for name in those]
)
def test_a_picture_is_what_its_function_draws(campaign: str, name: str) -> None:
    stored = path_of(campaign, name)
    assert stored.stat().st_size < 40_000
    with Image.open(BytesIO(stored.read_bytes()), formats=["PNG"]) as picture:
        assert picture.size == (1200, 675)
        apart = ImageChops.difference(picture.convert("RGB"), PICTURES[campaign][name]().finished())
    assert (
        max(ImageStat.Stat(apart).mean) < 4
    )  # of 255; few colours, and edges differ between versions of Pillow


@pytest.mark.slow
@pytest.mark.parametrize("campaign", MESSAGES)
def test_a_campaign_goes_out_whole_in_nynorsk_and_in_bokmaal(campaign: str) -> None:
    whole = definition(campaign)
    there = ("4601", "4621")
    pictures = {
        spec.file: render_picture((document(campaign).parent / spec.file).read_bytes())
        for message in whole.messages
        for spec in message.pictures
    }
    with stage.set_up(play.begin_at(whole), stage.platforms_of(whole)) as made:
        places = made.municipalities(None, there)
        made.settle(whole.owner, there, stage.platforms_of(whole))
        behaviours = dict.fromkeys(there, Behaviour.joins_at_once)
        invited = whole.model_copy(update={"invite": whole.invite.model_copy(update={"county": "46"})})
        outcome = play.Play(made, invited, pictures, places, behaviours).run()
    assert outcome.passed, (outcome.blocked, outcome.surprises)
    assert {one.language for one in outcome.sent} == {"nn", "nb"}
    assert {one.message for one in outcome.sent} == {one.key for one in whole.messages}
    assert all("{" not in one.text for one in outcome.sent)
