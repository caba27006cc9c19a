"""One scheduler, one batch request for all running jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from ..motion.job import JobError
from ..remote.errors import NotSent, Refused, RemoteError
from ..remote.generation import Generation
from ..remote.wire import TaskRecord
from ..steady import steady_s
from .connectivity import Connectivity
from .events import Event, is_set_within
from .ownership import Ownership
from .problems import longer_pause_s, unanswered
from .workers import Workers

# The vendor asks for under one request a second overall; its SDK polls each job at 3 s, its
# command line at 5 s. One batch serves all jobs here, so 2 s while the end is near is politer.
NEAR_END_S = 2.0
YOUNG_S = 3.0  # the vendor's SDK
AGES_S: tuple[tuple[float, float], ...] = (
    # (age of the youngest job, ask every)
    (5 * 60, YOUNG_S),
    (20 * 60, 5.0),  # the vendor's command line
    (60 * 60, 15.0),  # the vendor's MCP server
    (6 * 3600, 60.0),
)
OLD_S = 300.0  # a job of many hours: asked after forever, but seldom
RETRY_S: tuple[float, ...] = (2.0, 4.0, 8.0, 15.0, 30.0)  # after a failed poll
SILENT_TIMES = 3  # so many polls in a row that tell nothing are said
MIN_GAP_S = 1.0  # "under one request a second", also when poked
WAKE_GAP_S = 20.0  # a wait that took so much longer: the computer slept


class Poller:
    """Asks for all watched tasks. Announces records; judging them is the runner's."""

    def __init__(
        self,
        workers: Workers,
        connectivity: Connectivity,
        service: Callable[[], Generation | None],
        ownership: Ownership,
    ) -> None:
        self._workers = workers
        self._connectivity = connectivity
        self._service = service
        self._ownership = ownership
        self._watched: dict[str, float] = {}  # task id -> when it was sent, by ``steady_s``
        self._owners: dict[str, str | None] = {}  # task id -> whose it is, if that is known
        self._expected_s: tuple[float, float] | None = None
        self._poke = asyncio.Event()
        self._last_at = 0.0
        self._failures = 0
        self._not_before = 0.0  # the service's own wish, which not even a poke overrules
        self.answered: Event[dict[str, TaskRecord | None]] = Event()
        self.refused: Event[Refused] = Event()
        self.silent_since: float | None = None  # by ``steady_s``: of the first such poll
        self.why_silent: JobError | None = None  # of the last one
        self._silent_times = 0  # in a row
        # Why no poll tells anything, said from the third one on; None: they do again.
        self.silence: Event[JobError | None] = Event()

    def watch(self, task_id: str, age_s: float, user_id: str | None = None) -> None:
        """``age_s``: how long ago it was sent, as a length that no clock's setting changes."""
        self._watched[task_id] = steady_s() - age_s
        self._owners[task_id] = user_id
        self._poke.set()

    def forget(self, task_id: str) -> None:
        self._watched.pop(task_id, None)
        self._owners.pop(task_id, None)
        if not self._watched:
            self._answers()

    def expect(self, usual_s: tuple[float, float] | None) -> None:
        """The usual range of generating, learned from finished jobs."""
        self._expected_s = usual_s

    def poke(self) -> None:
        """Ask at once: wake-up, reconnect, "Check now"."""
        self._failures = 0
        self._poke.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if not self._watched:
                self._poke.clear()
                await self._poke.wait()
            await self._pause()
            self._poke.clear()
            await self._ask()
            await self._wait(self._interval_s())

    async def _pause(self) -> None:
        gap_s = max(self._last_at + MIN_GAP_S, self._not_before) - steady_s()
        if gap_s > 0:
            await asyncio.sleep(gap_s)

    async def _wait(self, seconds: float) -> None:
        """Until poked, the time is over, or the computer woke up."""
        looked_at = steady_s()
        end = looked_at + seconds
        while (left := end - looked_at) > 0:
            if await is_set_within(self._poke, min(left, WAKE_GAP_S / 2)):
                return
            before, looked_at = looked_at, steady_s()
            if looked_at - before > WAKE_GAP_S:
                return

    def _interval_s(self) -> float:
        if self._failures:
            return RETRY_S[min(self._failures, len(RETRY_S)) - 1]
        now = steady_s()
        return interval_s((now - at for at in self._watched.values()), self._expected_s)

    async def _ask(self) -> None:
        service = self._service()
        in_use = self._ownership.user_id
        # The tokens may have been changed a moment ago: who watches has not heard of it yet.
        ids = [i for i in self._watched if in_use is None or self._owners[i] in (None, in_use)]
        if service is None or not ids:
            if ids:
                self._tells_nothing(steady_s(), None)
            return
        self._last_at = steady_s()
        try:
            records = await self._workers.call(service.retrieve_batch, ids)
        except NotSent as error:
            self._failures += 1
            self._tells_nothing(self._last_at, error)
            self._connectivity.not_reached(error)
        except Refused as error:
            self._failed(error)
            self.refused.emit(error)
        except RemoteError as error:
            self._failed(error)
        else:
            self._failures = 0
            self._answers()
            self._connectivity.reached()
            self.answered.emit({i: records.get(i) for i in ids if i in self._watched})

    def _failed(self, error: RemoteError) -> None:
        if error.is_page:
            self._connectivity.doubt()
        self._failures += 1
        self._not_before = steady_s() + longer_pause_s(0.0, error)
        self._tells_nothing(self._last_at, error)

    def _tells_nothing(self, asked_at: float, error: RemoteError | None) -> None:
        """``error`` None: there is no token to ask with."""
        self._silent_times += 1
        if self.silent_since is None:
            self.silent_since = asked_at
        self.why_silent = unanswered(error, awaits_token=self._ownership.awaits_token)
        long = error is not None and (error.retry_after_s or 0.0) > RETRY_S[-1]
        if self._silent_times >= SILENT_TIMES or long:
            self._connectivity.set_silent(True)
            self.silence.emit(self.why_silent)

    def _answers(self) -> None:
        self._silent_times, self.silent_since, self.why_silent = 0, None, None
        self._connectivity.set_silent(False)
        self.silence.emit(None)


def interval_s(ages_s: Iterable[float], expected_s: tuple[float, float] | None) -> float:
    """How long to wait until the next poll, given the ages of the running jobs."""
    shortest = OLD_S
    for age in ages_s:
        if expected_s and expected_s[0] * 0.8 <= age <= expected_s[1] * 1.2:
            shortest = min(shortest, NEAR_END_S)
        step = next((every for limit, every in AGES_S if age < limit), OLD_S)
        shortest = min(shortest, step)
    return shortest
