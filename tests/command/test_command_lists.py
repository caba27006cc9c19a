"""A list whose reader leaves, or whose disk is full, says nothing of any job at the service."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from command_line import Shell

from kling_desktop.motion.job import Job, JobState
from kling_desktop.motion.request import MotionRequest, Source
from kling_desktop.store.journal import Journal
from kling_desktop.store.paths import DataPaths

REQUEST = MotionRequest(Source(path="/pictures/a.png"), Source(path="/clips/b.mp4"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="made of a device of Linux")
@pytest.mark.parametrize("into", ["/dev/full", "a reader that left"])
def test_a_list_that_cannot_be_printed_is_no_failed_job(
    shell: Shell, tmp_path: Path, into: str
) -> None:
    paths = DataPaths.at(tmp_path / "data").profile("account")
    paths.create()
    with closing(Journal(paths.journal_file)) as journal:
        journal.insert(Job("e" * 32, REQUEST, JobState.QUEUED, 1.7e9, 1.7e9, 0))
    if into.startswith("/"):
        target = os.open(into, os.O_WRONLY)
    else:
        reader, target = os.pipe()
        os.close(reader)
    command = [sys.executable, "-m", "kling_desktop", "jobs", "--data-dir", str(tmp_path / "data")]
    ended = subprocess.run(command, env=shell.env, stdout=target, check=False)
    os.close(target)
    assert ended.returncode == 2
