"""A small world for tests: one county, a few municipalities, real stand-in platforms, and a clock the test sets.

Everything goes through the functions that people's acts go through. Ticks and nudges are carried out at once and in
this thread, so that a test says exactly what happens when.
"""

from __future__ import annotations

import io
import json
import urllib.request
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from PIL import Image
from sqlalchemy import select

from campaigns import accounts, approval, documents, mark, organisations, participation, plans, shown_pictures
from campaigns.definition.model import Definition
from campaigns.definition.reading import read
from campaigns.media import Rendition, render_picture
from campaigns.settings import Settings
from campaigns.store import (
    Account,
    Actor,
    Answer,
    Campaign,
    Delivery,
    History,
    Organisation,
    OrganisationKind,
    Participation,
    Role,
    Store,
)
from connectors import REACHED, Secret, names
from scheduler.clock import Clock
from workers.broker import Errand
from workers.desk import Desk
from workers.look import look
from workers.measure import count_followers, measure
from workers.notify import notify
from workers.publish import publish
from workers.renew import renew

START = datetime(2027, 1, 12, 9, 0, tzinfo=UTC)
"""A Tuesday, 10:00 in Oslo."""

DOCUMENT = """
samklang: 1
campaign: {key}
title: {{nn: Prøve, nb: Prøve}}
owner: "46"
contact: {{name: Ingrid, mail: ingrid@county.example}}
purpose: inform
goal: {{nn: Å prøve, nb: Å prøve}}
invite: {{county: "46"}}
answer: {{by: 2027-01-11, silence: {silence}}}
anchor: 2027-01-12
ends: T+30
late_after: {late_after} min
languages: [nn, nb]
facts:
  lenke: {{kind: url, own_site: true, ask: {{nn: Lenkje, nb: Lenke}}}}
messages:
{messages}
"""
MESSAGE = """
  - key: {key}
    title: {{nn: {key}, nb: {key}}}
    send: {{on: T, at: "{at}", together: true}}
    to: [{to}]
    text:
      - fill:
          nn: "Hei {{kommune}}. {words} {{lenke}}"
          nb: "Hei {{kommune}}. {words} {{lenke}}"
"""
GREEN = "bilete/grøn.png"
PICTURE = f"""
    picture:
      file: {GREEN}
      alt: {{nn: Ein grøn flate., nb: En grønn flate.}}
      credit: Samklang
      licence: CC0 1.0
"""


@cache
def _green() -> Rendition:
    upload = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(upload, "PNG")
    return render_picture(upload.getvalue())


class World:
    """What a test acts in. `now` is the present; `tick` lets the clock do its rounds once."""

    def __init__(self, store: Store, home: Path, bases: dict[str, str], gallery: str) -> None:
        self.store = store
        self.bases = bases
        self.now = START
        self.mark = uuid.uuid4().hex[:8]
        """In every handle, since the stand-ins outlive a test."""
        home.mkdir(parents=True, exist_ok=True)
        self.settings = Settings(home=home, allow_private_hosts=True, cli_acts=True, public_url=gallery)
        self.desk = Desk(self.settings, store, now=lambda: self.now)
        self.nudged: list[tuple[Errand, str, list[int]]] = []
        self.clock = Clock(self.desk, self._carry)
        self.deliver: Callable[[Errand, str, Sequence[int]], object] = self.carry_out
        self.places: dict[str, Organisation] = {}
        self.actors: dict[str, Actor] = {}
        self._settle()

    def close(self) -> None:
        """End what the world began on the stand-ins."""
        for platform in self.bases:
            self.tell(platform, "DELETE", "/_sandbox/faults")
        self.desk.close()

    # -- people and places

    def _settle(self) -> None:
        with self.store.system() as session:
            county = Organisation(
                number="46", kind=OrganisationKind.county, name="Vestland", form="fylkeskommune"
            )
            session.add(county)
            session.flush()
            self.places["46"] = county
            for turn, (number, name, population) in enumerate(
                (("4601", "Bergen", 294860), ("4621", "Voss", 16500), ("4636", "Solund", 760))
            ):
                self.places[number] = Organisation(
                    number=number, kind=OrganisationKind.municipality, name=name, parent_id=county.id,
                    form="herad" if name == "Voss" else "kommune", population=population, population_year=2026,
                    website=f"https://www.{name.lower()}.kommune.no", language_decision="nn", language="nn",
                    colour=turn, profile={"own_hosts": [f"{name.lower()}.kommune.no"]},
                )  # fmt: skip
                session.add(self.places[number])
            session.flush()
            organisations.add_member(
                session,
                "46",
                name="Ingrid",
                mail="ingrid@county.example",
                roles=[Role.coordinator, Role.admin],
            )
            for number in list(self.places)[1:]:
                organisations.add_member(
                    session, number, name=f"Adviser {number}", mail=f"adviser@{number}.example",
                    roles=[Role.editor, Role.approver, Role.admin],
                )  # fmt: skip
            own = mark.standing(session, self.settings.mark_path)[1]
        mark.write_mark(self.settings.mark_path, own)
        self.actors["46"] = self.store.actor("ingrid@county.example", "46", how="test")
        for number in list(self.places)[1:]:
            self.actors[number] = self.store.actor(f"adviser@{number}.example", number, how="test")

    def handle(self, number: str) -> str:
        """Return a municipality's handle on the stand-ins."""
        return f"m{number}x{self.mark}"

    def connect(self, number: str, platforms: Sequence[str] = ()) -> list[int]:
        """Connect a municipality's accounts and return their ids."""
        ids = []
        for kind in REACHED:
            if platforms and kind.name not in platforms:
                continue
            base = self.bases[kind.name]
            secret = Secret(f"demo-{self.handle(number)}")
            typed = {
                field.name: secret
                if field.secret
                else Secret(base if field.name == "base" else self.handle(number) if field.needed else "")
                for field in kind.login_fields
            }
            connected = self.desk.connectors[kind.name].connect(base, typed)
            with self.store.scope(self.actors[number]) as session:
                account = accounts.keep_account(
                    session, self.desk.vault, kind.name, base, connected, language=None, now=self.now
                )
                account.assessment = f"https://www.{self.places[number].name.lower()}.kommune.no/vurdering"
                account.assessment_review_on = (self.now + timedelta(days=365)).date()
                ids.append(account.id)
        return ids

    # -- a campaign

    def definition(
        self, *messages: str, key: str = "prove", late_after: int = 60, silence: str = "out"
    ) -> Definition:
        """Return a campaign with these messages (each made by `message`)."""
        text = DOCUMENT.format(key=key, late_after=late_after, silence=silence, messages="".join(messages))
        found = read(text.encode(), platforms=frozenset(names()))
        assert found.definition is not None, [(one.code, one.values, one.line) for one in found.problems]
        return found.definition

    @staticmethod
    def message(
        key: str = "ein", *, at: str = "10:05", to: str = "mastodon", words: str = "Les meir:"
    ) -> str:
        """Return one message of a document; `at` is Oslo wall time on 12 January 2027."""
        picture = PICTURE if "instagram" in to else ""  # which takes nothing without one
        return MESSAGE.format(key=key, at=at, to=to, words=words) + picture

    def load(self, definition: Definition) -> None:
        """Load a campaign as the county."""
        with self.store.scope(self.actors["46"]) as session:
            given = {GREEN: _green()} if any(one.pictures for one in definition.messages) else {}
            documents.load(session, self.desk.media, definition, given, now=self.now)

    def invite(self, key: str = "prove") -> None:
        """Invite everybody in the county."""
        with self.store.scope(self.actors["46"]) as session:
            participation.invite(session, participation.owned_campaign(session, key), now=self.now)

    def join(self, number: str, key: str = "prove") -> None:
        """Answer yes, fill in the link, and plan."""
        with self.store.scope(self.actors[number]) as session:
            mine = participation.participation_in(session, key)
            participation.answer(session, mine, Answer.joined, now=self.now)
            link = f"https://www.{self.places[number].name.lower()}.kommune.no/x"
            participation.fill_facts(session, mine, {"lenke": link}, now=self.now)
            plans.plan_participation(session, mine, now=self.now)

    def approve(self, number: str, key: str = "prove", messages: Sequence[str] = ()) -> approval.Outcome:
        """Approve what waits."""
        with self.store.scope(self.actors[number]) as session:
            mine = participation.participation_in(session, key)
            return approval.approve(session, self.desk.connectors, mine, messages, now=self.now)

    def under_way(
        self, *numbers: str, to: str = "mastodon", late_after: int = 60, messages: Sequence[str] = ()
    ) -> None:
        """Have these municipalities connected, in, and everything approved; the one message is due at 10:05 Oslo time."""
        for number in numbers:
            self.connect(number, to.split(", "))
        self.load(self.definition(*(messages or [self.message(to=to)]), late_after=late_after))
        self.invite()
        for number in numbers:
            self.join(number)
            self.approve(number)

    # -- time and work

    def wait(self, **step: float) -> None:
        """Let time pass: `wait(minutes=5)`."""
        self.now += timedelta(**step)
        self.clock.steadiness.leapt = timedelta(0)
        self.clock.steadiness.wall = self.now

    def _carry(self, errand: Errand, platform: str, ids: Sequence[int]) -> None:
        self.nudged.append((errand, platform, list(ids)))
        self.deliver(errand, platform, ids)

    def carry_out(self, errand: Errand, platform: str, ids: Sequence[int]) -> None:
        """Do what a worker does with a nudge, here and now."""
        if errand == "followers":
            count_followers(self.desk, platform, ids)
            return
        if errand == "rehearse":
            return  # it plays elsewhere
        if errand == "look":
            for one in ids:
                look(self.desk, one)
            return
        work = {"publish": publish, "measure": measure, "renew": renew, "notify": notify}[errand]
        work(self.desk, ids)

    def tick(self) -> None:
        """Let every job of the clock run once."""
        for job, _ in self.clock.jobs():
            job()

    def picture(self, token: str) -> bytes | None:
        """Return what the web process would show at an address."""
        with self.store.system(write=False) as session:
            digest = shown_pictures.behind(session, token, now=self.now)
        return self.desk.media.read(digest) if digest else None

    # -- looking

    def deliveries(self, number: str | None = None) -> list[Delivery]:
        """Return deliveries as they are stored now."""
        with self.store.system(write=False) as session:
            query = select(Delivery).order_by(Delivery.id)
            if number:
                query = query.where(Delivery.organisation_id == self.places[number].id)
            return list(session.scalars(query))

    def delivery(self, number: str = "4601") -> Delivery:
        """Return the one delivery of a municipality."""
        (found,) = self.deliveries(number)
        return found

    def states(self) -> list[str]:
        """Return the states of all deliveries."""
        return [one.state.value for one in self.deliveries()]

    def history(self, delivery_id: int) -> list[str]:
        """Return the moves of a delivery in order."""
        with self.store.system(write=False) as session:
            moves = select(History.move).where(History.delivery_id == delivery_id).order_by(History.id)
            return list(session.scalars(moves))

    def moments(self, platform: str) -> list[int]:
        """Return the deliveries of a platform in the order in which they went live."""
        with self.store.system(write=False) as session:
            confirmed = (
                select(History.delivery_id)
                .join(Delivery, Delivery.id == History.delivery_id)
                .where(History.move == "confirm", Delivery.platform == platform)
                .order_by(History.id)
            )
            return list(session.scalars(confirmed))

    def account(self, account_id: int) -> Account:
        """Return an account as it is stored now."""
        with self.store.system(write=False) as session:
            return session.get_one(Account, account_id)

    def campaign(self, key: str = "prove") -> Campaign:
        """Return a campaign as it is stored now."""
        with self.store.system(write=False) as session:
            return session.scalars(select(Campaign).where(Campaign.key == key)).one()

    def participation(self, number: str) -> Participation:
        """Return a municipality's participation."""
        with self.store.system(write=False) as session:
            mine = select(Participation).where(Participation.organisation_id == self.places[number].id)
            return session.scalars(mine).one()

    # -- the platforms' side

    def tell(self, platform: str, method: str, path: str, content: object = None) -> object:
        """Tell a stand-in something, or ask it, over HTTP."""
        data = None if content is None else json.dumps(content).encode()
        asked = urllib.request.Request(
            self.bases[platform] + path,
            data=data,
            method=method,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def tell_as_owner(
        self, method: str, path: str, *, number: str = "4601", platform: str = "mastodon"
    ) -> None:
        """Do something on a municipality's account as the person who has it, past our own house."""
        asked = urllib.request.Request(
            self.bases[platform] + path,
            method=method,
            headers={"Authorization": f"Bearer demo-{self.handle(number)}"},
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:
            answer.read()

    def fault(self, do: str, *, platform: str = "mastodon", path: str = "/api/v1/statuses", times: int | None = 1,
              method: str = "POST", number: str = "4601", **more: object) -> None:  # fmt: skip
        """Let a stand-in misbehave towards one municipality's calls."""
        match = {"method": method, "path": path, "handle": self.handle(number)}
        self.tell(platform, "PUT", "/_sandbox/faults", [{"match": match, "times": times, "do": do, **more}])

    def live(self, number: str = "4601", platform: str = "mastodon") -> list[dict[str, object]]:
        """Return what really is live on a municipality's account: the platform's truth."""
        posts = self.tell(platform, "GET", "/_sandbox/posts")
        assert isinstance(posts, list)
        return [one for one in posts if one["handle"] == self.handle(number)]

    def calls(self, path: str = "/api/v1/statuses", method: str = "POST", number: str = "4601",
              platform: str = "mastodon") -> list[dict[str, object]]:  # fmt: skip
        """Return the calls that a municipality's login made to a path."""
        made = self.tell(platform, "GET", "/_sandbox/calls")
        assert isinstance(made, list)
        return [
            one
            for one in made
            if fnmatchcase(str(one["path"]), f"{path}*")
            and one["method"] == method
            and one["handle"] == self.handle(number)
        ]
