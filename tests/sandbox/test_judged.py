"""The stand-ins, judged by the client libraries that other people use against the real platforms."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

import pytest
from atproto import Client, client_utils, models
from atproto.exceptions import AtProtocolError
from mastodon import Mastodon, MastodonAPIError, MastodonNotFoundError, MastodonUnauthorizedError

from sandbox import BlueskyStandIn, MastodonStandIn

VERSION = "4.6.4"


@pytest.fixture
def reader() -> Iterator[Mastodon]:
    """Mastodon.py as the account Aure."""
    with MastodonStandIn(speed=3600) as standin:
        made = Mastodon(access_token="demo-aure-3450", api_base_url=standin.address, mastodon_version=VERSION)
        yield made
        made.session.close()


def test_mastodon_py_finds_the_server_and_the_account(reader: Mastodon) -> None:
    server = reader.instance_v2()
    assert server.version == VERSION
    limits = server.configuration
    assert (limits.statuses.max_characters, limits.polls.max_options) == (500, 4)
    own = reader.account_verify_credentials()
    assert own.username == "aure"
    assert own.followers_count > 0


def test_mastodon_py_posts_reads_edits_and_deletes(reader: Mastodon, picture) -> None:
    media = reader.media_post(picture(64, 48), "image/png", description="Ei kanne.", focus=(0.5, -0.5))
    status = reader.status_post(
        "Hei https://www.aure.kommune.no #Øving", media_ids=[media], language="nn", visibility="unlisted"
    )
    assert (status.language, status.visibility) == ("nn", "unlisted")
    assert [one.description for one in status.media_attachments] == ["Ei kanne."]
    assert (status.media_attachments[0].meta.focus.x, status.media_attachments[0].meta.focus.y) == (0.5, -0.5)
    assert [unescape(one.name) for one in status.tags] == ["øving"]
    assert reader.status_source(status).text == "Hei https://www.aure.kommune.no #Øving"
    changed = reader.status_update(status, "Retta.", media_ids=[media.id])
    assert "Retta." in changed.content
    assert changed.edited_at is not None
    assert [one.id for one in reader.account_statuses(reader.me())] == [status.id]
    reader.status_delete(status)
    with pytest.raises(MastodonNotFoundError):
        reader.status(status)


def test_mastodon_py_gets_the_first_status_again_for_the_same_key(reader: Mastodon) -> None:
    first = reader.status_post("Ein gong.", idempotency_key="k-1")
    assert reader.status_post("Ein gong til.", idempotency_key="k-1").id == first.id
    assert len(reader.account_statuses(reader.me())) == 1


def test_mastodon_py_reads_threads_and_polls(reader: Mastodon) -> None:
    first = reader.status_post("Del ein.")
    second = reader.status_post("Del to.", in_reply_to_id=first)
    assert second.in_reply_to_id == first.id
    assert [one.id for one in reader.status_context(first).descendants] == [second.id]
    poll = reader.make_poll(["Ja", "Nei"], expires_in=86_400)
    asked = reader.status_post("Har du vatn?", poll=poll)
    assert [one.title for one in asked.poll.options] == ["Ja", "Nei"]
    assert asked.poll.expired is False


def test_mastodon_py_is_told_off_as_by_a_real_server(reader: Mastodon) -> None:
    with pytest.raises(MastodonAPIError):
        reader.status_post("å" * 501)
    stranger = Mastodon(access_token="nonsense", api_base_url=reader.api_base_url, mastodon_version=VERSION)
    with pytest.raises(MastodonUnauthorizedError):
        stranger.account_verify_credentials()
    stranger.session.close()


@pytest.fixture
def client() -> Iterator[Client]:
    """The atproto client as the account Osen."""
    with BlueskyStandIn() as standin:
        made = Client(base_url=standin.address)
        made.login("osen.test", "demo-pass")
        yield made
        made.request.close()


@pytest.mark.filterwarnings("ignore:Use 'content=<...>' to upload raw bytes:DeprecationWarning")  # its own
def test_atproto_posts_rich_text_with_pictures_and_reads_them_back(client: Client, picture) -> None:
    words = (
        client_utils.TextBuilder()
        .text("🔥 Hei ")
        .link("sida", "https://www.osen.kommune.no")
        .text(" ")
        .tag("#Øving", "Øving")
    )
    made = client.send_image(words, picture(64, 48), "Ei kanne.", langs=["nn"], image_aspect_ratio=models.AppBskyEmbedDefs.AspectRatio(width=64, height=48))  # fmt: skip
    (seen,) = client.get_posts([made.uri]).posts
    assert (seen.uri, seen.cid) == (made.uri, made.cid)
    assert seen.record.text == "🔥 Hei sida #Øving"
    assert seen.record.langs == ["nn"]
    assert [one.alt for one in seen.embed.images] == ["Ei kanne."]
    octets = seen.record.text.encode()
    assert [octets[one.index.byte_start : one.index.byte_end].decode() for one in seen.record.facets] == ["sida", "#Øving"]  # fmt: skip
    assert client.get_profile(client.me.did).handle == "osen.test"


def test_atproto_reads_threads_and_deletes(client: Client) -> None:
    first = client.send_post("Del ein.")
    reference = models.create_strong_ref(first)
    second = client.send_post(
        "Del to.", reply_to=models.AppBskyFeedPost.ReplyRef(parent=reference, root=reference)
    )
    thread = client.get_post_thread(first.uri).thread
    assert [one.post.uri for one in thread.replies] == [second.uri]
    assert client.delete_post(second.uri)
    assert client.get_posts([second.uri]).posts == []


def test_atproto_is_told_off_as_by_a_real_server(client: Client) -> None:
    with pytest.raises(AtProtocolError):
        client.send_post("å" * 301)
    with pytest.raises(AtProtocolError):
        client.login("osen.test", "secret")


def test_atproto_renews_its_session(client: Client) -> None:
    client.login(session_string=client.export_session_string())
    assert client.me.handle == "osen.test"
    assert client.send_post("Framleis her.").uri.startswith(f"at://{client.me.did}/")
