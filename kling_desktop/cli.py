"""The command line: ``kling-desktop`` and its commands, on the window's own engine."""

from __future__ import annotations

import errno
import signal
import sys
import time
from typing import TYPE_CHECKING

from .command.loading import Loading, say_interrupted_early
from .command.streams import keep_pipes_clean, let_go_of_streams, open_streams

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

TYPED_AT = time.time()  # before all that has to be imported: of a person's words the last counts


def program() -> int:
    """As ``main``, for a process of its own: threads that hang at its end do not keep it."""
    code = main()
    from .command.interruption import END_WITHIN_S, end_within

    end_within(END_WITHIN_S, code)
    return code


def main(argv: list[str] | None = None) -> int:
    """Returns the exit code. Nothing is imported before it listens to Ctrl+C."""
    open_streams()
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        with Loading() as loading:
            command = _loaded(arguments, loading)
            loading.heed()
        return command()
    except KeyboardInterrupt:
        return _interrupted_early(arguments)
    except BrokenPipeError:
        from .command.codes import Exit

        return Exit.WRONG_INPUT  # nobody reads a list any more: ``kling-desktop jobs | head``
    except OSError as error:
        from .command.codes import Exit

        if error.errno != errno.ENOSPC or error.filename is not None:
            raise
        return Exit.WRONG_INPUT  # a list into a full disk: nothing was sent
    finally:
        let_go_of_streams()


def _loaded(arguments: list[str], loading: Loading) -> Callable[[], int]:
    """What was typed, with all that it needs."""
    from .command.arguments import typed

    options = typed(arguments)
    loading.heed()
    options.typed_at = TYPED_AT
    options.data_dir = getattr(options, "data_dir", None)
    options.sandbox = getattr(options, "sandbox", False)
    keep_pipes_clean()
    if options.command is None:
        from .app import run_window  # only here: everything else works without Qt

        return lambda: run_window(options.data_dir, sandbox=options.sandbox, files=options.files)
    import logging

    from .store.errors import StoreUnwritable
    from .store.log import keep_log
    from .store.paths import DataPaths, whole

    try:
        if options.data_dir is not None:
            options.data_dir = whole(options.data_dir)
        log_folder = DataPaths.of(options.data_dir).log_folder
    except (StoreUnwritable, OSError) as error:
        problem = error
        from .command.run import say_no_data_folder

        return lambda: say_no_data_folder(options, problem)
    loading.heed()
    keep_log(log_folder, logging.ERROR, "%(message)s")
    return _command(options)


def _command(options: argparse.Namespace) -> Callable[[], int]:
    if options.command == "sandbox":
        from .command.sandbox import serve

        return lambda: serve(options.data_dir, options.port)
    if options.command == "jobs":
        from .command.jobs import jobs

        return lambda: jobs(options)
    if options.command == "check":
        from .command.check import check

        return lambda: check(options)
    from .command.run import run

    return lambda: run(options)


def _interrupted_early(arguments: list[str]) -> int:
    """While it was being loaded: nothing was begun. A second Ctrl+C finds nothing to interrupt."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return say_interrupted_early(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
