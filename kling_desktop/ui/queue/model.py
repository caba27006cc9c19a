"""The Queue's model: a mirror of the engine's jobs, found by id. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from kling_desktop.motion.job import HoldReason, Job, JobState, Progress
from kling_desktop.motion.request import Mode
from kling_desktop.ui.tr import words

from .look import RowLook, Surroundings, UsualRange, is_ticking, row_look

JOB_ROLE = int(Qt.ItemDataRole.UserRole) + 1  # the Job itself
LOOK_ROLE = JOB_ROLE + 1  # its RowLook now
THUMBNAIL_ROLE = JOB_ROLE + 2  # a path, or None

AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class QueueModel(QAbstractListModel):
    """Rows in the order in which they will go. Window's thread only."""

    def __init__(self, parent: QObject | None = None, *, now: Callable[[], float]) -> None:
        super().__init__(parent)
        self._now = now
        self._jobs: list[Job] = []
        self._row_of: dict[str, int] = {}
        self._progress: dict[str, Progress] = {}
        self._thumbnails: dict[str, str] = {}
        self._taken: set[str] = set()
        self._around = Surroundings(now(), usual={})
        self._usual: dict[Mode, UsualRange] = {}

    def job(self, job_id: str) -> Job | None:
        row = self._row_of.get(job_id)
        return None if row is None else self._jobs[row]

    def job_at(self, row: int) -> Job:
        return self._jobs[row]

    def index_of(self, job_id: str) -> QModelIndex:
        row = self._row_of.get(job_id)
        return QModelIndex() if row is None else self.index(row, 0)

    def waiting_ids(self) -> list[str]:
        """The jobs that can be moved, in order."""
        return [j.job_id for j in self._jobs if j.state is JobState.QUEUED]

    def set_jobs(self, jobs: Sequence[Job]) -> None:
        self.beginResetModel()
        self._jobs = [job for job in jobs if job.in_queue]
        self._reindex()
        self._progress = {k: v for k, v in self._progress.items() if k in self._row_of}
        self.endResetModel()

    def upsert(self, job: Job) -> None:
        """Add or replace a job; one that does not belong here any more leaves."""
        if not job.in_queue:
            self.remove(job.job_id)
            return
        row = self._row_of.get(job.job_id)
        if row is None:
            self._insert(job)
            return
        moved = self._jobs[row].position != job.position
        self._jobs[row] = job
        self._touch(row)
        if moved:
            others = [j for j in self._jobs if j.job_id != job.job_id]
            self._move(row, _place(others, job))

    def remove(self, job_id: str) -> None:
        row = self._row_of.get(job_id)
        if row is None:
            return
        self.beginRemoveRows(_ROOT, row, row)
        del self._jobs[row]
        self._reindex()
        self.endRemoveRows()
        self._progress.pop(job_id, None)
        self._thumbnails.pop(job_id, None)

    def arrange(self, order: Sequence[str]) -> None:
        """Follow ``order`` among its own members; rows that it does not name keep their place."""
        ids = [job_id for job_id in order if job_id in self._row_of]
        named = set(ids)
        in_turn = iter(ids)
        wanted = [next(in_turn) if j.job_id in named else j.job_id for j in self._jobs]
        for row, job_id in enumerate(wanted):  # all rows above ``row`` are in place already
            self._move(self._row_of[job_id], row)

    def set_holds(self, holds: tuple[HoldReason, ...]) -> None:
        if holds != self._around.holds:
            self._around = replace(self._around, holds=holds)
            self._touch_all()

    def set_progress(self, progress: Progress) -> None:
        row = self._row_of.get(progress.job_id)
        if row is not None:
            self._progress[progress.job_id] = progress
            self._touch(row)

    def set_thumbnail(self, job_id: str, path: str) -> None:
        row = self._row_of.get(job_id)
        if row is not None:
            self._thumbnails[job_id] = path
            self._touch(row)

    def set_taken(self, job_id: str, taken: bool) -> None:
        """Whether what the person pressed on this job is being written down."""
        (self._taken.add if taken else self._taken.discard)(job_id)
        row = self._row_of.get(job_id)
        if row is not None:
            self._touch(row)

    def set_usual_range(self, mode: Mode, usual: UsualRange | None) -> None:
        if usual is None:
            self._usual.pop(mode, None)
        else:
            self._usual[mode] = usual
        self._around = replace(self._around, usual=dict(self._usual))
        self._touch_all()

    def has_ticking(self) -> bool:
        now = self._now()
        return any(is_ticking(job, now) for job in self._jobs)

    def tick(self) -> None:
        """Let the rows that follow the clock be painted again."""
        now = self._now()
        for row, job in enumerate(self._jobs):
            if is_ticking(job, now):
                index = self.index(row, 0)
                self.dataChanged.emit(index, index, [LOOK_ROLE])

    def look(self, job: Job) -> RowLook:
        around = replace(self._around, now=self._now())
        look = row_look(job, self._progress.get(job.job_id), around)
        return replace(look, taken=True) if job.job_id in self._taken else look

    def _insert(self, job: Job) -> None:
        row = _place(self._jobs, job)
        self.beginInsertRows(_ROOT, row, row)
        self._jobs.insert(row, job)
        self._reindex()
        self.endInsertRows()

    def _move(self, row: int, to: int) -> None:
        """Move one row so that it ends at ``to``."""
        if row == to:
            return
        # Qt names the row before which it lands, counted before the move.
        self.beginMoveRows(_ROOT, row, row, _ROOT, to + 1 if to > row else to)
        self._jobs.insert(to, self._jobs.pop(row))
        self._reindex()
        self.endMoveRows()

    def _reindex(self) -> None:
        self._row_of = {job.job_id: row for row, job in enumerate(self._jobs)}

    def _touch(self, row: int) -> None:
        index = self.index(row, 0)
        self.dataChanged.emit(index, index, [])

    def _touch_all(self) -> None:
        if self._jobs:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._jobs) - 1, 0), [])

    def _accessible_text(self, job: Job) -> str:
        reason = self.look(job).reason
        name = words.job_name(job)
        return f"{name}, {reason}" if reason else name

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._jobs)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._jobs):
            return None
        job = self._jobs[index.row()]
        if role == JOB_ROLE:
            return job
        if role == LOOK_ROLE:
            return self.look(job)
        if role == THUMBNAIL_ROLE:
            return self._thumbnails.get(job.job_id)
        if role == Qt.ItemDataRole.DisplayRole:
            return job.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._accessible_text(job)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            look = self.look(job)
            return ", ".join(part for part in (look.text, look.note, look.hint) if part)
        return None


def _place(jobs: Sequence[Job], job: Job) -> int:
    """Where ``job`` belongs by its position: behind the last one that goes before it."""
    for row in range(len(jobs) - 1, -1, -1):
        if jobs[row].position <= job.position:
            return row + 1
    return 0
