"""The command line: ``kling-desktop`` and its commands, on the window's own engine."""

from __future__ import annotations

import errno
import os
import sys
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import argparse

TYPED_AT = time.time()  # before all that has to be imported: of a person's words the last counts


def main(argv: list[str] | None = None) -> int:
    """Returns the exit code. Nothing is imported before it listens to Ctrl+C."""
    _open_streams()
    try:
        return _main(list(sys.argv[1:] if argv is None else argv))
    except (KeyboardInterrupt, BrokenPipeError) as ended:
        from .command.codes import Exit

        if isinstance(ended, KeyboardInterrupt):
            return Exit.INTERRUPTED
        return Exit.FAILED  # nobody reads any more, as in ``kling-desktop jobs | head``
    except OSError as error:
        from .command.codes import Exit

        if error.errno != errno.ENOSPC or error.filename is not None:
            raise
        return Exit.FAILED  # a list into a full disk
    finally:
        _let_go_of_streams()


def _main(arguments: list[str]) -> int:
    from .command.arguments import parser

    options = parser().parse_args(arguments)
    options.typed_at = TYPED_AT
    options.data_dir = getattr(options, "data_dir", None)
    options.sandbox = getattr(options, "sandbox", False)
    _keep_pipes_clean()
    if options.command is None:
        from .app import run_window  # only here: everything else works without Qt

        return run_window(options.data_dir, sandbox=options.sandbox)
    import asyncio
    import logging

    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    if options.command == "sandbox":
        from .command.sandbox import serve

        return serve(options.data_dir, options.port)
    if options.command != "jobs":
        return asyncio.run(_run(options))
    code = _jobs(options)
    sys.stdout.flush()
    return code


def _jobs(options: argparse.Namespace) -> int:
    from .command.jobs import list_jobs

    return list_jobs(options.data_dir, sandbox=options.sandbox, as_json=options.json)


async def _run(options: argparse.Namespace) -> int:
    if options.command == "check":
        from .command.check import check_inputs

        return await check_inputs(options)
    from .command.run import run

    return await run(options)


def _keep_pipes_clean() -> None:
    """File names may hold what a terminal's encoding cannot say: never fail on printing one."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _open_streams() -> None:
    """Where one was closed (``>&-``), the next file that is opened would be written to as it."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
        if getattr(sys, name) is None:
            mode = "r" if number == 0 else "w"
            setattr(sys, name, os.fdopen(os.dup(number), mode, encoding="utf-8"))


def _let_go_of_streams() -> None:
    """What cannot be said is not held against the command: its exit code is of the job."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            drop(stream)


def drop(stream: TextIO) -> None:
    """Full, or nobody reads any more: what Python still holds goes nowhere."""
    try:
        number = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
        stream.flush()
    except (OSError, ValueError):
        pass  # it is closed: nothing is held


if __name__ == "__main__":
    raise SystemExit(main())
