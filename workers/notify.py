"""Letters to people: claim – write – send – settle, one after the other, by mail or by a person's own channel.

Writing comes after the claim, so that a letter tells what is so now. Nothing of a letter goes into the log but its
number, its ending and the server's three digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

import structlog
from sqlalchemy.orm import Session

from campaigns import (
    answer_links,  # noqa: F401  # its links go into invitations
    attention,
    channels,
    letter_contents,
    letters,
    notices,
)
from campaigns.access import may
from campaigns.letter_contents import Contents
from campaigns.mail_addresses import is_address
from campaigns.store import Letter
from campaigns.vault import CannotOpen
from connectors.secret import Secret
from reports import titles
from workers import chat, composing
from workers.composing import Waits, Written
from workers.desk import Desk
from workers.mail import Counter, Fate, Unreachable, counter

log = structlog.get_logger()


def notify(desk: Desk, ids: Sequence[int]) -> None:
    """Send these letters, as far as they are due and nobody else has them."""
    with ExitStack() as until_done:
        round_ = _Round(desk, until_done)
        for letter_id in ids:
            try:
                round_.send(letter_id)
            except Exception as error:  # a fault of ours with one letter keeps no other back
                log.exception("letter_failed", letter=letter_id, error=type(error).__name__)
                round_.put_off_failed(letter_id)


class _Round:
    """One nudge's letters, at one connection that is made when the first mail needs it."""

    def __init__(self, desk: Desk, until_done: ExitStack) -> None:
        self.desk = desk
        self._until_done = until_done
        self._counter: Counter | None = None
        self._closed: Unreachable | None = None
        self._taken: dict[int, Letter] = {}

    def send(self, letter_id: int) -> None:
        now = self.desk.now()
        with self.desk.store.system() as session:
            letter = letters.claim(session, letter_id, self.desk.settings.letter_ways, now=now)
            if letter is None:
                return
            self._taken[letter_id] = letter
            contents = None if letter.kind else letter_contents.contents(session, letter, now=now)
        if letter.until is not None and letter.until <= now:
            self._end(letter, "over")
        elif letter.kind is not None:
            self._send_alone(letter, letter.kind)
        elif contents is None:
            self._end(letter, "nothing")  # she works for nobody any more
        else:
            self._send_contents(letter, contents)

    def put_off_failed(self, letter_id: int) -> None:
        if letter := self._taken.get(letter_id):
            self._settle(letter, Fate("later", "mail.fault"))

    def _send_contents(self, letter: Letter, contents: Contents) -> None:
        written = composing.write(
            contents, self._waiting(contents), at_once=letter.at_once,
            public=self.desk.settings.public_url or "",
        )  # fmt: skip
        if written is None:
            self._end(letter, "nothing")
        elif letter.way == "channel":
            self._settle(letter, self._say(letter, written))
        else:
            self._settle(letter, self._post(letter, written, contents.address, contents.name))

    def _send_alone(self, letter: Letter, kind: str) -> None:
        try:
            secret = self._secret_of(letter)
        except CannotOpen:
            self._end(letter, "mail.sealed")
            return
        public = self.desk.settings.public_url or ""
        with self.desk.store.system(write=False) as session:
            language = letter_contents.language_of(session, letter, now=self.desk.now())
        written = composing.write_alone(kind, letter.details, secret, language, public=public)
        self._settle(letter, self._post(letter, written, letter.address or "", ""))

    def _secret_of(self, letter: Letter) -> Secret | None:
        if letter.sealed is None or letter.key_id is None:
            return None
        return self.desk.vault.open(letters.context_of(letter), letter.key_id, letter.sealed)

    def _waiting(self, contents: Contents) -> dict[str, Waits]:
        """Return what waits for the addressee, by organisation: asked now, so that it is so."""
        found: dict[str, Waits] = {}
        for post in contents.posts if contents.reminders else ():
            if may(post.actor, "draft.read", "own"):
                with self.desk.store.scope(post.actor, write=False) as session:
                    items = attention.waiting(session, self.desk.connectors, now=self.desk.now())
                    found[post.number] = Waits(items, titles.of_campaigns(session))
        return found

    def _post(self, letter: Letter, written: Written, to: str, name: str) -> Fate:
        sender = self.desk.settings.mail_from or ""
        if not is_address(to):
            return Fate("refused", "mail.address")
        made = composing.mail(
            written, sender=sender, to=to, name=name, message_id=letter.message_id, now=self.desk.now()
        )
        try:
            return self._at_counter().hand_in(made, to)
        except Unreachable as trouble:
            self._closed, self._counter = trouble, None
            return Fate("later", trouble.code, trouble.answer)

    def _at_counter(self) -> Counter:
        """Return the connection; a server that was found away is asked no second time in one round.

        Raises: Unreachable.
        """
        if self._closed is not None:
            raise self._closed
        if self._counter is None:
            self._counter = self._until_done.enter_context(counter(self.desk.settings))
        return self._counter

    def _say(self, letter: Letter, written: Written) -> Fate:
        settings = self.desk.settings
        try:
            with self.desk.store.system(write=False) as session:
                channel = channels.open_channel(
                    session, self.desk.vault, letter.person_id or 0, hosts=settings.notice_host_list
                )
        except CannotOpen:
            return Fate("refused", "mail.sealed")
        if channel is None:
            return Fate("refused", "channel.gone")
        taken = chat.say(channel, written.subject, written.text, open_lines=settings.allow_private_hosts)
        return Fate("sent") if taken else Fate("later", "channel.not_taken")

    def _settle(self, letter: Letter, fate: Fate) -> None:
        if fate.ending == "sent":
            self._end(letter, "sent")
            return
        told = {"letter": letter.id, "way": letter.way, "code": fate.code, "answer": fate.answer}

        def settle(session: Session) -> bool:
            if fate.ending == "later":
                return letters.put_off(session, letter, fate.code, now=self.desk.now())
            letters.end(session, letter, fate.code, now=self.desk.now())
            if letter.person_id is not None and letter.way == "mail":
                notices.tell_refused(session, letter.person_id, now=self.desk.now())
            return False

        again = self.desk.steadily(settle)
        log.warning("letter_not_sent", again=again, **told)

    def _end(self, letter: Letter, outcome: str) -> None:
        self.desk.steadily(lambda session: letters.end(session, letter, outcome, now=self.desk.now()))
        log.info("letter_ended", letter=letter.id, way=letter.way, outcome=outcome)
