"""The window's log: what nobody would see otherwise, reachable from Help, without a console too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from support.desktop import clean_environment
from support.screens import OFFSCREEN
from support.waiting import PATIENCE_S, wait_for

from kling_desktop.engine.home import Home
from kling_desktop.media.errors import MediaError
from kling_desktop.media.lane import Lane
from kling_desktop.ui.action_table import ACTIONS, Menu
from kling_desktop.ui.presenter import commands
from kling_desktop.ui.presenter.assembly import Assembly

# As the entry that Windows' installers make for the menu: no console, none of the three streams.
WINDOWED = """
import sys
sys.stdin = sys.stdout = sys.stderr = None
from PySide6.QtCore import QTimer
from kling_desktop import app
from kling_desktop.ui.widgets.elided_label import ElidedLabel
class Broken(ElidedLabel):
    def paintEvent(self, event):
        [][int("0123456789abcdef0123456789abcdef", 16) and 1]
    def sizeHint(self):
        raise ConnectionError("Authorization: Bearer 0123456789abcdef0123456789abcdef")
from kling_desktop.ui.presenter.assembly import Assembly
shown = Assembly.show
def show(self):
    shown(self)
    self.broken = Broken("x", self.window)
    self.broken.resize(9, 9)
    self.broken.show()
    self.broken.sizeHint()
    print("to nobody"); sys.stderr.write("to nobody either")
Assembly.show = show
sys.argv = ["kling-desktop-window", "--sandbox"]
sys.exit(app.main())
"""


def log_of(env: dict[str, str]) -> Path:
    return Path(env["XDG_STATE_HOME"]) / "kling-desktop" / "log" / "kling-desktop.log"


@pytest.mark.skipif(sys.platform != "linux", reason="where the log lies is of Linux here")
def test_without_a_console_it_runs_and_the_log_has_what_standard_error_would(
    tmp_path: Path,
) -> None:
    env = clean_environment(tmp_path / "home")
    env |= {
        "QT_QPA_PLATFORM": OFFSCREEN,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    closed = 'exec "$@" 0<&- 1>&- 2>&-'
    program = subprocess.Popen(["sh", "-c", closed, "sh", sys.executable, "-c", WINDOWED], env=env)
    log = log_of(env)

    def written() -> str:
        return log.read_text("utf-8") if log.exists() else ""

    try:
        wait_for(lambda: "in Broken.paintEvent, which Qt" in written(), "it", context=written)
        program.send_signal(signal.SIGTERM)
        assert program.wait(PATIENCE_S) == 0, written()
    finally:
        program.kill()
        program.wait()
    text = written()
    assert "Kling Desktop " in text.splitlines()[0]
    assert "IndexError" in text
    assert "ConnectionError: Authorization: Bearer …" in text
    assert text.count("in Broken.paintEvent") == 1
    assert "0123456789abcdef0123" not in text


def test_it_is_reachable_from_help() -> None:
    (spec,) = (spec for spec in ACTIONS if spec.id == "show_log")
    assert (spec.text, spec.menu) == ("Show log", Menu.HELP)


def window_with(file: str, folder: Path, bot: QtBot) -> Assembly:
    """The window without a library, as it is while that is being opened."""
    preferences = Home(folder).preferences
    made = Assembly(preferences, str, lambda _: None, "", list, time.time, lambda: file)
    bot.addWidget(made.window)
    return made


@pytest.mark.parametrize("has_log", [True, False])
def test_help_shows_the_log_in_its_folder_and_says_where_it_is(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_log: bool
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(commands, "show_in_folder", shown.append)
    file = "/logs/kling-desktop.log" if has_log else ""
    window = window_with(file, tmp_path, qtbot).window
    window.commands.action("show_log").trigger()
    assert shown == ([file] if has_log else [])
    said = f"The log: {file}" if has_log else "There is no log: its folder cannot be written."
    assert window.notices.text == said


def test_a_mistake_of_our_own_offers_the_log(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(commands, "show_in_folder", shown.append)
    assembly = window_with("/logs/x.log", tmp_path, qtbot)
    assembly.on_problem("LookupError: gone")
    notices = assembly.window.notices
    assert notices.text.startswith("This program made a mistake of its own.")
    (button,) = (b for b in notices.findChildren(QPushButton) if b.text() == "Show log")
    button.click()
    assert shown == ["/logs/x.log"]


def test_what_ended_the_media_helper_is_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lane = Lane(tmp_path, "quick")
    request = {"op": "no such thing", "path": str(tmp_path)}
    try:
        with pytest.raises(MediaError):
            lane.call(request, PATIENCE_S)
        assert lane.pid is not None
        helper = psutil.Process(lane.pid)
        helper.kill()
        wait_for(lambda: helper.status() == psutil.STATUS_ZOMBIE, "its end")
        with pytest.raises(MediaError):
            lane.call(request, PATIENCE_S)
    finally:
        lane.close()
    assert "the media helper ended by itself: exit -9" in caplog.text
