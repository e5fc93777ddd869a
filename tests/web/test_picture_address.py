"""The one address of the web process that shows a picture to somebody without a login: a platform that was sent there."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from stage import NOW, Stage

from campaigns import shown_pictures
from campaigns.media import MediaFolder, render_picture
from campaigns.settings import Settings
from campaigns.states import State
from campaigns.store import Store


@pytest.fixture
def address(store: Store, settings: Settings) -> str:
    """Return the address of a picture of a delivery that is being published."""
    upload = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(upload, "PNG")
    rendition = render_picture(upload.getvalue())
    MediaFolder(settings.media_path).keep(rendition)
    with store.system() as session:
        stage = Stage(session)
        place = stage.organisation("4601", "Bergen")
        part = stage.joins(stage.campaign(), place)
        delivery = stage.delivery(part, stage.account(place, "b"), State.publishing)
        session.flush()
        token = shown_pictures.show(session, delivery.key, rendition.sha256, now=NOW)
    return shown_pictures.path_of(token)


def test_the_picture_is_shown_without_a_login_and_kept_by_nobody(browse: Callable, address: str) -> None:
    for method in ("GET", "HEAD"):
        answer = browse(address, method=method)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert answer.headers["cache-control"] == "no-store"
    assert Image.open(io.BytesIO(browse(address).content)).size == (60, 40)


def test_every_address_that_opens_nothing_gets_the_same_answer(
    browse: Callable, browser_of: Callable, settings: Settings, address: str
) -> None:
    later = browser_of(settings, now=lambda: NOW + timedelta(hours=1))(address)
    for answer in (later, browse(f"/m/{'A' * 43}.jpg"), browse("/m/..%2Fkeys.json.jpg"), browse("/m/.jpg")):
        assert answer.status_code == 404
        assert "image" not in answer.headers["content-type"]


def test_a_picture_whose_file_is_gone_is_gone(browse: Callable, settings: Settings, address: str) -> None:
    for file in Path(settings.media_path).rglob("*"):
        if file.is_file():
            file.unlink()
    assert browse(address).status_code == 404
