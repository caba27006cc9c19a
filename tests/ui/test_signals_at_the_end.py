"""A session that ends sends several signals: the first one closes, the others cut nothing short."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.screens import OFFSCREEN
from support.waiting import PATIENCE_S

PROGRAM = Path(__file__).with_name("signals_program.py")


@pytest.mark.skipif(os.name != "posix", reason="Windows has none of them")
def test_a_hang_up_after_the_polite_kill_leaves_nothing_half_closed(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, str(PROGRAM), str(tmp_path)],
        env={**os.environ, "QT_QPA_PLATFORM": OFFSCREEN},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    told = ended.stdout.split()
    assert told[0] == "SIGTERM"
    assert told.count("SIGHUP") >= 3, told  # before it closed, with each lock, and at the end
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.rglob("lock.json"))


INTERRUPTED_WHILE_IT_IS_BUILT = """
import os, signal, sys
from pathlib import Path
from kling_desktop.app import run_window
from kling_desktop.ui.compose.field import SourceField
real = SourceField.__init__
def build(*given):
    os.kill(os.getpid(), signal.SIGINT)
    real(*given)
SourceField.__init__ = build
run_window(Path(sys.argv[1]), sandbox=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows has none of them")
def test_ctrl_c_while_the_window_is_built_ends_it_and_breaks_into_nothing(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_WHILE_IT_IS_BUILT, str(tmp_path)],
        env={**os.environ, "QT_QPA_PLATFORM": OFFSCREEN},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == -signal.SIGINT, ended.stderr
    assert "Traceback" not in ended.stderr
