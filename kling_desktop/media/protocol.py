"""What parent and child say to each other: one JSON object a line, in plain ASCII.

Parent to child: ``{"op": …, "path": …, …}``. Child to parent: ``{"ready": true}`` once,
then for each request ``{"started": true}``, of long work any number of ``{"progress": 0…1, …}``,
and ``{"done": …}`` or ``{"error": {…}}``.
ASCII escapes carry names that are no valid text (surrogates) unharmed.
"""

from __future__ import annotations

import json
from typing import Any, cast

from .errors import MediaError

Message = dict[str, Any]

READY: Message = {"ready": True}
STARTED: Message = {"started": True}


def encode(message: Message) -> bytes:
    return json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> Message:
    """Raises ValueError on what ``encode`` did not write."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("a message is a JSON object")
    return cast(Message, message)


def error_message(error: MediaError) -> Message:
    told: Message = {"code": error.code.value, "path": error.path, "detail": error.detail}
    if error.at_s is not None:
        told |= {"at_s": error.at_s, "whole_s": list(error.whole_s)}
    return {"error": told}


def error_from(message: Message) -> MediaError:
    return MediaError(**message["error"])
