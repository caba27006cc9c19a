"""A disk that does not answer never stops the window: its thread asks it for nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.media import make_clip, make_picture
from support.screens import OFFSCREEN
from support.waiting import PATIENCE_S

TESTS = Path(__file__).parents[1]
PROGRAM = Path(__file__).with_name("dead_disk_program.py")
SOURCE = TESTS / "support" / "dead_disk.c"
COMPILER = shutil.which("cc") or shutil.which("gcc")


@pytest.mark.skipif(
    sys.platform != "linux" or COMPILER is None, reason="a shim below the C library is built"
)
def test_the_windows_thread_asks_a_dead_disk_for_nothing(tmp_path: Path) -> None:
    shim, log, back = tmp_path / "shim.so", tmp_path / "log", tmp_path / "back"
    build = [str(COMPILER), "-shared", "-fPIC", "-o", str(shim), str(SOURCE), "-ldl"]
    subprocess.run(build, check=True, timeout=PATIENCE_S)
    alive, dead = tmp_path / "alive", tmp_path / "dead-disk"
    for folder in (alive, dead):
        folder.mkdir()
        make_picture(folder / "figure.png")
        make_clip(folder / "dance.mp4")
    env = {
        **os.environ,
        "LD_PRELOAD": str(shim),
        "DEAD_DISK": str(dead),
        "DEAD_DISK_LOG": str(log),
        "DEAD_DISK_BACK": str(back),
        "QT_QPA_PLATFORM": OFFSCREEN,
        "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS), str(TESTS / "ui")]),
    }
    command = [sys.executable, str(PROGRAM), *map(str, (tmp_path / "home", alive, dead, back))]
    ended = subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["hover"] == "Let go to look at it"
    assert told["reading"] == ["Reading…", "Reading…"]
    assert told["blocked"] == "checking"
    assert told["stage"] == "alive"
    assert told["dialog"] == str(Path.home())
    assert told["others are read"]
    assert told["back"]
    # The helper, whose first thread reads, was asked for nothing before the disk was back.
    asked = log.read_text().splitlines() if log.exists() else []
    assert asked == [], ended.stderr
