"""Fields that Settings and the first set-up share."""

from __future__ import annotations

from PySide6.QtCore import QDir, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from kling_desktop.motion.money import LIMIT_MAX_CREDITS
from kling_desktop.ui.dialog_start import Begin, at_once
from kling_desktop.ui.theme import SPACE_4, SPACE_8
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets.check_box import CheckBox
from kling_desktop.ui.widgets.file_dialog import FileDialog
from kling_desktop.ui.widgets.line_edit import LineEdit
from kling_desktop.ui.widgets.tooltip import plain_tooltip

MOST_JOBS_AT_ONCE = 8
CREDIT_DECIMALS = 6
CREDIT_STEP = 5.0
USUAL_ASK_ABOVE = 20.0  # as the settings have it by default
USUAL_DAY_LIMIT = 50.0  # offered when the limit is switched on: eight videos or so
NUMBER_WIDTH_PX = 150


class FolderField(QWidget):
    """A folder's path and the button that chooses another one."""

    changed = Signal(str)
    chosen = Signal(str)  # also the same one again

    def __init__(self, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.begin: Begin = at_once
        self.is_away = False  # a folder that may not answer is not where a dialog begins
        self._edit = LineEdit(self)
        self._edit.setReadOnly(True)
        self._edit.setAccessibleName(accessible_name)
        self._choose = QPushButton(tr("Choose…"), self)
        self._choose.setAccessibleName(f"Choose {accessible_name.lower()}")
        self._choose.setAutoDefault(False)
        self._choose.clicked.connect(self._on_choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_8)
        row.addWidget(self._edit, 1)
        row.addWidget(self._choose)

    def value(self) -> str:
        return self._edit.text()

    def set_value(self, path: str) -> None:
        self._edit.setText(path)
        self._edit.setToolTip(plain_tooltip(path))
        self._edit.setCursorPosition(len(path))

    def _on_choose(self) -> None:
        start = QDir.homePath() if self.is_away else self.value()
        self.begin(self, start, self._open_dialog)

    def _open_dialog(self, start: str) -> None:
        dialog = FileDialog(self.window(), tr("Folder for videos"), start)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_chosen)
        dialog.open()

    def _on_chosen(self, path: str) -> None:
        if path and path != self.value():
            self.set_value(path)
            self.changed.emit(path)
        if path:
            self.chosen.emit(path)


def _give_line(field: QAbstractSpinBox) -> None:
    line = LineEdit(field)
    line.setObjectName("qt_spinbox_lineedit")  # as Qt calls its own: it has the field's name
    field.setLineEdit(line)
    _pad(line)


def _show_menu(line: QLineEdit, event: QContextMenuEvent) -> None:
    """Not Qt's own, which asks the clipboard."""
    if isinstance(line, LineEdit):
        line.show_menu(event.globalPos())


class JobsSpin(QSpinBox):
    """How many jobs run at once. The wheel only works once it has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(1, MOST_JOBS_AT_ONCE)
        self.setFixedWidth(NUMBER_WIDTH_PX)
        _give_line(self)
        self.setAccessibleName("Jobs at once")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        _show_menu(self.lineEdit(), event)


class CreditsSpin(QDoubleSpinBox):
    """A sum of credits, to the millionth in which they are compared.

    ``zero_text`` is shown for 0, which without it is a sum like any other.
    """

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        accessible_name: str = "Ask above credits",
        zero_text: str = "",
    ) -> None:
        super().__init__(parent)
        self.setRange(0.0, LIMIT_MAX_CREDITS)
        self.setDecimals(CREDIT_DECIMALS)
        self.setSingleStep(CREDIT_STEP)
        self.setSuffix(tr(" credits"))
        self.setSpecialValueText(zero_text)
        self.setKeyboardTracking(False)
        self.setFixedWidth(NUMBER_WIDTH_PX)
        _give_line(self)
        self.setAccessibleName(accessible_name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def textFromValue(self, value: float) -> str:
        """Whole sums without their zeros."""
        text, locale = super().textFromValue(value), self.locale()
        whole, point, part = text.partition(locale.decimalPoint())
        part = part.rstrip(locale.zeroDigit())
        return f"{whole}{point}{part}" if part else whole

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        _show_menu(self.lineEdit(), event)


class OptionalCredits(QWidget):
    """A sum that can be switched off. ``changed`` carries a float, or None for off."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None, spin: CreditsSpin, usual: float) -> None:
        """``usual``: offered when switched on. ``labelled`` names its check box."""
        super().__init__(parent)
        self.check = CheckBox("", self)
        self.spin = spin
        spin.setParent(self)
        spin.setValue(usual)
        spin.setEnabled(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_8)
        row.addWidget(self.check)
        row.addWidget(spin)
        self.check.toggled.connect(spin.setEnabled)
        self.check.toggled.connect(self._on_changed)
        spin.valueChanged.connect(self._on_changed)

    def value(self) -> float | None:
        return self.spin.value() if self.check.isChecked() else None

    def set_value(self, credits: float | None) -> None:
        """None switches it off and keeps the sum at hand."""
        if credits is not None:
            self.spin.setValue(credits)
        self.check.setChecked(credits is not None)

    def _on_changed(self, _value: object) -> None:
        self.changed.emit(self.value())


def ask_above_field(parent: QWidget) -> OptionalCredits:
    """The sum above which Generate asks; 0 asks always, switched off it never asks."""
    spin = CreditsSpin(parent, zero_text=tr("always ask"))
    return OptionalCredits(parent, spin, USUAL_ASK_ABOVE)


def day_limit_field(parent: QWidget) -> OptionalCredits:
    spin = CreditsSpin(parent, accessible_name="Credits a day")
    return OptionalCredits(parent, spin, USUAL_DAY_LIMIT)


def _pad(edit: QLineEdit) -> None:
    """Inner padding of a number field: a stylesheet's padding does not reach its text."""
    edit.setTextMargins(SPACE_8, 0, 0, 0)


def labelled(text: str, hint: str, field: QWidget, *, beside: bool = False) -> QWidget:
    """A caption with a muted hint, and the field below it or at its right."""
    box = QWidget()
    named = field.check if isinstance(field, OptionalCredits) else field
    if isinstance(field, OptionalCredits):
        named.setAccessibleName(text)
    words = QVBoxLayout()
    words.setSpacing(2)
    caption = QLabel(text, box)
    caption.setBuddy(named)
    words.addWidget(caption)
    if hint:
        small = QLabel(hint, box)
        small.setProperty("role", "small")
        small.setWordWrap(True)
        words.addWidget(small)
        named.setAccessibleDescription(hint)
    if beside:
        row = QHBoxLayout(box)
        row.setSpacing(SPACE_8 * 2)
        row.addLayout(words, 1)
        row.addWidget(field, 0, Qt.AlignmentFlag.AlignVCenter)
        row.setContentsMargins(0, 0, 0, 0)
    else:
        words.addSpacing(SPACE_4)
        words.addWidget(field)
        words.setContentsMargins(0, 0, 0, 0)
        box.setLayout(words)
    return box


def heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label
