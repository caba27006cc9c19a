"""What a sandbox renders is told by its inputs: in one run of tests each is rendered once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from kling_desktop.sandbox.worker import Worker

Made = tuple[bytes, bytes]  # the video, and what was told of it
_MADE: dict[tuple[object, ...], Made] = {}


def render_once(patch: pytest.MonkeyPatch) -> None:
    """The first of its kind is rendered as ever, in a process of its own."""
    render = Worker._wait_child

    def reuse(worker: Worker, job_file: Path) -> bool:
        job = json.loads(job_file.read_bytes())
        result, outcome, key = Path(job["result"]), Path(job["outcome"]), _key(worker, job)
        if key in _MADE:
            video, told = _MADE[key]
            result.write_bytes(video)
            outcome.write_bytes(told)
            return True
        ended = render(worker, job_file)
        if key and ended and result.is_file() and outcome.is_file():
            _MADE[key] = result.read_bytes(), outcome.read_bytes()
        return ended

    patch.setattr(Worker, "_wait_child", reuse)


def _key(worker: Worker, job: dict[str, Any]) -> tuple[object, ...]:
    """What the video is made of; empty for links that lead elsewhere."""
    links = (urlsplit(job[name]).path for name in ("image_url", "video_url"))
    found = [worker._files.find_upload(link) for link in links]
    contents = [each[0].read_bytes() for each in found if each is not None]
    settings = (job["mode"], job["orientation"], job["keep_sound"])
    return (*contents, *settings) if len(contents) == 2 else ()
