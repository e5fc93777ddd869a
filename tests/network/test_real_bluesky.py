"""The Bluesky connector against the network's own software: what the stand-in plays is what the real servers do."""

from __future__ import annotations

import dataclasses
import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from people import Network, Person
from PIL import Image
from processes import until

from connectors import LinkCard, Login, LoginLost, Picture, Post, Refused, Secret
from connectors.bluesky import Bluesky
from connectors.errors import NotSent

pytestmark = pytest.mark.network

AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
TEXT = "🔥 Når straumen går: ver klar! Les meir på https://www.voss.kommune.no/beredskap og sjå #Øving"
MINE = Secret("nonsense")


def new_key() -> str:
    return str(uuid.uuid4())


def picture(shade: int = 90, alt: str = "Ei hovudlykt på eit bord.") -> tuple[Picture, bytes]:
    buffer = BytesIO()
    Image.new("RGB", (320, 180), (shade, 60, 30)).save(buffer, "JPEG")
    content = buffer.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    return Picture(digest, "image/jpeg", 320, 180, len(content), alt), content


def publish(
    bluesky: Bluesky, login: Login, post: Post, contents: dict[str, bytes] | None = None, key: str = ""
):
    key = key or new_key()
    handle = bluesky.prepare(login, post, key, lambda one: (contents or {})[one.sha256], AT)
    return bluesky.publish(login, post, key, handle)


def refresh(login: Login, **changed: Secret) -> Login:
    return dataclasses.replace(login, secrets={**login.secrets, **changed})


def test_an_app_password_connects_and_says_whom_it_belongs_to(
    bluesky: Bluesky, network: Network, voss: Person, login: Login
) -> None:
    assert login.remote_id == voss.did
    assert login.base == network.pds
    profile = until(lambda: (found := bluesky.whoami(login)).followers is not None and found)
    assert (profile.remote_id, profile.handle, profile.followers) == (voss.did, f"@{voss.handle}", 0)


def test_a_wrong_password_and_a_dead_session_are_lost_logins(
    bluesky: Bluesky, network: Network, voss: Person, login: Login
) -> None:
    with pytest.raises(LoginLost) as refused:
        bluesky.connect(network.pds, {"handle": Secret(voss.handle), "app_password": MINE})
    assert refused.value.code == "connector.login_refused"
    with pytest.raises(LoginLost):
        bluesky.whoami(refresh(login, access=MINE))


def test_a_post_arrives_with_pictures_their_words_its_language_and_its_links(
    bluesky: Bluesky, voss: Person, eva: Person, login: Login
) -> None:
    first, second = picture(90), picture(150, "Ei kanne med vatn.")
    contents = {one.sha256: content for one, content in (first, second)}
    receipt = publish(bluesky, login, Post(TEXT, "nn", pictures=(first[0], second[0])), contents)
    seen = until(lambda: eva.client.get_posts([receipt.remote_id]).posts)[0]
    assert seen.author.did == voss.did
    assert seen.record.text == TEXT
    assert seen.record.langs == ["nn"]
    assert [one.alt for one in seen.embed.images] == ["Ei hovudlykt på eit bord.", "Ei kanne med vatn."]
    assert [one.aspect_ratio.width for one in seen.embed.images] == [320, 320]
    octets = TEXT.encode()
    marked = {
        octets[one.index.byte_start : one.index.byte_end].decode(): one.features[0]
        for one in seen.record.facets
    }
    assert marked["https://www.voss.kommune.no/beredskap"].uri == "https://www.voss.kommune.no/beredskap"
    assert marked["#Øving"].tag == "Øving"
    blob = seen.record.embed.images[0].image
    assert blob.size == first[0].size


def test_a_link_card_arrives_as_it_was_approved(bluesky: Bluesky, eva: Person, login: Login) -> None:
    thumb, content = picture()
    card = LinkCard("https://www.voss.kommune.no/", "Voss herad", "Heimesida", thumb)
    receipt = publish(bluesky, login, Post("Sjå heimesida.", "nn", card=card), {thumb.sha256: content})
    seen = until(lambda: eva.client.get_posts([receipt.remote_id]).posts)[0]
    external = seen.embed.external
    assert (external.uri, external.title, external.description) == (
        card.address,
        card.title,
        card.description,
    )
    assert external.thumb


def test_the_same_delivery_again_and_again_is_one_post(bluesky: Bluesky, voss: Person, login: Login) -> None:
    post, key = Post("Ein gong.", "nn"), new_key()
    handle = bluesky.prepare(login, post, key, lambda one: b"", AT)
    receipts = {bluesky.publish(login, post, key, handle) for _ in range(3)}
    assert len(receipts) == 1
    again = bluesky.prepare(login, post, key, lambda one: b"", AT)
    assert again == handle
    mine = voss.client.com.atproto.repo.list_records(
        {"repo": voss.did, "collection": "app.bsky.feed.post", "limit": 10}
    )
    assert len(mine.records) == 1
    assert bluesky.find(login, post, key, None, AT).receipt in receipts


def test_what_was_never_sent_is_not_found_and_a_key_that_is_taken_is_refused(
    bluesky: Bluesky, login: Login
) -> None:
    post, key = Post("Det eine.", "nn"), new_key()
    assert bluesky.find(login, post, key, None, AT).receipt is None
    publish(bluesky, login, post, key=key)
    other = Post("Det andre.", "nn")
    with pytest.raises(Refused) as refused:
        publish(bluesky, login, other, key=key)
    assert refused.value.code == "connector.key_taken"


def test_a_thread_hangs_together(bluesky: Bluesky, eva: Person, login: Login) -> None:
    parts = []
    for number in range(3):
        post = Post(f"Del {number + 1}.", "nn", reply_to=parts[-1] if parts else None)
        parts.append(publish(bluesky, login, post).remote_id)
    last = until(lambda: eva.client.get_posts([parts[2]]).posts)[0]
    assert last.record.reply.root.uri == parts[0]
    assert last.record.reply.parent.uri == parts[1]
    thread = until(lambda: eva.client.get_post_thread(parts[0]).thread.replies)
    assert thread[0].post.uri == parts[1]


def test_what_people_do_comes_back_as_counts_and_replies(
    bluesky: Bluesky, voss: Person, eva: Person, login: Login
) -> None:
    receipt = publish(bluesky, login, Post("Kva synest du?", "nn"))
    quiet = publish(bluesky, login, Post("Stille.", "nn"))
    mine = until(lambda: eva.client.get_posts([receipt.remote_id]).posts)[0]
    reference = {"uri": mine.uri, "cid": mine.cid}
    eva.client.like(**reference)
    voss.client.like(**reference)
    eva.client.repost(**reference)
    eva.client.send_post("Bra tiltak!", reply_to={"root": reference, "parent": reference})
    quote = {"$type": "app.bsky.embed.record", "record": reference}
    eva.client.send_post("Sjå her", embed=quote)

    def counted():
        known = bluesky.measure(login, [receipt.remote_id, quiet.remote_id])
        wanted = {"reactions": 2, "comments": 1, "shares": 2}
        return dict(known[receipt.remote_id].known) == wanted and known

    known = until(counted)
    assert dict(known[quiet.remote_id].known) == {"reactions": 0, "comments": 0, "shares": 0}
    (reply,) = bluesky.replies(login, receipt.remote_id, AT - timedelta(days=1))
    assert (reply.text, reply.author) == ("Bra tiltak!", eva.handle)
    assert bluesky.replies(login, receipt.remote_id, datetime.now(UTC) + timedelta(hours=1)) == []


def test_a_removed_post_is_gone_and_removing_it_again_is_done(
    bluesky: Bluesky, eva: Person, login: Login
) -> None:
    receipt = publish(bluesky, login, Post("Bort med meg.", "nn"))
    until(lambda: eva.client.get_posts([receipt.remote_id]).posts)
    bluesky.remove(login, receipt.remote_id)
    bluesky.remove(login, receipt.remote_id)
    assert until(lambda: bluesky.measure(login, [receipt.remote_id])[receipt.remote_id].gone)


def test_a_session_is_renewed_and_a_spent_one_replaced_by_the_app_password(
    bluesky: Bluesky, login: Login
) -> None:
    assert bluesky.renew(login, datetime.now(UTC)) is None
    later = datetime.now(UTC) + timedelta(hours=3)
    fresh = bluesky.renew(login, later)
    assert fresh is not None
    assert fresh["refresh"].reveal() != login.secrets["refresh"].reveal()
    renewed = dataclasses.replace(login, secrets=fresh)
    assert bluesky.whoami(renewed).remote_id == login.remote_id
    # The old refresh token still answers for a while (a lost answer may be asked for again) …
    assert bluesky.renew(login, later) is not None
    # … and a refresh token that is none is followed by one login with the app password.
    again = bluesky.renew(refresh(login, refresh=MINE), later)
    assert again is not None
    assert bluesky.whoami(dataclasses.replace(login, secrets=again)).remote_id == login.remote_id


def test_a_session_that_cannot_be_renewed_at_all_is_lost(bluesky: Bluesky, login: Login) -> None:
    with pytest.raises(LoginLost):
        bluesky.renew(refresh(login, refresh=MINE, app_password=MINE), datetime.now(UTC) + timedelta(hours=3))


def test_what_the_server_refuses_is_refused_before_it_is_asked(bluesky: Bluesky, login: Login) -> None:
    long = Post("å" * 301, "nn")
    assert [one.code for one in bluesky.check(long)] == ["connector.too_long"]
    with pytest.raises(Refused):
        publish(bluesky, login, long)
    unready = Post("Bilete.", "nn", pictures=(picture()[0],))
    handle = {"rkey": "3l2222222222a", "record": {"$type": "app.bsky.feed.post", "text": "x", "createdAt": "2026-11-26T12:00:00Z",
              "embed": {"$type": "app.bsky.embed.images", "images": [{"alt": "", "image": {"$type": "blob", "ref": {
                  "$link": "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"}, "mimeType": "image/jpeg", "size": 1}}]}}}  # fmt: skip
    with pytest.raises(NotSent) as gone:
        bluesky.publish(login, unready, new_key(), handle)
    assert gone.value.prepare_again


def test_a_key_that_is_no_tid_is_refused_by_the_server_too(bluesky: Bluesky, login: Login) -> None:
    record = {"$type": "app.bsky.feed.post", "text": "x", "createdAt": "2026-11-26T12:00:00Z"}
    with pytest.raises(Refused):
        bluesky.publish(login, Post("x", "nn"), new_key(), {"rkey": "kampanje-42", "record": record})
