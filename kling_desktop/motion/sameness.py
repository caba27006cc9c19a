"""Whether a wish asks for what a job makes or made already: the same content and settings."""

from __future__ import annotations

from dataclasses import replace

from .agreement import Agreement, InputStamp
from .job import Job, JobState, Money
from .request import MotionRequest, Source

_MAY_BE_PAID = frozenset({Money.PAID, Money.MAYBE_CHARGED})


def makes_the_same(job: Job, request: MotionRequest, looked_at: Agreement | None) -> bool:
    """Where a file lies does not count, what is in it does; links are the same by their address.

    ``looked_at``: the content of the inputs of ``request``. Paths count where that is not known.
    """
    made, now = job.agreed or Agreement(), looked_at or Agreement()
    return (
        _counts(job)
        and replace(request, image=job.request.image, video=job.request.video) == job.request
        and _is_same(job.request.image, made.image, request.image, now.image)
        and _is_same(job.request.video, made.video, request.video, now.video)
    )


def _counts(job: Job) -> bool:
    """Not one that was cancelled, nor one that failed and was not paid."""
    if job.state is not JobState.FAILED:
        return job.state is not JobState.CANCELLED
    told = job.error is not None and job.error.money in _MAY_BE_PAID
    return told or (job.charged_credits or 0.0) > 0


def _is_same(
    one: Source, its_stamp: InputStamp | None, other: Source, other_stamp: InputStamp | None
) -> bool:
    if one.path is not None and other.path is not None and its_stamp and other_stamp:
        digests = its_stamp.sha256, other_stamp.sha256
        if None not in digests:
            return digests[0] == digests[1]
    return one == other
