"""Mail by SMTP: one connection, several letters, and of each letter what became of it. Knows no rows.

Every step is bounded in time and its ending is sorted: not taken and may be sent again, refused for good, or handed
over without an answer. What a server says in words goes nowhere: it may repeat the address or the letter.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal

from campaigns.settings import Settings

PATIENCE = 20.0
"""Seconds for one answer; connecting, greeting, TLS, login and four steps a letter end within the letter's lease."""

Ending = Literal["sent", "later", "refused"]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a letter: its ending, and a code of the catalogue for whatever is not `sent`."""

    ending: Ending
    code: str = ""
    answer: int = 0
    """The server's three digits, 0 where there were none."""


class Unreachable(Exception):
    """No mail can be handed over just now, whoever it is for."""

    def __init__(self, code: str, answer: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.answer = answer


class Counter:
    """A connection to the mail server at which letters are handed in."""

    def __init__(self, server: smtplib.SMTP, sender: str) -> None:
        self._server = server
        self._sender = sender

    def hand_in(self, letter: EmailMessage, to: str) -> Fate:
        """Hand one letter over, to one address.

        Raises: Unreachable when the server went away before it had the letter, or wants nothing from this sender.
        """
        handed = False
        try:
            self._server.rset()
            code, _ = self._server.mail(self._sender)
            if code != 250:
                raise Unreachable("mail.sender" if code >= 500 else "mail.later", code)
            code, _ = self._server.rcpt(to)
            if code not in (250, 251):
                return _declined(code, "mail.refused")
            handed = True
            code, _ = self._server.data(letter.as_bytes())
        except smtplib.SMTPDataError as error:
            return _declined(error.smtp_code, "mail.content_refused")
        except (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException, OSError) as error:
            if handed:  # it may have it: said again under the same number, rather than never
                return Fate("later", "mail.doubt")
            raise Unreachable("mail.unreachable") from error
        return Fate("sent") if code == 250 else _declined(code, "mail.content_refused")


def _declined(code: int, refusal: str) -> Fate:
    return Fate("refused", refusal, code) if code >= 500 else Fate("later", "mail.later", code)


@contextmanager
def counter(settings: Settings) -> Iterator[Counter]:
    """Open a connection to the mail server of the settings, logged in where they say so.

    Raises: Unreachable.
    """
    server = _connected(settings)
    try:
        yield Counter(server, settings.mail_from or "")
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _connected(settings: Settings) -> smtplib.SMTP:
    host, port = settings.smtp_host or "", settings.smtp_port
    trusted = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    server: smtplib.SMTP | None = None
    try:
        if settings.smtp_tls == "tls":
            server = smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=trusted)
        else:
            server = smtplib.SMTP(host, port, timeout=PATIENCE)
            if settings.smtp_tls == "starttls":
                server.starttls(
                    context=trusted
                )  # refused where the server has none: nothing goes in the open
        server.ehlo_or_helo_if_needed()
        if settings.smtp_user and settings.smtp_secret:
            server.login(settings.smtp_user, settings.smtp_secret.reveal())
    except smtplib.SMTPAuthenticationError as error:
        _hang_up(server)
        raise Unreachable("mail.login", error.smtp_code) from None  # its text may hold what we sent
    except (smtplib.SMTPException, OSError):
        _hang_up(server)
        raise Unreachable("mail.unreachable") from None
    return server


def _hang_up(server: smtplib.SMTP | None) -> None:
    if server is not None:
        server.close()
