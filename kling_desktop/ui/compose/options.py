"""What most people never need: model, watermark, callback address, and the request as code."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from kling_desktop.motion.request import DEFAULT_MODEL, MODELS
from kling_desktop.ui.theme import SPACE_4, SPACE_8, set_property
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets.check_box import CheckBox
from kling_desktop.ui.widgets.line_edit import LineEdit

from .roles import NamedComboBox


class MoreOptions(QWidget):
    """The part that unfolds. Values are the draft's own: None where nothing is set."""

    changed = Signal()
    copy_code_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model_label = self._label(tr("Model"))
        self._model = NamedComboBox("Model", self)
        self._model_label.setBuddy(self._model)
        self._model.addItem(tr("Automatic ({model})").format(model=DEFAULT_MODEL), None)
        for model in MODELS:
            self._model.addItem(model, model)
        self._watermark = CheckBox(tr("Watermarked copy too"), self)
        self._callback_label = self._label(tr("Callback address (optional)"))
        self._callback = LineEdit(self)
        self._callback_label.setBuddy(self._callback)
        self._callback.setAccessibleName("Callback address")
        self._callback.setPlaceholderText("https://")
        self._copy_code = QPushButton(tr("Copy as code"), self)
        self._copy_code.setAccessibleName("Copy as code")
        self._copy_code.setToolTip(tr("This request as cURL and as Python, without your token"))
        self._copy_code.setProperty("kind", "link")
        self._build()
        self._connect()

    def model(self) -> str | None:
        chosen = self._model.currentData()
        return str(chosen) if chosen else None

    def set_model(self, model: str | None) -> None:
        """Choose; a model that this program does not know is added, not lost."""
        index = self._model.findData(model) if model else 0
        if index < 0:
            self._model.addItem(str(model), model)
            index = self._model.count() - 1
        self._model.setCurrentIndex(index)

    def watermark(self) -> bool:
        return self._watermark.isChecked()

    def set_watermark(self, watermark: bool) -> None:
        self._watermark.setChecked(watermark)

    def callback_url(self) -> str | None:
        return self._callback.text().strip() or None

    def set_callback_url(self, url: str | None) -> None:
        if url != self.callback_url():
            self._callback.setText(url or "")

    def count_set(self) -> int:
        """How many of them are not as they came."""
        return sum((self.model() is not None, self.watermark(), self.callback_url() is not None))

    def last_in_tab_order(self) -> QWidget:
        return self._copy_code

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4 + 2)
        column.addWidget(self._model_label)
        column.addWidget(self._model)
        column.addSpacing(SPACE_4)
        column.addWidget(self._watermark)
        column.addSpacing(SPACE_4)
        column.addWidget(self._callback_label)
        column.addWidget(self._callback)
        column.addSpacing(SPACE_8 - 4)
        column.addWidget(self._copy_code, 0, Qt.AlignmentFlag.AlignLeft)

    def _label(self, text: str) -> QLabel:
        label = QLabel(text, self)
        set_property(label, "role", "small")
        return label

    def _connect(self) -> None:
        self._model.currentIndexChanged.connect(self._on_changed)
        self._watermark.toggled.connect(self._on_changed)
        self._callback.textChanged.connect(self._on_changed)
        self._copy_code.clicked.connect(self._on_copy_code)

    def _on_changed(self) -> None:
        self.changed.emit()

    def _on_copy_code(self) -> None:
        self.copy_code_requested.emit()
