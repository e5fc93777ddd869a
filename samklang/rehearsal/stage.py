"""The stage of a rehearsal: a temporary house with people and accounts, stand-in platforms, and a clock that is set."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from threading import Thread

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from sqlalchemy import select

from campaigns import accounts, mark, organisations
from campaigns.definition.model import Definition
from campaigns.settings import Settings
from campaigns.store import Actor, Organisation, OrganisationKind, Role, Store
from connectors import CONNECTORS, kind_of
from connectors.secret import Secret
from samklang.house import listen, web_server
from sandbox import STAND_INS
from scheduler.clock import Clock
from scheduler.steadiness import Steadiness, steady_seconds
from workers.broker import Errand
from workers.desk import Desk
from workers.look import look
from workers.publish import publish

COUNTY_PERSON = "fylket@rehearsal.example"


class OnStage(Settings):
    """A stage's settings: what is chosen for this machine does not reach it, its database and its mark least of all."""

    @classmethod
    def settings_customise_sources(  # type: ignore[override]  # pydantic passes the sources by name; one of them counts
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, **others: object
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return what the stage itself says, and no environment."""
        del settings_cls, others
        return (init_settings,)


class Stage:
    """A house that nobody else sees; `now` is the present, and only the play moves it."""

    def __init__(self, home: Path, now: datetime, public_url: str | None = None) -> None:
        self.now = now
        self.settings = OnStage(
            home=home,
            allow_private_hosts=True,
            cli_acts=True,
            public_url=public_url,
        )
        self.store = Store(self.settings.database_url)
        self.store.migrate()
        self.desk = Desk(self.settings, self.store, now=lambda: self.now)
        self.clock = Clock(self.desk, self._carry)
        self.bases: dict[str, str] = {}
        with self.store.system() as session:
            organisations.load_register(session)
            own = mark.standing(session, self.settings.mark_path)[1]
        mark.write_mark(self.settings.mark_path, own)

    # -- people and places

    def settle(self, owner: str, numbers: Sequence[str], platforms: Sequence[str]) -> None:
        """Appoint people in the owner and the municipalities, and connect an account on each platform."""
        with self.store.system() as session:
            organisations.add_member(
                session, owner, name="Koordinator", mail=COUNTY_PERSON, roles=[Role.coordinator]
            )
            for number in numbers:
                place = organisations.organisation(session, number)
                # asked at onboarding, since neutral never means bokmål; a rehearsal says bokmål for them
                place.language = place.language_decision if place.language_decision in {"nn", "nb"} else "nb"
                place.profile = {**place.profile, "phone": f"55 00 {number[:2]} {number[2:]}"}
                organisations.add_member(
                    session, number, name=f"Rådgjevar i {place.name}", mail=self._mail(number),
                    roles=[Role.editor, Role.approver, Role.admin],
                )  # fmt: skip
        for number in numbers:
            for name in platforms:
                self._connect(number, name)

    def municipalities(self, county: str | None, numbers: Sequence[str]) -> list[Organisation]:
        """Return the municipalities of a county, or those with these numbers, by number."""
        with self.store.system(write=False) as session:
            rows = select(Organisation).where(Organisation.kind == OrganisationKind.municipality)
            if county is not None:
                rows = rows.where(Organisation.parent_id == organisations.organisation(session, county).id)
            else:
                rows = rows.where(Organisation.number.in_(numbers))
            return list(session.scalars(rows.order_by(Organisation.number)))

    def county(self, owner: str) -> Actor:
        """Return the coordinator of the campaign's owner."""
        return self.store.actor(COUNTY_PERSON, owner, how="rehearsal")

    def adviser(self, number: str) -> Actor:
        """Return the adviser of a municipality."""
        return self.store.actor(self._mail(number), number, how="rehearsal")

    @staticmethod
    def handle(number: str) -> str:
        """Return a municipality's handle on the stand-ins."""
        return f"k{number}"

    @staticmethod
    def _mail(number: str) -> str:
        return f"raadgjevar@{number}.example"

    def _connect(self, number: str, platform: str) -> None:
        kind = next(one for one in CONNECTORS if one.name == platform)
        base, handle = self.bases[platform], self.handle(number)
        secret = Secret(f"demo-{handle}")
        typed = {
            field.name: secret
            if field.secret
            else Secret(base if field.name == "base" else handle if field.needed else "")
            for field in kind.login_fields
        }
        connected = self.desk.connectors[platform].connect(base, typed)
        with self.store.scope(self.adviser(number)) as session:
            accounts.keep_account(
                session, self.desk.vault, platform, base, connected, language=None, now=self.now
            )

    # -- time and work

    def move_to(self, moment: datetime) -> None:
        """Set the clock; that it leapt is the play's doing, and no reason to hold anything."""
        self.now = max(self.now, moment)
        self._believe()

    def tick(self) -> None:
        """Let the clock's jobs run once, and the workers do at once what they are nudged about; counting is left out."""
        for job in (
            self.clock.plan, self.clock.stand, self.clock.recover, self.clock.release, self.clock.look,
        ):  # fmt: skip
            self._believe()
            job()

    def _believe(self) -> None:
        """Begin the comparison of clocks anew: on a busy machine minutes go by in which the play's clock stands still."""
        self.clock.steadiness = Steadiness(self.now, steady_seconds())

    def _carry(self, errand: Errand, platform: str, ids: Sequence[int]) -> None:
        del platform
        if errand == "publish":
            publish(self.desk, ids)
        elif errand == "look":
            for one in ids:
                look(self.desk, one)

    # -- the platforms' side

    def tell(self, platform: str, method: str, path: str, content: object = None) -> object:
        """Tell a stand-in what befalls an account, or ask it what is live; loopback only."""
        asked = urllib.request.Request(  # noqa: S310  # an address that our own stand-in gave
            self.bases[platform] + path,
            data=None if content is None else json.dumps(content).encode(),
            method=method,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310  # see above
            body = answer.read()
        return json.loads(body) if body else None

    def live(self, platform: str) -> Sequence[Mapping[str, object]]:
        """Return what really is live on a platform: its own truth."""
        found = self.tell(platform, "GET", "/_sandbox/posts")
        return found if isinstance(found, list) else []


def platforms_of(definition: Definition) -> list[str]:
    """Return the platforms that the campaign's messages are for, as far as there is a stand-in."""
    return [
        kind.name
        for kind in CONNECTORS
        if kind.name in STAND_INS and any(kind.name in one.to for one in definition.messages)
    ]


@contextmanager
def set_up(now: datetime, platforms: Sequence[str]) -> Iterator[Stage]:
    """Give a stage with a stand-in for each platform, living in its time; nothing of it is left afterwards."""
    with TemporaryDirectory(prefix="samklang-rehearsal-") as folder, ExitStack() as running:
        door = running.enter_context(listen("127.0.0.1", 0))
        stage = Stage(Path(folder), now, f"http://127.0.0.1:{door.getsockname()[1]}")
        running.callback(stage.store.dispose)
        running.callback(stage.desk.close)
        if any(kind_of(name).fetches_pictures for name in platforms):
            running.enter_context(_showing(stage, door))
        for name in platforms:
            stand_in = running.enter_context(STAND_INS[name](clock=lambda: stage.now.timestamp()))
            stage.bases[name] = stand_in.address
        yield stage


@contextmanager
def _showing(stage: Stage, door: socket) -> Iterator[None]:
    """Run the web process for the stand-ins that fetch pictures."""
    server = web_server(stage.settings, stage.store, now=lambda: stage.now)
    thread = Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=10)
