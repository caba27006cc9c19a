"""A videos folder on a disk that is pulled out, from a shell: real processes, a real mount."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from command_line import Shell
from support.mounts import mounting
from support.waiting import PATIENCE_S


def test_nothing_is_sent_and_nothing_is_saved_in_the_place_of_a_disk_that_was_pulled_out(
    shell: Shell, picture: Path, clip: Path, tmp_path: Path
) -> None:
    place = tmp_path / "disk"
    place.mkdir()
    settings = {"write_recipe": False, "videos_folder": str(place)}  # as an earlier version left it
    (shell.data_dir / "settings.json").write_text(json.dumps(settings), encoding="ascii")
    program = Path(__file__).parent / "mounted_program.py"
    command = mounting(sys.executable, str(program), str(shell.data_dir), str(place))
    path = os.pathsep.join([shell.env["PYTHONPATH"], *(each for each in sys.path if each)])
    done = subprocess.run(
        [*command, str(picture), str(clip)],
        env={**shell.env, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert (seen["plugged in"]["exit"], len(seen["plugged in"]["there"])) == (0, 1), seen
    pulled_out = seen["pulled out"]
    assert (pulled_out["exit"], pulled_out["error"]) == (2, "videos_away")
    said = f"The disk or share of the folder {place} is away. Nothing was sent. Bring it back, "
    assert said in pulled_out["said"]
    assert (seen["elsewhere"]["exit"], seen["elsewhere"]["made"]) == (0, True)
    assert seen["left in its place"] == []
    assert (seen["back"]["exit"], len(seen["back"]["there"])) == (0, 1)
    listed = shell.run("jobs", "--sandbox", "--json").objects
    assert [job["state"] for job in listed] == ["done"] * 3
