"""Why a start comes to nothing: the error of the disk as a value, with what a person can do."""

from __future__ import annotations

import shlex
from contextlib import suppress
from pathlib import Path

from ..motion.job import JobError
from ..store.errors import HeldElsewhere, Reason, StoreError, StoreUnwritable
from ..store.owner import foreign_owner, user_name
from .door import NotAnswered
from .problems import NOWHERE, job_error, library_error

_CODES = {
    Reason.NOT_A_FOLDER: "start_not_a_folder",
    Reason.READ_ONLY: "start_read_only",
    Reason.DISK_FULL: "start_disk_full",
    Reason.MISSING: "start_missing",
}


def start_error(problem: Exception, root: Path | None) -> JobError:
    """Why nothing comes of a start. ``root`` is the data folder; None where there is none."""
    nowhere = isinstance(problem, StoreUnwritable) and problem.reason in NOWHERE
    if nowhere or isinstance(problem, HeldElsewhere):
        return library_error(problem)
    if root is not None and isinstance(problem, NotAnswered):
        return job_error("start_silent", values={"folder": root})
    if root is not None and isinstance(problem, StoreError | OSError):
        return _folder_error(problem, root)
    return job_error("start_failed", message=f"{type(problem).__name__}: {problem}")


def _folder_error(problem: StoreError | OSError, root: Path) -> JobError:
    file = _about(problem) or root
    message = problem.detail if isinstance(problem, StoreError) else problem.strerror or ""
    reason = problem.reason if isinstance(problem, StoreUnwritable) else Reason.IO
    foreign = _foreign(file, root)
    if foreign is not None and reason is not Reason.NOT_A_FOLDER:
        return foreign
    if isinstance(problem, FileNotFoundError):
        reason = Reason.MISSING
    values = {"file": file}
    return job_error(_CODES.get(reason, "start_io"), message=message, values=values)


def no_library(problem: Exception, root: Path) -> JobError:
    """Why a library in ``root`` cannot be opened."""
    file = _about(problem)
    foreign = _foreign(file, root) if file is not None else None
    if foreign is not None:
        return foreign
    if isinstance(problem, StoreUnwritable) and problem.reason is Reason.NOT_A_FOLDER:
        return job_error("folder_taken", message=problem.detail, values={"file": problem.file})
    return library_error(problem, root)


def _about(problem: Exception) -> Path | None:
    if isinstance(problem, StoreError):
        return problem.file
    name = problem.filename if isinstance(problem, OSError) else None
    return Path(name) if isinstance(name, str) else None


def _foreign(file: Path, root: Path) -> JobError | None:
    """Only what lies in the person's own home is theirs to take back."""
    found = foreign_owner(file)
    if found is None:
        return None
    place, owner = found
    if place.is_relative_to(root):
        place = root
    with suppress(RuntimeError):  # nobody has a home here
        if Path.home() in place.parents:
            return _to_be_given_back(file, place, owner)
    return None


def _to_be_given_back(file: Path, place: Path, owner: str) -> JobError:
    command = shlex.join(["sudo", "chown", "-R", user_name(), str(place)])
    values = {"file": place, "owner": owner, "command": command}
    return job_error("start_foreign", message=str(file), values=values)
