"""Process start to the painted window, beside a bare QMainWindow."""

from __future__ import annotations

import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from figures import Row, child, spread

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtWidgets import QWidget

MANY_JOBS = 1000
BARE, OURS = "bare", "ours"


def measure(rounds: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as empty, tempfile.TemporaryDirectory() as full:
        fill(Path(full), MANY_JOBS)
        for folder in (empty, full):  # compiles, caches, first fonts
            started(OURS, folder)
        bare: list[float] = []
        none: list[float] = []
        many: list[float] = []
        listed: list[float] = []
        for _ in range(rounds):
            bare.append(started(BARE)[0])
            none.append(started(OURS, empty)[0])
            painted_s, listed_s = started(OURS, full, MANY_JOBS)
            many.append(painted_s)
            listed.append(listed_s)
    return [
        row("window painted, 0 jobs", none, bare, "< 2.00"),
        row("window painted, 1,000 jobs", many, bare, "< 2.00"),
        row("1,000 jobs listed and painted", listed, bare, ""),
    ]


def row(what: str, ours: list[float], bare: list[float], aim: str) -> Row:
    ratio = median(ours) / median(bare)
    return Row(what, spread(ours, "ms", 1000), f"bare {spread(bare, 'ms', 1000)}", ratio, aim)


def started(which: str, folder: str = "", jobs: int = 0) -> list[float]:
    """Seconds from before the process was spawned to each moment that it prints."""
    if folder:  # every start as the first: the size that the last one kept depends on the screen
        (Path(folder) / "settings.json").unlink(missing_ok=True)
    before = time.monotonic()
    printed = child("start_up.py", which, folder, jobs)
    return [float(line) - before for line in printed.split()]


def fill(data_dir: Path, count: int) -> None:
    """A library of finished jobs, through the journal; one small video serves for all."""
    from kling_desktop.engine.home import Home
    from kling_desktop.motion.job import Job, JobState
    from kling_desktop.motion.request import MotionRequest, Source
    from kling_desktop.store.journal import Journal

    home = Home(data_dir)
    paths = home.paths.profile("sandbox")
    paths.create()
    journal = Journal(paths.journal_file)
    request = MotionRequest(Source(path="/tmp/astronaut.png"), Source(path="/tmp/meadow.mp4"))
    now = time.time()
    for number in range(count):
        at = now - number * 3600
        journal.insert(
            Job(
                job_id=uuid.uuid4().hex,
                request=request,
                state=JobState.DONE,
                created_at=at - 120,
                updated_at=at,
                finished_at=at,
                position=number,
                task_id=str(uuid.uuid4()),
                result_path=str(data_dir / "videos" / f"video {number}.mp4"),
                result_duration_s=8.4,
                result_size_bytes=5_000_000,
            )
        )
    journal.close()


def bare() -> None:
    from PySide6.QtWidgets import QApplication, QMainWindow

    app = QApplication([])
    window = QMainWindow()
    window.resize(1280, 800)
    watch = painted_watch(window, app.quit)
    window.installEventFilter(watch)
    window.show()
    app.exec()


def ours(data_dir: str, jobs: int) -> None:
    """The program's own parts in its own order; a filter looks at the window from outside."""
    from kling_desktop.app import WINDOW_LOCK, Program
    from kling_desktop.engine.home import ACCOUNT, SANDBOX, Home
    from kling_desktop.store.lock import FolderLock

    home = Home(Path(data_dir))
    home.paths.profile(ACCOUNT).create()
    lock = FolderLock(home.paths.root / WINDOW_LOCK)
    lock.acquire()
    from kling_desktop.ui.loop import application, run

    application()
    program = Program(home, lock)
    window = program._assembly.window
    if jobs:
        listed = listed_watch(window, jobs)
        first = painted_watch(window, lambda: None)
    else:
        listed, first = None, painted_watch(window, window.close)
    window.installEventFilter(first)
    run(lambda: program.main(SANDBOX))
    lock.release()
    del listed


def painted_watch(window: QWidget, then: Callable[[], object]) -> QObject:
    """Prints the time when the window has been painted for the first time."""
    return watch_paint(window, lambda: True, then)


def listed_watch(window: QWidget, jobs: int) -> QObject:
    """Prints the time when the library has been painted with all its jobs, and closes."""
    from PySide6.QtWidgets import QListView

    views = window.findChildren(QListView)
    library = next(view for view in views if view.accessibleName() == "Library")
    watch = watch_paint(library, lambda: library.model().rowCount() >= jobs, window.close)
    library.viewport().installEventFilter(watch)
    return watch


def watch_paint(parent: QWidget, is_it: Callable[[], bool], then: Callable[[], object]) -> QObject:
    """An event filter; what is painted along with it is painted when the timer comes."""
    from PySide6.QtCore import QEvent, QObject, QTimer

    paint = QEvent.Type.Paint

    class Watch(QObject):
        over = False

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
            if not self.over and event.type() == paint and is_it():
                self.over = True
                QTimer.singleShot(0, self._on_painted)
            return False

        def _on_painted(self) -> None:
            print(time.monotonic(), flush=True)
            then()

    return Watch(parent)


if __name__ == "__main__":
    if sys.argv[1] == BARE:
        bare()
    else:
        ours(sys.argv[2], int(sys.argv[3]))
