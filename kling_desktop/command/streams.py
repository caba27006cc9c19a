"""Standard input, output and error: there from the start, and nothing fails by writing to them."""

from __future__ import annotations

import codecs
import os
import sys
from typing import TextIO

_FROM_BYTES = range(0xDC80, 0xDD00)  # how Python carries a byte of a name that it could not decode


def keep_pipes_clean() -> None:
    """Never fail on printing a file's name, and hand it to other programs in UTF-8.

    A terminal, and whoever names an encoding, get what they say.
    """
    codecs.register_error("name", _in_its_bytes)
    chosen = bool(os.environ.get("PYTHONIOENCODING"))
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue
        if chosen or stream.isatty():
            reconfigure(errors="backslashreplace")
        else:
            reconfigure(encoding="utf-8", errors="name")


def _in_its_bytes(error: UnicodeError) -> tuple[bytes, int]:
    """What came as bytes goes as them: so a name leads to its file. All else is written out."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = b""
    for letter in error.object[error.start : error.end]:
        code = ord(letter)
        is_byte = code in _FROM_BYTES
        found += bytes([code - 0xDC00]) if is_byte else letter.encode("ascii", "backslashreplace")
    return found, error.end


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
