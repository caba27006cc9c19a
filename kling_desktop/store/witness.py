"""A second witness of what was sent: plain lines beside the journal, written before the POST.

A journal that goes back in time, because its log was damaged or an older file took its place,
forgets that a job was sent. What stands here was on the disk before the request went out, so the
two together know better than either. No token may ever be given to it.
"""

from __future__ import annotations

import json
import os
import zlib
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from ..durable import flush, flush_folder
from ..motion.job import Job, JobState
from ..motion.reading import Unreadable, parsed_object
from ..plain_file import plain, read_plain
from .errors import WitnessUnwritable
from .files import identity, unwritable, write_whole
from .rows import RowError, job_from_row, job_to_row

# The bound: a start that finds more keeps of the jobs that have ended the last line of the newest,
# up to half of it. Jobs that have not ended all stay. About 300 videos.
MAX_BYTES = 2 * 1024 * 1024
# Far beyond that it is none of ours: it is left, and nothing is sent without a witness.
_READ_MAX_BYTES = 32 * MAX_BYTES
# Of one that has not ended: a busy service may refuse it for days. What is dropped of it could
# only have spared the person a question.
MAX_LINES = 50


@dataclass(frozen=True, slots=True)
class Testimony:
    """What the lines of one job say together."""

    job: Job  # as it was last told
    pictures: frozenset[str] = field(default_factory=frozenset)  # links it was ever sent with
    released_at: float | None = None  # when the person last let go of an unknown submission

    def then(self, job: Job) -> Testimony:
        """With one line more."""
        again = self.job.state is JobState.UNKNOWN and job.state is JobState.QUEUED
        return Testimony(
            job,
            self.pictures | _picture_of(job),
            job.updated_at if again else self.released_at,
        )


class Witness:
    """An append-only file; one thread at a time, any thread. Each call blocks for the disk."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.told: dict[str, Testimony] = {}
        self._known = b""  # all of its lines, as they are to stand in the file
        self._left: tuple[tuple[int, int] | None, int] = (None, 0)  # which file, and how long

    def read(self) -> dict[str, Testimony]:
        """What it knows of each job; nothing where there is no file yet. Raises WitnessUnwritable.

        A line that is not whole is passed over: torn by a crash, or damaged since.
        """
        content, self.told = self._content(), {}
        for _line, job in _lines(content):
            if job is not None:
                self._note(job)
        self._remember(content)
        return self.told

    def tell(self, job: Job) -> None:
        """Write the job down as it is now; on the disk when this returns.

        Raises WitnessUnwritable; then the file is as long as before, as far as the disk obeys.
        """
        job = replace(job, result_url=None)  # its query signs it: a secret that is not needed here
        known = self.told.get(job.job_id)
        if known is not None and replace(known.job, updated_at=job.updated_at) == job:
            self.see_to_its_place()
            return  # the journal is tried again, and again
        self._add(_line_of(job))
        self._note(job)

    def see_to_its_place(self) -> None:
        """As ``tell`` does: write again what is gone, or was cut. Raises WitnessUnwritable."""
        self._add(b"")

    def compact(self, unfinished: Container[str]) -> None:
        """Keep within MAX_BYTES, once it is above; ``unfinished`` jobs of the journal stay.

        So do lines of a newer version. Raises StoreUnwritable; then it is as it was.
        """
        content = self._content()
        if len(content) <= MAX_BYTES:
            return
        lines = list(_lines(content))
        last = {job.job_id: (line, job) for line, job in lines if job is not None}
        ended = {i for i, (_line, job) in last.items() if job.ended and i not in unfinished}
        room = MAX_BYTES // 2
        kept: list[bytes] = []
        many = Counter[str]()
        for line, job in reversed(lines):
            if job is not None and job.job_id in ended:
                if line is not last[job.job_id][0] or room < len(line):
                    continue
                room -= len(line)
            elif job is not None:
                many[job.job_id] += 1
                if many[job.job_id] > MAX_LINES:
                    continue
            kept.append(line)
        content = b"".join(reversed(kept))
        write_whole(self.file, content)
        self._remember(content)

    def _note(self, job: Job) -> None:
        known = self.told.get(job.job_id)
        self.told[job.job_id] = known.then(job) if known else Testimony(job, _picture_of(job))

    def _content(self) -> bytes:
        try:
            return read_plain(self.file, _READ_MAX_BYTES)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise self._unwritable(error) from error

    def _remember(self, content: bytes) -> None:
        self._known, self._left = content, (identity(self.file), len(content))

    def _add(self, line: bytes) -> None:
        """Behind all that was told before; where the file is another one now, with all of that."""
        try:
            as_left = self._left == (identity(self.file), _length(self.file))
            if (as_left and not line) or not self._known + line:
                return
            self._append(line if as_left else self._known + line)
            self._known += line
            self._left = (identity(self.file), _length(self.file))
        except OSError as error:
            raise self._unwritable(error) from error

    def _append(self, line: bytes) -> None:
        with open(self.file, "a+b", buffering=0, opener=partial(plain, mode=0o600)) as file:
            if end := file.seek(0, os.SEEK_END):
                file.seek(end - 1)
                if file.read(1) != b"\n":
                    line = b"\n" + line  # the line before was torn
            try:
                while line:
                    line = line[file.write(line) :]
                flush(file.fileno())
                if not end:
                    flush_folder(self.file.parent)
            except OSError:
                _cut_back(file.fileno(), end)
                raise

    def _unwritable(self, error: OSError) -> WitnessUnwritable:
        reason = unwritable(self.file, error).reason
        return WitnessUnwritable(self.file, reason, error.strerror or type(error).__name__)


def _length(file: Path) -> int:
    """In bytes; 0 where there is none."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _picture_of(job: Job) -> frozenset[str]:
    """The link that is this job's own: the picture is uploaded for each submission alone."""
    uploaded = job.request.image.path is not None
    return frozenset({job.image_link} if uploaded and job.image_link else ())


def _line_of(job: Job) -> bytes:
    """A checksum, then the row as JSON: what was damaged since is not believed."""
    text = json.dumps(job_to_row(job), ensure_ascii=True).encode("ascii")
    return _checksum(text) + b" " + text + b"\n"


def _lines(content: bytes) -> Iterator[tuple[bytes, Job | None]]:
    """Those that are whole; None: what only a newer version can read."""
    for line in content.split(b"\n"):
        checksum, _, text = line.partition(b" ")
        if checksum == _checksum(text):
            yield line + b"\n", _job_of(text)


def _checksum(text: bytes) -> bytes:
    return f"{zlib.crc32(text):08x}".encode("ascii")


def _job_of(text: bytes) -> Job | None:
    try:
        return job_from_row(parsed_object(text))
    except (Unreadable, RowError):
        return None


def _cut_back(file_no: int, length: int) -> None:
    """Else the next start believes a line of which the caller was told that it is not there."""
    try:
        os.ftruncate(file_no, length)
        flush(file_no)
    except OSError:
        pass  # a disk that takes nothing at all: the first error is the one that is raised
