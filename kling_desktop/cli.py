"""The command line: ``kling-desktop`` and its commands, on the window's own engine."""

from __future__ import annotations

import errno
import sys
import time
from typing import TYPE_CHECKING

from .command.streams import keep_pipes_clean, let_go_of_streams, open_streams

if TYPE_CHECKING:
    import argparse

TYPED_AT = time.time()  # before all that has to be imported: of a person's words the last counts


def main(argv: list[str] | None = None) -> int:
    """Returns the exit code. Nothing is imported before it listens to Ctrl+C."""
    open_streams()
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
        let_go_of_streams()


def _main(arguments: list[str]) -> int:
    from .command.arguments import parser

    options = parser().parse_args(arguments)
    options.typed_at = TYPED_AT
    options.data_dir = getattr(options, "data_dir", None)
    options.sandbox = getattr(options, "sandbox", False)
    keep_pipes_clean()
    if options.command is None:
        from .app import run_window  # only here: everything else works without Qt

        return run_window(options.data_dir, sandbox=options.sandbox)
    import asyncio
    import logging

    from .store.log import keep_log
    from .store.paths import DataPaths

    keep_log(DataPaths.of(options.data_dir).log_folder, logging.ERROR, "%(message)s")
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


if __name__ == "__main__":
    raise SystemExit(main())
