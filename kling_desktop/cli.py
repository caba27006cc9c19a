"""The command line: ``kling-desktop`` and its commands, on the window's own engine."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

TYPED_AT = time.time()  # before all that has to be imported: of a person's words the last counts


def main(argv: list[str] | None = None) -> int:
    """Returns the exit code. Nothing is imported before it listens to Ctrl+C."""
    try:
        return _main(list(sys.argv[1:] if argv is None else argv))
    except (KeyboardInterrupt, BrokenPipeError) as ended:
        from .command.codes import Exit

        if isinstance(ended, KeyboardInterrupt):
            return Exit.INTERRUPTED
        _drop_output()  # nobody reads any more, as in ``kling-desktop jobs | head``
        return Exit.FAILED


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
    code = _jobs(options) if options.command == "jobs" else asyncio.run(_run(options))
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


def _drop_output() -> None:
    """Nobody reads any more: what Python still holds goes nowhere, and without a complaint."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


if __name__ == "__main__":
    raise SystemExit(main())
