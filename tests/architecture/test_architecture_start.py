"""What importing costs: large libraries are loaded where they are used, not at the start."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.waiting import PATIENCE_S

HEAVY = (
    "PySide6",
    "qasync",
    "requests",
    "urllib3",
    "truststore",
    "socks",
    "av",
    "PIL",
    "keyring",
    "sqlite3",
)
WITHOUT_QT = ("PySide6", "qasync", "av", "PIL")


def loaded_by(statement: str, names: tuple[str, ...]) -> list[str]:
    """Which of ``names`` a fresh interpreter has loaded after ``statement``."""
    code = f"import sys; {statement}; print(*(m for m in {names!r} if m in sys.modules))"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split()


def test_the_probe_sees_what_is_loaded() -> None:
    assert loaded_by("import sqlite3", HEAVY) == ["sqlite3"]


def test_the_command_line_starts_with_nothing_heavy() -> None:
    assert loaded_by("import kling_desktop.cli", HEAVY) == []


def test_help_needs_nothing_heavy() -> None:
    statement = (
        "import contextlib, io, kling_desktop.cli as c\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    c.main(['generate', '--help'])\n"
        "0"
    )
    assert loaded_by(f"exec({statement!r})", HEAVY) == []


@pytest.mark.parametrize(
    "module",
    [
        "kling_desktop.command.run",
        "kling_desktop.command.jobs",
        "kling_desktop.command.sandbox",
        "kling_desktop.engine.engine",
    ],
)
def test_commands_and_engine_load_neither_qt_nor_decoders(module: str) -> None:
    assert loaded_by(f"import {module}", WITHOUT_QT) == []


def test_the_window_loads_no_decoder_and_no_password_store() -> None:
    statement = "import kling_desktop.app, kling_desktop.ui.presenter.assembly"
    assert loaded_by(statement, ("av", "PIL", "keyring")) == []


@pytest.mark.parametrize("room", ["motion", "words"])
def test_pure_rooms_load_no_io_library(room: str) -> None:
    statement = f"import kling_desktop.{room}"
    assert loaded_by(statement, (*HEAVY, "asyncio", "socket", "subprocess")) == []
