"""Finished videos: their pictures, copies of them, and what a person does with them."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from filecmp import cmp
from functools import partial
from pathlib import Path

from ..media.errors import MediaError
from ..media.helper import MediaHelper
from ..motion.compare import CompareSettings
from ..motion.job import Job, JobState
from ..moving import copy, move_new, replace
from .book import JobBook
from .failures import CopyFailed, NotKept
from .naming import place
from .problems import keeping
from .work_files import WorkFiles
from .workers import Workers

POSTER_WIDTH_PX, POSTER_HEIGHT_PX = 240, 176  # a tile of the Library at 200 %


class Library:
    """What the Library and the Queue show of jobs, beyond their snapshots."""

    def __init__(
        self, book: JobBook, workers: Workers, media: MediaHelper, begun_folder: Path
    ) -> None:
        self._book = book
        self._workers = workers
        self._media = media
        self.work_files = WorkFiles(begun_folder)

    def open(self) -> None:
        """Remove, some time, the work files that a crash left behind."""
        self._workers.spawn(self._workers.aside(self.work_files.sweep), "sweep")

    async def poster(self, job_id: str) -> str | None:
        """A small picture of the result, or of the input while there is none; None: neither."""
        job = self._book.find(job_id)
        for path in _pictures(job) if job else ():
            if not await self.is_there(path):
                continue  # not asked of the helper, which a dead disk would keep from all others
            try:
                return await self._workers.media(
                    self._media.thumbnail,
                    path,
                    width_px=POSTER_WIDTH_PX,
                    height_px=POSTER_HEIGHT_PX,
                )
            except MediaError:
                continue  # moved, deleted or unreadable: the next best
        return None

    async def is_missing(self, job: Job) -> bool:
        """The video was moved or deleted on disk."""
        if job.state is not JobState.DONE or job.result_path is None:
            return False
        return not await self.is_there(job.result_path)

    async def is_there(self, path: str) -> bool:
        """Whether a file is there; as long as its disk does not answer this waits."""
        return await self._workers.at_place(os.path.dirname(path), partial(os.path.isfile, path))

    async def save_as(self, job_id: str, target: str) -> Path:
        """A copy under another name, the one that is returned.

        Replaces the file a person chose to replace, whole or not. One that came there since is
        left alone, and the copy gets a number. Raises CopyFailed.
        """
        source = Path(self._book.get(job_id).result_path or "")
        try:
            return await self._workers.aside(partial(self._copy, source, Path(target)))
        except OSError as error:
            raise CopyFailed(target, error.strerror or str(error)) from error

    def _copy(self, source: Path, target: Path) -> Path:
        replaces = target.exists()
        if replaces and source.samefile(target):
            return target
        with self.work_files.beside(target) as part:
            copy(source, part)
            if not cmp(source, part, shallow=False):
                raise OSError(errno.EIO, "what was written is not what was read")
            self.work_files.look(part)
            if not replaces:
                return place(part, target.parent, target.stem, target.suffix)
            replace(part, target)
            return target

    async def set_favourite(self, job_id: str, favourite: bool) -> None:
        """Raises NotKept."""
        with keeping():
            await self._book.update(job_id, favourite=favourite)

    async def set_compare(self, job_id: str, compare: CompareSettings) -> None:
        """Nudges and sound of a comparison are remembered with the job. Raises NotKept."""
        with keeping():
            await self._book.update(job_id, compare=compare)

    async def delete(self, job_id: str, discard: Callable[[str], str | None]) -> Undo:
        """Out of the Library, its files into the system's bin; ``undo`` brings all back.

        ``discard`` moves a file into the bin and tells where it lies now, None: it stayed.
        Asked again while it is under way, it is the same deletion. Raises KeyError, NotKept.
        """
        return await self._workers.join(
            (job_id, "delete"), lambda: self._delete(self._book.get(job_id), discard)
        )

    async def _delete(self, job: Job, discard: Callable[[str], str | None]) -> Undo:
        binned: dict[str, str] = {}
        for path in (job.result_path, job.marked_path):
            if path is not None and await self.is_there(path):
                lies_at = await self._workers.aside(partial(discard, path))
                binned |= {path: lies_at} if lies_at is not None else {}
        undo = Undo(self._book, self._workers, job, binned)
        try:
            with keeping():
                await self._book.remove(job.job_id)
        except NotKept:
            await undo.take_back_file()  # it stays in the Library, and so does its video
            raise
        return undo


class Undo:
    """Takes one deletion back."""

    def __init__(self, book: JobBook, workers: Workers, job: Job, binned: dict[str, str]) -> None:
        self._book = book
        self._workers = workers
        self.job = job
        self.binned = binned  # where each file lies now, by where it was

    async def __call__(self) -> bool:
        """Whether its files are back, too: the bin may be empty by now. Raises NotKept."""
        try:
            await self.take_back_file()
            whole = True
        except OSError:
            whole = False
        with keeping():
            await self._book.restore(self.job)
        return whole

    async def take_back_file(self) -> None:
        """Out of the bin, where it went there."""
        for path, lies_at in self.binned.items():
            await self._workers.aside(partial(_take_back, lies_at, path))


def _take_back(binned: str, path: str) -> None:
    with suppress(FileExistsError):  # something else has its name by now
        move_new(Path(binned), Path(path))


def _pictures(job: Job) -> tuple[str, ...]:
    wanted = (job.result_path, job.request.image.path, job.request.video.path)
    return tuple(path for path in wanted if path)
