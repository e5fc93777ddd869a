"""The demo: the whole house in one process with stand-in platforms beside it, on this machine alone (D25).

Vestland and its 43 municipalities come from the register; the people, accounts and answers are made up. Everything is
done through the same functions that real people's acts go through.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import accounts, approval, documents, organisations, participation
from campaigns.definition import reading
from campaigns.definition.model import Definition
from campaigns.definition.moments import Day, Send, Window
from campaigns.media import render_picture
from campaigns.states import State
from campaigns.store import Account, Actor, Answer, Campaign, Delivery, Organisation, Role, Store
from connectors import CONNECTORS, Secret, names
from samklang.console import DEMO_SPEED, Exit, Failure, Shell, demo_settings
from samklang.house import House, open_store
from samklang.live import watch
from samklang.logs import begin_logging
from workers.desk import Desk

COUNTY = "46"
COORDINATOR = "ingrid@vestlandfylke.example"
DOCUMENT = resources.files("samklang.campaigns_demo") / "klar-for-ei-veke"
FIRST_WINDOW = (timedelta(seconds=6), timedelta(seconds=50))
NEXT_WINDOWS = (
    (timedelta(seconds=90), timedelta(minutes=4)),
    (timedelta(minutes=8), timedelta(minutes=20)),
    (timedelta(hours=1), timedelta(hours=2)),
)
"""When the first messages go, from the start of a round; the others keep a time of day on the days after."""

STANDS_OUT = frozenset({7, 23})
SILENT = frozenset({5, 18, 31})
UNAPPROVED = frozenset({12})
LOST_LOGIN = 27
LOST_ANSWER = 2
"""Places in the list of municipalities, by number, that do something else than join and approve; for two of them the
platform does: one login is revoked, and one answer is dropped after the post was accepted."""


def run(shell: Shell, *, port: int, seconds: float | None, fresh: bool) -> None:
    """Run the demo until it is ended, or for so many seconds."""
    settings = demo_settings().model_copy(update={"web_port": port})
    home = settings.home
    _need_ports(settings.web_host, [port + place for place in range(1 + len(names()))])
    if fresh:
        shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        (home / "samklang.log").open("a", encoding="utf-8") as log_file,
        _platforms(home, port + 1) as platforms,
    ):
        begin_logging(settings.log_level, "json", log_file)
        store = open_store(settings)
        desk = Desk(settings, store)
        shell.say("Setting up Vestland and its 43 municipalities …")
        _settle_in(store, desk, platforms)
        round_key = _round_under_way(store, shell.now) or _begin_round(store, desk, shell.now)
        house = House(settings, store)
        house.start()
        addresses = {"Status page": f"http://{settings.web_host}:{port}/"} | {
            f"{kind.title} stand-in": platforms[kind.name] for kind in CONNECTORS
        }
        try:
            watch(store, shell.out, addresses, round_key, home / "samklang.log", seconds=seconds)
        finally:
            house.stop()
    shell.say("Ended. Run 'make run' again and it goes on where it was.")


def _need_ports(host: str, ports: list[int]) -> None:
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                raise Failure(
                    f"Port {port} is in use; is a demo running already? End it, or choose others: samklang demo --port 9046",
                    Exit.stopped,
                ) from None


@contextmanager
def _platforms(home: Path, first_port: int) -> Iterator[Mapping[str, str]]:
    """Run the stand-in platforms as a child process and give their addresses by platform.

    The child follows our standard input's other end, so that a demo that is killed leaves nothing behind.
    """
    ports = [f"--{name}-port={first_port + place}" for place, name in enumerate(names())]
    command = [
        sys.executable,
        "-m",
        "sandbox",
        f"--home={home / 'platforms'}",
        f"--speed={DEMO_SPEED}",
        "--follow-stdin",
    ]
    child = subprocess.Popen(  # noqa: S603  # our own command
        [*command, *ports], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        ready = child.stdout.readline().split() if child.stdout else []
        if ready[:1] != ["ready"]:
            raise Failure(
                "The stand-in platforms did not start. Try 'samklang demo --fresh'.", Exit.unreachable
            )
        yield dict(pair.split("=", 1) for pair in ready[1:])
    finally:
        child.terminate()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _settle_in(store: Store, desk: Desk, platforms: Mapping[str, str]) -> None:
    """Make the people and connect the accounts, once."""
    with store.system() as session:
        if session.scalar(select(func.count(Account.id))):
            return
        if not session.scalar(select(func.count(Organisation.id))):
            organisations.load_register(session)
        organisations.add_member(
            session, COUNTY, name="Ingrid Mæland", mail=COORDINATOR, roles=[Role.coordinator]
        )
        places = _municipalities(session)
        for row in places:
            row.quiet_hours = False
            # asked at onboarding, since neutral never means bokmål; in the demo the neutral ones said bokmål
            row.language = row.language_decision if row.language_decision in {"nn", "nb"} else "nb"
            row.profile = {**row.profile, "phone": f"55 00 {row.number[:2]} {row.number[2:]}"}
            organisations.add_member(
                session, row.number, name=f"Rådgjevar i {row.name}", mail=_adviser(row.number),
                roles=[Role.editor, Role.approver, Role.admin],
            )  # fmt: skip
    for place in places:
        _connect_accounts(store, desk, place, platforms)


def _connect_accounts(store: Store, desk: Desk, place: Organisation, platforms: Mapping[str, str]) -> None:
    actor = store.actor(_adviser(place.number), place.number, how="demo")
    handle = _handle(place)
    for kind in CONNECTORS:
        base = platforms[kind.name]
        profile = {
            "title": f"{place.name} {place.form}",
            "inhabitants": place.population,
            "followers": round((place.population or 0) * 0.08) + 40,
        }
        _tell_platform(base, "PUT", f"/_sandbox/accounts/{handle}", profile)
        secret = Secret(f"demo-{handle}-{place.population}")
        typed = {
            field.name: secret if field.secret else Secret(base if field.name == "base" else handle)
            for field in kind.login_fields
        }
        connected = desk.connectors[kind.name].connect(base, typed)
        with store.scope(actor) as session:
            accounts.keep_account(
                session, desk.vault, kind.name, base, connected, language=None, now=desk.now()
            )


def _round_under_way(store: Store, now: datetime) -> str | None:
    """Return the campaign that still has something to go soon; without one the demo would have nothing to show."""
    with store.system(write=False) as session:
        soon = (
            select(Campaign.key)
            .join(Delivery, Delivery.campaign_id == Campaign.id)
            .where(Delivery.state == State.planned, Delivery.snapshot_hash.is_not(None))
            .where(Delivery.late_at > now, Delivery.due_at <= now + timedelta(seconds=45))
        )
        return session.scalar(soon.order_by(Campaign.id.desc()).limit(1))


def _begin_round(store: Store, desk: Desk, now: datetime) -> str:
    """Load the demo campaign for now, let the municipalities answer each in its way, and return its key."""
    with store.system(write=False) as session:
        number = (session.scalar(select(func.count(Campaign.id))) or 0) + 1
    definition = _definition(now, number)
    pictures = {
        spec.file: render_picture(DOCUMENT.joinpath(spec.file).read_bytes())
        for message in definition.messages
        for spec in message.pictures
    }
    coordinator = store.actor(COORDINATOR, COUNTY, how="demo")
    with store.scope(coordinator) as session:
        campaign = documents.load(session, desk.media, definition, pictures, now=now)
        participation.invite(session, campaign, now=now)
    with store.system(write=False) as session:
        places = _municipalities(session)
    if number == 1:
        _trouble(store, places)
    for turn, place in enumerate(places):
        if turn not in SILENT:
            _answer(store, desk, definition, place, turn, now)
    return definition.campaign


def _answer(
    store: Store, desk: Desk, definition: Definition, place: Organisation, turn: int, now: datetime
) -> None:
    actor: Actor = store.actor(_adviser(place.number), place.number, how="demo")
    with store.scope(actor) as session:
        mine = participation.participation_in(session, definition.campaign)
        if turn in STANDS_OUT:
            participation.answer(session, mine, Answer.out, now=now)
            return
        participation.answer(session, mine, Answer.joined, now=now)
        own = {
            name: f"{(place.website or 'https://www.example.no').rstrip('/')}/beredskap"
            for name, fact in definition.facts.items()
            if fact.kind == "url" and fact.value is None
        }
        participation.fill_facts(session, mine, own, now=now)
        if turn not in UNAPPROVED:
            approval.approve(session, desk.connectors, mine, now=now)


def _trouble(store: Store, places: list[Organisation]) -> None:
    """Let two things go wrong on the platforms' side, as they do: a revoked login, and an answer that is lost."""
    with store.system(write=False) as session:
        first = names()[0]
        bases = {
            one.organisation_id: one.base
            for one in session.scalars(select(Account).where(Account.platform == first))
        }
    lost, dropped = places[LOST_LOGIN], places[LOST_ANSWER]
    _tell_platform(bases[lost.id], "POST", f"/_sandbox/revoke/{_handle(lost)}", {})
    rule = {
        "match": {"method": "POST", "path": "/api/v1/statuses", "handle": _handle(dropped)},
        "times": 1,
        "do": "drop_after",
    }
    _tell_platform(bases[dropped.id], "PUT", "/_sandbox/faults", [rule])


def _definition(now: datetime, number: int) -> Definition:
    """Return the demo campaign with its first messages moved to now; the rest keep their time of day, on days to come."""
    read = reading.read(DOCUMENT.joinpath("campaign.yaml").read_bytes(), platforms=frozenset(names()))
    definition = read.definition
    if definition is None:
        raise Failure("The demo's own campaign document cannot be read.", Exit.stopped)
    wall = now.astimezone(ZoneInfo("Europe/Oslo")).replace(tzinfo=None)
    windows = (FIRST_WINDOW, *NEXT_WINDOWS)
    messages = []
    for place, message in enumerate(definition.messages):
        if place < len(windows):
            start, end = (wall + step for step in windows[place])
            send = Send(
                on=Day(fixed=start.date()),
                between=Window(
                    start=start.time().replace(microsecond=0), end=end.time().replace(microsecond=0)
                ),
            )
        else:
            send = message.send.model_copy(update={"on": Day(offset=place)})
        messages.append(message.model_copy(update={"send": send}))
    return definition.model_copy(
        update={
            "campaign": definition.campaign if number == 1 else f"{definition.campaign}-{number}",
            "anchor": wall.date(),
            "ends": Day(offset=30),
            "approve_by": None,
            "answer": definition.answer.model_copy(update={"by": wall.date()}),
            "messages": tuple(messages),
        }
    )


def _municipalities(session: Session) -> list[Organisation]:
    county = organisations.organisation(session, COUNTY)
    rows = select(Organisation).where(Organisation.parent_id == county.id).order_by(Organisation.number)
    return list(session.scalars(rows))


def _adviser(number: str) -> str:
    return f"raadgjevar@{number}.example"


def _handle(place: Organisation) -> str:
    plain = place.name.lower()
    for letter, written in (("æ", "ae"), ("ø", "oe"), ("å", "aa"), (" ", ""), ("-", "")):
        plain = plain.replace(letter, written)
    return f"{plain}{place.form}"


def _tell_platform(base: str, method: str, path: str, content: object) -> None:
    """Tell a stand-in what it is to play; loopback only."""
    asked = urllib.request.Request(  # noqa: S310  # an address that our own child gave
        base + path,
        data=json.dumps(content).encode(),
        method=method,
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=10):  # noqa: S310  # see above
        pass
