"""One job that goes in spite of a hold: the service's answer to it tells whether it still holds."""

from __future__ import annotations

from ..motion.job import UNDER_WAY, Job, JobState

ON_ITS_WAY = frozenset({JobState.PREPARING, JobState.UPLOADING, JobState.SUBMITTING})
ACCEPTED = UNDER_WAY | {JobState.DONE}


class Trial:
    """Armed by a person's word, for one job: whichever comes next. Not kept over a restart."""

    def __init__(self) -> None:
        self.armed = False
        self._anyone = ""  # the job that took that word
        self._sent: dict[str, bool] = {}  # all that try now: was it sent yet?

    def arm(self) -> None:
        self.armed = self._anyone not in self._sent

    def disarm(self) -> None:
        """One of them was refused, or there is nothing left to find out."""
        self.armed = False
        self._sent.clear()

    def begin(self, job_id: str, *, own_word: bool) -> None:
        """``own_word``: the person said so for this job alone, so it takes nobody else's turn."""
        if not own_word:
            self.armed, self._anyone = False, job_id
        self._sent[job_id] = False

    def tries(self, job_id: str) -> bool:
        return job_id in self._sent

    def accepts(self, job: Job) -> bool:
        """Whether this change of a job shows that the service accepted one that tried."""
        if job.job_id not in self._sent:
            return False
        if job.state in ON_ITS_WAY:
            self._sent[job.job_id] |= job.state is JobState.SUBMITTING
            return False
        sent = self._sent.pop(job.job_id)
        if job.state in ACCEPTED or (job.state is JobState.FAILED and job.task_id is not None):
            return True
        # Cancelled first, or it never arrived: nothing was found out, so the next one may try.
        if job.job_id == self._anyone and (not sent or job.state is JobState.QUEUED):
            self.armed = True
        return False
