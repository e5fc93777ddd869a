"""Whole flows against the stand-ins, over real sockets: connect, prepare, publish, find, count, remove."""

from __future__ import annotations

import contextlib
import hashlib
import io
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from gallery import running
from PIL import Image

from connectors import (
    Connector,
    Login,
    LoginLost,
    NotSent,
    OutcomeUnknown,
    Picture,
    Post,
    RateLimited,
    Refused,
    Secret,
    kind_of,
)
from connectors.wire import Wire, WireLimits
from sandbox.bluesky import BlueskyStandIn
from sandbox.facebook import FacebookStandIn
from sandbox.instagram import InstagramStandIn
from sandbox.linkedin import LinkedInStandIn
from sandbox.mastodon import MastodonStandIn
from sandbox.standin import StandIn
from sandbox.threads import ThreadsStandIn
from sandbox.wordpress import WordPressStandIn
from sandbox.x import XStandIn

PLATFORMS = {
    "mastodon": (MastodonStandIn, {"access_token": "demo-herad"}, "/api/v1/statuses"),
    "bluesky": (
        BlueskyStandIn,
        {"handle": "herad.test", "app_password": "demo-herad"},
        "/xrpc/com.atproto.repo.putRecord",
    ),
    "facebook": (FacebookStandIn, {"access_token": "demo-herad"}, "/v25.0/*/feed"),
    "instagram": (InstagramStandIn, {"access_token": "demo-herad"}, "/v25.0/*/media_publish"),
    "linkedin": (LinkedInStandIn, {"access_token": "demo-herad"}, "/rest/posts"),
    "x": (XStandIn, {"access_token": "demo-herad"}, "/2/tweets"),
    "threads": (ThreadsStandIn, {"access_token": "demo-herad"}, "/v1.0/me/threads_publish"),
    "wordpress": (WordPressStandIn, {"user": "herad", "app_password": "demo-herad"}, "/wp-json/wp/v2/posts"),
}
TEXT = "Kva er det beste med å bu her? Sei det på https://herad.example/plan #KommunePlan 👩🏽‍🚒"


def _jpeg() -> bytes:
    store = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(store, "JPEG")
    return store.getvalue()


JPEG = _jpeg()
PICTURE = Picture(hashlib.sha256(JPEG).hexdigest(), "image/jpeg", 60, 40, len(JPEG), "Ein grøn flekk.")


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    """Return the address of a place where the picture is shown."""
    with running() as shows:
        shows.look = lambda _: JPEG
        yield shows.address


class Rig:
    """A platform's stand-in, its connector and a connected account."""

    def __init__(self, standin: StandIn, platform: Connector, login: Login, publish_path: str) -> None:
        self.standin, self.connector, self.login, self.path = standin, platform, login, publish_path
        self.key, self.at = str(uuid.uuid4()), datetime.now(UTC) - timedelta(seconds=1)

    def prepare(self, post: Post) -> dict[str, object]:
        return self.connector.prepare(self.login, post, self.key, lambda _: JPEG, self.at)

    def publish(self, post: Post, handle: dict[str, object]):
        return self.connector.publish(self.login, post, self.key, handle)

    def find(self, post: Post, handle: dict[str, object] | None):
        return self.connector.find(self.login, post, self.key, handle, self.at).receipt

    def post(self, text: str, pictures: tuple[Picture, ...] = (), **more) -> Post:
        """Return a post that the platform takes; one that takes none without a picture gets one."""
        bare = self.connector.name == "instagram" and "reply_to" not in more
        return Post(text, "nn", pictures=pictures or ((PICTURE,) if bare else ()), **more)

    def break_publishing(self, kind: str, **settings: object) -> None:
        rule = {"do": kind, "match": {"method": "POST", "path": self.path}, "times": 1, **settings}
        answer = self.connector.wire.call("PUT", f"{self.standin.address}/_sandbox/faults", json=[rule])
        assert answer.status == 200, answer.body
        self.connector.wire.patience = SHORT if kind in SILENT else LONG

    def live(self) -> int:
        return len(self.standin.store.posts())


LONG, SHORT = WireLimits(10, 20, 60, 1_000_000), WireLimits(10, 0.3, 0.5, 1_000_000)
SILENT = ("hang", "trickle")


class ImpatientWire(Wire):
    """A wire that does not wait a minute for a publishing call that was told to keep silent; every other call has all
    the time that a busy machine may need."""

    patience = LONG

    def call(self, method: str, url: str, **named):
        limits = self.patience if named.get("irreversible") else LONG
        return super().call(method, url, **{"limits": limits, **named})


@pytest.fixture(params=list(PLATFORMS))
def rig(request, gallery) -> Iterator[Rig]:
    make, typed, path = PLATFORMS[request.param]
    wire = ImpatientWire(user_agent="Samklang test", allow_private=True)
    with make(port=0) as standin:
        platform = kind_of(request.param)(
            wire, None, lambda key, picture: f"{gallery}/{key}/{picture.sha256}.jpg"
        )
        connected = platform.connect(standin.address, {name: Secret(value) for name, value in typed.items()})
        login = Login(
            connected.profile.base, connected.profile.remote_id, connected.secrets, connected.profile.limits
        )
        yield Rig(standin, platform, login, path)
    wire.close()


@pytest.mark.parametrize("pictures", [(), (PICTURE,), (PICTURE, PICTURE)])
def test_a_post_lives_its_whole_life(rig, pictures):
    post = rig.post(TEXT, pictures)
    assert rig.connector.check(post, rig.login.limits) == []
    assert rig.find(post, None) is None
    handle = rig.prepare(post)
    assert rig.find(post, handle) is None
    receipt = rig.publish(post, handle)
    assert receipt.address.startswith(rig.standin.address)
    assert rig.connector.wire.call("GET", receipt.address).status == 200
    assert rig.find(post, handle) == rig.find(post, None) == receipt
    counts = rig.connector.measure(rig.login, [receipt.remote_id])[receipt.remote_id]
    unmoved = rig.connector.name == "linkedin"  # what nobody has reacted to has no statistics there
    assert set(counts.known) == (set() if unmoved else set(rig.connector.metrics))
    rig.connector.replies(rig.login, receipt.remote_id, rig.at)
    rig.connector.remove(rig.login, receipt.remote_id)
    rig.connector.remove(rig.login, receipt.remote_id)
    assert rig.find(post, None) is None
    if rig.connector.dedupe == "single_use":
        with pytest.raises(NotSent):  # spent, and not there: a person looks
            rig.find(post, handle)
    else:
        assert rig.find(post, handle) is None
    assert rig.connector.measure(rig.login, [receipt.remote_id])[receipt.remote_id].gone


def test_publishing_again_makes_no_second_post(rig):
    post = rig.post(TEXT)
    handle = rig.prepare(post)
    first = rig.publish(post, handle)
    if rig.connector.dedupe == "single_use":
        with pytest.raises(OutcomeUnknown):
            rig.publish(post, handle)
        assert rig.find(post, handle) == first
        assert rig.live() == 1
        return
    if rig.connector.dedupe == "look_up":
        assert rig.find(post, rig.prepare(post)) == first, "it would: so it is asked before"
        return
    assert rig.publish(post, rig.prepare(post)) == first
    assert rig.live() == 1


def test_many_workers_with_one_handle_make_one_post(rig):
    if rig.connector.dedupe == "look_up":
        return  # nothing of the platform's own keeps it single: that only one worker claims it does
    post = rig.post(TEXT, (PICTURE,))
    handle = rig.prepare(post)
    receipts, begin = [], threading.Barrier(6)

    def work() -> None:
        begin.wait(10)
        with contextlib.suppress(OutcomeUnknown):
            receipts.append(rig.publish(post, handle))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert rig.live() == 1
    assert len(set(receipts)) == 1
    assert rig.find(post, handle) == receipts[0]


@pytest.mark.parametrize("fault", ["drop_after", "truncate", "hang", "trickle", "status_after"])
def test_a_post_whose_answer_is_lost_is_found_by_looking(rig, fault):
    post = rig.post(TEXT, (PICTURE,))
    handle = rig.prepare(post)
    rig.break_publishing(fault, **FAULTS.get(fault, {}))
    if (fault, rig.connector.name) == ("truncate", "linkedin"):
        receipt = rig.publish(post, handle)  # the answer is a header: it has no body that could be cut
        rig.connector.wire.close()  # and the connection is, a moment later
        assert rig.find(post, handle) == receipt
        return
    with pytest.raises(OutcomeUnknown):
        rig.publish(post, handle)
    assert rig.live() == 1
    assert rig.find(post, handle) is not None


def test_a_post_that_was_dropped_before_it_was_taken_is_not_found(rig):
    post = rig.post(TEXT)
    handle = rig.prepare(post)
    rig.break_publishing("drop_before")
    with pytest.raises(OutcomeUnknown):
        rig.publish(post, handle)
    assert rig.live() == 0
    assert rig.find(post, handle) is None
    assert rig.publish(post, handle)
    assert rig.live() == 1


@pytest.mark.parametrize(
    "style", ["mastodon", "bluesky", "retry_after_seconds", "retry_after_date", "nonsense"]
)
def test_a_rate_limit_says_how_long_to_wait(rig, style):
    post = rig.post(TEXT)
    handle = rig.prepare(post)
    rig.break_publishing("rate_limit", style=style, wait=90)
    with pytest.raises(RateLimited) as caught:
        rig.publish(post, handle)
    if style == "nonsense":
        assert (caught.value.wait is None) is (rig.connector.name != "linkedin"), "there a limit is a day's"
    else:
        assert timedelta(seconds=80) < caught.value.wait < timedelta(seconds=100)
    assert rig.live() == 0


def test_an_expired_login_is_told(rig):
    post = rig.post(TEXT)
    handle = rig.prepare(post)
    rig.break_publishing("expired_login")
    with pytest.raises((LoginLost, NotSent)) as caught:
        rig.publish(post, handle)
    assert caught.value.code in ("connector.login_lost", "connector.session_expired")


def test_a_thread_hangs_together_or_is_refused_before_anything_is_sent(rig):
    first = rig.post(TEXT)
    receipt = rig.publish(first, rig.prepare(first))
    rig.key = str(uuid.uuid4())
    second = rig.post("Meir om saka.", reply_to=receipt.remote_id)
    handle = rig.prepare(second)
    if rig.connector.name == "wordpress":
        with pytest.raises(Refused, match="cannot_follow"):
            rig.publish(second, handle)
        assert rig.live() == 1
        return
    answer = rig.publish(second, handle)
    assert answer.remote_id != receipt.remote_id
    assert rig.find(second, handle) == answer


def test_a_live_post_is_edited_where_the_platform_can(rig):
    first = rig.post(TEXT, (PICTURE,))
    handle = rig.prepare(first)
    receipt = rig.publish(first, handle)
    second = rig.post("Retta tekst.", (PICTURE,))
    if type(rig.connector).edit is Connector.edit:
        with pytest.raises(Refused) as caught:
            rig.connector.edit(rig.login, receipt.remote_id, second, lambda _: JPEG)
        assert caught.value.code == "connector.cannot_edit"
        return
    assert rig.connector.edit(rig.login, receipt.remote_id, second, lambda _: JPEG) == receipt
    assert receipt in (rig.find(second, None), rig.find(second, handle)), (
        "by its words, or by what was chosen for it"
    )
    assert rig.live() == 1


def test_a_fresh_session_works_after_renewal(rig):
    fresh = rig.connector.renew(rig.login, datetime.now(UTC) + timedelta(hours=3))
    login = rig.login if fresh is None else Login(rig.login.base, rig.login.remote_id, fresh)
    assert rig.connector.whoami(login).remote_id == rig.login.remote_id


FAULTS: dict[str, dict[str, object]] = {
    "status_after": {"status": 502},
    "trickle": {"bytes_per_second": 5},
    "hang": {"carry_out": True},
}
