"""Jobs as the Queue's and the Library's tests need them."""

from __future__ import annotations

import datetime
from typing import Any

from kling_desktop.motion.job import Job, JobState
from kling_desktop.motion.request import Mode, MotionRequest, Source

# A quarter past two in the afternoon, wherever the tests run.
NOW = datetime.datetime(2026, 11, 23, 14, 15).timestamp()


def make_request(
    image: str = "astronaut", video: str = "meadow", mode: Mode = Mode.STANDARD, **fields: Any
) -> MotionRequest:
    image_source, video_source = Source(path=f"/in/{image}.png"), Source(path=f"/in/{video}.mp4")
    return MotionRequest(image_source, video_source, mode, **fields)


def make_job(
    job_id: str = "1",
    state: JobState = JobState.QUEUED,
    *,
    request: MotionRequest | None = None,
    position: int = 0,
    **fields: Any,
) -> Job:
    made = {"created_at": NOW - 300, "updated_at": NOW, **fields}
    return Job(job_id, request or make_request(), state, position=position, **made)


def make_done(job_id: str, ago_s: float = 60, **fields: Any) -> Job:
    """A finished job with a file, ``ago_s`` before NOW."""
    made = {
        "finished_at": NOW - ago_s,
        "result_path": f"/videos/{job_id}.mp4",
        "result_duration_s": 8.4,
        "task_id": f"task-{job_id}",
        **fields,
    }
    return make_job(job_id, JobState.DONE, **made)
