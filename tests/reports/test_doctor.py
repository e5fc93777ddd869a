"""The doctor finds every fault that is planted in a healthy instance, and nothing else, with its remedy."""

from __future__ import annotations

import hashlib
import re
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from broker import Broker
from faults import FAULTS, ROWS, TOGETHER, Patient
from lasting import lasting_world
from sqlalchemy import create_engine, select, text, update
from world import World

from campaigns.media import Rendition
from campaigns.sentences import LANGUAGES, catalogue, sentence
from campaigns.settings import Settings
from campaigns.store import Letter, Media, Message, MessagePicture, Store
from reports import doctor
from reports.doctor.machine import file_system_of
from workers.broker import answers, make_app

CODES = {code for code in catalogue() if code.startswith("doctor.") and not code.startswith("doctor.well.")}


def real_now() -> datetime:
    """Return what time it really is: a database server knows no other."""
    return datetime.now(UTC)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def healthy(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, str]]:
    """An instance under way, with the digest of its picture: one message is out, one waits for twelve o'clock."""
    with lasting_world(request, tmp_path_factory.mktemp("healthy")) as world:
        later = World.message("seint", at="12:00", words="Seint:")
        world.under_way("4601", "4621", messages=[World.message(), later])
        picture = hang_a_picture(world)
        world.wait(minutes=5)
        world.tick()
        assert world.states() == ["published", "planned"] * 2
        with world.store.system() as session:
            session.execute(update(Letter).values(ended_at=world.now, outcome="sent"))
        world.store.dispose()  # whoever copies a database wants it for himself
        yield world, picture


def hang_a_picture(world: World) -> str:
    """Give the message that waits a picture, and return its digest."""
    content = b"a picture"
    rendition = Rendition(hashlib.sha256(content).hexdigest(), "image/jpeg", 4, 3, content)
    world.desk.media.keep(rendition)
    with world.store.system() as session:
        media = Media(
            organisation_id=world.places["46"].id, sha256=rendition.sha256, mime=rendition.mime, width=4, height=3,
            size=len(content), stored_at=world.now,
        )  # fmt: skip
        session.add(media)
        session.flush()
        late = session.scalars(select(Message.id).where(Message.key == "seint")).one()
        session.add(
            MessagePicture(
                message_id=late, media_id=media.id, position=0, alt={"nn": "Ei lampe."}, focus=[0.0, 0.0], credit="S",
                licence="CC0 1.0", valid_until=None,
            )
        )  # fmt: skip
    return rendition.sha256


@pytest.fixture
def patient(
    healthy: tuple[World, str],
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Patient]:
    """A copy of the healthy instance, to be ruined."""
    world, picture = healthy
    home = tmp_path / "home"
    shutil.copytree(world.settings.home, home)
    home.chmod(0o700)
    settings = Settings(home=home)
    with copied(world, tmp_path, request) as address:
        made = Patient(
            Store(address),
            settings,
            world.now,
            look(settings, Store(address)),
            picture=picture,
            variables=monkeypatch,
        )
        yield made
        made.store.dispose()


def look(settings: Settings, store: Store) -> doctor.Machine:
    """Return this machine, with room on its disk whatever else is on it."""
    machine = replace(doctor.look_around(settings, store, real_now), free=10**12)
    store.dispose()
    return machine


@contextmanager
def copied(world: World, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the address of a copy of the world's database."""
    if world.store.embedded:
        path = folder / "database" / "samklang.db"
        path.parent.mkdir()
        shutil.copy(str(world.store.url.database), path)
        yield f"sqlite:///{path}"
        return
    source, name = world.store.url.database, f"doctor_{uuid.uuid4().hex[:12]}"
    server = create_engine(request.getfixturevalue("postgresql"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {source}"))
        yield world.store.url.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def found(patient: Patient) -> list[doctor.Finding]:
    """Return everything that the doctor finds."""
    return [one for answer in doctor.examine(patient.subject) for one in answer.findings or ()]


def test_a_healthy_instance_has_no_finding_and_every_check_was_asked(patient: Patient) -> None:
    assert found(patient) == []
    assert all(answer.findings == () for answer in doctor.examine(patient.subject))


@pytest.mark.parametrize("healthy", ["sqlite"], indirect=True)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_alone_with_its_remedy(patient: Patient, fault: str) -> None:
    plant, remedy = FAULTS[fault]
    plant(patient)
    told = found(patient)
    assert {one.code for one in told} == {f"doctor.{fault}"}
    for one in told:
        assert remedy in sentence(one.code, one.values, "en")
        for language in LANGUAGES:
            assert not re.search(r"[{}]", sentence(one.code, one.values, language))


@pytest.mark.parametrize("healthy", ["postgresql"], indirect=True)
@pytest.mark.parametrize("faults", TOGETHER, ids=lambda faults: faults[0])
def test_faults_in_rows_are_found_on_a_server_too(patient: Patient, faults: Sequence[str]) -> None:
    for fault in faults:
        ROWS[fault][0](patient)
    assert {one.code for one in found(patient)} == {f"doctor.{fault}" for fault in faults}


def test_every_finding_there_is_was_planted() -> None:
    assert {fault for faults in TOGETHER for fault in faults} == set(ROWS)
    assert {f"doctor.{fault}" for fault in FAULTS} == CODES


def test_the_doctor_changes_nothing(patient: Patient) -> None:
    files = {path: path.stat().st_mtime_ns for path in patient.settings.home.rglob("*") if path.is_file()}
    patient.run("UPDATE campaign SET version = 2")
    before = found(patient)
    assert found(patient) == before
    assert {
        path: path.stat().st_mtime_ns for path in patient.settings.home.rglob("*") if path.is_file()
    } == files
    assert patient.own_mark.generation == 1


def test_without_a_database_what_is_in_it_is_not_called_well(patient: Patient) -> None:
    patient.store.dispose()
    patient.store = Store("postgresql+psycopg://127.0.0.1:1/x")
    unasked = [answer.check for answer in doctor.examine(patient.subject) if answer.findings is None]
    assert unasked == [check for check in doctor.CHECKS if check.ask_rows is not None]


def test_an_address_that_is_none_is_a_finding_too(patient: Patient) -> None:
    subject = doctor.Subject(patient.settings, None, patient.now, patient.machine, "embedded")
    told = [one.code for answer in doctor.examine(subject) for one in answer.findings or ()]
    assert told == ["doctor.database_unreachable"]


def test_hardly_any_room_is_worse_than_little(patient: Patient) -> None:
    patient.know(free=500_000_000)
    assert [one.severity for one in found(patient)] == ["warning"]
    patient.know(free=50_000_000)
    assert [one.severity for one in found(patient)] == ["error"]


def test_the_demos_own_settings_are_no_fault_of_it(patient: Patient) -> None:
    patient.set(sampling_speed=60, allow_private_hosts=True)
    subject = replace(patient.subject, demo=True)
    assert [one for answer in doctor.examine(subject) for one in answer.findings or ()] == []


def test_names_are_told_up_to_a_handful(patient: Patient) -> None:
    patient.run("UPDATE organisation SET timezone = 'Europe/Paris'")
    (told,) = (one for one in found(patient) if one.code == "doctor.zone_unknown")
    assert told.values["places"] == "Vestland, Bergen, Voss, Solund"


# -- the machine


MOUNTS = (
    "/dev/sda1 / ext4 rw,relatime 0 0",
    "server:/export /srv/files nfs4 rw,vers=4.2 0 0",
    "tmpfs /srv/files/fast tmpfs rw 0 0",
    "//server/share /srv/two\\040words cifs rw 0 0",
    "nonsense",
)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/var/lib/x", "ext4"), ("/srv/files/x/y", "nfs4"), ("/srv/files/fast/x", "tmpfs"), ("/srv/filesystem", "ext4"),
     ("/srv/two words/x", "cifs")],
)  # fmt: skip
def test_a_file_lies_on_what_is_mounted_nearest(path: str, kind: str) -> None:
    assert file_system_of(Path(path), MOUNTS) == kind
    assert file_system_of(Path(path), ()) == ""


def test_the_machine_is_seen_as_it_is(patient: Patient) -> None:
    machine = patient.machine
    assert machine.zones == {"Europe/Oslo", "Arctic/Longyearbyen"}
    if patient.store.embedded:
        assert (machine.journal, machine.ahead) == ("wal", None)
    else:
        assert machine.journal is None
        assert machine.ahead is not None
        assert abs(machine.ahead) < timedelta(seconds=5)


def test_a_home_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "not" / "yet")
    store = Store(settings.database_url, make_folder=False)
    assert doctor.look_around(settings, store, real_now).journal is None
    assert list(tmp_path.iterdir()) == []


def test_a_broker_that_is_gone_does_not_answer(broker: Broker) -> None:
    assert answers(make_app(broker.url))
    broker.kill()
    assert not answers(make_app(broker.url))
