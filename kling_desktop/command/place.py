"""Whether a file can be written where the person wants it: found out by writing there."""

from __future__ import annotations

import os
from pathlib import Path

from ..durable import flush
from ..engine.problems import job_error
from ..motion.away import Away
from ..motion.job import Job
from ..moving import discard, remove
from ..store.volumes import unmounted_above
from .codes import Exit, Refusal


def check_output(output: str) -> None:
    """Before anything is sent. Blocks. Raises Refusal."""
    folder = os.path.dirname(output)
    if not os.path.isdir(folder):
        raise _refusal("output_folder", folder=folder)
    if (mount_point := unmounted_above(Path(folder))) is not None:
        raise _refusal("not_mounted", file=str(mount_point))
    try:
        _try_to_write(Path(output))
    except FileExistsError:
        raise _refusal("output_exists", name=output) from None
    except (OSError, ValueError) as error:  # a full disk, a long name, a share
        raise _refusal("output_unusable", name=output) from error


def _try_to_write(output: Path) -> None:
    """Raises OSError, ValueError; also where the try stays: the video would get another name."""
    with open(output, "xb", buffering=0) as file:
        try:
            file.write(b"\0")
            flush(file.fileno())
        except OSError:
            file.close()
            discard(output)
            raise
    remove(output)


def videos_away(away: Away, job: Job | None = None) -> Refusal:
    """The person's own folder is not there: at a terminal nobody could bring it back in time."""
    code = "videos_away" if job is None else "videos_away_waits"
    values = {"folder": away.folder, "why": away.why.value}
    return Refusal(job_error(code, values=values), Exit.WRONG_INPUT, job)


def _refusal(code: str, **values: str) -> Refusal:
    return Refusal(job_error(code, values=values), Exit.WRONG_INPUT)
