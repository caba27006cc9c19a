"""What a sandbox renders is told by its inputs: in one run of tests each is rendered once."""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kling_desktop.sandbox.worker import Worker

if TYPE_CHECKING:
    import pytest

_FOLDER = "KLING_TESTS_RENDERED"
_VIDEO, _TOLD = "video.mp4", "told.json"  # and what was told of it


def rendered_folder() -> Path:
    """The run's own: its first process makes it and takes it away, all others inherit it."""
    if _FOLDER not in os.environ:
        os.environ[_FOLDER] = made = tempfile.mkdtemp(prefix="kling-rendered-")
        atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(os.environ[_FOLDER])


def render_once(patch: pytest.MonkeyPatch) -> None:
    """The first of its kind is rendered as ever, in a process of its own."""
    patch.setattr(Worker, "_wait_child", reusing(rendered_folder()))


def reusing(folder: Path) -> Callable[[Worker, Path], bool]:
    """In the place of ``Worker._wait_child``; ``folder`` may be shared by many processes."""
    render = Worker._wait_child

    def reuse(worker: Worker, job_file: Path) -> bool:
        job = json.loads(job_file.read_bytes())
        result, outcome, key = Path(job["result"]), Path(job["outcome"]), _key(worker, job)
        if key and (folder / key).is_dir():
            shutil.copyfile(folder / key / _VIDEO, result)
            shutil.copyfile(folder / key / _TOLD, outcome)
            return True
        ended = render(worker, job_file)
        if key and ended and result.is_file() and outcome.is_file():
            _keep(folder, key, result, outcome)
        return ended

    return reuse


def _keep(folder: Path, key: str, result: Path, outcome: Path) -> None:
    part = Path(tempfile.mkdtemp(dir=folder))
    shutil.copyfile(result, part / _VIDEO)
    shutil.copyfile(outcome, part / _TOLD)
    try:
        part.rename(folder / key)
    except OSError:  # another process was faster
        shutil.rmtree(part)


def _key(worker: Worker, job: dict[str, Any]) -> str:
    """What the video is made of; empty for links that lead elsewhere."""
    links = (urlsplit(job[name]).path for name in ("image_url", "video_url"))
    found = [worker._files.find_upload(link) for link in links]
    if None in found:
        return ""
    made_of = [hashlib.sha256(each[0].read_bytes()).hexdigest() for each in found if each]
    made_of += [job["mode"], job["orientation"], str(job["keep_sound"])]
    return hashlib.sha256("\n".join(made_of).encode()).hexdigest()
