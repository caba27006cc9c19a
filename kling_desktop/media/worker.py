"""The helper process: reads requests, opens strangers' files, answers. Started by ``child``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from .confine import LONG, LOOK, SHOW, confine, take_stdout
from .errors import MediaCode, MediaError, reason_of
from .progress import Progress
from .protocol import READY, STARTED, Message, decode, encode, error_message

Operation = Callable[[Message, Progress], Any]


def main() -> None:
    """Serve until stdin closes or the parent is gone."""
    answers = take_stdout()
    kind = sys.argv[2]
    confine(kind)
    operations = _operations(Path(sys.argv[1]), kind)
    try:
        _send(answers, READY)
        for line in sys.stdin.buffer:
            _send(answers, STARTED)
            progress = Progress(lambda message: _send(answers, message))
            _send(answers, _answer(operations, decode(line), progress))
    except BrokenPipeError:
        pass  # the parent is gone, and so is the reason to be here


def _operations(cache_folder: Path, kind: str) -> dict[str, Operation]:
    """What can be asked for. Imports the decoders, so it comes after ``confine``."""
    from .cache import Cache

    cache = Cache(cache_folder)
    if kind == LONG:
        from .long_work import operations
    elif kind == LOOK:
        from .look_work import operations
    elif kind == SHOW:
        from .show_work import operations
    else:
        cache.trim()
        from .quick_work import operations
    return operations(cache)


def _answer(operations: dict[str, Operation], message: Message, progress: Progress) -> Message:
    path = message["path"]
    try:
        return {"done": operations[message["op"]](message, progress)}
    except BrokenPipeError:
        raise  # the parent is gone
    except MediaError as error:
        return error_message(error)
    except MemoryError:
        return error_message(MediaError(MediaCode.BOMB, path, "out of memory"))
    except Exception as error:  # our own fault, or a decoder's: the parent reports it, we go on
        return error_message(MediaError(MediaCode.ODD, path, reason_of(error)))


def _send(answers: BinaryIO, message: Message) -> None:
    answers.write(encode(message))
    answers.flush()
