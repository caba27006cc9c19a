"""Jobs of another account than the one that is connected."""

from __future__ import annotations

from looks_scenes import SMALL_PX, S, scene, working
from looks_stand import Stand

from kling_desktop.motion.agreement import Agreement
from kling_desktop.motion.job import Job, JobError, QueueState
from kling_desktop.ui.presenter.account_question import ask_about_account

PRICE = Agreement(credits=5.88, estimated=True, duration_s=8.4)


def _jobs(stand: Stand) -> list[Job]:
    named = (("made_under", "Studio Aoyama"), ("now", "Sam’s own"))
    asks = JobError("other_account", values=named)
    nameless = JobError("other_account", values=(("made_under", ""), ("now", "…5f3a91c2")))
    job = stand.numbers.job
    return [
        job(S.GENERATING, "astronaut", "bigbuckbunny", waits_for_account="Studio Aoyama"),
        job(S.UNKNOWN, "portrait", "spin", waits_for_account=""),
        job(S.ASKING, "dancer", "walk", error=asks, agreed=PRICE),
        job(
            S.ASKING,
            "dancer",
            "a rather long name of a clip that was recorded",
            error=nameless,
            agreed=PRICE,
        ),
    ]


def _queue(stand: Stand) -> list[Job]:
    working(stand)
    jobs = _jobs(stand)
    stand.queue.set_jobs(jobs)
    order = tuple(j.job_id for j in jobs)
    stand.queue.set_queue(QueueState(waiting=1, asking=2, unknown=1, order=order))
    return jobs


@scene("25-other-account")
def other_account(stand: Stand) -> None:
    _queue(stand)


@scene("25-other-account-small", SMALL_PX)
def other_account_small(stand: Stand) -> None:
    _queue(stand)


@scene("35-other-account-question", sharp=True)
def other_account_question(stand: Stand) -> None:
    jobs = _queue(stand)
    ask_about_account(stand.window, [jobs[2], jobs[3]]).open()
