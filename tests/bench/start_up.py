"""Process start to the painted window, beside a bare QMainWindow."""

from __future__ import annotations

import sys
import tempfile
import time
import uuid
from pathlib import Path
from statistics import median

from figures import Row, child, spread

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
    from kling_desktop.engine.setup import Home
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
    watch = painted_watch(window)
    app.installEventFilter(watch)
    window.show()
    app.exec()


def ours(data_dir: str, jobs: int) -> None:
    """The real program, from its command line on; a filter looks at its events from outside."""
    from kling_desktop.ui.loop import application

    app = application()
    watch = painted_watch(None, jobs)
    app.installEventFilter(watch)
    from kling_desktop.cli import main

    main(["--sandbox", "--data-dir", data_dir])


def painted_watch(window: object, jobs: int = 0) -> object:
    """An event filter that prints when the main window was painted (and its library filled)."""
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QAbstractItemView, QApplication, QMainWindow, QWidget

    class Watch(QObject):
        painted = False
        over = False

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
            if event.type() == QEvent.Type.Paint and isinstance(watched, QWidget):
                top = watched.window()
                if not self.painted and isinstance(top, QMainWindow) and top is watched:
                    self.painted = True
                    QTimer.singleShot(0, self._on_painted)
                elif self.painted and not self.over and _is_full(watched):
                    self.over = True
                    QTimer.singleShot(0, self._on_over)
            return False

        def _on_painted(self) -> None:
            print(time.monotonic(), flush=True)
            if not jobs:
                self._on_over()

        def _on_over(self) -> None:
            if jobs:
                print(time.monotonic(), flush=True)
            for each in QApplication.topLevelWidgets():
                if isinstance(each, QMainWindow):
                    each.close()
            if window is not None:
                QApplication.quit()

    def _is_full(painted: QWidget) -> bool:
        view = painted.parent()
        if not isinstance(view, QAbstractItemView) or view.accessibleName() != "Library":
            return False
        model = view.model()
        return model is not None and model.rowCount() >= jobs

    return Watch()


if __name__ == "__main__":
    if sys.argv[1] == BARE:
        bare()
    else:
        ours(sys.argv[2], int(sys.argv[3]))
