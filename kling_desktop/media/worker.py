"""The helper process: reads requests, opens strangers' files, answers. Started by ``child``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from .confine import confine, take_stdout
from .errors import MediaCode, MediaError
from .protocol import READY, STARTED, Message, decode, encode, error_message

Operation = Callable[[Message], Any]


def main() -> None:
    """Serve until stdin closes or the parent is gone."""
    answers = take_stdout()
    confine()
    operations = _operations(Path(sys.argv[1]))
    try:
        _send(answers, READY)
        for line in sys.stdin.buffer:
            _send(answers, STARTED)
            _send(answers, _answer(operations, decode(line)))
    except BrokenPipeError:
        pass  # the parent is gone, and so is the reason to be here


def _operations(cache_folder: Path) -> dict[str, Operation]:
    """What can be asked for. Imports the decoders, so it comes after ``confine``."""
    from kling_desktop.motion.facts import facts_to_json

    from . import fitting, images, kinds, stills, thumbnails, videos
    from .cache import Cache

    cache = Cache(cache_folder)
    cache.trim()
    return {
        "probe_image": lambda m: facts_to_json(images.probe_image(m["path"])),
        "probe_video": lambda m: facts_to_json(videos.probe_video(m["path"])),
        "probe": lambda m: facts_to_json(kinds.probe(m["path"])),
        "verify_video": lambda m: facts_to_json(videos.verify_video(m["path"])),
        "fit_image": lambda m: fitting.fit_image(m["path"], cache).to_json(),
        "frame": lambda m: stills.frame(m["path"], m["at_s"], m["max_px"], cache),
        "thumbnail": lambda m: thumbnails.thumbnail(
            m["path"], m["width_px"], m["height_px"], cache
        ),
    }


def _answer(operations: dict[str, Operation], message: Message) -> Message:
    path = message["path"]
    try:
        return {"done": operations[message["op"]](message)}
    except MediaError as error:
        return error_message(error)
    except MemoryError:
        return error_message(MediaError(MediaCode.BOMB, path, "out of memory"))
    except Exception as error:  # our own fault, or a decoder's: the parent reports it, we go on
        return error_message(MediaError(MediaCode.HELPER_CRASHED, path, repr(error)))


def _send(answers: BinaryIO, message: Message) -> None:
    answers.write(encode(message))
    answers.flush()
