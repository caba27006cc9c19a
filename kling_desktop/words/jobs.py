"""Jobs and the queue in words."""

from __future__ import annotations

from ..motion.job import Job, JobAction, JobState, QueueState
from ..motion.request import Mode, Orientation
from .base import Speaker

_STATES: dict[JobState, str] = {
    JobState.QUEUED: "Waiting",
    JobState.ASKING: "Waiting for your word",
    JobState.PREPARING: "Preparing",
    JobState.UPLOADING: "Uploading",
    JobState.SUBMITTING: "Sending",
    JobState.GENERATING: "Generating",
    JobState.DOWNLOADING: "Downloading",
    JobState.UNSAVED: "Paid, not saved yet",
    JobState.DONE: "Done",
    JobState.FAILED: "Failed",
    JobState.UNKNOWN: "May have been sent, not sent again",
    JobState.CANCELLED: "Cancelled",
    JobState.UNWATCHED: "No longer watched",
}

_ACTIONS: dict[JobAction, str] = {
    JobAction.CANCEL: "Cancel",
    JobAction.STOP_WATCHING: "Stop watching…",
    JobAction.WATCH_AGAIN: "Watch again",
    JobAction.CHECK_NOW: "Check now",
    JobAction.SEND: "Send",
    JobAction.OPEN_PAGE: "Open in browser",
    JobAction.CHOOSE_TASK: "Choose…",
    JobAction.SEND_AGAIN: "Send again, may be charged twice…",
    JobAction.DISMISS: "Dismiss",
    JobAction.RETRY: "Retry",
    JobAction.FETCH_AGAIN: "Fetch again",
    JobAction.EDIT: "Edit as a new draft",
    JobAction.MOVE_UP: "Move up",
    JobAction.MOVE_DOWN: "Move down",
    JobAction.COPY_REPORT: "Copy report",
    JobAction.COPY_CODE: "Copy as code…",
    JobAction.DETAILS: "Details…",
}

# What looking for an unknown submission showed (the engine's ``outcome``).
_OUTCOMES: dict[str, str] = {
    "nothing_found": "the service’s history shows nothing.",
    "several": "several videos in the service’s history may be this one. Choose which.",
    "history_unavailable": "the service’s history cannot be asked without your account.",
    "history_in_part": "the service’s history could not be read in full.",
    "history_unreachable": "the service could not be reached.",
}


class JobWords(Speaker):
    """Names of states, actions and jobs."""

    def state(self, job: Job) -> str:
        return self._tr("Waiting to be sent") if job.is_ready else self.state_name(job.state)

    def state_name(self, state: JobState) -> str:
        return self._tr(_STATES[state])

    def action(self, action: JobAction) -> str:
        return self._tr(_ACTIONS[action])

    def does_not_open(self) -> str:
        """In the name of a file that came as a video."""
        return self._tr("does not open")

    def watermarked(self) -> str:
        """In the name of the copy that was asked for besides."""
        return self._tr("watermarked")

    def marked_copy(self, job: Job) -> str:
        """Where it is, or what becomes of it; empty where none was asked for."""
        if job.marked_path is not None:
            return job.marked_path
        if not job.request.watermark or (job.ended and job.state is not JobState.DONE):
            return ""
        if not job.lacks_copy:
            return self._tr("It is fetched after the video.")
        return self._tr("It did not arrive. “Fetch again” asks for it once more.")

    def ends_early(self) -> str:
        """Of a saved video whose end is missing."""
        return self._tr("ends early")

    def besides(self, job: Job) -> list[str]:
        """What a row says of a saved video that is not all that was asked for."""
        lacks_copy = [self._tr("without its watermarked copy")] if job.lacks_copy else []
        return [self.ends_early(), *lacks_copy] if job.result_ends_early else lacks_copy

    def mode(self, mode: Mode) -> str:
        return self._tr("Standard") if mode is Mode.STANDARD else self._tr("Pro")

    def orientation(self, orientation: Orientation) -> str:
        if orientation is Orientation.VIDEO:
            return self._tr("As in the clip")
        return self._tr("As in the picture")

    def job_name(self, job: Job) -> str:
        """``astronaut × bigbuckbunny, Standard, Generating``: what a screen reader says."""
        return f"{job.title}, {self.mode(job.request.mode)}, {self.state(job)}"

    def looked(self, job: Job) -> str:
        """``Looked 3 times: the service’s history shows nothing.`` Empty before the first look."""
        outcome = _OUTCOMES.get(job.error.value("outcome")) if job.error is not None else None
        if outcome is None or job.looks < 1:
            return ""
        once = job.looks == 1
        times = self.fill("Looked once" if once else "Looked {count} times", count=job.looks)
        return f"{times}: {self._tr(outcome)}"

    def queue_title(self, queue: QueueState) -> str:
        """``Queue · 2 running, 1 waiting``."""
        counts = (
            (queue.running, "{count} running"),
            (queue.asking, "{count} waiting for you"),
            (queue.unknown, "{count} unknown"),
            (queue.unsaved, "{count} paid, not saved yet"),
            (queue.failed, "{count} failed"),
            (queue.unsent, "{count} not sent"),
            (queue.waiting, "{count} waiting"),
        )
        parts = [self.fill(text, count=count) for count, text in counts if count]
        return f"{self._tr('Queue')} · " + (", ".join(parts) or self._tr("nothing running"))
