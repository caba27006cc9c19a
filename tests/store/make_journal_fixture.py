"""Write the fixture of the present schema version, once for each version: run it by hand.

    python tests/store/make_journal_fixture.py tests/store/journal-version-1.sqlite

A fixture that is checked in is never written again: it stands for journals that people have.
"""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from kling_desktop.motion.facts import ImageFacts, LinkFacts, VideoFacts
from kling_desktop.motion.job import Job, JobError, JobState, Money
from kling_desktop.motion.request import Mode, MotionRequest, Orientation, Source
from kling_desktop.store.journal import Journal

WAITING = Job(
    job_id="waiting",
    request=MotionRequest(Source(path="/p/astronaut.png"), Source(url="https://x.example/b.mp4")),
    state=JobState.QUEUED,
    created_at=1000.0,
    updated_at=1000.0,
    position=0,
    image_facts=ImageFacts("png", 1024, 1024, 900_000),
    video_facts=LinkFacts("video/mp4", 5_000_000),
)
SENT = Job(
    job_id="sent",
    request=MotionRequest(
        Source(path="/p/ä \udcff.jpg"),
        Source(path="/p/bunny.mp4"),
        mode=Mode.PRO,
        orientation=Orientation.IMAGE,
        prompt="Ein Satz, 日本, 🙂",
        keep_sound=False,
        model="kling-v3",
        watermark=True,
        callback_url="https://y.example/done",
    ),
    state=JobState.UNKNOWN,
    created_at=1001.0,
    updated_at=1010.0,
    position=1,
    attempt=2,
    video_facts=VideoFacts("mp4", "h264", 1280, 720, 7_000_000, 8.4, 25.0, 210, True, 90, True),
    image_link="https://cdn.example/i.jpg",
    video_link="https://cdn.example/v.mp4",
    body_json='{"mode": "pro"}',
    submitted_at=1005.5,
    clock_skew_s=-0.25,
    user_id="u",
    application_id="a",
    error=JobError("timeout", "…", Money.MAYBE_CHARGED, "trace", 504, (("host", "h"),)),
    looks=3,
    next_look_at=1070.0,
)
DONE = replace(
    WAITING,
    job_id="done",
    state=JobState.DONE,
    updated_at=1200.0,
    position=2,
    submitted_at=1020.0,
    finished_at=1200.0,
    task_id="task",
    trace_id="trace",
    result_url="https://m.example/r.mp4",
    result_duration_s=5.066,
    result_path="/v/astronaut × bunny.mp4",
    result_size_bytes=123_456,
    output_path="/o.mp4",
    estimate_credits=5.88,
    charged_credits=5.6,
    not_before=1019.0,
    favourite=True,
    acknowledged=True,
)
JOBS = [WAITING, SENT, DONE]


def write(file: Path) -> None:
    """A journal with JOBS, one removed job, an upload and a value."""
    with closing(Journal(file)) as journal:
        for job in JOBS:
            journal.insert(job)
        journal.update(SENT, note="looked")
        journal.insert(replace(WAITING, job_id="removed", position=3))
        journal.remove("removed")
        journal.remember_upload("hash", "https://platform.example", "https://cdn.example/v.mp4")
        journal.set_value("user_id", "u")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    if target.exists():
        sys.exit("a fixture that exists is never written again")
    write(target)
