"""Jobs that are not what was agreed to any more, and the well and the press that notice it."""

from __future__ import annotations

from looks_jobs import JAPANESE, LONG, NOW
from looks_scenes import SMALL_PX, S, scene, working
from looks_stand import Stand

from kling_desktop.motion.input import Blocked, Input, InputState
from kling_desktop.motion.job import Job, JobError, QueueState
from kling_desktop.motion.limits import FindingCode, Mend, finding
from kling_desktop.motion.request import Slot, Source
from kling_desktop.ui.tr import words


def _error(code: str, *, was: str = "2.24", now: str = "20.3", now_s: str = "29") -> JobError:
    values = {
        "name": "meadow.mp4",
        "was_s": "3.2",
        "was_credits": was,
        "was_estimated": "0",
        "now_s": now_s,
        "now_credits": now,
        "now_estimated": "0",
    }
    return JobError(code, values=tuple(sorted(values.items())))


def _jobs(stand: Stand) -> list[Job]:
    job = stand.numbers.job
    hidden = (("name", "dance.mp4"), ("now_credits", "31.5"), ("was_credits", "21.0"))
    return [
        job(S.GENERATING, "chelsea", "meadow", submitted_at=NOW - 72),
        job(S.ASKING, "astronaut", "meadow", error=_error("input_changed")),
        job(S.ASKING, "portrait", "meadow", error=_error("input_changed", now="2.24", now_s="3.2")),
        job(S.ASKING, "dancer", "meadow", error=_error("price_rose", now="3.36", now_s="3.2")),
        job(S.ASKING, LONG, "dance", error=JobError("price_rose", values=hidden)),
        job(
            S.ASKING,
            "rocket",
            "export",
            error=JobError("input_growing", values=(("name", "export.mov"),)),
        ),
    ]


def _queue(stand: Stand) -> list[Job]:
    working(stand)
    jobs = _jobs(stand)
    stand.queue.set_jobs(jobs)
    order = tuple(j.job_id for j in jobs)
    stand.queue.set_queue(QueueState(running=1, asking=len(jobs) - 1, order=order))
    return jobs


@scene("25-not-what-was-agreed", sharp=True)
def not_what_was_agreed(stand: Stand) -> None:
    """The row with both figures and both answers, and the notice when it begins."""
    asking = _queue(stand)[1]
    assert asking.error is not None
    said = f"{asking.title} waits for you. {words.error(asking.error).title}"
    stand.window.notices.show_notice(said)


@scene("25-not-what-was-agreed-small", SMALL_PX)
def not_what_was_agreed_small(stand: Stand) -> None:
    _queue(stand)


def _away(stand: Stand) -> None:
    """Inputs on a drive that is away."""
    working(stand)
    job = stand.numbers.job
    names = ("portrait.png", "a rather long name of a clip that was recorded on a summer day.mp4")
    jobs = [
        job(
            S.ASKING,
            "portrait",
            "meadow",
            error=JobError("input_vanished", values=(("name", name),)),
        )
        for name in names
    ]
    stand.queue.set_jobs(jobs)
    stand.queue.set_queue(QueueState(asking=len(jobs), order=tuple(j.job_id for j in jobs)))


@scene("25-all-wait-for-you-small", SMALL_PX)
def all_wait_for_you(stand: Stand) -> None:
    working(stand)
    job = stand.numbers.job
    rose = _error("price_rose", now="3.36", now_s="3.2")
    jobs = [job(S.ASKING, name, "meadow", error=rose) for name in ("portrait", JAPANESE)]
    stand.queue.set_jobs(jobs)
    stand.queue.set_queue(QueueState(asking=len(jobs), order=tuple(j.job_id for j in jobs)))


@scene("25-input-missing")
def input_missing(stand: Stand) -> None:
    _away(stand)


@scene("25-input-missing-small", SMALL_PX)
def input_missing_small(stand: Stand) -> None:
    _away(stand)


@scene("03-still-being-written")
def still_being_written(stand: Stand) -> None:
    """An export in progress in the well; the press before it met another clip."""
    working(stand)
    source = Source(path="/clips/export.mov")
    problem = finding(
        FindingCode.FILE_GROWING, slot=Slot.VIDEO, mend=Mend.CHOOSE_VIDEO, name=source.name
    )
    stand.compose.set_input(Input(Slot.VIDEO, InputState.REFUSED, source, problem=problem))
    stand.compose.set_findings((problem,))
    stand.compose.set_quote(None)
    stand.blocked(Blocked.BEING_WRITTEN)
    stand.window.notices.show_notice(words.inputs_changed((source.name,)))
