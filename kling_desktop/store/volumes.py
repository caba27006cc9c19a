"""On which disk or share a folder lies, told so that it is known again after a reboot.

A device's number is the system's for one run, so the file system's own name is kept: its UUID
(Linux, /dev/disk/by-uuid), its serial number (Windows), or what a share is mounted from. Where
there is no such name (macOS, file systems in memory), the place it is mounted at is all there is.
Everything here blocks, on a dead share for ever.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..durable import flush
from ..motion.reading import FilePath, Line
from ..plain_file import read_plain

_BY_UUID = "/dev/disk/by-uuid"  # udev's links to the block devices
_MOUNTS = "/proc/self/mountinfo"  # proc_pid_mountinfo(5)
_DISKS = "/etc/fstab"  # fstab(5): what is to be mounted where
_MOUNTS_MAX_BYTES = 16 * 1024 * 1024  # some 100 000 mounts
_ESCAPED = re.compile(rb"\\([0-7]{3})")  # space, tab, line break and backslash in it
_SHARE = re.compile(r"//|[^/]*:")  # //host/share (SMB), host:/path (NFS), user@host: (sshfs)
ROOM_BYTES = 1 << 20
_SERIAL_BITS = 0xFFFF_FFFF  # of st_dev on Windows: Python 3.12 began to tell 64 bits


@dataclass(frozen=True)
class Volume:
    """``name`` tells it from another one in the same place; empty: nothing does."""

    mount_point: FilePath
    name: Line = ""


def volume_of(folder: Path) -> Volume:
    """Of a folder that is there, behind all symbolic links. Raises OSError."""
    real = Path(os.path.realpath(folder, strict=True))
    mount_point = next((up for up in (real, *real.parents) if os.path.ismount(up)), real.anchor)
    return Volume(str(mount_point), _name_of(str(mount_point)))


def volume_around(folder: Path) -> Volume | None:
    """Of what is there of its path; None where some driver does not tell."""
    there = next(up for up in (folder, *folder.parents) if os.path.isdir(up))
    with contextlib.suppress(OSError):
        return volume_of(there)
    return None


def unmounted_above(folder: Path) -> Path | None:
    """The empty place of a disk that ``folder`` belongs on by the system's table."""
    if sys.platform != "linux":
        return None
    real, table = Path(os.path.realpath(folder)), b""
    with contextlib.suppress(OSError):
        table = read_plain(_DISKS, _MOUNTS_MAX_BYTES)
    for line in table.splitlines():
        if len(fields := line.split()) > 1 and fields[1].startswith(b"/"):
            place = os.path.realpath(os.fsdecode(_plain(fields[1])))
            if real.is_relative_to(place) and not _source_of(place) and _is_bare(place):
                return Path(place)
    return None


def _is_bare(place: str) -> bool:
    """Who keeps something there lives without that disk."""
    with contextlib.suppress(OSError):
        return not os.listdir(place)
    return True


class Room:
    """Whether a disk takes what a few jobs write. Asked often, it writes seldom: only where the
    disk tells that it is full, for some tell so of themselves always."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told_bytes, self._is_there = ROOM_BYTES, True

    def is_there(self) -> bool:
        """True also where nothing is known: who writes there hears of it."""
        try:
            told_bytes = shutil.disk_usage(self._folder).free
        except OSError:
            return True
        if told_bytes >= ROOM_BYTES:
            return True
        if told_bytes != self._told_bytes:
            self._told_bytes, self._is_there = told_bytes, _takes(self._folder, ROOM_BYTES)
        return self._is_there


def _takes(folder: Path, size_bytes: int) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(os.urandom(size_bytes))  # zeros may take no room
            file.flush()
            flush(file.fileno())
    except OSError as error:
        return error.errno not in (errno.ENOSPC, errno.EDQUOT)
    return True


def _name_of(mount_point: str) -> str:
    """Of the system's own disk none: no other one can be in its place while it runs."""
    if mount_point == "/":
        return ""
    if sys.platform == "win32":
        is_share = mount_point.startswith("\\\\")  # the name of the share is all of it
        return "" if is_share else f"serial:{os.stat(mount_point).st_dev & _SERIAL_BITS:08x}"
    source = _source_of(mount_point)
    if source.startswith("/dev/"):
        return _uuid_of(source)
    if _SHARE.match(source):  # it may hold a person's name, so only its hash is kept
        return f"share:{hashlib.sha256(os.fsencode(source)).hexdigest()[:16]}"
    return ""


def _source_of(mount_point: str) -> str:
    """What is mounted there; empty where the system does not tell."""
    found, wanted = "", os.fsencode(mount_point)
    with contextlib.suppress(OSError):
        for line in read_plain(_MOUNTS, _MOUNTS_MAX_BYTES).splitlines():
            before, _, after = line.partition(b" - ")
            if len(fields := before.split()) > 4 and _plain(fields[4]) == wanted:
                found = os.fsdecode(_plain(after.split()[1]))  # the last one lies on top
    return found


def _plain(field: bytes) -> bytes:
    return _ESCAPED.sub(lambda octal: bytes((int(octal[1], 8) & 0xFF,)), field)


def _uuid_of(device: str) -> str:
    with contextlib.suppress(OSError):
        wanted = os.stat(device).st_rdev
        for name in os.listdir(_BY_UUID):
            with contextlib.suppress(OSError):  # of a disk that was pulled out just now
                if os.stat(f"{_BY_UUID}/{name}").st_rdev == wanted:
                    return f"uuid:{name}"
    return ""
