"""The log: what standard error gets, for where nobody sees that. Small, private, without tokens.

Each process that has something to say writes a file of its own, which a lock beside it keeps for
it: nobody renames what another one has open. What cannot be written is not; nothing ends of it.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from ..motion.redaction import redacted
from ..plain_file import plain
from .errors import HeldElsewhere
from .lock import FolderLock
from .paths import make_private
from .volumes import Volume, volume_around

NAME = "kling-desktop"
MOST_FILES = 4  # for as many processes at a time; one more than these says nothing here
MOST_BYTES = 1 << 20
OLD_FILES = 2  # kept beside each
_ROOT = "kling_desktop"
_LINE = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
_PRIVATE = 0o600
_log = logging.getLogger(__name__)


def keep_log(folder: Path, seen_from: int, seen_line: str) -> LogFile:
    """From now on what goes wrong is in the log, also what nobody caught.

    From the level ``seen_from`` on it is on standard error, too, if there is one. Nothing is opened
    before there is something to write.
    """
    log = LogFile(folder)
    handlers: list[logging.Handler] = [log]
    if sys.stderr is not None:
        handlers.append(seen := logging.StreamHandler())
        seen.setFormatter(Redacting(seen_line))
        seen.setLevel(seen_from)
    logging.basicConfig(level=logging.WARNING, handlers=handlers)
    logging.getLogger(_ROOT).setLevel(logging.INFO)
    logging.captureWarnings(True)
    sys.excepthook = _on_uncaught
    threading.excepthook = _on_uncaught_in_thread
    sys.unraisablehook = _on_unraisable
    return log


def _on_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    _log.critical("this program made a mistake of its own", exc_info=(kind, error, trace))


def _on_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        _on_uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _on_unraisable(args: sys.UnraisableHookArgs) -> None:
    """What fails where nothing can be raised: as something is taken out of memory."""
    with suppress(Exception):  # at the very end there may be no log any more
        what = args.err_msg or "an error that nothing takes"
        error = args.exc_value or args.exc_type()
        _log.error("%s", what, exc_info=(type(error), error, args.exc_traceback))


class Redacting(logging.Formatter):
    """Takes tokens out of the whole of it: the words, the traceback, the stack."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


class LogFile(RotatingFileHandler):
    """Opened at the first record. Any thread."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder / f"{NAME}.log",
            maxBytes=MOST_BYTES,
            backupCount=OLD_FILES,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )
        self._folder = folder
        self._lock_of_mine: FolderLock | None = None
        self._volume: Volume | None = None  # on which it was begun
        self.setFormatter(Redacting(_LINE))
        self.setLevel(logging.INFO)

    @property
    def file(self) -> Path | None:
        """Where it is written; None where it cannot be."""
        return Path(self.baseFilename) if self.stream is not None else None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self.stream is not None and not os.path.exists(self.baseFilename):
                self._let_go()  # somebody tidied up
        except OSError:
            self.handleError(record)
        super().emit(record)

    def doRollover(self) -> None:
        """Where the old file cannot be renamed, it is begun anew: it stays small."""
        try:
            super().doRollover()
        except OSError:
            self._let_go()
            self.mode = "w"
            try:
                self.stream = self._open()
            finally:
                self.mode = "a"

    def handleError(self, record: logging.LogRecord) -> None:
        """A full disk, a folder that may not be written: the next record tries again."""

    def close(self) -> None:
        super().close()
        if self._lock_of_mine is not None:
            self._lock_of_mine.release()

    def _let_go(self) -> None:
        stream, self.stream = self.stream, None
        if stream is not None:
            stream.close()

    def _open(self) -> TextIOWrapper:
        volume = volume_around(self._folder)
        if self._volume not in (None, volume):
            raise FileNotFoundError("the disk of the log is away")
        self._volume = volume
        make_private(self._folder, tighten=True)
        if self._lock_of_mine is None:
            self._take_a_name()
        return open(  # type: ignore[return-value]
            self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=_opened
        )

    def _take_a_name(self) -> None:
        """Raises OSError where all are taken."""
        for number in range(1, MOST_FILES + 1):
            name = NAME if number == 1 else f"{NAME}-{number}"
            lock = FolderLock(self._folder / f"{name}.lock")
            with suppress(HeldElsewhere):
                if lock.acquire():
                    self._lock_of_mine = lock
                    self.baseFilename = os.fspath(self._folder.absolute() / f"{name}.log")
                    return
        raise FileExistsError(f"{MOST_FILES} processes write their logs")


def _opened(path: str, flags: int) -> int:
    return plain(path, flags, _PRIVATE)
