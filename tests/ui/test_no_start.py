"""Whoever starts the window on a folder that cannot be used sees why in a window, and a way out."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.mounts import mounting
from support.screens import OFFSCREEN
from support.waiting import PATIENCE_S

from kling_desktop.app import WINDOW_LOCK
from kling_desktop.engine.door import take_or_raise
from kling_desktop.engine.problems import library_error
from kling_desktop.engine.starting import no_library, start_error
from kling_desktop.store import owner
from kling_desktop.store.errors import JournalNewer, JournalUnwritable, Reason, StoreUnwritable
from kling_desktop.store.lock import FolderLock, LockInfo
from kling_desktop.store.paths import make_private
from kling_desktop.words import Words

PROGRAM = Path(__file__).with_name("start_program.py")
ENV = {
    **os.environ,
    "QT_QPA_PLATFORM": OFFSCREEN,
    "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
}


def seen_by(
    command: list[str], env: dict[str, str] | None = None, *, is_ours: bool = False
) -> dict[str, Any]:
    """``is_ours``: a mistake of the program's own, told with its traceback."""
    ended = subprocess.run(
        command, env=env or ENV, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert ("Traceback" in ended.stderr) is is_ours, ended.stderr
    assert ended.returncode == 0, ended.stderr
    told: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return {**told, "err": ended.stderr}


def started(folder: Path, deed: str, *mended_by: str) -> dict[str, Any]:
    return seen_by([sys.executable, str(PROGRAM), str(folder), deed, *mended_by])


@pytest.fixture
def taken(tmp_path: Path) -> Path:
    """A file where the folder should be."""
    place = tmp_path / "data"
    place.write_text("something else")
    return place


@pytest.mark.parametrize("deed", ["quit", "close", "kill"])
def test_a_file_in_its_place_is_said_and_left_as_it_is(taken: Path, deed: str) -> None:
    seen = started(taken, deed)
    why = f"Something else stands where the data folder should be: {taken}."
    assert seen["texts"][0] == "Kling Desktop cannot start"
    assert any(text.startswith(why) for text in seen["texts"])
    assert seen["buttons"] == ["Quit", "Copy details", "Try again"]  # no log: it would lie there
    assert seen["code"] == 1
    assert not seen["opened"]
    assert why in seen["err"]  # for whoever started it in a terminal
    assert taken.read_text() == "something else"


def test_a_file_in_the_place_of_a_folder_above_it_is_named(taken: Path) -> None:
    seen = started(taken / "below" / "it", "quit")
    assert any(f"should be: {taken}." in text for text in seen["texts"])


def test_it_opens_once_that_is_mended_without_another_start(taken: Path) -> None:
    seen = started(taken, "retry", "rm", str(taken))
    assert seen["texts"]
    assert seen["opened"]
    assert seen["code"] == 0
    assert (taken / "settings.json").is_file()


def test_what_is_copied_tells_the_rest(taken: Path) -> None:
    seen = started(taken, "copy")
    assert "Kling Desktop " in seen["copied"]
    assert "StoreUnwritable" in seen["copied"]
    assert str(taken) in seen["copied"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ("ro", "You may not write here, or the disk takes no changes: "),
        ("nr_inodes=1", "There is no room on the disk for "),
    ],
)
def test_a_disk_that_takes_nothing_is_said(tmp_path: Path, options: str, why: str) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount_and_start = 'mount -t tmpfs -o "$1" tmpfs "$2"; shift 2; exec "$@"'
    shell = ["sh", "-ec", mount_and_start, "sh", options, str(disk)]
    program = [sys.executable, str(PROGRAM), str(disk / "data"), "quit"]
    seen = seen_by(mounting(*shell, *program))
    assert any(text.startswith(f"{why}{disk / 'data'}") for text in seen["texts"])
    assert seen["code"] == 1


def test_a_working_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    program = f'cd "{gone}"; rmdir "{gone}"; exec "$@"'
    command = ["sh", "-ec", program, "sh", sys.executable, str(PROGRAM), "data", "quit"]
    env = {**ENV, "XDG_STATE_HOME": str(tmp_path / "state")}
    seen = seen_by(command, env)
    assert any(text.startswith("This is not there, or was moved away: ") for text in seen["texts"])
    assert "Show log" in seen["buttons"]  # that lies elsewhere
    assert seen["code"] == 1


def started_with(change: str, folder: str, deed: str, *, is_ours: bool) -> dict[str, Any]:
    run = f"runpy.run_path({str(PROGRAM)!r}, run_name='__main__')"
    code = f"import runpy, sys\n{change}\nsys.argv = ['', {folder!r}, {deed!r}]\n{run}"
    return seen_by([sys.executable, "-c", code], is_ours=is_ours)


BROKEN = """
from PySide6.QtCore import QTimer, qWarning
from kling_desktop import app
def fail(*_):
    QTimer.singleShot(0, lambda: qWarning("odd geometry"))
    raise AttributeError("nobody thought of this")
app.{what} = fail
"""


@pytest.mark.parametrize("what", ["Home", "Program.__init__", "Program.main"])
def test_a_mistake_of_our_own_before_the_window_is_said_and_in_the_log(
    tmp_path: Path, what: str
) -> None:
    seen = started_with(BROKEN.format(what=what), str(tmp_path), "quit", is_ours=True)
    assert any("made a mistake of its own and could not start" in text for text in seen["texts"])
    assert "Show log" in seen["buttons"]
    assert seen["code"] == 1
    log = (tmp_path / "logs" / "kling-desktop.log").read_text("utf-8")
    assert "AttributeError: nobody thought of this" in log
    assert "odd geometry" in log  # what Qt says while that window is open


NO_HOME = """
import platformdirs
from pathlib import Path
from kling_desktop import app
with_folder = app.run_window
def fail(*_, **__):
    raise RuntimeError("could not determine the home directory")
for name in ("data", "cache", "videos", "log"):
    setattr(platformdirs, f"user_{{name}}_path", fail)
Path.home = Path.expanduser = fail
app.run_window = lambda _folder, **others: with_folder({}, **others)
"""


@pytest.mark.parametrize(("folder", "named"), [("None", "~"), ("Path('~anna/data')", "~anna/data")])
def test_whoever_has_no_home_is_told_so(folder: str, named: str) -> None:
    seen = started_with(NO_HOME.format(folder), "", "quit", is_ours=False)
    assert any(f"does not tell where {named} is: " in text for text in seen["texts"])
    assert seen["buttons"] == ["Quit", "Copy details", "Try again"]
    assert seen["code"] == 1


# --- another one has the folder


@pytest.fixture
def held(tmp_path: Path) -> Iterator[FolderLock]:
    """By a program that is there, and does not say how to reach it."""
    lock = FolderLock(tmp_path / WINDOW_LOCK)
    assert lock.acquire()
    yield lock
    lock.release()


@pytest.mark.parametrize("is_silent", [True, False])
def test_one_that_runs_already_and_does_not_answer_is_said(
    held: FolderLock, tmp_path: Path, is_silent: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:  # it takes callers, and hears none
        if is_silent:
            held.write_info(LockInfo(door.getsockname()[1], "key", os.getpid()))
        seen = started(tmp_path, "quit")
    said = "Kling Desktop is running already, but does not answer."
    assert any(text.startswith(said) for text in seen["texts"])
    assert "Try again" in seen["buttons"]
    assert said in seen["err"]
    assert seen["code"] == 1
    log = (tmp_path / "logs" / "kling-desktop.log").read_text("utf-8")
    assert "NotAnswered" in log


def test_one_that_was_about_to_end_is_waited_for(held: FolderLock, tmp_path: Path) -> None:
    async def story() -> bool:
        taking = asyncio.create_task(take_or_raise(FolderLock(tmp_path / WINDOW_LOCK)))
        await asyncio.sleep(0)
        held.release()
        return await taking

    assert asyncio.run(story())


NO_SCREEN = [
    ({}, "There is no screen here for the window."),
    ({"DISPLAY": ":59000"}, "No screen can be reached: could not connect to display :59000."),
    ({"QT_QPA_PLATFORM": "xbc"}, "No screen can be reached: Could not find the Qt platform plugin"),
]


@pytest.mark.parametrize(("screen", "why"), NO_SCREEN)
def test_without_a_screen_it_says_so_and_dumps_no_core(
    tmp_path: Path, screen: dict[str, str], why: str
) -> None:
    without = ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "QT_QPA_PLATFORM")
    env = {name: text for name, text in ENV.items() if name not in without}
    ended = subprocess.run(
        [sys.executable, "-m", "kling_desktop", "--data-dir", str(tmp_path)],
        env={**env, **screen},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(why)
    assert "Traceback" not in ended.stderr


# --- whose it is


@pytest.fixture
def as_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """All that is there belongs to somebody else; the person's home is ``tmp_path``."""
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 7)
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(owner, "_name_of", lambda uid: "root" if uid == os.getuid() else "ann a")
    return tmp_path


def text(error: object) -> str:
    return Words().error(error).sentence  # type: ignore[arg-type]


def test_what_belongs_to_another_is_given_back_by_a_command_that_fits(as_another: Path) -> None:
    root = as_another / "my data"
    root.mkdir()
    problem = StoreUnwritable(root / "window.lock", Reason.READ_ONLY, "Permission denied")
    said = text(start_error(problem, root))
    assert said.startswith(f"{root} belongs to root, and you may not write there.")
    assert said.endswith(f"In a terminal: sudo chown -R 'ann a' '{root}'")


def test_the_folder_above_is_named_where_that_is_what_takes_nothing(as_another: Path) -> None:
    above = as_another / "share"
    above.mkdir()
    said = text(start_error(StoreUnwritable(above / "kd", Reason.READ_ONLY), above / "kd"))
    assert said.startswith(f"{above} belongs to root")


def test_nobody_is_told_to_take_what_is_not_in_their_home(
    as_another: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for home in (as_another / "elsewhere", as_another):  # nor the home itself
        monkeypatch.setattr(Path, "home", lambda home=home: home)
        problem = StoreUnwritable(as_another / "kd", Reason.READ_ONLY, "Permission denied")
        said = text(start_error(problem, as_another / "kd"))
        assert "chown" not in said
        assert said.startswith("You may not write here")


def test_a_library_that_belongs_to_another_says_so_too(as_another: Path) -> None:
    root = as_another / "data"
    (root / "account").mkdir(parents=True)
    problem = JournalUnwritable(root / "account" / "journal.sqlite", Reason.IO, "unable to open")
    assert text(no_library(problem, root)).startswith(f"{root} belongs to root")


def test_a_library_that_is_ones_own_says_what_it_said(tmp_path: Path) -> None:
    newer = JournalNewer(tmp_path / "journal.sqlite", 99, 3)
    assert "newer version" in text(no_library(newer, tmp_path))
    assert "mistake of its own" in text(no_library(LookupError("x"), tmp_path))


def test_what_keeps_a_library_from_opening_is_named(tmp_path: Path) -> None:
    full = "No space left on device"
    for problem, named in (
        (OSError(errno.ENOSPC, full), tmp_path),
        (OSError(errno.ENOSPC, full, str(tmp_path / "sandbox" / "tasks")), tmp_path / "sandbox"),
    ):
        assert f"cannot be written: {named}. " in text(no_library(problem, tmp_path))
    taken = tmp_path / "account"
    taken.touch()
    with pytest.raises(StoreUnwritable) as unwritable:
        make_private(taken / "inputs", tighten=True)
    assert f"should be: {taken}. " in text(no_library(unwritable.value, tmp_path))
    assert f"cannot be written: {taken}. " in text(library_error(unwritable.value))
