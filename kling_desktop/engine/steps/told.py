"""What a record tells of one job: its own inputs are no result, wherever they are repeated."""

from __future__ import annotations

from dataclasses import replace

from ...motion.job import Job
from ...remote.links import same_file
from ...remote.outcome import TaskState
from ...remote.wire import TaskRecord


def of_job(job: Job, record: TaskRecord) -> TaskRecord:
    """The record without links of what was sent: it need not say what that was."""
    sources = (job.request.image.url, job.request.video.url)
    sent = [link for link in (job.image_link, job.video_link, *sources) if link]
    links = tuple(link for link in record.links if not any(same_file(link, s) for s in sent))
    if links or not record.links:
        return replace(record, links=links)
    state = TaskState.UNREAD if record.says_finished else TaskState.RUNNING
    return replace(record, links=(), state=state)
