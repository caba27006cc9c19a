"""Commands whose videos go to a disk that is pulled out and comes back. Prints what became of it.

Arguments: the data folder, the place of the disk, a picture, a clip.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.mounts import mount, unmount


def main(data_dir: str, place: Path, picture: str, clip: str) -> None:
    def generate(*more: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "kling_desktop", "generate", "--sandbox", "--json"]
        command += ["--image", picture, "--video", clip, "--again", "--data-dir", data_dir, *more]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        (told,) = map(json.loads, done.stdout.splitlines())
        error = told["error"]
        there = [str(file.relative_to(place)) for file in place.rglob("*.mp4")]
        code = None if error is None else error["code"]
        return {"exit": done.returncode, "error": code, "there": there, "said": done.stderr}

    seen = {}
    mount(place)
    seen["plugged in"] = generate()
    unmount(place)
    seen["pulled out"] = generate()
    elsewhere = place.with_name("elsewhere.mp4")
    seen["elsewhere"] = {**generate("--output", str(elsewhere)), "made": elsewhere.is_file()}
    seen["left in its place"] = [file.name for file in place.iterdir()]
    mount(place)
    seen["back"] = generate()
    print(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:5])
