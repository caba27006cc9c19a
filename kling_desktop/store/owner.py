"""Whose a file is, where that keeps this program from it. POSIX; elsewhere nobody is told."""

from __future__ import annotations

import os
from pathlib import Path


def foreign_owner(file: Path) -> tuple[Path, str] | None:
    """What of ``file`` or, where it is not there, of the folders above it belongs to somebody else
    and may not be written, and to whom. None where nothing does.
    """
    if os.name != "posix":
        return None
    for place in (file, *file.parents):
        try:
            found = place.lstat()
        except OSError:  # it is not there, or the folder above keeps it from us
            continue
        if found.st_uid == os.geteuid() or os.access(place, os.W_OK):
            return None
        return place, _name_of(found.st_uid)
    return None


def user_name() -> str:
    """Who runs this."""
    return _name_of(os.geteuid()) if os.name == "posix" else ""


def _name_of(user_id: int) -> str:
    import pwd  # POSIX alone has it

    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return str(user_id)
