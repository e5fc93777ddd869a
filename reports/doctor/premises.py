"""Checks that need no database: settings, files and the machine."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from campaigns.settings import SettingsProblem, chosen_for
from campaigns.store import condition
from campaigns.timing import ZONES
from campaigns.vault import KeysProblem, read_keys
from connectors import REACHED
from reports.doctor.finding import Finding, Subject

MEGABYTE = 1_000_000
LITTLE, HARDLY_ANY = 1_000 * MEGABYTE, 200 * MEGABYTE
"""Bytes. A thousand pictures are at most 1.9 GB; below the second a database may be unable to write its journal."""
CLOCKS_AGREE = timedelta(seconds=5)
"""Two machines that ask the same time servers are some milliseconds apart; times of posts are told in minutes."""
NETWORK = frozenset(
    {"9p", "afs", "ceph", "cifs", "davfs", "fuse.davfs2", "fuse.glusterfs", "fuse.sshfs", "glusterfs", "lustre",
     "ncpfs", "nfs", "nfs4", "smb3", "smbfs"}
)  # fmt: skip
"""Kinds of file system whose files lie on another machine; SQLite's write-ahead log needs shared memory
(sqlite.org/wal.html, read 2026-11)."""


def unsafe_settings(subject: Subject) -> Iterator[Finding]:
    """Find settings that are unsafe together; every other command refuses them (threats E13, G8)."""
    try:
        subject.settings.check()
    except SettingsProblem as trouble:
        yield Finding("doctor.settings_unsafe", "error", {"problem": str(trouble)})


def platform_settings(subject: Subject) -> Iterator[Finding]:
    """Find settings of platforms that will not do, or not for long: a version that ends."""
    for kind in REACHED:
        for one in kind.warnings(chosen_for(kind), subject.now):
            yield Finding(one.code, "warning", one.values)


def rehearsal(subject: Subject) -> Iterator[Finding]:
    """Find settings that are meant for rehearsals, outside the demo."""
    if subject.demo:
        return
    if subject.settings.sampling_speed != 1:
        yield Finding("doctor.sampling_speed", "warning", {"speed": f"{subject.settings.sampling_speed:g}"})
    if subject.settings.allow_private_hosts:
        yield Finding("doctor.private_hosts", "warning")


def open_files(subject: Subject) -> Iterator[Finding]:
    """Find what others on the machine can read: the home folder, and the keys."""
    home, keys = subject.settings.home, subject.settings.keys_path
    if home.exists() and _mode(home) & 0o007:
        yield Finding("doctor.home_open", "warning", {"path": str(home), "mode": f"{_mode(home):o}"})
    if keys.exists() and _mode(keys) & 0o077:
        yield Finding("doctor.keys_open", "error", {"path": str(keys), "mode": f"{_mode(keys):o}"})


def unreadable_keys(subject: Subject) -> Iterator[Finding]:
    """Find a key file that is there and cannot be used."""
    path = subject.settings.keys_path
    if path.exists():
        try:
            read_keys(path)
        except KeysProblem:
            yield Finding("doctor.keys_unreadable", "error", {"path": str(path)})


def mark_place(subject: Subject) -> Iterator[Finding]:
    """Find a mark that one copy of a folder takes along with the database: then it tells of no restore (D12)."""
    file = condition.file_of(subject.store) if subject.store else None
    folder = subject.settings.mark_path.parent
    if file is not None and file.parent.resolve() == folder.resolve():
        yield Finding("doctor.mark_with_database", "warning", {"path": str(folder)})


def disk(subject: Subject) -> Iterator[Finding]:
    """Find a disk that is nearly full."""
    free = subject.machine.free
    if free < LITTLE:
        values: dict[str, str | int] = {"megabytes": free // MEGABYTE, "path": str(subject.settings.home)}
        yield Finding("doctor.disk_nearly_full", "error" if free < HARDLY_ANY else "warning", values)


def zones(subject: Subject) -> Iterator[Finding]:
    """Find that time zones are missing in which municipalities live."""
    if missing := [name for name in ZONES if name not in subject.machine.zones]:
        yield Finding("doctor.zones_missing", "error", {"zones": ", ".join(missing)})


def embedded_disk(subject: Subject) -> Iterator[Finding]:
    """Find an embedded database where it cannot keep its promises (D23)."""
    machine = subject.machine
    if machine.file_system in NETWORK:
        yield Finding("doctor.network_file_system", "error", {"kind": machine.file_system})
    elif machine.journal not in {None, "wal"}:
        yield Finding("doctor.no_wal", "error", {"journal": str(machine.journal)})


def clocks(subject: Subject) -> Iterator[Finding]:
    """Find that this machine and the database server do not agree what time it is."""
    ahead = subject.machine.ahead
    if ahead is not None and abs(ahead) > CLOCKS_AGREE:
        yield Finding("doctor.clocks_differ", "error", {"seconds": round(ahead.total_seconds())})


def broker(subject: Subject) -> Iterator[Finding]:
    """Find a broker that does not answer."""
    if subject.broker == "silent":
        yield Finding("doctor.broker_silent", "error")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
