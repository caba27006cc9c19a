"""The tasks the sandbox accepted, kept as one small JSON file each."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from ..motion.reading import (
    JSON_MAX_BYTES,
    Amount,
    Count,
    Link,
    UnixTime,
    Unreadable,
    choice,
    parsed,
    read,
    text,
)
from ..motion.request import MODELS, Mode, Orientation
from ..plain_file import read_plain
from .prompt_words import words_in

_log = logging.getLogger(__name__)


class TaskState(StrEnum):
    """What became of a task; the service itself never says it in one word."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was checked of a request when it was accepted."""

    image_url: Link
    video_url: Link
    mode: Mode
    character_orientation: Orientation
    model_name: Annotated[str, choice(*MODELS)] | None = None


def _id(value: object) -> str:
    """A file is named after it."""
    try:
        return str(uuid.UUID(text(value)))
    except ValueError as error:
        raise Unreadable("no id") from error


def _request(value: object) -> Mapping[str, Any]:
    read(_Wanted, value)
    assert isinstance(value, dict)  # read from it
    return value


def _words(value: object) -> frozenset[str]:
    if not isinstance(value, list):
        raise Unreadable("no words")
    return frozenset(text(word) for word in value)


@dataclass(frozen=True, slots=True)
class Task:
    """One accepted generation. Times are Unix seconds."""

    id: Annotated[str, _id]
    number: Count  # counts from 0 in this folder; the shapes of answers vary by it
    trace_id: str
    request: Annotated[Mapping[str, Any], _request]
    created_at: UnixTime
    ready_at: UnixTime  # not finished before
    state: TaskState = TaskState.RUNNING
    finished_at: UnixTime | None = None
    duration_s: Amount = 0.0
    credits: Amount = 0.0  # what was charged
    video_id: str = ""
    error_code: str = ""
    error_message: str = ""
    words: Annotated[frozenset[str], _words] = frozenset()  # fault words of the prompt

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "words": sorted(self.words), "request": dict(self.request)}


def write_json(path: Path, data: object) -> None:
    """Replace a file in one step, so that a kill leaves the old or the new one."""
    part = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    part.write_text(json.dumps(data, indent=1), encoding="utf-8")
    os.replace(part, path)


class TaskBook:
    """Every task ever accepted in this folder, in order. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._tasks: dict[str, Task] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for task in sorted(self._read(), key=lambda t: t.number):
            self._tasks[task.id] = task

    def _read(self) -> list[Task]:
        found = []
        for path in self._folder.glob("*.json"):
            try:
                found.append(read(Task, parsed(read_plain(path, JSON_MAX_BYTES))))
            except (OSError, Unreadable):
                continue  # a damaged file is one unknown task, not a sandbox that won't start
        return found

    def create(self, request: Mapping[str, Any], seconds: float) -> Task:
        """Accept a request; it is finished ``seconds`` from now at the earliest."""
        now = time.time()
        with self._lock:
            task = Task(
                id=str(uuid.uuid4()),
                number=1 + max((t.number for t in self._tasks.values()), default=-1),
                trace_id=str(uuid.uuid4()),
                request=request,
                created_at=now,
                ready_at=now + seconds,
                words=words_in(str(request.get("prompt", ""))),
            )
            self._put(task)
        return task

    def replace(self, task: Task) -> None:
        """Write a task's new state and wake those who wait for it.

        Where it cannot be written it is known until the sandbox is closed.
        """
        with self._lock:
            try:
                self._put(task)
            except OSError as error:
                _log.warning("a task of the sandbox could not be written: %s", error)
                self._tasks[task.id] = task
            self._changed.notify_all()

    def _put(self, task: Task) -> None:
        """Raises OSError."""
        if self._folder.parent.parent.is_dir():  # else the disk that it is on is away
            self._folder.mkdir(parents=True, exist_ok=True)
        write_json(self._folder / f"{task.id}.json", task.to_json())
        self._tasks[task.id] = task

    def get(self, task_id: str) -> Task | None:
        with self._lock:
            return self._tasks.get(task_id)

    def all(self) -> list[Task]:
        """Oldest first."""
        with self._lock:
            return list(self._tasks.values())

    def wait_ended(self, task_id: str, timeout_s: float) -> Task | None:
        """Block until the task ended, ``wake()`` was called or the time is over; its state then."""
        with self._lock:
            task = self._tasks.get(task_id)
            if task is not None and task.state is TaskState.RUNNING:
                self._changed.wait(timeout_s)
            return self._tasks.get(task_id)

    def wake(self) -> None:
        """Let everyone who waits look again."""
        with self._lock:
            self._changed.notify_all()
