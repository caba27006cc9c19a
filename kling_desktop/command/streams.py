"""Standard input, output and error: there from the start, and nothing fails by writing to them."""

from __future__ import annotations

import os
import sys
from typing import TextIO


def keep_pipes_clean() -> None:
    """File names may hold what a terminal's encoding cannot say: never fail on printing one."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def open_streams() -> None:
    """Where one was closed (``>&-``), the next file that is opened would be written to as it.

    Windows gives a program that has no console none of them.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
        if getattr(sys, name) is None:
            mode = "r" if number == 0 else "w"
            setattr(sys, name, os.fdopen(os.dup(number), mode, encoding="utf-8"))


def let_go_of_streams() -> None:
    """What cannot be said is not held against the command: its exit code is of the job."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            _drop(stream)


def _drop(stream: TextIO) -> None:
    """Full, or nobody reads any more: what Python still holds goes nowhere."""
    try:
        number = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
        stream.flush()
    except (OSError, ValueError):
        pass  # it is closed: nothing is held


def say(text: str) -> None:
    """A line for a terminal, if there is one that is read."""
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except (OSError, ValueError):  # the terminal is gone, or nobody reads any more
        pass
