from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from campaigns.definition.model import Definition
from campaigns.definition.reading import read
from samklang.campaigns_demo.draw import FOLDER, PICTURES

DOCUMENT = FOLDER.parent / "campaign.yaml"


@pytest.fixture(scope="module")
def demo() -> Definition:
    found = read(DOCUMENT.read_bytes(), platforms=frozenset({"mastodon", "bluesky"}))
    assert found.problems == ()
    assert found.definition is not None
    return found.definition


def test_the_demo_campaign_has_seven_messages_in_two_languages(demo: Definition):
    assert len(demo.messages) == 7
    assert demo.languages == ("nn", "nb")
    assert all(message.short or message.poll for message in demo.messages)


def test_the_demo_campaign_names_only_pictures_that_stand_beside_it(demo: Definition):
    named = {Path(picture.file) for message in demo.messages for picture in message.pictures}
    assert {DOCUMENT.parent / file for file in named} == {FOLDER / name for name in PICTURES}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_its_function_draws(name: str):
    stored = FOLDER / name
    assert stored.stat().st_size < 200_000
    with Image.open(BytesIO(stored.read_bytes()), formats=["PNG"]) as picture:
        assert picture.size == (1200, 675)
        apart = ImageChops.difference(picture.convert("RGB"), PICTURES[name]().finished())
    assert max(ImageStat.Stat(apart).mean) < 0.5  # of 255; edges differ a little between versions of Pillow
