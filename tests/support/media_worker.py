"""The media worker, for one engine after the other: ``python media_worker.py KIND``.

A message ``{"cache": FOLDER}`` comes first, and again whenever it is another engine's turn.
"""

from __future__ import annotations

import sys
from pathlib import Path

from kling_desktop.media.confine import confine, take_stdout
from kling_desktop.media.progress import Progress
from kling_desktop.media.protocol import READY, STARTED, decode
from kling_desktop.media.worker import _answer, _operations, _send


def main(kind: str) -> None:
    answers = take_stdout()
    confine(kind)
    operations = {}
    _send(answers, READY)
    for line in sys.stdin.buffer:
        message = decode(line)
        if "cache" in message:
            operations = _operations(Path(message["cache"]), kind)
            continue
        _send(answers, STARTED)
        progress = Progress(lambda said: _send(answers, said))
        _send(answers, _answer(operations, message, progress))


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except BrokenPipeError:
        pass  # the tests are over
