"""Errors in every sort of override that Qt calls, each while another override is running.

Prints which overrides were called, as JSON. Given is how they fail. Where nothing guards them, what
is raised in C ends this program at once on Python 3.11.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QMimeData,
    QModelIndex,
    QObject,
    QPointF,
    QSize,
    Qt,
)
from PySide6.QtCore import QPersistentModelIndex as QKept
from PySide6.QtGui import (
    QCloseEvent,
    QDropEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QValidator,
)
from PySide6.QtWidgets import QLineEdit, QListView, QStyledItemDelegate, QWidget

from kling_desktop.ui.loop import application
from kling_desktop.ui.stage import canvas
from kling_desktop.ui.stage.panel import StagePanel

NO_KEYS = Qt.KeyboardModifier.NoModifier
HOW: dict[str, Callable[[], object]] = {
    "list": lambda: [][1],
    "none": lambda: None + 1,  # type: ignore[operator]
    "qt": lambda: QSize("wide"),  # type: ignore[call-overload]
    "words": lambda: int("seven"),
    "python": lambda: next(_ for _ in ()),
}
called: set[str] = set()


def fail(name: str) -> None:
    called.add(name)
    HOW[sys.argv[1]]()


class Outer(QWidget):
    """Everything is done while this override of it is running."""

    def run(self, act: Callable[[], object]) -> None:
        self.act = act
        application().sendEvent(self, QEvent(QEvent.Type.User))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.User:
            self.act()
            return True
        return super().event(event)


class Widget(QWidget):
    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.red)
        fail("paintEvent")

    def resizeEvent(self, _event: QResizeEvent) -> None:
        fail("resizeEvent")

    def closeEvent(self, _event: QCloseEvent) -> None:
        fail("closeEvent")

    def keyPressEvent(self, _event: QKeyEvent) -> None:
        fail("keyPressEvent")

    def dropEvent(self, _event: QDropEvent) -> None:
        fail("dropEvent")

    def changeEvent(self, _event: QEvent) -> None:
        fail("changeEvent")

    def sizeHint(self) -> QSize:
        fail("sizeHint")
        return QSize()


class Whole(QWidget):
    def event(self, _event: QEvent) -> bool:
        fail("event")
        return False

    def eventFilter(self, _watched: QObject, _event: QEvent) -> bool:
        fail("eventFilter")
        return False


class Rows(QAbstractListModel):
    def rowCount(self, _parent: QModelIndex | QKept = QModelIndex()) -> int:  # noqa: B008
        return 2

    def data(self, _index: QModelIndex | QKept, _role: int = 0) -> object:
        return None


class Model(Rows):
    def data(self, _index: QModelIndex | QKept, _role: int = 0) -> object:
        fail("data")
        return None

    def flags(self, _index: QModelIndex | QKept) -> Qt.ItemFlag:
        fail("flags")
        return Qt.ItemFlag.NoItemFlags

    def mimeData(self, _indexes: object) -> QMimeData:
        fail("mimeData")
        return QMimeData()


class NoRows(QAbstractListModel):
    def rowCount(self, _parent: QModelIndex | QKept = QModelIndex()) -> int:  # noqa: B008
        fail("rowCount")
        return 1

    def data(self, _index: QModelIndex | QKept, _role: int = 0) -> object:
        return None


class Delegate(QStyledItemDelegate):
    def paint(self, *_: object) -> None:
        fail("paint")


class Judge(QValidator):
    def validate(self, _text: str, _at: int) -> object:
        fail("validate")
        return None


class Mender(QValidator):
    def validate(self, text: str, at: int) -> object:
        return QValidator.State.Intermediate, text, at

    def fixup(self, _text: str) -> str:
        fail("fixup")
        return ""


def widgets(outer: Outer) -> None:
    widget, whole, data = Widget(), Whole(), QMimeData()
    left, copy = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
    for event in (
        QResizeEvent(QSize(9, 9), QSize(1, 1)),
        QCloseEvent(),
        QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, NO_KEYS, "a"),
        QDropEvent(QPointF(1, 1), copy, data, left, NO_KEYS),
        QEvent(QEvent.Type.StyleChange),
    ):
        outer.run(lambda event=event: widget.event(event))
    outer.run(widget.adjustSize)
    widget.resize(20, 20)
    for _ in range(2):  # the painter of the first time is at work no more
        outer.run(widget.grab)
        assert widget.grab().toImage().pixelColor(1, 1) == Qt.GlobalColor.red
    outer.run(lambda: application().sendEvent(whole, QEvent(QEvent.Type.User)))
    widget.installEventFilter(whole)
    outer.run(lambda: application().sendEvent(widget, QEvent(QEvent.Type.User)))


def views(outer: Outer) -> None:
    for model in (Model(), NoRows()):
        view = QListView()
        view.resize(80, 80)
        view.setModel(model)
        outer.run(view.grab)
        outer.run(view.selectAll)
        outer.run(lambda model=model: model.match(QModelIndex(), 0, "x"))
    rows, view = Rows(), QListView()
    view.setItemDelegate(Delegate(view))
    view.resize(80, 80)
    view.setModel(rows)
    outer.run(view.grab)
    view.setModel(model := Model())
    outer.run(lambda: model.mimeData([model.index(0)]))


def fields(outer: Outer) -> None:
    enter = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, NO_KEYS, "\r")
    for validator in (Judge(), Mender()):
        line = QLineEdit()
        line.setValidator(validator)
        outer.run(lambda line=line: line.insert("a"))
        outer.run(lambda line=line: application().sendEvent(line, enter))
        assert line.text() == "a"


def stage(outer: Outer) -> None:
    """The program's own, which fails in the middle of painting."""
    canvas.color = lambda _name: fail("StageCanvas")
    panel = StagePanel()
    for each in panel.findChildren(canvas.StageCanvas):
        each.resize(200, 100)
        outer.run(each.grab)


def main() -> None:
    application([])
    outer = Outer()
    for part in (widgets, views, fields, stage):
        part(outer)
    print(json.dumps(sorted(called)))


main()
