"""Every page of three people, opened once, in a world full of hostile words: what reading does, and what it shows.

One walk serves all the tests here: each page of the route table, with GET and with HEAD, with something in every column
that is neither a key nor a word of the program's own (threats A1, A13, B10, D1, D2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from dumping import dump
from everything import WALKERS, use_everything, use_the_rest, with_operators
from lasting import lasting_world
from sqlalchemy import JSON, String, select, update
from visitor import Visitor
from world import World

from bench.addresses import addresses
from campaigns import api_tokens
from campaigns.store import Adaptation, Base, CheckOverride, Paragraph, Participation
from web.app import make_web

OPENING = '"><img src=x hx-get=/x id='
"""Breaks out of an attribute, and is an element of its own in a text; the column's name follows."""
ESCAPED = "&#34;&gt;&lt;img src=x hx-get=/x id="
HOSTILE = {
    "account": ("handle", "title", "address", "assessment"),
    "adaptation": ("text", "base_text"),
    "api_token": ("name",),
    "attempt": ("worker", "diagnostic"),
    "campaign": ("title",),
    "campaign_draft": ("title", "begun_by", "changed_by"),
    "check_override": ("reason",),
    "delivery": ("address",),
    "entry_link": ("name",),
    "fact": ("value", "default", "ask"),
    "fact_value": ("value",),
    "hold": ("reason",),
    "stop_device": ("device",),
    "identity": ("subject",),
    "letter": ("address",),
    "local_day": ("name",),
    "login_session": ("device",),
    "message": ("title", "quiet_override"),
    "message_fact_value": ("value",),
    "message_picture": ("alt", "credit", "licence", "consent"),
    "notice_channel": ("host",),
    "organisation": ("name", "website"),
    "person": ("name",),
    "wording": ("text",),
}
"""Columns of words that somebody, or a platform, has written."""
OTHERWISE = {
    "written once; comes here through a message's words": {"snapshot.body", "history.actor", "history.reason_values", "audit_entry.subject", "audit_entry.details"},
    "read again as something else than words": {
        "account.covers", "account.limits", "campaign.document", "campaign.approve_by", "campaign.languages", "campaign.hashtags", "campaign_draft.tree",
        "delivery.handle", "delivery.reason_values", "letter.details", "message.platforms", "message.poll", "message.send", "message_picture.channels",
        "message_picture.covers", "message_picture.focus", "notice.details", "organisation.profile", "organisation.settled",
        "organisation_group.numbers", "stop_drill.places", "ticket.details", "api_token.scopes", "entry_link.roles",
        "rehearsal.details", "rehearsal.script",
    },
    "a key, a code, or an address that was judged before it was stored": {
        "account.base", "account.remote_id", "account.state_reason", "campaign.key", "credential.password", "delivery.remote_id", "failed_tries.about",
        "identity.issuer", "entry_link.mail", "letter.message_id", "message.key", "organisation.form", "organisation.timezone", "organisation_group.key", "pause.target",
        "pending_login.base", "pending_login.redirect", "person.mail", "platform_app.base", "platform_app.redirect",
        "rehearsal.code",
    },
}  # fmt: skip
"""What is left as it is, and why."""
SHOWN = {
    "account.address", "account.assessment", "account.handle", "account.title", "adaptation.text", "api_token.name",
    "campaign.title", "campaign_draft.begun_by", "campaign_draft.changed_by", "campaign_draft.title", "hold.reason",
    "local_day.name", "login_session.device", "message.title", "message_picture.alt", "organisation.name", "person.name",
    "wording.text",
}  # fmt: skip
"""What some page shows in this world: it stands there as the text that it is."""
LONG = 80
"""Characters: a shorter column has no room for more than a code."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What came of opening every page: by organisation and address."""

    pages: dict[tuple[str, str], str]
    before: dict[str, list[str]]
    after: dict[str, list[str]]

    def of(self, *numbers: str) -> str:
        """Return all pages of some organisations."""
        return "".join(text for (number, _), text in self.pages.items() if number in numbers)


def columns() -> set[str]:
    """Return every column that has room for words."""
    return {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, JSON)
        or (isinstance(column.type, String) and (column.type.length or LONG) >= LONG)
    }


def spoil(world: World) -> None:
    """Write hostile words wherever somebody could have written any."""
    with world.store.system() as session:
        here = Participation.organisation_id == world.places["4601"].id
        mine = session.scalars(select(Participation).where(here).order_by(Participation.id)).first()
        paragraph = session.scalars(select(Paragraph)).first()
        assert mine is not None
        message = {"organisation_id": mine.organisation_id, "participation_id": mine.id}
        assert paragraph is not None
        session.add(Adaptation(paragraph_id=paragraph.id, language="nn", text="x", base_version=1, **message))
        session.add(
            CheckOverride(
                message_id=paragraph.message_id, code="timing.quiet.night", reason="x", at=world.now,
                person_id=world.actors["4601"].person_id, **message,
            )
        )  # fmt: skip
        session.flush()
        for name, spoiled in HOSTILE.items():
            table = Base.metadata.tables[name]
            for column in spoiled:
                words = f"{OPENING}{name}.{column}>"
                several = dict.fromkeys(("nn", "nb", "en"), words)
                session.execute(
                    update(table).values(
                        {column: several if isinstance(table.c[column].type, JSON) else words}
                    )
                )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def walk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with lasting_world(request, tmp_path_factory.mktemp("reading")) as world:
        words = f"{OPENING}snapshot.body>".replace('"', '\\"')
        use_everything(world, 1, "mastodon, instagram", words)
        use_the_rest(world)
        tokens = {number: token(world, number) for number in WALKERS}
        web = make_web(with_operators(world), world.store, now=lambda: world.now)
        visitors = {number: Visitor(web, mail_of(number)) for number in WALKERS}
        spoil(world)
        before, pages = dump(world.store), {}
        for number, visitor in visitors.items():
            for where in list(addresses(world.store, world.actors[number], "prove")):
                answer = visitor.get(where)
                assert answer.status_code == 200, (number, where)
                assert visitor._ask("HEAD", where).status_code == 200, (number, where)
                pages[number, where] = answer.text
        after = dump(world.store)
        for (
            number,
            visitor,
        ) in visitors.items():  # a token is written down to have been used: not a part of the above
            for path in ("campaigns", "week", "stops"):
                where, key = f"/api/for/{number}/{path}", {"Authorization": f"Bearer {tokens[number]}"}
                answer = visitor._ask("GET", where, headers=key)
                assert answer.status_code == 200, (number, where)
                pages[number, where] = answer.text
        yield Walk(pages, before, after)


def token(world: World, number: str) -> str:
    """Return a token with which a program reads what an organisation sees."""
    with world.store.scope(world.actors[number]) as session:
        return api_tokens.make(session, "Les", ["read"], 30, now=world.now).reveal()


def mail_of(number: str) -> str:
    """Return who works there."""
    return "ingrid@county.example" if number == "46" else f"adviser@{number}.example"


def test_every_column_of_words_is_spoiled_or_left_for_a_reason() -> None:
    spoiled = {f"{name}.{column}" for name, several in HOSTILE.items() for column in several}
    assert spoiled | set().union(*OTHERWISE.values()) == columns()


def test_opening_a_page_changes_nothing(walk: Walk) -> None:
    for table, rows in walk.before.items():
        assert walk.after[table] == rows, table


def test_nothing_that_somebody_wrote_is_markup(walk: Walk) -> None:
    for (number, where), text in walk.pages.items():
        if not where.startswith("/api/"):
            assert "<img src=x" not in text, (number, where)
    shown = walk.of(*WALKERS)
    assert {one for one in SHOWN if f"{ESCAPED}{one}&gt;" not in shown} == set(), "the pages are not empty"


def test_a_neighbour_and_the_county_read_no_word_that_was_not_approved(walk: Walk) -> None:
    draft = "adaptation.text"
    assert draft in walk.of("4601")
    assert draft not in walk.of("46", "4636")
