"""What keeps a paid video from being here: all of it passes, and each has its words in the row."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

from ...motion.away import Away
from ...motion.job import JobError, Money
from ...remote.errors import BadLink, ContactLost, LocalFileError, NotSent, Refused, RemoteError
from ..problems import from_remote, job_error

# Links that this program does not follow, whoever hands them out.
_NOT_FOLLOWED = frozenset(
    {"link_not_http", "link_with_password", "link_private", "link_loops", "link_too_big"}
)
# This computer's own trouble: to look again costs nobody anything.
HERE_AGAIN_S = 30.0
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Trouble(Exception):
    """Passing trouble. It is tried again, after a pause between these two."""

    def __init__(
        self,
        error: JobError,
        *,
        at_least_s: float = 0.0,
        longest_s: float | None = None,
        not_reached: bool = False,
        no_video: bool = False,
    ) -> None:
        self.error = error
        self.at_least_s = at_least_s
        self.longest_s = longest_s
        self.not_reached = not_reached  # the host of the video: perhaps nothing can be
        self.no_video = no_video  # what came by this link is none: another one may lead to it
        super().__init__(error.code)


def paid(code: str, *, message: str = "", **values: object) -> JobError:
    return job_error(code, Money.PAID, message=message, values=values)


def here(code: str, *, message: str = "", **values: object) -> Trouble:
    """It is this computer that is not ready for the video."""
    return Trouble(paid(code, message=message, **values), longest_s=HERE_AGAIN_S)


def of_host(error: RemoteError, asked: str = "") -> Trouble:
    """The host of the video did not hand it out. ``asked``: the host of the link."""
    code, message = "result_host_ill", error.code
    if isinstance(error, NotSent):
        code, message = "result_unreachable", ""
    elif isinstance(error, ContactLost):
        code = "result_cut"
    elif isinstance(error, BadLink) and error.code in _NOT_FOLLOWED:
        code = "bad_result_link"
        if error.code == "link_loops" or error.host != asked:  # led there: as sign-in pages do
            code, message = "result_page", ""
    elif isinstance(error, BadLink) and error.code == "link_html":
        code, message = "result_page", ""
    elif isinstance(error, BadLink):
        code = "result_no_video"
    if error.http_status is not None and code not in ("result_page", "bad_result_link"):
        message = f"HTTP {error.http_status}"
    return _met(
        error,
        code,
        message,
        not_reached=isinstance(error, NotSent),
        no_video=isinstance(error, BadLink),
    )


def of_service(error: RemoteError) -> Trouble:
    """The service did not say where the video is."""
    if isinstance(error, Refused):
        return Trouble(from_remote(error, Money.PAID), at_least_s=error.retry_after_s or 0.0)
    code = "result_page" if error.is_page else "result_host_ill"
    if isinstance(error, NotSent):
        code = "result_unreachable"
    elif isinstance(error, ContactLost):
        code = "result_cut"
    return _met(
        error, code, error.code if error.http_status is None else f"HTTP {error.http_status}"
    )


def _met(error: RemoteError, code: str, message: str, **kind: bool) -> Trouble:
    told = replace(from_remote(error, Money.PAID, code), message=message)
    return Trouble(told, at_least_s=error.retry_after_s or 0.0, **kind)


def of_disk(error: LocalFileError, folder: Path) -> Trouble:
    if error.kind == "no_room" and error.needed_bytes:
        return here("no_room", folder=folder, needed_bytes=error.needed_bytes)
    if error.kind == "no_room":  # whether it fits is found out by fetching it: ever more seldom
        return Trouble(paid("disk_full", folder=folder))
    return here("unwritable", folder=folder)


def of_away(away: Away) -> Trouble:
    """The folder is not there to be written to; ``VideosPlace`` sees when it is again."""
    return here("folder_gone", folder=away.folder, why=away.why.value)


def of_placing(error: OSError, folder: Path, size_bytes: int) -> Trouble:
    """All bytes are here, and something keeps them from their name."""
    if error.errno in _FULL and size_bytes:
        return here("no_room", folder=folder, needed_bytes=size_bytes)
    if error.errno in _FULL:
        return here("disk_full", folder=folder)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return here("unwritable_here", folder=folder)
    return here("result_unplaced", folder=folder, message=error.strerror or str(error))
