"""Whatever stands in the place of a file: the program neither waits for it nor swallows it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.screens import OFFSCREEN
from support.waiting import PATIENCE_S

PROGRAM = Path(__file__).with_name("odd_files_program.py")
NOWHERE = "http://127.0.0.1:9"
ENVIRONMENT = {
    "QT_QPA_PLATFORM": OFFSCREEN,
    "ACEDATACLOUD_API_BASE_URL": NOWHERE,
    "ACEDATACLOUD_PLATFORM_BASE_URL": NOWHERE,
    "ACEDATACLOUD_API_TOKEN": "a" * 32,
    "ACEDATACLOUD_PLATFORM_TOKEN": "platform-v1-" + "b" * 64,
}
SAID = {
    "settings.json": "settings",
    "draft.json": "saved draft",
    "waved.json": "put away",
    "witness.jsonl": "Nothing is sent and charged",
}


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices have no names in a folder there")
@pytest.mark.parametrize("kind", ["pipe", "folder", "socket", "endless", "huge"])
def test_the_window_opens_and_says_what_it_could_not_read(tmp_path: Path, kind: str) -> None:
    ended = subprocess.run(
        [sys.executable, str(PROGRAM), str(tmp_path), kind],
        env={**os.environ, **ENVIRONMENT, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    seen: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    for name, words in SAID.items():
        assert seen[name]["open"], name
        (said,) = seen[name]["said"]
        assert words in said
    for name in ("lock", "lock.json", "window.lock"):
        assert seen[name] == {"open": True, "said": []}, name
    # The window says why there is no list of jobs, and asks whether to try again.
    assert not seen["journal.sqlite"]["open"]
    # Of any length: SQLite's to judge.
    assert seen["journal.sqlite-journal"]["open"] is (kind == "huge")
