"""What is said of a folder for videos that is not there."""

from __future__ import annotations

from ..motion.away import Away, Why
from .base import Speaker

_AWAY: dict[Why, str] = {
    Why.GONE: "The folder {folder} is not there.",
    Why.UNPLUGGED: "The disk or share of the folder {folder} is away.",
    Why.OTHER_DISK: "Another disk than the one you chose is at {folder}.",
    Why.SILENT: "The folder {folder} does not answer.",
}


class AwayWords(Speaker):
    """The same sentence in the row, in the window and at a terminal."""

    def away(self, away: Away) -> str:
        return self.fill(_AWAY[away.why], folder=away.folder)

    def videos_wait(self) -> str:
        """What becomes of a video that is generated meanwhile."""
        return self._tr("New videos wait at the service until it is back.")
