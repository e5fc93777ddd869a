"""Rehearsing campaigns that people asked for: claim – play – note – settle. Who plays is given from outside.

The play needs stand-in platforms, a clock and pages, which this room does not know; it runs in a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import structlog

from campaigns import rehearsals
from campaigns.media import PictureRefused
from campaigns.rehearsals import Progress, Refused, Script
from workers.desk import Desk

log = structlog.get_logger()

Told = Callable[[Progress], bool]
"""Takes how far a play has come, and says whether it is still wanted; asked every second."""
Player = Callable[[Script, Mapping[str, bytes], Told], bytes | None]
"""Plays a script with the bytes of its pictures, and returns what it came to, or `None` once it is not wanted.

Raises: Refused for what cannot be played; PlayerLost.
"""


class PlayerLost(RuntimeError):
    """The process that played ended, or was ended, before it was done."""


def rehearse(desk: Desk, ids: Sequence[int], player: Player, closing: Callable[[], bool]) -> None:
    """Play these rehearsals, one after the other, as far as nobody else has them.

    `closing` says whether this worker is about to end: then what it plays is left to another.
    """
    for rehearsal_id in ids:
        if closing():
            return
        with desk.store.system() as session:
            script = rehearsals.claim(session, rehearsal_id, now=desk.now())
        if script is not None:
            _play(desk, script, player, closing)


def _play(desk: Desk, script: Script, player: Player, closing: Callable[[], bool]) -> None:
    def told(progress: Progress) -> bool:
        noted = desk.steadily(lambda session: rehearsals.note(session, script, progress, now=desk.now()))
        return noted and not closing()

    try:
        pictures = {file: desk.media.read(digest) for file, digest in script.pictures.items()}
        outcome = player(script, pictures, told)
    except (Refused, PictureRefused) as refused:
        code, values = refused.code, refused.values
        desk.steadily(lambda session: rehearsals.refuse(session, script, code, values, now=desk.now()))
        log.info("rehearsal_refused", rehearsal=script.id, code=code)
    except PlayerLost as lost:
        _give_back(desk, script)
        log.warning("player_lost", rehearsal=script.id, attempt=script.attempt, reason=str(lost))
    except Exception as error:  # a fault of ours with one rehearsal is none of the others'
        _give_back(desk, script)
        log.exception("rehearsal_failed", rehearsal=script.id, error=type(error).__name__)
    else:
        if outcome is None:
            _give_back(desk, script)  # nothing happens by it where a person has ended the rehearsal
        else:
            desk.steadily(lambda session: rehearsals.settle(session, script, outcome, now=desk.now()))
            log.info("rehearsed", rehearsal=script.id, attempt=script.attempt)


def _give_back(desk: Desk, script: Script) -> None:
    desk.steadily(lambda session: rehearsals.give_back(session, script, now=desk.now()))
