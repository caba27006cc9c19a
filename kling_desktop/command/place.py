"""Whether a file can be written where the person wants it: found out by writing there."""

from __future__ import annotations

import os
from pathlib import Path

from ..engine.problems import job_error
from ..motion.away import Away
from ..motion.job import Job
from ..moving import discard
from .codes import Exit, Refusal


def check_output(output: str) -> None:
    """Before anything is sent. Blocks. Raises Refusal."""
    folder = os.path.dirname(output)
    if not os.path.isdir(folder):
        raise _refusal("output_folder", folder=folder)
    made = False
    try:
        with open(output, "xb", buffering=0) as file:
            made = True
            file.write(b"\0")
            os.fsync(file.fileno())
    except FileExistsError:
        raise _refusal("output_exists", name=output) from None
    except (OSError, ValueError) as error:  # a full disk, a long name, a share
        raise _refusal("output_unusable", name=output) from error
    finally:
        if made:
            discard(Path(output))


def videos_away(away: Away, job: Job | None = None) -> Refusal:
    """The person's own folder is not there: at a terminal nobody could bring it back in time."""
    code = "videos_away" if job is None else "videos_away_waits"
    values = {"folder": away.folder, "why": away.why.value}
    return Refusal(job_error(code, values=values), Exit.WRONG_INPUT, job)


def _refusal(code: str, **values: str) -> Refusal:
    return Refusal(job_error(code, values=values), Exit.WRONG_INPUT)
