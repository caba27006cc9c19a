"""The person's own folder for videos: whether it is there, on the disk that it was chosen on.

One that is gone is never made anew by itself: what is paid for waits for it (``steps/saving``).
The folder that nobody chose is made where it is wanted.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from ..motion.away import Away, Why
from ..steady import steady_s
from ..store.settings import ChosenDisk
from ..store.volumes import Volume, unmounted_above, volume_of
from .events import Event
from .preferences import Preferences
from .workers import Workers

T = TypeVar("T")

LOOK_EVERY_S = 5.0  # a disk that was plugged in is seen by then
ANSWERS_WITHIN_S = 10.0  # a sleeping disk takes some seconds to spin up
PERSON_WAITS_S = 1.0  # for a dialog
# One look at a folder; a dialog takes dozens of them on the window's thread.
QUICK_S = 0.1


class VideosPlace:
    """Looks are taken in threads of their own: a dead share may never answer."""

    def __init__(self, preferences: Preferences | None, workers: Workers) -> None:
        """``preferences``: where a person may have chosen a folder; None: nowhere."""
        self._preferences = preferences
        self._workers = workers
        self.away: Away | None = None  # as the last look found it
        self.changed: Event[Away | None] = Event()

    @property
    def chosen(self) -> Path | None:
        """The person's own; None: the usual one."""
        chosen = self._preferences.value.videos_folder if self._preferences else None
        return Path(chosen) if chosen else None

    async def run(self) -> None:
        """Look now and then, for as long as the engine runs."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> Away | None:
        """None where videos can go there, and where nobody chose a folder."""
        folder = self.chosen
        why = None if folder is None else await self._why(folder)
        found = None if why is None else Away(str(folder), why)
        if folder == self.chosen and found != self.away:  # else another one was chosen meanwhile
            self.away = found
            self.changed.emit(found)
        return found

    async def is_there(self, folder: Path, within_s: float = ANSWERS_WITHIN_S) -> bool:
        """Of any folder; a dead share is not there."""
        try:
            async with asyncio.timeout(within_s):
                return await self._soon(("there", folder), partial(is_there, folder))
        except TimeoutError:
            return False

    async def answers_at_once(self, folder: Path) -> bool:
        """Of any folder that is there: whether a file dialog may look around in it."""
        try:
            async with asyncio.timeout(PERSON_WAITS_S):
                return await self._soon(("quick", folder), partial(is_quick, folder))
        except (TimeoutError, OSError):
            return False

    async def choose(self, folder: str) -> str | None:
        """The person's word, also for the same one again: it is the disk that it lies on now.

        The reason where that could not be kept beyond this run.
        """
        if self._preferences is None:
            return None
        try:
            volume = await self._soon(("volume", folder), partial(volume_of, Path(folder)))
            disk = ChosenDisk(folder, volume)
        except OSError:  # a TimeoutError is one, too
            disk = None
        problem = self._preferences.change(videos_folder=folder, videos_disk=disk)
        await self.look()
        return problem

    async def make_again(self) -> str | None:
        """Make the chosen folder on the disk that is there now, and choose it; as ``choose``.

        Raises OSError, which may be TimeoutError: then nothing has changed.
        """
        if (folder := self.chosen) is None:
            return None
        await self._soon(("make", folder), partial(os.makedirs, folder, exist_ok=True))
        return await self.choose(str(folder))

    async def _why(self, folder: Path) -> Why | None:
        kept = self._kept(folder)
        try:
            why, volume = await self._soon((folder, kept), partial(look_at, folder, kept))
        except TimeoutError:
            return Why.SILENT
        if volume is not None and _is_news(volume, kept):
            self._learn(folder, volume)
        return why

    def _learn(self, folder: Path, volume: Volume) -> None:
        if self._preferences is not None and folder == self.chosen:
            self._preferences.learn(ChosenDisk(str(folder), volume))

    def _kept(self, folder: Path) -> Volume | None:
        disk = self._preferences.value.videos_disk if self._preferences else None
        return disk.volume if disk is not None and Path(disk.folder) == folder else None

    async def _soon(self, key: object, work: Callable[[], T]) -> T:
        """One thread for the same question, however often it is asked. Raises TimeoutError."""
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            return await self._workers.join(("place", key), lambda: self._workers.aside(work))


def is_there(folder: Path) -> bool:
    """Whether it is one, and not the empty place of a disk. Blocks."""
    return os.path.isdir(folder) and unmounted_above(folder) is None


def is_quick(folder: Path) -> bool:
    """Whether it is there and told at once. Blocks. Raises OSError."""
    began_s = steady_s()
    with os.scandir(folder) as entries:
        next(entries, None)
    return steady_s() - began_s < QUICK_S


def look_at(folder: Path, kept: Volume | None) -> tuple[Why | None, Volume | None]:
    """Why nothing is to be saved there; else the volume it lies on, where that is told. Blocks.

    ``kept``: the volume that it was chosen on; None: not known.
    """
    if not os.path.isdir(folder):
        return Why.GONE, None
    try:
        real, volume = Path(os.path.realpath(folder)), volume_of(folder)
    except OSError:  # some drivers tell no more than that it is there: no reason to wait
        return None, None
    why = None if kept is None else _why_not(real, volume, kept)
    return why, volume if why is None else None


def _why_not(real: Path, now: Volume, kept: Volume) -> Why | None:
    mounted, chosen_on = Path(now.mount_point), Path(kept.mount_point)
    if chosen_on not in (real, *real.parents):
        return None  # a symbolic link that somebody has led elsewhere
    if mounted in chosen_on.parents:
        return Why.UNPLUGGED
    is_other = mounted == chosen_on and now.name and kept.name and now.name != kept.name
    return Why.OTHER_DISK if is_other else None


def _is_news(now: Volume, kept: Volume | None) -> bool:
    """Whether it tells more than what was kept of a folder that is there."""
    return kept is None or now.mount_point != kept.mount_point or bool(now.name and not kept.name)
