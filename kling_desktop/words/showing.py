"""What is said of the copy that a clip is shown from."""

from __future__ import annotations

from .base import Speaker


class ShowingWords(Speaker):
    """On the Stage, while the copy is made, and where that comes to nothing."""

    def preparing_copy(self, share: float) -> str:
        """``share``: how much is done, 0 to 1."""
        percent = str(round(100 * min(1.0, max(0.0, share))))
        return self.fill(self._tr("Preparing a copy to show… {percent} %"), percent=percent)

    def shown_as_it_is(self, name: str) -> str:
        """No copy could be made of the clip."""
        text = "No copy to show could be made of {name}: it plays as it is, and may be inexact."
        return self.fill(text, name=name)
