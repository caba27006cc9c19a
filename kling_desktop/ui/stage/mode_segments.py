"""The compare modes as one control; the last mode is in the menu and on the key only."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QWidget

from kling_desktop.ui.theme import SPACE_12
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets import Segmented

from .compare_mode import CompareMode, mode_text

SEGMENTS = (
    CompareMode.RESULT,
    CompareMode.SIDE_BY_SIDE,
    CompareMode.WIPE,
    CompareMode.OVERLAY,
)
NAMES = {
    CompareMode.RESULT: "Result",
    CompareMode.SIDE_BY_SIDE: "Side by side",
    CompareMode.WIPE: "Wipe",
    CompareMode.OVERLAY: "Overlay",
}


class ModeSegments(Segmented):
    """As wide as its texts need, each segment with the same air."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__([(m.value, mode_text(m), NAMES[m]) for m in SEGMENTS], parent)
        self.setAccessibleName("Compare")
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        for mode in SEGMENTS:
            text_px = QFontMetrics(font).horizontalAdvance(mode_text(mode))
            self.button(mode.value).setFixedWidth(text_px + SPACE_12)

    def show_mode(self, mode: CompareMode, possible: bool) -> None:
        """``possible``: there is a reference on this computer."""
        with QSignalBlocker(self):
            if mode in SEGMENTS:
                self._group.setExclusive(True)
                self.set_value(mode.value)
            else:
                # No radio button of a group can be unchecked while exactly one has to be chosen.
                self._group.setExclusive(False)
                for segment in SEGMENTS:
                    self.button(segment.value).setChecked(False)
                self._group.setExclusive(True)
        reason = "" if possible else tr("The reference clip is not on this computer.")
        for segment in SEGMENTS[1:]:
            self.set_option_enabled(segment.value, possible)
            self.button(segment.value).setToolTip(reason)
