"""One child process and the line in front of it. Parent side; imports no decoder."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .cache import remove_half_written
from .child import Child, ChildGone
from .errors import MediaCode, MediaError
from .patience import Patience
from .protocol import Message, error_from

START_LIMIT_S = 60.0  # the first start after an install compiles files and is scanned for viruses
STARTS = 2  # a child that died while idle is replaced once without a word
STOP_CHECK_S = 0.1  # how soon a person's stop is noticed
CHILD_CHECK_S = 1.0  # how soon a child that hangs is

_log = logging.getLogger(__name__)
Hearer = Callable[[Message], None]


class Lane:
    """One child, spawned on first use and again after a crash. Calls from many threads queue up.

    ``kind`` is ``quick`` or ``long``: the long lane's child yields to others and may use more
    memory. So a conversion never stands in front of a thumbnail.
    """

    def __init__(self, cache_folder: Path, kind: str) -> None:
        self._cache_folder = cache_folder
        self._kind = kind
        self._turn = threading.Lock()  # held through one call: the child does one thing at a time
        self._guard = threading.Lock()  # held for moments: guards the two fields below
        self._child: Child | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        with self._guard:
            return self._child.pid if self._child is not None else None

    def call(
        self,
        request: Message,
        limit_s: float,
        stop: threading.Event | None = None,
        hear: Hearer | None = None,
    ) -> Any:
        """The child's answer, as JSON. Blocks. Raises MediaError.

        ``limit_s`` is the longest silence, as ``Patience`` counts it: every message of progress
        begins it anew. ``hear`` is called with each of those, on the caller's thread.
        """
        while not self._turn.acquire(timeout=STOP_CHECK_S):
            self._check_wanted(request["path"], stop)
        try:
            return self._ask(request, limit_s, stop, hear)
        finally:
            self._turn.release()

    def close(self) -> None:
        """End the child at once. A call under way ends with ``cancelled``, and so do later ones."""
        with self._guard:
            self._closed = True
            child, self._child = self._child, None
        if child is not None:
            self._end(child)

    def _ask(
        self, request: Message, limit_s: float, stop: threading.Event | None, hear: Hearer | None
    ) -> Any:
        path, last_words = request["path"], ""
        for _ in range(STARTS):
            self._check_wanted(path, stop)
            child = self._living_child(path)
            call = _Call(child, path, stop, hear)
            try:
                return call.run(request, limit_s)
            except ChildGone:
                self._end(child)
                last_words = child.last_words()
                _say_ended(child)
                self._check_wanted(path, stop)
                if call.started:
                    break
            except BaseException:
                if not call.answered:  # it is still at work on what nobody waits for
                    self._end(child)
                raise
        raise MediaError(MediaCode.HELPER_CRASHED, path, last_words)

    def _end(self, child: Child) -> None:
        child.kill()
        remove_half_written(self._cache_folder, child.pid)

    def _living_child(self, path: str) -> Child:
        with self._guard:
            if self._closed:
                raise MediaError(MediaCode.CANCELLED, path)
            if self._child is not None and self._child.alive:
                return self._child
            if self._child is not None:
                self._child.kill()  # reaps it and closes its pipes
                _say_ended(self._child)
            try:
                self._child = Child(self._cache_folder, self._kind)
            except OSError as error:
                self._child = None
                raise MediaError(MediaCode.HELPER_CRASHED, path, str(error)) from error
            return self._child

    def _check_wanted(self, path: str, stop: threading.Event | None) -> None:
        with self._guard:
            closed = self._closed
        if closed or (stop is not None and stop.is_set()):
            raise MediaError(MediaCode.CANCELLED, path)


def _say_ended(child: Child) -> None:
    _log.warning("the media helper ended by itself: %s", child.last_words())


class _Call:
    """One request on its way through the child."""

    def __init__(
        self, child: Child, path: str, stop: threading.Event | None, hear: Hearer | None
    ) -> None:
        self._child = child
        self._path = path
        self._stop = stop
        self._hear = hear
        self.started = False  # the child said that it took the request up
        self.answered = False  # and that it is through with it

    def run(self, request: Message, limit_s: float) -> Any:
        """Raises ChildGone; MediaError as the child answered, or on time-out and stop."""
        self._child.send(request)
        patience = Patience(self._child, START_LIMIT_S)
        while True:
            message = self._next_message(patience)
            if "started" in message:
                self.started = True
                patience = Patience(self._child, limit_s)
            elif "progress" in message:
                patience = Patience(self._child, limit_s)
                if self._hear is not None:
                    self._hear(message)
            elif "error" in message:
                self.answered = True
                raise error_from(message)
            elif "done" in message:
                self.answered = True
                return message["done"]

    def _next_message(self, patience: Patience) -> Message:
        while True:
            longest_s = STOP_CHECK_S if self._stop is not None else CHILD_CHECK_S
            wait_s = min(longest_s, patience.limit_s)
            message = self._child.receive(wait_s)
            if self._stop is not None and self._stop.is_set():
                raise MediaError(MediaCode.CANCELLED, self._path)
            if message is not None:
                return message
            if patience.is_over(wait_s):
                raise MediaError(MediaCode.HELPER_TIMEOUT, self._path)
