"""The settings of a draft: prompt, quality, facing, sound, and more options folded away."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from kling_desktop.motion.request import Draft, Mode
from kling_desktop.ui.icons import icon
from kling_desktop.ui.theme import SPACE_4, SPACE_12, set_property, theme
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets.check_box import CheckBox

from .facing import FacingCards, quality_control
from .options import MoreOptions
from .prompt import PromptBox

_CHEVRON_PX = 14


class DraftSettings(QWidget):
    """Reads and shows every field of a Draft but its two sources."""

    edited = Signal()  # by the person; not by ``show_draft``
    unfolded = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._silent = False
        self._unfolded = False
        self.prompt = PromptBox(self)
        # Made in reading order: assistive technology walks the children as they came.
        self._quality_heading = self._heading(tr("Quality"))
        self.quality = quality_control(self)
        self._facing_heading = self._heading(tr("The character faces"))
        self.facing = FacingCards(self)
        self._sound = CheckBox(tr("Keep the clip's sound"), self)
        self._sound.setChecked(Draft().keep_sound)
        self._unfold = QPushButton(self)
        self._unfold.setProperty("kind", "quiet")
        self._unfold.setStyleSheet("QPushButton { color: palette(placeholder-text); }")  # quiet
        self._unfold.setAccessibleName("More options")
        self._unfold.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands last
        self._unfold.setIconSize(QSize(_CHEVRON_PX, _CHEVRON_PX))
        self.options = MoreOptions(self)
        self.options.hide()
        self._build()
        self._connect()
        self._show_fold()

    def fill(self, draft: Draft) -> Draft:
        """``draft`` with the settings as they stand here."""
        return replace(
            draft,
            mode=Mode(self.quality.value()),
            orientation=self.facing.value(),
            prompt=self.prompt.text(),
            keep_sound=self._sound.isChecked(),
            model=self.options.model(),
            watermark=self.options.watermark(),
            callback_url=self.options.callback_url(),
        )

    def show_draft(self, draft: Draft) -> None:
        """Show another draft's settings, without ``edited``."""
        self._silent = True
        try:
            self.prompt.set_text(draft.prompt)
            self.quality.set_value(draft.mode.value)
            self.facing.set_value(draft.orientation)
            self._sound.setChecked(draft.keep_sound)
            self.options.set_model(draft.model)
            self.options.set_watermark(draft.watermark)
            self.options.set_callback_url(draft.callback_url)
        finally:
            self._silent = False
        self._show_fold()

    def unfold(self) -> None:
        """Show more options, as when something in them has to be mended."""
        self._set_unfolded(True)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4 + 2)
        column.addWidget(self.prompt)
        column.addSpacing(SPACE_12 - 2)
        column.addWidget(self._quality_heading)
        column.addWidget(self.quality)
        column.addSpacing(SPACE_12 - 2)
        column.addWidget(self._facing_heading)
        column.addWidget(self.facing)
        column.addSpacing(SPACE_4)
        row = QHBoxLayout()
        row.addWidget(self._sound)
        row.addStretch(1)
        row.addWidget(self._unfold)
        column.addLayout(row)
        column.addWidget(self.options)

    def _heading(self, text: str) -> QLabel:
        label = QLabel(text, self)
        set_property(label, "role", "small")
        return label

    def _connect(self) -> None:
        self.prompt.edited.connect(self._on_edited)
        self.quality.value_changed.connect(self._on_edited)
        self.facing.changed.connect(self._on_edited)
        self._sound.toggled.connect(self._on_edited)
        self.options.changed.connect(self._on_edited)
        self._unfold.clicked.connect(self._on_unfold_clicked)
        theme().changed.connect(self._show_fold)

    def _on_edited(self) -> None:
        if not self._silent:
            self._show_fold()
            self.edited.emit()

    def _on_unfold_clicked(self) -> None:
        self._set_unfolded(not self._unfolded)

    def _set_unfolded(self, unfolded: bool) -> None:
        self._unfolded = unfolded
        self.options.setVisible(unfolded)
        self._show_fold()
        if unfolded:
            self.unfolded.emit()

    def _show_fold(self) -> None:
        count = self.options.count_set()
        unfolded = self._unfolded
        self._unfold.setAccessibleDescription(tr("Unfolded") if unfolded else tr("Folded"))
        # What is set must not be forgotten because it is folded away.
        reminder = tr("More ({count} set)").format(count=count)
        shown = reminder if count and not unfolded else tr("More options")
        self._unfold.setText(shown)
        self._unfold.setIcon(
            icon("chevron-up" if unfolded else "chevron-down", "muted", _CHEVRON_PX)
        )
