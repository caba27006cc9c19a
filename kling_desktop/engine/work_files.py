"""The file that an act writes for a person, before it gets its name: one of its own for each act.

It lies beside its target, under a name that no other act has. It is noted in the data folder while
it is there: one that a crash left behind is removed at the next start.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from ..moving import discard
from ..plain_file import read_plain
from ..store.volumes import Volume, volume_around

_log = logging.getLogger(__name__)

PREFIX = ".kling-desktop-"
_NOTE_MAX_BYTES = 64 * 1024  # the longest path of any system is shorter
_OURS = re.compile(re.escape(PREFIX) + r"[0-9a-f]{32}\.part(\.[a-z0-9]{1,8})?")


class WorkFiles:
    """Everything here blocks, as long as the target's disk does: for threads that may hang."""

    _begun: ClassVar[set[str]] = set()  # of the whole process: an act may outlive its engine

    def __init__(self, notes: Path) -> None:
        self._notes = notes
        self._volumes: dict[Path, Volume | None] = {}  # on which each was begun

    @contextlib.contextmanager
    def beside(self, target: Path, ending: str = "") -> Iterator[Path]:
        """A path that is free, to write to; what is left there at the end is removed."""
        key = uuid.uuid4().hex
        part = target.with_name(f"{PREFIX}{key}.part{ending}")
        self._begun.add(key)
        self._volumes[part] = volume_around(part.parent)
        note = self._note(key, part)
        try:
            yield part
        finally:
            del self._volumes[part]
            discard(part)
            discard(note)
            self._begun.discard(key)

    def look(self, part: Path) -> None:
        """Before it gets its name. Raises OSError where its disk went away since it was begun.

        What was written since lies in the empty place of the disk, where nobody looks for it.
        """
        if volume_around(part.parent) != self._volumes[part]:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV), str(part.parent))

    def sweep(self) -> None:
        """Remove what an earlier run left; what lies on a disk that is away now is kept noted."""
        try:
            notes = [note for note in self._notes.iterdir() if note.name not in self._begun]
        except OSError:  # nothing was ever begun
            return
        for note in notes:
            self._sweep(note)

    def _sweep(self, note: Path) -> None:
        try:
            part = Path(os.fsdecode(read_plain(note, _NOTE_MAX_BYTES)))
        except OSError as error:
            _log.warning("what was being written is not known: %s", error)
            return
        if not _OURS.fullmatch(part.name):  # nothing of ours, and a person's file is let be
            discard(note)
        elif part.parent.is_dir():
            discard(part)
            discard(note)

    def _note(self, key: str, part: Path) -> Path:
        """Where it cannot be noted, the act goes on all the same."""
        note = self._notes / key
        try:
            self._notes.mkdir(parents=True, exist_ok=True)
            note.write_bytes(os.fsencode(part))
        except OSError as error:
            _log.warning("a work file could not be noted: %s", error)
        return note
