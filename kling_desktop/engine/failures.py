"""What a use case can fail with, for whoever asked for it. Light to import."""

from __future__ import annotations

from ..motion.job import JobError


class NotKept(Exception):
    """A job could not be written down, so nothing was sent."""

    def __init__(self, error: JobError) -> None:
        self.error = error
        super().__init__(error.code)


class InputsChanged(Exception):
    """What was looked at is not there any more: it is looked at again, and nothing was sent."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__(", ".join(names))


class CopyFailed(Exception):
    """A copy could not be made: ``reason`` is the system's own word."""

    def __init__(self, target: str, reason: str) -> None:
        self.target = target
        self.reason = reason
        super().__init__(reason)


class ExportFailed(Exception):
    """The file could not be written; what was there before is still there."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(reason)
