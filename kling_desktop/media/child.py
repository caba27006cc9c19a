"""The helper process as the parent holds it: start, talk, kill."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from typing import IO

import kling_desktop

from .confine import YIELDING
from .protocol import Message, decode, encode

STDERR_KEPT_LINES = 20  # FFmpeg's last words are the telling ones
STDERR_LINE_BYTES = 500  # one line may be as long as a hostile file likes
KILLED_WITHIN_S = 5.0  # a killed process is gone at once, unless its disk hangs
SECRET_PREFIX = "ACEDATACLOUD_"  # tokens in the environment are not for a process of decoders


class ChildGone(Exception):
    """The child's end of the line is closed: it crashed, or was killed."""


# The child finds this very package however the parent found it (installed, editable, a checkout):
# its folder goes behind the standard library and before other installed packages.
_BOOT = """
import sys
root = sys.argv.pop(1)
at = next((i for i, p in enumerate(sys.path) if p.endswith("-packages")), len(sys.path))
sys.path.insert(at, root)
from kling_desktop.media.worker import main
main()
"""


def worker_command(cache_folder: Path, kind: str) -> list[str]:
    """How to start the worker. The one place to change for a frozen program."""
    package_root = os.fspath(Path(kling_desktop.__file__).resolve().parent.parent)
    # -P: a file named av.py in the working directory is not what we mean.
    return [sys.executable, "-P", "-c", _BOOT, package_root, os.fspath(cache_folder), kind]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if SECRET_PREFIX not in name.upper()}


def _windows_flags(kind: str) -> int:
    """No black window; long work yields to others, as ``confine`` does on POSIX."""
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    return flags | (
        getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0) if kind in YIELDING else 0
    )


class Child:
    """One running worker. Any thread may ``kill``; one at a time sends and receives."""

    def __init__(self, cache_folder: Path, kind: str) -> None:
        """Raises OSError where no process can be started."""
        self._process = subprocess.Popen(
            worker_command(cache_folder, kind),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,  # POSIX: Ctrl+C goes to the program's group, not to the child
            creationflags=_windows_flags(kind),
        )
        self._ending = threading.Lock()
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._noise: deque[bytes] = deque(maxlen=STDERR_KEPT_LINES)
        self._readers = [
            threading.Thread(target=self._read_answers, name="media-answers", daemon=True),
            threading.Thread(target=self._read_noise, name="media-noise", daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def cpu_s(self) -> float:
        """The processor time that it has used, seconds; 0.0 where nobody tells."""
        from psutil import Error, Process

        try:
            used = Process(self.pid).cpu_times()
        except Error:
            return 0.0
        return float(used.user + used.system)

    def send(self, message: Message) -> None:
        """Raises ChildGone."""
        stream = self._process.stdin
        assert stream is not None
        try:
            stream.write(encode(message))
            stream.flush()
        except (OSError, ValueError) as error:  # ValueError: closed by ``kill`` meanwhile
            raise ChildGone from error

    def receive(self, wait_s: float) -> Message | None:
        """The next message, or None where none came in time. Raises ChildGone."""
        try:
            line = self._lines.get(timeout=max(0.0, wait_s))
        except queue.Empty:
            return None
        if line is None:
            raise ChildGone
        try:
            return decode(line)
        except ValueError as error:  # not our worker's words: it is of no use any more
            raise ChildGone from error

    def kill(self) -> None:
        """End it at once and clean up. May be called twice, by two threads at once, too."""
        self._process.kill()
        with self._ending:  # Python 3.11 fails where two threads join a third one that just ends
            try:
                self._process.wait(KILLED_WITHIN_S)
            except subprocess.TimeoutExpired:
                return  # stuck in the kernel; its pipes stay open until it goes
            for reader in self._readers:
                reader.join(KILLED_WITHIN_S)
            self._close_input()

    def last_words(self) -> str:
        """How it ended and what it said, for a report."""
        said = b" | ".join(self._noise).decode("utf-8", "replace")
        return f"exit {self._process.returncode} {said}".rstrip()

    def _close_input(self) -> None:
        if self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except OSError:  # what was not sent any more has no one to read it
                pass

    def _read_answers(self) -> None:
        stream = _pipe(self._process.stdout)
        with stream:
            for line in stream:
                self._lines.put(line)
        self._lines.put(None)

    def _read_noise(self) -> None:
        stream = _pipe(self._process.stderr)
        with stream:
            while line := stream.readline(STDERR_LINE_BYTES):
                self._noise.append(line.strip())


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # Popen was asked for a pipe
    return stream
