"""One press is one wish, for every control that there is, with hands that press too much."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from press_cases import all_cases
from support.waiting import PATIENCE_S

from kling_desktop.motion.job import JobAction
from kling_desktop.ui.action_table import ACTIONS

CASES = {case.name: case for case in all_cases()}
WINDOWS = 4
EXAMPLES = int(os.environ.get("KLING_EXAMPLES", "30"))


def played(program: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A program of its own: the loop of the real window ends Qt's, which tests share."""
    return subprocess.run(
        [sys.executable, str(Path(__file__).with_name(program)), str(folder), *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=len(CASES) * PATIENCE_S,
        check=False,
    )


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What came of each case; one that breaks leaves the others be.

    Several windows share them: what they do most is wait for a slow disk.
    """

    # By one thread: where they are the first of a test process, pytest empties what holds them.
    folders = [tmp_path_factory.mktemp("walk") for _ in range(WINDOWS)]

    def walk(first: int) -> subprocess.CompletedProcess[str]:
        return played("press_walk.py", folders[first], "", str(first), str(WINDOWS))

    with ThreadPoolExecutor(WINDOWS) as pool:
        ended = list(pool.map(walk, range(WINDOWS)))
    lines = (line for each in ended for line in each.stdout.splitlines() if line.startswith("{"))
    told = {told["case"]: told for told in map(json.loads, lines)}
    problem = "".join(each.stderr for each in ended)
    return {name: told.get(name, {"came": None, "problem": problem}) for name in CASES}


@pytest.mark.parametrize("name", CASES)
def test_one_press_is_one_wish(walked: dict[str, dict[str, Any]], name: str) -> None:
    told = walked[name]
    assert told["came"] == CASES[name].expected, told.get("problem", "")


def test_no_action_is_left_out_of_the_walk() -> None:
    walked = {case.what for case in CASES.values()}
    # Where several tasks may be the lost one, without candidates it only looks again; and a page
    # is opened in the browser, which is no part of the program.
    left_out = {JobAction.CHOOSE_TASK.value, JobAction.OPEN_PAGE.value}
    assert {a.value for a in JobAction} - walked == left_out
    assert {spec.id for spec in ACTIONS} <= walked


def test_whatever_hands_do_no_more_is_paid_for_than_was_wished_for(tmp_path: Path) -> None:
    ended = played("press_play.py", tmp_path, str(EXAMPLES))
    assert ended.returncode == 0, ended.stderr[-8000:]
