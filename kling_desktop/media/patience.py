"""Telling a child that hangs from one that gets little of a loaded machine."""

from __future__ import annotations

from typing import Protocol

NOT_STALLED_S = 0.02  # of processor time; Linux counts it in hundredths
LONGEST = 15.0  # times its limit: nobody uses a machine that gives a program less of a processor


class Counted(Protocol):
    """A process whose processor time is known."""

    def cpu_s(self) -> float: ...


class Patience:
    """How long a silent child is waited for: ``limit_s`` of its own time, or as long without any.

    A machine that is loaded gives it little, and one that slept gave it none. Neither is the
    file's fault, and a file that seems damaged on a loaded machine is sent by nobody.
    """

    def __init__(self, child: Counted, limit_s: float) -> None:
        self.limit_s = limit_s
        self._child = child
        self._began_s = self._seen_s = child.cpu_s()
        self._waited_s = self._moved_at_s = 0.0  # moved: when it was last seen to have worked

    def is_over(self, waited_s: float) -> bool:
        """After ``waited_s`` more without a word, as they were meant: sleep makes them longer."""
        self._waited_s += waited_s
        if self._waited_s < self.limit_s:
            return False
        now_s = self._child.cpu_s()
        if now_s - self._seen_s >= NOT_STALLED_S:
            self._seen_s, self._moved_at_s = now_s, self._waited_s
        had_its_time = now_s - self._began_s >= self.limit_s
        stalled = self._waited_s - self._moved_at_s >= self.limit_s
        return had_its_time or stalled or self._waited_s >= self.limit_s * LONGEST
