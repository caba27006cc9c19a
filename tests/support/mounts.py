"""Real mounts, in a namespace of their own: nothing of them is seen outside, or left."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

_INTO_ITS_OWN = ("unshare", "--user", "--map-root-user", "--mount")


@cache
def _can_mount() -> bool:
    if shutil.which("unshare") is None or shutil.which("mount") is None:
        return False
    try_it = "mount -t tmpfs tmpfs /mnt"
    done = subprocess.run([*_INTO_ITS_OWN, "sh", "-c", try_it], capture_output=True, check=False)
    return done.returncode == 0


def mounting(*command: str) -> list[str]:
    """The command, which may mount. Skips the test where the system allows nobody to."""
    if not _can_mount():
        pytest.skip("no mounting here without being the administrator")
    return [*_INTO_ITS_OWN, *command]


def mount(place: Path, source: str = "tmpfs") -> None:
    """An empty disk; ``source`` is what the system says of where it comes from."""
    subprocess.run(["mount", "-t", "tmpfs", source, str(place)], check=True)


def unmount(place: Path) -> None:
    subprocess.run(["umount", str(place)], check=True)
