"""Works off the accepted tasks: one thread for each, rendering in processes of their own."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kling_desktop

from ..motion.reading import JSON_MAX_BYTES, Amount, Unreadable, parsed, read
from ..plain_file import read_plain
from .account import Account, price_of
from .files import FileStore
from .tasks import Task, TaskBook, TaskState

RENDERS_AT_ONCE = 2
RENDER_LIMIT_S = 600.0  # a hanging decoder is given up
_POLL_CHILD_S = 0.05
# A logout ends both, the child perhaps first.
ENDS_TOGETHER_S = 2.0
CALLBACK_TIMEOUT_S = 5.0
CALLBACK_TRIES = 2
_PACKAGE_PARENT = Path(kling_desktop.__file__).resolve().parent.parent
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})

# The body of a callback for an ended task; None where there is nothing to say.
AnswerMaker = Callable[[Task], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rendering came to; it is kept beside the result."""

    ok: bool
    message: str = ""
    duration_s: Amount = 0.0


class Worker:
    """Brings every running task to its end. ``stop()`` leaves them for the next start."""

    def __init__(
        self,
        folder: Path,
        book: TaskBook,
        account: Account,
        files: FileStore,
        address: str,
        answer: AnswerMaker,
    ) -> None:
        self._scratch = folder / "scratch"
        self._book = book
        self._account = account
        self._files = files
        self._address = address
        self._answer = answer
        self._stopping = threading.Event()
        self._slots = threading.Semaphore(RENDERS_AT_ONCE)
        self._hurry = threading.Condition()
        self._hurry_before = 0.0
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._callbacks: set[http.client.HTTPConnection] = set()

    def unfinished(self) -> list[Task]:
        """What an earlier run left; its scratch files are cleared. Before anything is taken."""
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir(parents=True, exist_ok=True)
        return [task for task in self._book.all() if task.state is TaskState.RUNNING]

    def take(self, task: Task) -> None:
        thread = threading.Thread(target=self._run, args=(task,), name="sandbox-task", daemon=True)
        with self._lock:
            if self._stopping.is_set():
                return  # it is on disk, and resumed at the next start
            self._threads.add(thread)
        thread.start()

    def finish_all(self) -> None:
        """Nobody waits for the clock any more: every task accepted so far ends once rendered."""
        with self._hurry:
            self._hurry_before = time.time()
            self._hurry.notify_all()

    def stop(self, timeout_s: float) -> None:
        self._stopping.set()
        with self._hurry:
            self._hurry.notify_all()
        with self._lock:
            threads, callbacks = list(self._threads), list(self._callbacks)
        for connection in callbacks:
            try:
                if connection.sock is not None:
                    connection.sock.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads it
            except OSError:
                pass  # over by itself
        end = time.monotonic() + timeout_s
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _run(self, task: Task) -> None:
        try:
            ended = self._make(task)
            if ended is None:
                return
            self._book.replace(ended)
            self._call_back(ended)
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _make(self, task: Task) -> Task | None:
        """The ended task, or None where the sandbox stopped before."""
        outcome: Outcome | None
        if "[fail]" in task.words:
            outcome = Outcome(False, "the prompt asks to fail")
        elif self._files.result_file(task.id).exists():
            outcome = self._known_outcome(task)
        else:
            outcome = self._render(task)
        if outcome is None or not self._wait_ready(task):
            return None
        now = time.time()
        if not outcome.ok:
            return replace(
                task,
                state=TaskState.FAILED,
                finished_at=now,
                error_code="api_error",
                error_message=outcome.message,
            )
        duration_s = outcome.duration_s
        credits = price_of(task.request, duration_s)
        self._account.charge(task.trace_id, credits)
        return replace(
            task,
            state=TaskState.SUCCEEDED,
            finished_at=now,
            duration_s=duration_s,
            credits=credits,
            video_id=str(uuid.uuid5(uuid.NAMESPACE_OID, task.id)),
        )

    def _outcome_file(self, task: Task) -> Path:
        return self._files.result_file(task.id).with_suffix(".json")

    def _known_outcome(self, task: Task) -> Outcome | None:
        """Rendered before a stop, but not yet due then."""
        try:
            return read(Outcome, parsed(read_plain(self._outcome_file(task), JSON_MAX_BYTES)))
        except (OSError, Unreadable):
            return self._render(task)

    def _wait_ready(self, task: Task) -> bool:
        """Wait until the task is due. False: the sandbox stops."""
        with self._hurry:
            while not self._stopping.is_set():
                left_s = task.ready_at - time.time()
                if left_s <= 0 or task.created_at <= self._hurry_before:
                    return True
                self._hurry.wait(left_s)
        return False

    def _render(self, task: Task) -> Outcome | None:
        """Run the rendering process. None: the sandbox stopped."""
        while not self._slots.acquire(timeout=_POLL_CHILD_S):
            if self._stopping.is_set():
                return None
        scratch = Path(tempfile.mkdtemp(dir=self._scratch))
        try:
            return self._render_in(scratch, task)
        finally:
            self._slots.release()
            shutil.rmtree(scratch, ignore_errors=True)

    def _render_in(self, scratch: Path, task: Task) -> Outcome | None:
        outcome_file = self._outcome_file(task)
        outcome_file.unlink(missing_ok=True)
        request = task.request
        job = {
            "image_url": self._present(request["image_url"]),
            "video_url": self._present(request["video_url"]),
            "mode": request["mode"],
            "orientation": request["character_orientation"],
            "keep_sound": request.get("keep_original_sound", "yes") == "yes",
            "folder": str(scratch),
            "result": str(self._files.result_file(task.id)),
            "outcome": str(outcome_file),
            "parent": os.getpid(),
        }
        (scratch / "job.json").write_text(json.dumps(job), encoding="utf-8")
        if not self._wait_child(scratch / "job.json"):
            return None  # unfinished: begun again at the next start
        try:
            outcome = read(Outcome, parsed(read_plain(outcome_file, JSON_MAX_BYTES)))
        except (OSError, Unreadable):
            return Outcome(False, "generating ended without a result")
        if outcome.ok and "[not a video]" in task.words:
            self._files.result_file(task.id).write_text("This is not a video.\n" * 50)
        return outcome

    def _wait_child(self, job_file: Path) -> bool:
        """False: the sandbox stops, and the child was ended, by it or by what ends it, too."""
        paths = [str(_PACKAGE_PARENT), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p)}
        with subprocess.Popen(
            [sys.executable, "-m", "kling_desktop.sandbox.render", str(job_file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # FFmpeg's remarks about strangers' files
            env=environment,
            start_new_session=True,  # POSIX: Ctrl+C goes to the program's group, not to the child
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        ) as child:
            end = time.monotonic() + RENDER_LIMIT_S
            while True:
                try:
                    was_killed = child.wait(_POLL_CHILD_S) < 0  # by a signal: POSIX
                    return not (was_killed and self._stopping.wait(ENDS_TOGETHER_S))
                except subprocess.TimeoutExpired:
                    if self._stopping.is_set() or time.monotonic() > end:
                        child.kill()
                if self._stopping.is_set():
                    return False

    def _present(self, url: str) -> str:
        """A link to an own upload, also when the sandbox had another port then."""
        parts = urlsplit(url)
        if parts.hostname in _LOOPBACK and self._files.find_upload(parts.path):
            return f"{self._address}{parts.path}"
        return url

    def _call_back(self, task: Task) -> None:
        """POST the result to the callback address; whatever happens there is not our concern."""
        url = task.request.get("callback_url")
        if not url:
            return
        body = json.dumps(self._answer(task)).encode()
        for _ in range(CALLBACK_TRIES):
            if self._stopping.is_set() or self._post(url, body):
                return

    def _post(self, url: str, body: bytes) -> bool:
        parts = urlsplit(url)
        secure = parts.scheme.lower() == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(parts.netloc.rpartition("@")[2], timeout=CALLBACK_TIMEOUT_S)
        with self._lock:
            self._callbacks.add(connection)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request("POST", target, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read(64 * 1024)
            return answer.status < 400
        except (OSError, http.client.HTTPException, ValueError):
            return False
        finally:
            connection.close()
            with self._lock:
                self._callbacks.discard(connection)
