"""By what an input is known again: the content of a file, what a link's host tells."""

from __future__ import annotations

import asyncio
import os
import time
from functools import partial

from ..media.errors import MediaError
from ..media.files import mark_of
from ..motion.agreement import InputStamp
from ..motion.facts import LinkFacts
from .workers import Workers

# An export writes again within this time; what was written earlier is looked at at once.
SETTLE_S = 2.0


def stamp_of(facts: LinkFacts) -> InputStamp:
    """By what a link's content is known again; as much as its host tells."""
    return InputStamp(None, facts.size_bytes, facts.etag, facts.last_modified)


async def is_being_written(workers: Workers, path: str) -> bool:
    """Whether a file that was just written to is written to again. False where it is gone."""
    try:
        mark = await workers.at_place(os.path.dirname(path), partial(mark_of, path))
        left_s = SETTLE_S - (time.time() - mark.modified_ns / 1e9)
        if left_s <= 0:
            return False
        await asyncio.sleep(min(left_s, SETTLE_S))  # a clock elsewhere may be ahead of ours
        return await workers.at_place(os.path.dirname(path), partial(mark_of, path)) != mark
    except MediaError:
        return False
