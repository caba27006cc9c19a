"""One submission at a time: what answers in the service's place is met by one job, not by all."""

from __future__ import annotations

import asyncio

from ..motion.job import Job
from ..steady import steady_s
from .events import is_set_within

# Connecting may take 10 s (remote/http.py), and a page of a network comes at once. The service
# itself may hold a submission until its video is done (service.md): others don't wait for that,
# but twice as long behind each further one, for a hole that answers nothing.
UNANSWERED_S = 15.0


class SubmitGate:
    """Who may submit now: who is ready, in the order of the queue. On the loop's thread."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}  # job id -> when its submission began, monotonic seconds
        self._waiting: dict[str, int] = {}  # job id -> its place in the queue
        self._moved = asyncio.Event()

    def enter(self, job: Job) -> bool:
        """False while the answer to another's submission may still come soon, or it is not next."""
        if self._busy_s() > 0 or not self._is_next(job):
            return False
        self._since[job.job_id] = steady_s()
        self._leave_line(job)
        return True

    async def wait(self, job: Job) -> None:
        """Until it is next, and worth trying again to enter."""
        self._waiting[job.job_id] = job.position
        while self._busy_s() > 0 or not self._is_next(job):
            self._moved.clear()
            await is_set_within(self._moved, self._busy_s() or None)

    def leave(self, job: Job) -> None:
        """What its submission came to is known and kept, or it waits for its turn no more."""
        self._since.pop(job.job_id, None)
        self._leave_line(job)

    def _is_next(self, job: Job) -> bool:
        return all(job.position <= place for place in self._waiting.values())

    def _leave_line(self, job: Job) -> None:
        self._waiting.pop(job.job_id, None)
        self._moved.set()

    def _busy_s(self) -> float:
        if not self._since:
            return 0.0
        pause_s = UNANSWERED_S * 2.0 ** (len(self._since) - 1)
        return max(0.0, max(self._since.values()) + pause_s - steady_s())
