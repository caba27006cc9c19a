"""The Library's model: ended jobs, newest first, filtered and searched in memory. No I/O."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QUrl,
)

from kling_desktop.motion.job import Job, JobState
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets import plain_tooltip

from .entry import Entry, Filter, folded, make_entry, passes
from .times import clock_text

JOB_ROLE = int(Qt.ItemDataRole.UserRole) + 1  # the Job itself
ENTRY_ROLE = JOB_ROLE + 1
THUMBNAIL_ROLE = JOB_ROLE + 2  # a path, or None
MISSING_ROLE = JOB_ROLE + 3  # whether the file was moved or deleted on disk
TAKEN_ROLE = JOB_ROLE + 4  # whether a wish of the person is being written down
AWAY_ROLE = JOB_ROLE + 5  # whether it is missing because its whole folder is

AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class LibraryModel(QAbstractListModel):
    """Holds every ended job and shows those that pass. Window's thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: dict[str, Entry] = {}
        self._shown: list[Entry] = []
        self._row_of: dict[str, int] = {}
        self._thumbnails: dict[str, str] = {}
        self._missing: set[str] = set()
        self._away: set[str] = set()  # of the missing: those whose whole folder is not there
        self._taken: set[str] = set()
        self._filter = Filter.ALL
        self._terms: tuple[str, ...] = ()

    # -- reading

    @property
    def total(self) -> int:
        """How many jobs there are, shown or not."""
        return len(self._all)

    @property
    def days(self) -> list[int]:
        """The day of each row."""
        return [entry.day for entry in self._shown]

    @property
    def titles(self) -> list[str]:
        """The title of each row."""
        return [entry.job.title for entry in self._shown]

    def job(self, job_id: str) -> Job | None:
        entry = self._all.get(job_id)
        return None if entry is None else entry.job

    def job_at(self, row: int) -> Job:
        return self._shown[row].job

    def index_of(self, job_id: str) -> QModelIndex:
        row = self._row_of.get(job_id)
        return QModelIndex() if row is None else self.index(row, 0)

    def is_missing(self, job_id: str) -> bool:
        return job_id in self._missing

    def has_file(self, job_id: str) -> bool:
        """Whether there is a video to play, save, copy or drag."""
        job = self.job(job_id)
        if job is None or job.state is not JobState.DONE or job_id in self._missing:
            return False
        return job.result_path is not None

    def file_paths(self, job_ids: Iterable[str]) -> list[str]:
        found = (self.job(job_id) for job_id in job_ids if self.has_file(job_id))
        return [job.result_path for job in found if job is not None and job.result_path]

    # -- changing

    def set_jobs(self, jobs: Sequence[Job]) -> None:
        self._all = {job.job_id: make_entry(job) for job in jobs if job.ended}
        self._missing &= self._all.keys()
        self._away &= self._all.keys()
        self._thumbnails = {k: v for k, v in self._thumbnails.items() if k in self._all}
        self._refill()

    def upsert(self, job: Job) -> None:
        """Add or replace one job; one that runs again belongs to the Queue and leaves."""
        if not job.ended:
            self.remove(job.job_id)
            return
        before = self._all.get(job.job_id)
        entry = make_entry(job)
        self._all[job.job_id] = entry
        row = self._row_of.get(job.job_id)
        shows = passes(entry, self._filter, self._terms)
        if row is not None and shows and before is not None and _same_place(before, entry):
            self._shown[row] = entry
            self._touch(row)
            return
        if row is not None:
            self._take_row(row)
        if shows:
            self._put_row(entry)

    def remove(self, job_id: str) -> None:
        if self._all.pop(job_id, None) is None:
            return
        self._thumbnails.pop(job_id, None)
        self._missing.discard(job_id)
        self._away.discard(job_id)
        row = self._row_of.get(job_id)
        if row is not None:
            self._take_row(row)

    def set_thumbnail(self, job_id: str, path: str) -> None:
        if job_id in self._all:
            self._thumbnails[job_id] = path
            self._touch_id(job_id)

    def set_missing(self, job_id: str, missing: bool, *, away: bool = False) -> None:
        (self._away.add if missing and away else self._away.discard)(job_id)
        if missing and job_id in self._all:
            self._missing.add(job_id)
        else:
            self._missing.discard(job_id)
        self._touch_id(job_id)

    def set_taken(self, job_id: str, taken: bool) -> None:
        (self._taken.add if taken else self._taken.discard)(job_id)
        self._touch_id(job_id)

    def set_filter(self, chosen: Filter) -> None:
        if chosen is not self._filter:
            self._filter = chosen
            self._refill()

    def set_search(self, text: str) -> None:
        terms = tuple(folded(text).split())
        if terms != self._terms:
            self._terms = terms
            self._refill()

    # -- inside

    def _refill(self) -> None:
        self.beginResetModel()
        shown = [e for e in self._all.values() if passes(e, self._filter, self._terms)]
        shown.sort(key=_sort_key)
        self._shown = shown
        self._reindex()
        self.endResetModel()

    def _take_row(self, row: int) -> None:
        self.beginRemoveRows(_ROOT, row, row)
        del self._shown[row]
        self._reindex()
        self.endRemoveRows()

    def _put_row(self, entry: Entry) -> None:
        row = bisect_left(self._shown, entry.sort_key, key=_sort_key)
        self.beginInsertRows(_ROOT, row, row)
        self._shown.insert(row, entry)
        self._reindex()
        self.endInsertRows()

    def _reindex(self) -> None:
        self._row_of = {entry.job.job_id: row for row, entry in enumerate(self._shown)}

    def _touch_id(self, job_id: str) -> None:
        row = self._row_of.get(job_id)
        if row is not None:
            self._touch(row)

    def _touch(self, row: int) -> None:
        index = self.index(row, 0)
        self.dataChanged.emit(index, index, [])

    def _description(self, entry: Entry) -> str:
        parts = [clock_text(entry.when)]
        if entry.job.result_duration_s is not None:
            parts.append(words.seconds(entry.job.result_duration_s))
        if entry.job.favourite:
            parts.append(tr("Favourite"))
        if entry.job.job_id in self._missing:
            is_away = entry.job.job_id in self._away
            gone, away = tr("The file was moved or deleted"), tr("Its folder is away")
            parts.append(away if is_away else gone)
        parts += words.besides(entry.job)
        if entry.job.error is not None:
            parts.append(words.error(entry.job.error).title)
        return ", ".join(parts)

    # -- Qt's own

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        entry = self._shown[index.row()]
        if role == JOB_ROLE:
            return entry.job
        if role == ENTRY_ROLE:
            return entry
        if role == THUMBNAIL_ROLE:
            return self._thumbnails.get(entry.job.job_id)
        if role == MISSING_ROLE:
            return entry.job.job_id in self._missing
        if role == AWAY_ROLE:
            return entry.job.job_id in self._away
        if role == TAKEN_ROLE:
            return entry.job.job_id in self._taken
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.job.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(f"{entry.job.title}\n{self._description(entry)}".strip())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return words.job_name(entry.job)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return self._description(entry)
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if self.has_file(self._shown[index.row()].job.job_id):
            flags |= Qt.ItemFlag.ItemIsDragEnabled
        return flags

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction

    def mimeTypes(self) -> list[str]:
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The files themselves: file managers, editors and browsers take ``text/uri-list``."""
        ids = [self._shown[i.row()].job.job_id for i in sorted(indexes, key=QModelIndex.row)]
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(path) for path in self.file_paths(ids)])
        return data


def _sort_key(entry: Entry) -> tuple[float, str]:
    return entry.sort_key


def _same_place(before: Entry, after: Entry) -> bool:
    return before.when == after.when
