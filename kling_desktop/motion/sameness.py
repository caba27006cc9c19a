"""Whether a wish asks for what a job makes or made already: the same content and settings."""

from __future__ import annotations

from dataclasses import replace

from .agreement import Agreement, InputStamp
from .job import Job, JobState, Money
from .money import micro
from .request import DEFAULT_MODEL, Box, MotionRequest, Source, takes_all

_MAY_BE_PAID = frozenset({Money.PAID, Money.MAYBE_CHARGED})


def makes_the_same(job: Job, request: MotionRequest, looked_at: Agreement | None) -> bool:
    """Judged by what would be sent, not by how it was asked for.

    Where a file lies does not count, what is in it does; links are the same by their address.

    ``looked_at``: the content of the inputs of ``request``. Paths count where that is not known.
    """
    made, now = job.agreed or Agreement(), looked_at or Agreement()
    return (
        _counts(job)
        and _settings(request, job.request) == _settings(job.request, job.request)
        and _ends_alike(job.request.video_edit.end_s, made, request.video_edit.end_s, now)
        and _is_same(job.request.image, made.image, request.image, now.image)
        and _is_same(job.request.video, made.video, request.video, now.video)
    )


def _counts(job: Job) -> bool:
    """Not one that was cancelled, nor one that failed and was not paid."""
    if job.state is not JobState.FAILED:
        return job.state is not JobState.CANCELLED
    told = job.error is not None and job.error.money in _MAY_BE_PAID
    return told or micro(job.charged_credits) > 0


def _settings(request: MotionRequest, inputs: MotionRequest) -> MotionRequest:
    """All but the inputs and the clip's end, in one of the ways in which it can be asked for.

    What is sent unfitted is within the limits, so it is what would be sent fitted, too.
    """
    image, video = request.image_edit, request.video_edit
    return replace(
        request,
        image=inputs.image,
        video=inputs.video,
        prompt=request.prompt.strip(),
        model=request.model or DEFAULT_MODEL,
        image_edit=replace(image, crop=_crop(image.crop)),
        video_edit=replace(
            video, start_s=video.start_s or None, end_s=None, crop=_crop(video.crop)
        ),
        fit=True,
    )


def _crop(box: Box | None) -> Box | None:
    return None if takes_all(box) else box


def _ends_alike(
    one_s: float | None, made: Agreement, other_s: float | None, now: Agreement
) -> bool:
    """The same length from the same start ends alike, also at or past the clip's own end."""
    if one_s == other_s:
        return True
    if made.duration_s is None or now.duration_s is None:
        return False
    return round(made.duration_s, 3) == round(now.duration_s, 3)


def _is_same(
    one: Source, its_stamp: InputStamp | None, other: Source, other_stamp: InputStamp | None
) -> bool:
    if one.path is not None and other.path is not None and its_stamp and other_stamp:
        digests = its_stamp.sha256, other_stamp.sha256
        if None not in digests:
            return digests[0] == digests[1]
    return one == other
