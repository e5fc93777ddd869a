"""A person's own channel: typed as fields, on a host from a list, told the same as her mail, and sealed."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import paper
import pytest
from letterbox import ADVISER, at, invited, later, letterbox, letters, plain, stop, tick
from sqlalchemy import select, update
from world import World

from campaigns import channels, rotation
from campaigns.channels import CHANNELS, ChannelRefused
from campaigns.store import Delivery, NoticeChannel, Person
from campaigns.vault import open_vault
from connectors.secret import Secret

PATH = "hook/Xy7-not-in-a-log"


@dataclass
class Hook:
    """A web server on this machine that keeps what it was told."""

    told: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    answers: int = 200
    port: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def hook() -> Iterator[Hook]:
    kept = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.paths.append(self.path)
            kept.told.append(json.loads(body))
            self.send_response(kept.answers)
            self.send_header("Location", f"http://127.0.0.1:{kept.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield kept
        server.shutdown()


@pytest.fixture
def chat(world: World) -> Iterator[Hook]:
    with hook() as opened:
        world.settings.notice_hosts = f"ntfy.fylke.example, {opened.host}"
        yield opened


def choose(world: World, kind: str, mail: str = ADVISER, **typed: str) -> None:
    with world.store.system() as session:
        person = session.scalars(select(Person.id).where(Person.mail == mail)).one()
        channels.set_channel(
            session, world.desk.vault, person, kind, {name: Secret(one) for name, one in typed.items()},
            hosts=world.settings.notice_host_list, now=world.now,
        )  # fmt: skip


def test_a_channel_is_told_what_the_mail_says_and_neither_waits_for_the_other(
    world: World, chat: Hook
) -> None:
    choose(world, "json", host=chat.host, path=PATH)
    stop(world, "4601")
    tick(world)
    (told,) = chat.told
    assert told["title"] == "Alt er stoppa for Bergen"
    assert "Ei ulukke" in told["message"]
    assert "/for/4601/stop" in told["message"]
    with letterbox(world) as box:
        tick(world)
        assert [one["Subject"] for one in box.to(ADVISER)] == ["Alt er stoppa for Bergen"]
    assert len(chat.told) == 1


@pytest.mark.parametrize("server", ["none", "away"])
def test_every_stop_is_told_on_a_channel_while_mail_waits_and_nothing_twice(
    world: World, chat: Hook, server: str
) -> None:
    choose(world, "json", host=chat.host, path=PATH)
    with letterbox(world) as box:
        if server == "none":
            world.settings.smtp_host = None
        box.stop()
        for turn in range(3):
            stop(world, "4601", reason=f"Ulukke {turn}")
            tick(world)
            world.wait(minutes=2)
        said = [one["message"] for one in chat.told]
        assert [sum(f"Ulukke {turn}" in one for one in said) for turn in range(3)] == [1, 1, 1]
        world.settings.smtp_host = "127.0.0.1"
        box.start()
        world.wait(minutes=20)
        tick(world)
        tick(world)
        mails = "\n".join(plain(mail) for mail in box.to(ADVISER))
    assert [mails.count(f"Ulukke {turn}") for turn in range(3)] == [1, 1, 1]
    assert len(chat.told) == 3


def test_a_channel_is_told_once_a_day_what_is_not_urgent_while_mail_waits(world: World, chat: Hook) -> None:
    choose(world, "json", host=chat.host, path=PATH)
    invited(world)
    tick(world)
    for turn, day in enumerate((13, 14)):
        world.wait(minutes=5)
        paper.load(world, later(title={"nn": f"Papir {turn}", "nb": f"Papir {turn}"}))
        for hour in (8, 10, 12):
            at(world, 1, day, hour)
            tick(world)
    first, second, third = (one["message"] for one in chat.told)
    assert "inviterer dykk til kampanjen «Papir»" in first
    assert "har retta kampanjen «Papir 0»" in second
    assert "har retta kampanjen «Papir 1»" in third
    assert "inviterer" not in second + third
    (channel,) = {one.person_id for one in letters(world) if one.way == "channel"}
    assert len([one for one in letters(world) if (one.way, one.person_id) == ("mail", channel)]) == 1


def test_trouble_in_swarms_is_told_on_a_channel_once_in_ten_minutes(world: World, chat: Hook) -> None:
    world.under_way("4601", messages=[World.message(f"m{turn}") for turn in range(4)])
    tick(world)
    choose(world, "json", host=chat.host, path=PATH)
    with world.store.system(write=False) as session:
        ids = session.scalars(select(Delivery.id)).all()
    for one in ids:
        with world.store.system() as session:
            session.execute(
                update(Delivery).where(Delivery.id == one).values(state="unsure", needs_person=True)
            )
        tick(world)
        world.wait(seconds=30)
    assert len(chat.told) == 1
    world.wait(minutes=10)
    tick(world)
    assert [one["message"].count("kanskje ute") for one in chat.told] == [1, 3]


def test_a_channel_that_does_not_take_it_is_tried_again_and_a_redirect_leads_nowhere(
    world: World, chat: Hook, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    choose(world, "json", host=chat.host, path=PATH)
    chat.answers = 307
    stop(world, "4601")
    tick(world)
    assert set(chat.paths) == {f"/{PATH}"}
    tried = len(chat.told)
    chat.answers = 200
    world.wait(minutes=1)
    tick(world)
    assert len(chat.told) == tried + 1
    assert "Xy7" not in caplog.text + "".join(capsys.readouterr())


def test_a_host_that_is_taken_off_the_list_is_told_nothing_more(world: World, chat: Hook) -> None:
    choose(world, "json", host=chat.host, path=PATH)
    world.settings.notice_hosts = ""
    stop(world, "4601")
    tick(world)
    assert chat.told == []
    assert "channel.gone" in {one.outcome for one in letters(world)}


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("json", {"host": "a@b.no?attach=file:///etc/passwd", "path": "x"}),
        ("json", {"host": "169.254.169.254", "path": "x"}),
        ("json", {"host": "ntfy.fylke.example/x?to=", "path": "x"}),
        ("json", {"host": "ntfy.fylke.example", "path": "x?attach=file:///etc/passwd"}),
        ("json", {"host": "ntfy.fylke.example", "path": "x&to=c@d.no"}),
        ("json", {"host": "ntfy.fylke.example", "path": "../x"}),
        ("ntfy", {"topic": "x", "host": "evil.example"}),
        ("ntfy", {"topic": "x\r\nBcc: a@b.no"}),
        ("ntfy", {"topic": "x", "attach": "file:///etc/passwd"}),
        ("teams", {"host": "evil.example", "workflow": "a" * 32, "signature": "x"}),
        ("teams", {"host": "logic.azure.com.evil.example", "workflow": "a" * 32, "signature": "x"}),
        ("teams", {"host": "evil.example#.logic.azure.com", "workflow": "a" * 32, "signature": "x"}),
        ("slack", {"first": "T12345678", "second": "B12345678", "third": "x" * 23 + "?"}),
        ("slack", {"host": "evil.example", "first": "T12345678", "second": "B12345678", "third": "x" * 24}),
        ("mattermost", {"token": "a" * 26}),
        ("mailto", {"host": "b.no"}),
        ("json://evil.example", {}),
    ],
)
def test_what_could_lead_elsewhere_is_refused(
    world: World, chat: Hook, kind: str, typed: dict[str, str]
) -> None:
    with pytest.raises(ChannelRefused) as refused:
        choose(world, kind, **typed)
    assert refused.value.problems
    with world.store.system(write=False) as session:
        assert session.scalars(select(NoticeChannel)).all() == []


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (
            "teams",
            {"host": "prod-12.westeurope.logic.azure.com:443", "workflow": "a" * 32, "signature": "x-Y_9"},
        ),
        ("slack", {"first": "T12345678", "second": "B12345678", "third": "x" * 24}),
        ("ntfy", {"topic": "bergen-stopp"}),
        ("ntfy", {"topic": "bergen-stopp", "host": "ntfy.fylke.example", "token": "tk_" + "a" * 29}),
        ("mattermost", {"host": "ntfy.fylke.example", "token": "a" * 26}),
    ],
)
def test_what_services_really_give_is_taken_and_sealed(
    world: World, chat: Hook, kind: str, typed: dict[str, str]
) -> None:
    choose(world, kind, **typed)
    with world.store.system(write=False) as session:
        row = session.scalars(select(NoticeChannel)).one()
        opened = channels.open_channel(
            session, world.desk.vault, row.person_id, hosts=world.settings.notice_host_list
        )
    assert opened is not None
    wanted = {name: one for name, one in typed.items() if name != "host"}
    assert {name: one.reveal() for name, one in opened.fields.items()} == wanted
    assert set(wanted) <= set(CHANNELS[kind].fields)
    for secret in wanted.values():
        assert secret.encode() not in row.sealed
        assert secret not in repr(opened)


def test_a_channel_outlives_a_rotation_of_the_keys(
    world: World, chat: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    choose(world, "json", host=chat.host, path=PATH)
    rotation.rotate(world.store, world.settings.keys_path, now=world.now)
    assert rotation.forget_keys(world.store, world.settings.keys_path)
    world.desk._vault = open_vault(world.settings.keys_path)
    stop(world, "4601")
    tick(world)
    assert len(chat.told) == 1
