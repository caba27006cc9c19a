"""The program as from a menu, on a folder that may not be used; somebody sits in front of it.

Given: the data folder, what is done in the window that says so, and how the folder is mended before
that. Prints what was seen and the exit code, as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from kling_desktop.app import run_window
from kling_desktop.ui.loop import application
from kling_desktop.ui.no_start import NoStart
from kling_desktop.ui.window import MainWindow

folder, deed, mended_by = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
seen: dict[str, object] = {"texts": [], "buttons": [], "opened": False, "copied": ""}


def press(window: QWidget, name: str) -> None:
    next(b for b in window.findChildren(QPushButton) if b.text() == name).click()


def retry(window: NoStart) -> None:
    subprocess.run(mended_by, check=True)
    press(window, "Try again")


def copy(window: NoStart) -> None:
    press(window, "Copy details")
    seen["copied"] = QGuiApplication.clipboard().text()
    press(window, "Quit")


DEEDS: dict[str, Callable[[NoStart], object]] = {
    "quit": lambda window: press(window, "Quit"),
    "close": NoStart.close,
    "kill": lambda _window: os.kill(os.getpid(), signal.SIGTERM),
    "copy": copy,
    "retry": retry,
}


def look() -> None:
    for window in QApplication.topLevelWidgets():
        is_new = isinstance(window, NoStart) and not seen["texts"]
        if isinstance(window, NoStart) and is_new and window.sheet.isVisible():
            seen["texts"] = [label.text() for label in window.findChildren(QLabel)]
            seen["buttons"] = [b.text() for b in window.findChildren(QPushButton) if b.text()]
            DEEDS[deed](window)
        elif isinstance(window, MainWindow) and window.isVisible():
            seen["opened"] = True
            window.close()


application([])
timer = QTimer()
timer.timeout.connect(look)
timer.start(20)
code = run_window(folder, sandbox=False)
print(json.dumps({**seen, "code": code}))
