"""A mail server in the test process, which speaks real SMTP and misbehaves when it is told to; and reasons for letters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

import paper
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from ports import free_ports
from sqlalchemy import select
from world import World

from campaigns import holds, organisations
from campaigns.store import HoldLevel, Letter

ADVISER = "adviser@4601.example"
COUNTY = "ingrid@county.example"


@dataclass
class Letterbox:
    """What a mail server has taken, and how it is to behave."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    tried: int = 0
    refuses: set[str] = field(default_factory=set)
    puts_off: set[str] = field(default_factory=set)
    hangs_up: bool = False
    """It takes a letter and goes away before it has said so."""
    logins: list[tuple[str, str]] = field(default_factory=list)
    controller: Controller | None = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.tried += 1
        if address in self.refuses:
            return f"550 5.1.1 there is no {address} here"
        if address in self.puts_off:
            return "451 4.7.1 greylisted, come back"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = cast(EmailMessage, message_from_bytes(envelope.content, policy=default))
        self.mails.append(mail)
        if self.hangs_up:
            self.hangs_up = False
            server.transport.abort()
        return "250 taken"

    def check(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"s3cret-of-smtp", handled=False)

    def to(self, address: str) -> list[EmailMessage]:
        """Return the mails to one address."""
        return [one for one in self.mails if address in one["To"]]

    def start(self, **more: Any) -> None:
        """Open the server, or open it again."""
        if more.get("auth_required"):
            more["authenticator"] = self.check
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, **more)
        self.controller.start()

    def stop(self) -> None:
        """Close the server."""
        if self.controller is not None:
            self.controller.stop()
            self.controller = None


@contextmanager
def letterbox(world: World, **more: Any) -> Iterator[Letterbox]:
    """Give a mail server that a world's letters go to."""
    port = free_ports()
    box = Letterbox(port)
    box.start(**more)
    settings = world.settings
    settings.smtp_host, settings.smtp_port, settings.smtp_tls = "127.0.0.1", port, "none"
    settings.mail_from = "samklang@fylke.example"
    try:
        yield box
    finally:
        box.stop()


def plain(mail: EmailMessage) -> str:
    """Return the plain form of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html(mail: EmailMessage) -> str:
    """Return the HTML form of a mail."""
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


# -- what letters are about


def later(**more: object) -> paper.Paper:
    """Return the document a month later, to be answered on working days before."""
    return paper.paper() | {
        "anchor": "2027-02-16",
        "answer": {"by": "2027-01-29"},
        "approve_by": "2027-02-10 15:00",
        **more,
    }


def tick(world: World) -> None:
    """Let the clock tell people what there is to tell."""
    world.clock.notify()
    world.clock.notify()


def at(world: World, month: int, day: int, hour: int, minute: int = 0) -> None:
    """Let it be a moment, in UTC."""
    world.now = datetime(2027, month, day, hour, minute, tzinfo=UTC)
    world.wait(seconds=0)


def letters(world: World) -> list[Letter]:
    """Return every letter, as it is stored now."""
    with world.store.system(write=False) as session:
        return list(session.scalars(select(Letter).order_by(Letter.id)))


def stop(world: World, number: str = "46", reason: str = "Ei ulukke") -> int:
    """Have an organisation stop everything that it can; return the stop's id."""
    with world.store.scope(world.actors[number]) as session:
        place = organisations.organisation(session, number)
        level = HoldLevel.county if number == "46" else HoldLevel.municipality
        return holds.set_hold(session, level, now=world.now, target=place, reason=reason).id


def invited(world: World, content: paper.Paper | None = None) -> None:
    """Have everybody invited to the campaign of `later`."""
    paper.load(world, content or later())
    world.invite(paper.KEY)
