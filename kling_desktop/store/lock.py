"""One program for a data folder; a second start finds out how to reach the first."""

from __future__ import annotations

import contextlib
import json
import logging
import stat
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from ..durable import NOT_OFFERED, Lack, live_without
from ..motion.reading import Unreadable, parsed, read, whole
from ..plain_file import read_plain
from .errors import HeldElsewhere, Reason, StoreUnwritable
from .files import identity, set_aside, unwritable, write_whole
from .marker import marker, take

_log = logging.getLogger(__name__)
_INFO_MAX_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class LockInfo:
    """How a second start reaches the holder of a lock."""

    port: Annotated[int, whole(1, 65535)]  # on 127.0.0.1
    key: str  # empty: it does nothing for others
    pid: Annotated[int, whole(1)] | None = None  # for people who look for it


class FolderLock:
    """A lock the system drops with the process, however it ends. Any thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._info_file = file.with_name("lock.json")
        self._lock: BaseFileLock = _lock(file)
        self._identity: tuple[int, int] | None = None  # of the file that was locked
        self._info: LockInfo | None = None
        self._lost = False

    def acquire(self) -> bool:
        """True where this process has the lock now; False where another one does.

        Raises StoreUnwritable where the folder allows no lock, HeldElsewhere where another computer
        has it, or had it.
        """
        if self._lock.is_locked:
            return True
        try:
            self._take()
        except Timeout:
            return False
        except OSError as error:
            raise unwritable(self._file, error) from error
        except NotImplementedError as error:  # filelock's word for a file system without locks
            raise StoreUnwritable(self._file, Reason.IO, str(error)) from error
        self._lost, self._identity = False, self._now()
        self._forget_info()  # a holder that was killed left it
        return True

    def is_still_ours(self) -> bool:
        """False where another program has the library now: its lock's file was removed meanwhile.

        Where nobody took it since, the lock is taken anew. Raises StoreUnwritable.
        """
        if self._lost:
            return False
        if not self._lock.is_locked or self._now() != self._identity:
            self._take_anew()
        return not self._lost

    def _take_anew(self) -> None:
        info = self._info
        self._lock.release()
        self._lock = _lock(self._file)
        # For good: what this program knows is older than what the other one does.
        try:
            self._lost = not self.acquire()
        except HeldElsewhere:
            self._lost = True
        if info is not None and not self._lost:
            with contextlib.suppress(StoreUnwritable):  # others wait for the lock without it
                self.write_info(info)

    def _now(self) -> tuple[int, int] | None:
        """Which file is locked, if it is the one that is found under its name."""
        return identity(Path(self._lock.lock_file))

    def _take(self) -> None:
        """Raises Timeout where another program has it, HeldElsewhere; OSError."""
        try:
            self._take_as_it_is()
        except Timeout:  # an OSError, too
            raise
        except OSError as error:
            if error.errno in NOT_OFFERED:
                live_without(Lack.LOCKS, error)
                self._lock = marker(self._file.with_name(f"{self._file.name}.taken"))
            else:
                self._put_odd_aside()
            self._take_as_it_is()

    def _take_as_it_is(self) -> None:
        if isinstance(self._lock, SoftFileLock):
            take(self._lock)
        else:
            self._lock.acquire(blocking=False)

    def _put_odd_aside(self) -> None:
        """A folder, a link or a device in its place can be no program's lock.

        One program at a time looks and renames: else a second one would take the first one's lock.
        """
        with FileLock(self._file.with_name(f"{self._file.name}.mending"), mode=0o600):
            try:
                if stat.S_ISREG(self._file.lstat().st_mode):
                    return  # mended meanwhile, or refused for another reason
            except FileNotFoundError:
                return
            aside = set_aside(self._file)
        _log.warning("what stood in the place of a lock is now %s", aside)

    def release(self) -> None:
        """Let the next start in. Without the lock, does nothing."""
        if not self._lock.is_locked:
            return
        self._forget_info()
        self._lock.release()
        self._info = None

    def _forget_info(self) -> None:
        try:
            self._info_file.unlink(missing_ok=True)
        except OSError:  # only ``read_info`` behind a refused ``acquire`` believes it
            pass

    def write_info(self, info: LockInfo) -> None:
        """For a second start (0600). Raises StoreUnwritable."""
        self._info = info
        write_whole(self._info_file, json.dumps(asdict(info)).encode("ascii"))

    def read_info(self) -> LockInfo | None:
        """What the holder wrote; None where nothing readable is there.

        Only to be believed after ``acquire()`` said False: a killed program leaves its file.
        """
        try:
            return read(LockInfo, parsed(read_plain(self._info_file, _INFO_MAX_BYTES)))
        except (OSError, Unreadable):
            return None


def _lock(file: Path) -> FileLock:
    # not thread_local: the lock belongs to the process, whichever thread took it
    return FileLock(file, mode=0o600, thread_local=False, fallback_to_soft=False)
