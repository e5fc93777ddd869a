"""Small files outside the database, each replaced as one step: the mark, the heads and the keys."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, content: str, *, mode: int = 0o644) -> None:
    """Write the content so that a crash, even of the machine, leaves the old file or the new one.

    `mode` is the new file's, less what the process' umask takes away.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = draft_of(path, content, mode=mode)
    try:
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    keep_names(path.parent)


def draft_of(path: Path, content: str, *, mode: int) -> Path:
    """Write the content to a new file beside `path`, onto the disk, and return its name."""
    draft = path.with_suffix(f".{secrets.token_hex(8)}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def keep_names(folder: Path) -> None:
    """Put onto the disk which names a folder has, so that a power cut takes no renaming back."""
    with suppress(OSError):  # some file systems have no such thing for a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
