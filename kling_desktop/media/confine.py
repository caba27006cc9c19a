"""What the worker may do: bounded memory, no core dumps, deaf to Ctrl+C, a line of its own."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from typing import BinaryIO

QUICK, LOOK, LONG, SHOW = "quick", "look", "long", "show"  # the kinds of worker
# Quick: two copies of the largest picture allowed (120 MP at 4 bytes) and a decoder's tables fit
# in. Long: a decoder's and an encoder's frames of an 8K clip, for each of their threads.
ADDRESS_SPACE_BYTES = {QUICK: 3 * 1024**3, **dict.fromkeys((LOOK, LONG, SHOW), 8 * 1024**3)}
YIELDING = frozenset({LONG, SHOW})
LONG_NICENESS = 10  # long work yields to the window and to the player


def confine(kind: str) -> None:
    """Bound this process. For the worker, before any decoder is imported."""
    warnings.simplefilter("ignore")  # the world's files are full of small faults
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's to answer
    if sys.platform != "win32":
        import resource

        _limit(resource.RLIMIT_CORE, 0)  # a core dump would hold the person's pictures
        _limit(resource.RLIMIT_AS, ADDRESS_SPACE_BYTES[kind])
        if kind in YIELDING:
            os.nice(LONG_NICENESS)


def _limit(which: int, value: int) -> None:
    if sys.platform != "win32":
        import resource

        try:
            _, hard = resource.getrlimit(which)
            lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(which, (lowest, hard))
        except (ValueError, OSError):  # macOS refuses RLIMIT_AS; time limits still hold there
            pass


def take_stdout() -> BinaryIO:
    """The answers' line, for us alone: what a C library prints goes to stderr from now on."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers
