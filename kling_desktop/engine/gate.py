"""One submission at a time: what answers in the service's place is met by one job, not by all."""

from __future__ import annotations

import asyncio
import time

from .events import is_set_within

# Connecting may take 10 s (remote/http.py), and a page of a network comes at once. The service
# itself may hold a submission until its video is done (service.md): others don't wait for that.
UNANSWERED_S = 15.0


class SubmitGate:
    """Who may submit now. All methods run on the loop's thread."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}  # job id -> when its submission began, monotonic seconds
        self._left = asyncio.Event()

    def enter(self, job_id: str) -> bool:
        """False while the answer to another job's submission may still come soon."""
        if self._busy_s() > 0:
            return False
        self._since[job_id] = time.monotonic()
        return True

    def leave(self, job_id: str) -> None:
        """What it came to is known, and kept."""
        self._since.pop(job_id, None)
        self._left.set()

    async def wait(self) -> None:
        """Until it is worth trying again to enter."""
        self._left.clear()
        await is_set_within(self._left, self._busy_s())

    def _busy_s(self) -> float:
        newest = max(self._since.values(), default=-UNANSWERED_S)
        return max(0.0, newest + UNANSWERED_S - time.monotonic())
