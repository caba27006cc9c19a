"""What the commands print: progress on standard error, results on standard output."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import time
from collections.abc import Sequence
from subprocess import list2cmdline
from typing import Any, Protocol, TextIO

from ..motion.job import Job, JobError, JobState, Progress
from ..motion.redaction import without_queries
from ..motion.said import Said
from ..words import Words
from .codes import Exit, Refusal

PROGRAM = "kling-desktop"
BAR_CELLS = 24
REDRAW_S = 0.1


def job_object(job: Job) -> dict[str, Any]:
    """The JSON object of one job; the fields that scripts rely on."""
    return {
        "job_id": job.job_id,
        "task_id": job.task_id,
        "state": job.state.value,
        "path": job.result_path,
        "watermarked_path": job.marked_path,
        "ends_early": job.result_ends_early,
        "error": error_object(job.error, job),
        "trace_id": job.told_trace_id,
        "service": service_object(job.service),
        "title": job.title,
        "mode": job.request.mode.value,
        "orientation": job.request.orientation.value,
        "created_at": job.created_at,
        "duration_s": job.result_duration_s,
        "estimate_credits": job.estimate_credits,
        "estimated": job.agreed.estimated if job.agreed is not None else None,
        "agreed_credits": job.agreed.credits if job.agreed is not None else None,
        "offered_credits": job.offered.credits if job.offered is not None else None,
        "charged_credits": job.charged_credits,
    }


def service_object(said: Said) -> dict[str, Any]:
    """In the service's own words; what it never said is null."""
    return {
        "video_id": said.video_id,
        "state": said.state,
        "duration": said.duration_s,
        "success": said.success,
        "video_url": said.video_url,
    }


def error_object(error: JobError | None, job: Job | None = None) -> dict[str, Any] | None:
    """``job``: whose it is, where it became one."""
    if error is None:
        return None
    words = Words()
    message = words.told(error) if job is None else words.told(error, words.job_id(job))
    if job is not None and job.state is JobState.DONE:  # nothing is tried again by itself
        message = words.error(error).title
    return {
        "code": error.code,
        "message": message,
        "trace_id": error.trace_id,
        "service_message": without_queries(error.message),
        "service_code": error.value("service_code") or None,
        "money": error.money.value,
    }


def refused_object(error: JobError, same: Job | None = None) -> dict[str, Any]:
    """For what never became a job. ``same``: the job that is or was just the same."""
    return {
        "job_id": same.job_id if same is not None else None,
        "task_id": same.task_id if same is not None else None,
        "state": "refused",
        "path": same.result_path if same is not None else None,
        "error": error_object(error),
    }


def handed_over_object(job_id: str) -> dict[str, Any]:
    """For a wish that another program was told and has not written down yet."""
    return {"job_id": job_id, "task_id": None, "state": "handed_over", "path": None, "error": None}


def interrupted_object() -> dict[str, Any]:
    """For what never became a job, because it was interrupted before."""
    return {"job_id": None, "task_id": None, "state": "interrupted", "path": None, "error": None}


def say_refusal(refusal: Refusal, words: Words, sink: Sink) -> Exit:
    """Nothing became a job: the reason, and the object that scripts wait for."""
    sink.say(words.told(refusal.error))
    sink.result(refused_object(refusal.error, refusal.same))
    return refusal.code


def print_json(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=True) + "\n")
    sys.stdout.flush()


def say_problem(text: str, *, as_json: bool) -> None:
    """Of ``check``, which looks and makes no job."""
    print(text, file=sys.stderr)
    if as_json:
        print_json({"ok": False, "error": text})


class Sink(Protocol):
    """Where a command's words and results go: this terminal, or another process's."""

    def say(self, text: str) -> None: ...
    def on_progress(self, progress: Progress) -> None: ...
    def on_elapsed(self, job: Job, now: float) -> None: ...
    def result(self, value: dict[str, Any]) -> None: ...
    def close(self) -> None: ...


class Terminal:
    """Says what goes on: a progress bar on a terminal, a line for each step elsewhere."""

    def __init__(
        self,
        words: Words,
        *,
        as_json: bool = False,
        stream: TextIO | None = None,
        typed: Sequence[str] = (),
    ) -> None:
        """``typed``: the options of all commands, which belong to each that a sentence names."""
        self._words = words
        self._typed = list2cmdline(typed) if os.name == "nt" else shlex.join(typed)
        self._as_json = as_json
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._drawn = False
        self._last = ""
        self._last_draw = 0.0

    def say(self, text: str) -> None:
        """One line, once."""
        if self._typed:
            text = text.replace(f"`{PROGRAM} ", f"`{PROGRAM} {self._typed} ")
        if text == self._last:
            return
        self._clear()
        self._last = text
        self._write(text + "\n")

    def result(self, value: dict[str, Any]) -> None:
        """One JSON object for a job, or the path of its file."""
        self._clear()
        try:
            if self._as_json:
                print_json(value)
            elif value["path"] and value["state"] == JobState.DONE:
                sys.stdout.write(value["path"] + "\n")
                sys.stdout.flush()
        except (OSError, ValueError):
            pass  # closed, full, or nobody reads: what became of the job is in the exit code

    def on_progress(self, progress: Progress) -> None:
        """Bytes of an upload or a download, or the share of a conversion."""
        now = time.monotonic()
        done = progress.share is None and progress.done_bytes == progress.total_bytes
        if not self._is_terminal or (now - self._last_draw < REDRAW_S and not done):
            return
        self._last_draw = now
        share = progress.share or 0.0
        if progress.share is None and progress.total_bytes:
            share = progress.done_bytes / progress.total_bytes
        filled = round(share * BAR_CELLS)
        bar = "█" * filled + "░" * (BAR_CELLS - filled)
        size = ""
        if progress.share is None:
            size = self._words.size_of(progress.done_bytes, progress.total_bytes)
        state = self._words.state_name(progress.state)
        self._draw(f"{state} {bar} {share:4.0%}  {size}")

    def on_elapsed(self, job: Job, now: float) -> None:
        """Generating tells no share: the time elapsed is what is known."""
        if self._is_terminal and job.submitted_at is not None:
            elapsed = self._words.clock(now - job.submitted_at)
            self._draw(f"{self._words.state(job)} {elapsed}")

    def close(self) -> None:
        self._clear()

    def _draw(self, text: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        self._write("\r\x1b[K" + text[:width])
        self._drawn = True

    def _clear(self) -> None:
        if self._drawn:
            self._write("\r\x1b[K")
            self._drawn = False

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            pass  # the terminal went away; the job goes on
