"""Everything that may be wrong with an instance, as a test plants it: the code that is to be found, and its remedy."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from campaigns import holds, mark, vault
from campaigns.media import MediaFolder
from campaigns.settings import Settings
from campaigns.store import HoldLevel, Store
from reports import doctor

PAST_TWELVE = datetime(2027, 1, 12, 11, 2, tzinfo=UTC)
"""Two minutes after the healthy instance's second message was to go."""


@dataclass
class Patient:
    """An instance with everything of its own, so that a test may ruin it."""

    store: Store
    settings: Settings
    now: datetime
    machine: doctor.Machine
    broker: doctor.Broker = "embedded"
    picture: str = ""
    """The digest of the picture that its planned posts need."""
    variables: pytest.MonkeyPatch | None = None
    """The environment, of which the platforms' settings are read."""

    def choose(self, name: str, value: str) -> None:
        """Set a platform's setting."""
        assert self.variables is not None
        self.variables.setenv(name, value)

    @property
    def subject(self) -> doctor.Subject:
        """Return it as the doctor takes it."""
        return doctor.Subject(self.settings, self.store, self.now, self.machine, self.broker)

    @property
    def own_mark(self) -> mark.Mark:
        """Return what the database says of itself."""
        with self.store.system(write=False) as session:
            return mark.standing(session, self.settings.mark_path)[1]

    def set(self, **settings: object) -> None:
        """Choose other settings."""
        self.settings = Settings(home=self.settings.home, **settings)

    def know(self, **facts: object) -> None:
        """Be on another machine."""
        self.machine = replace(self.machine, **facts)

    def run(self, *statements: str, guarded: str = "", **values: object) -> None:
        """Write to the database past everything; `guarded` is a table whose trigger goes first."""
        drop = {
            "postgresql": f"DROP TRIGGER {guarded}_stays ON {guarded}",
            "sqlite": f"DROP TRIGGER {guarded}_stays_update",
        }
        with self.store.engine.begin() as connection:
            for statement in (*([drop[self.store.engine.dialect.name]] if guarded else []), *statements):
                connection.execute(text(statement), values)


Plant = Callable[[Patient], object]


def _put_mark_beside_database(patient: Patient) -> None:
    folder = Path(str(patient.store.url.database)).parent
    for path in (patient.settings.mark_path, patient.settings.heads_path):
        shutil.move(path, folder / path.name)
    patient.set(mark=folder / "mark.json")


def _be_elsewhere(patient: Patient, address: str) -> None:
    patient.store.dispose()
    patient.store = Store(address)


def _know_a_newer_revision(patient: Patient) -> None:
    folder = patient.settings.home / "migrations"
    shutil.copytree(patient.store.migrations, folder)
    with patient.store.engine.connect() as connection:
        present = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    newer = f'revision = "9999"\ndown_revision = "{present}"\n\n\ndef upgrade():\n    pass\n'
    (folder / "versions" / "9999_newer.py").write_text(newer)
    patient.store.migrations = folder


def _lose_the_key(patient: Patient) -> None:
    patient.settings.keys_path.unlink()
    vault.open_vault(patient.settings.keys_path)


def _hold(patient: Patient) -> None:
    with patient.store.system() as session:
        holds.set_hold(session, HoldLevel.everything, now=patient.now, reason="a drill")


def _picture(patient: Patient) -> Path:
    return MediaFolder(patient.settings.media_path).path(patient.picture)


PLANNED = "UPDATE delivery SET state = :state WHERE state = 'planned'"


def _letter(tries: int, ended: str, outcome: str) -> str:
    return (
        "INSERT INTO letter (way, person_id, at_once, message_id, details, made_at, next_try_at, attempts, ended_at, outcome) "
        "SELECT 'mail', min(id), true, 'x', '{}', '2027-01-12 06:00:00.000000', '2027-01-12 06:00:00.000000', "
        f"{tries}, {ended}, {outcome} FROM person"
    )


ROLE = "DELETE FROM membership WHERE role = :role AND organisation_id = (SELECT id FROM organisation WHERE number = :number)"
OLD_HISTORY = (
    "INSERT INTO history (organisation_id, delivery_id, at, move, target, attempt, actor) "
    "SELECT organisation_id, id, '2027-01-08 10:00:00.000000', 'miss', 'missed', 1, 'clock' FROM delivery"
)


def _stick_a_letter(patient: Patient) -> None:
    patient.run(_letter(3, "NULL", "'mail.unreachable'"))
    patient.set(
        smtp_host="localhost", smtp_tls="none", mail_from="a@b.no", public_url="http://localhost:8046"
    )


PREMISES: Mapping[str, tuple[Plant, str]] = {
    "settings_unsafe": (lambda one: one.set(broker="redis://broker.example/0"), "Give the broker one."),
    "version_ends": (lambda one: one.choose("SAMKLANG_LINKEDIN_VERSION", "202601"), "to a newer one before that."),
    "version_has_ended": (lambda one: one.choose("SAMKLANG_LINKEDIN_VERSION", "202512"), "to a newer one."),
    "sampling_speed": (lambda one: one.set(sampling_speed=60), "Unset it, or set it to 1."),
    "private_hosts": (lambda one: one.set(allow_private_hosts=True), "Unset it."),
    "home_open": (lambda one: one.settings.home.chmod(0o755), "chmod 700"),
    "keys_open": (lambda one: one.settings.keys_path.chmod(0o640), "chmod 600"),
    "keys_unreadable": (lambda one: one.settings.keys_path.write_text("{}"), "Put back the copy"),
    "disk_nearly_full": (lambda one: one.know(free=500_000_000), "Make room"),
    "zones_missing": (lambda one: one.know(zones=frozenset({"Europe/Oslo"})), "Install the package tzdata."),
    "network_file_system": (lambda one: one.know(file_system="nfs4"), "a local disk, or use PostgreSQL"),
    "no_wal": (lambda one: one.know(journal="delete"), "a local disk, or use PostgreSQL"),
    "clocks_differ": (lambda one: one.know(ahead=timedelta(seconds=-7)), "the same time server"),
    "broker_silent": (lambda one: setattr(one, "broker", "silent"), "Start it, and check SAMKLANG_BROKER"),
    "database_unreachable": (
        lambda one: _be_elsewhere(one, "postgresql+psycopg://127.0.0.1:1/x"), "Start it, and check SAMKLANG_DATABASE.",
    ),
    "not_migrated": (
        lambda one: _be_elsewhere(one, f"sqlite:///{one.settings.home}/new/samklang.db"), "Run 'samklang migrate'.",
    ),
}  # fmt: skip
"""By the code without its area: how it is planted, and words of the remedy in English. These need no row."""

ROWS: Mapping[str, tuple[Plant, str]] = {
    "schema_behind": (_know_a_newer_revision, "run 'samklang migrate'"),
    "schema_ahead": (
        lambda one: one.run("UPDATE alembic_version SET version_num = 'later'"), "install the newest version",
    ),
    "mark_absent": (lambda one: one.settings.mark_path.unlink(), "'samklang release --everything'"),
    "mark_behind": (
        lambda one: mark.write_mark(one.settings.mark_path, replace(one.own_mark, generation=99)),
        "'samklang unsure list'",
    ),
    "mark_other": (
        lambda one: mark.write_mark(one.settings.mark_path, replace(one.own_mark, name="another")),
        "Let SAMKLANG_DATABASE and SAMKLANG_MARK belong together",
    ),
    "audit_broken": (
        lambda one: one.run("UPDATE audit_entry SET subject = 'x' WHERE sequence = 1", guarded="audit_entry"),
        "'samklang audit verify' says which entry or day",
    ),
    "audit_ends_unknown": (lambda one: one.settings.heads_path.unlink(), "Start the clock"),
    "keys_missing": (lambda one: one.settings.keys_path.unlink(), "Put back the copy of the key file"),
    "login_key_unknown": (_lose_the_key, "Put back the key file that belongs here, or connect the accounts again."),
    "login_altered": (
        lambda one: one.run("UPDATE sealed_login SET sealed = :nothing", nothing=b"x" * 40), "connect the accounts again",
    ),
    "rotation_unfinished": (lambda one: vault.add_key(one.settings.keys_path), "Run 'samklang keys rotate'"),
    "login_lost": (lambda one: one.run("UPDATE account SET state = 'login_lost'"), "'samklang account connect'"),
    "held": (_hold, "lift it with 'samklang release --everything'"),
    "clock_silent": (lambda one: setattr(one, "now", PAST_TWELVE), "start 'samklang clock' or 'samklang up'"),
    "leases_over": (
        lambda one: one.run(
            f"{PLANNED}", "UPDATE delivery SET lease_until = '2027-01-12 08:00:00.000000' WHERE state = :state",
            state="publishing",
        ),
        "Start 'samklang clock' or 'samklang up'.",
    ),
    "plans_behind": (lambda one: one.run("UPDATE campaign SET version = 2"), "Start 'samklang clock' or 'samklang up'"),
    "workers_silent": (lambda one: one.run(PLANNED, state="queued"), "Start 'samklang worker' or 'samklang up'"),
    "unsure_waiting": (
        lambda one: one.run(PLANNED, "UPDATE delivery SET needs_person = true WHERE state = :state", state="unsure"),
        "answer with 'samklang unsure answer'",
    ),
    "paused": (
        lambda one: one.run(
            "INSERT INTO pause (scope, target, until, code) VALUES ('app', 'p', '2027-01-12 18:00:00.000000', 'c')"
        ),
        "send less at a time or ask the platform",
    ),
    "digests_overdue": (lambda one: one.run(OLD_HISTORY), "Start 'samklang clock' or 'samklang up'"),
    "pictures_gone": (lambda one: _picture(one).unlink(), "Put the folder back from its copy, or load the campaign again"),
    "pictures_altered": (lambda one: _picture(one).write_bytes(b"another"), "load the campaign again"),
    "snapshots_altered": (
        lambda one: one.run("UPDATE snapshot SET body = '{}'", guarded="snapshot"), "find out who wrote there",
    ),
    "mandatory_not_gone": (
        lambda one: one.run("UPDATE message SET mandatory = true", "UPDATE campaign SET ends_on = '2027-01-11'"),
        "tell those concerned in another way",
    ),
    "mail_off": (
        lambda one: one.run(_letter(0, "NULL", "NULL")), "Set SAMKLANG_SMTP_HOST and SAMKLANG_MAIL_FROM.",
    ),
    "mail_without_links": (
        lambda one: one.set(smtp_host="localhost", smtp_tls="none", mail_from="a@b.no"), "Set SAMKLANG_PUBLIC_URL.",
    ),
    "letters_stuck": (_stick_a_letter, "whether the mail server answers"),
    "letters_refused": (
        lambda one: one.run(_letter(1, "'2027-01-12 08:00:00.000000'", "'mail.refused'")),
        "put the addresses right",
    ),
    "no_approver": (lambda one: one.run(ROLE, role="approver", number="4636"), "member add MAIL --name NAME --role approver"),
    "no_admin": (lambda one: one.run(ROLE, role="admin", number="4621"), "member add MAIL --name NAME --role admin"),
    "no_coordinator": (
        lambda one: one.run(ROLE, role="coordinator", number="46"), "member add MAIL --name NAME --role coordinator",
    ),
    "language_missing": (lambda one: one.run("UPDATE organisation SET language = NULL"), "'samklang profile --language'"),
    "zone_unknown": (
        lambda one: one.run("UPDATE organisation SET timezone = 'Europe/Paris' WHERE number = '4636'"),
        "Correct the column timezone",
    ),
    "cannot_ask": (lambda one: one.run("ALTER TABLE membership RENAME TO lost"), "run 'samklang migrate'"),
}  # fmt: skip
"""Those that stand in a database, on either engine."""

EMBEDDED: Mapping[str, tuple[Plant, str]] = {
    "mark_with_database": (_put_mark_beside_database, "Let SAMKLANG_MARK point to another disk."),
}
"""Those that only an embedded database can have."""

FAULTS = {**PREMISES, **ROWS, **EMBEDDED}

TOGETHER = (
    ("mark_absent", "audit_broken", "login_altered", "rotation_unfinished", "clock_silent", "paused", "digests_overdue",
     "pictures_gone", "snapshots_altered", "no_approver", "no_admin", "no_coordinator", "language_missing",
     "zone_unknown"),
    ("mark_other", "audit_ends_unknown", "login_key_unknown", "login_lost", "held", "plans_behind", "workers_silent",
     "pictures_altered"),
    ("mark_behind", "keys_missing", "leases_over", "mandatory_not_gone"),
    ("unsure_waiting", "cannot_ask"),
    ("letters_refused", "mail_without_links"),
    ("mail_off",),
    ("letters_stuck",),
    ("schema_behind",),
    ("schema_ahead",),
)  # fmt: skip
"""Faults in rows that do not hide each other, for an engine whose databases take a second to copy."""
