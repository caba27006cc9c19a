"""The ways in which the Stage shows a result against its reference."""

from __future__ import annotations

from enum import StrEnum

from kling_desktop.ui.tr import tr


class CompareMode(StrEnum):
    """In the order in which the key goes through them."""

    RESULT = "result"  # alone
    SIDE_BY_SIDE = "side-by-side"
    WIPE = "wipe"  # the reference left of a line, the result right of it
    OVERLAY = "overlay"  # the reference over the result, as opaque as the person likes
    DIFFERENCE = "difference"  # black where both are the same

    @property
    def shows_both(self) -> bool:
        return self is not CompareMode.RESULT

    @property
    def next(self) -> CompareMode:
        modes = list(CompareMode)
        return modes[(modes.index(self) + 1) % len(modes)]


def mode_text(mode: CompareMode) -> str:
    return {
        CompareMode.RESULT: tr("Result"),
        CompareMode.SIDE_BY_SIDE: tr("Side by side"),
        CompareMode.WIPE: tr("Wipe"),
        CompareMode.OVERLAY: tr("Overlay"),
        CompareMode.DIFFERENCE: tr("Difference"),
    }[mode]
