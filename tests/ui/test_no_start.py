"""Whoever starts the window on a folder that cannot be used sees why in a window, and a way out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.mounts import mounting
from support.waiting import PATIENCE_S

from kling_desktop.engine.starting import no_library, start_error
from kling_desktop.store import owner
from kling_desktop.store.errors import JournalNewer, JournalUnwritable, Reason, StoreUnwritable
from kling_desktop.words import Words

PROGRAM = Path(__file__).with_name("start_program.py")
ENV = {
    **os.environ,
    "QT_QPA_PLATFORM": "offscreen",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
}


def seen_by(command: list[str], env: dict[str, str] | None = None) -> dict[str, Any]:
    ended = subprocess.run(
        command, env=env or ENV, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert "Traceback" not in ended.stderr, ended.stderr
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


def test_without_a_screen_it_says_so_and_dumps_no_core(tmp_path: Path) -> None:
    without = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ended = subprocess.run(
        [sys.executable, "-m", "kling_desktop", "--data-dir", str(tmp_path)],
        env={name: text for name, text in ENV.items() if name not in without},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("There is no screen here for the window.")
    assert len(ended.stderr.splitlines()) == 1


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
