"""The strip of small pictures under a clip, with a frame around the part that is used."""

from __future__ import annotations

import math
from enum import Enum

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from kling_desktop.motion.facts import VideoFacts
from kling_desktop.motion.request import WHOLE_CLIP, ClipEdit
from kling_desktop.ui.theme import color, theme
from kling_desktop.ui.tokens import TARGET_PX
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets.spoken import tell_value

from .painting import draw_cover, read_thumbnail, rounded
from .roles import announce
from .span import Span

STRIP_HEIGHT_PX = TARGET_PX
WIDE_HEIGHT_PX = 56
_REACH_PX = TARGET_PX // 2  # how near to an edge a press takes it
_GRIP_PX = 8  # as drawn
_LEAST_BOX_PX = 12  # half of what is drawn of a part, however short it is
_DRAG_FROM_PX = 3  # less is the trembling of a click
_LINE_PX = 2
_RADIUS_PX = 3
_TINT_ALPHA = 46
_DIM_ALPHA = 150
_FOCUS_PX = 4
_PLAYHEAD_PX = 2
_WIDE_FROM_PX = 32  # from this height on, the edges have grips to see


class Hold(Enum):
    """What the mouse holds."""

    NOTHING = "nothing"
    FIRST = "first"
    LAST = "last"
    ALL = "all"
    PLAYHEAD = "playhead"


class TrimHandle(QSlider):
    """One edge, in frames: a real slider for the keyboard and screen readers, painted by the strip.

    Arrows move by a frame, Page Up and Page Down by a second.
    """

    def __init__(self, accessible_name: str, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setAccessibleName(accessible_name)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_frame(self, frame: int, span: Span) -> None:
        """Follow the strip, without a signal."""
        self.blockSignals(True)
        self.setRange(0, span.count)
        self.setPageStep(max(1, round(span.fps)))
        self.setValue(frame)
        self.blockSignals(False)
        tell_value(self, words.timecode(frame / span.fps))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._repaint_strip()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._repaint_strip()

    def _repaint_strip(self) -> None:
        if (strip := self.parentWidget()) is not None:
            strip.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The strip paints the edge, the focus too."""


class TrimStrip(QWidget):
    """Drag an edge, or the middle; I and O set the edges where the mouse (or the playhead) is."""

    edited = Signal(object)  # ClipEdit
    pressed = Signal()  # a click that dragged nothing
    sought = Signal(float)  # seconds: where the playhead is wanted

    def __init__(self, parent: QWidget | None = None, *, height_px: int = STRIP_HEIGHT_PX) -> None:
        super().__init__(parent)
        self._edit = WHOLE_CLIP
        self._span = Span(1.0, 1, 0, 1)
        self._pictures: list[QPixmap] = []
        self._paths: tuple[str, ...] = ()
        self._limit_s = math.inf
        self._cuts_s: tuple[float, ...] = ()
        self._playhead_s: float | None = None
        self._seeks = False
        self._hover_x: float | None = None
        self._hold = Hold.NOTHING
        self._press_x = 0.0
        self._dragging = False
        self._offset = 0  # of a held middle: from the first frame to the mouse
        self.setFixedHeight(height_px)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.start = TrimHandle("Trim start", self)
        self.end = TrimHandle("Trim end", self)
        for handle, slot in ((self.start, self._on_start), (self.end, self._on_end)):
            handle.valueChanged.connect(slot)
        theme().changed.connect(self.update)

    def edit(self) -> ClipEdit:
        return self._edit

    def span(self) -> Span:
        return self._span

    def set_clip(self, facts: VideoFacts, edit: ClipEdit) -> None:
        """Show a clip and the part of it that is used; nothing is emitted."""
        self._edit = edit
        self._show(Span.of(facts, edit))

    def set_pictures(self, paths: tuple[str, ...]) -> None:
        """Evenly over the clip."""
        if paths == self._paths:
            return
        self._paths = paths
        self._pictures = [p for p in map(read_thumbnail, paths) if p is not None]
        self.update()

    def set_limit_s(self, limit_s: float) -> None:
        """The longest part that may be sent; a longer one is framed as wrong."""
        self._limit_s = limit_s
        self._describe()
        self.update()

    def cuts(self) -> tuple[float, ...]:
        return self._cuts_s

    def set_cuts(self, times_s: tuple[float, ...]) -> None:
        """Where another shot begins: thin lines, so that a part can be set between them."""
        if times_s != self._cuts_s:
            self._cuts_s = times_s
            self.update()

    def set_playhead(self, time_s: float) -> None:
        """A line at this time; with it, a press seeks."""
        self._playhead_s, self._seeks = time_s, True
        self.update()

    def x_of(self, frame: int) -> float:
        return frame / self._span.count * self.width()

    # what is edited

    def _on_start(self, frame: int) -> None:
        self._change(self._span.with_first(frame))
        announce(self.start, self.start.accessibleDescription())

    def _on_end(self, frame: int) -> None:
        self._change(self._span.with_last(frame))
        announce(self.end, self.end.accessibleDescription())

    def _change(self, span: Span) -> None:
        changed = span != self._span
        self._show(span)
        if changed:
            self._edit = span.edit(self._edit)
            self.edited.emit(self._edit)

    def _show(self, span: Span) -> None:
        self._span = span
        self.start.show_frame(span.first, span)
        self.end.show_frame(span.last, span)
        self._place_handles()
        self._describe()
        self.update()

    def _describe(self) -> None:
        span = self._span
        text = words.length_of(span.length_s, span.whole_s)
        if self.is_too_long():
            text += ", " + tr("at most {limit}").format(limit=words.seconds(self._limit_s))
        self.setAccessibleName(tr("Part of the clip, {part}").format(part=text))
        self.setToolTip(text)

    def is_too_long(self) -> bool:
        return self._span.length_s > self._limit_s + 1 / self._span.fps

    def start_here(self) -> None:
        """The part begins at the playhead (or the mouse)."""
        self._set_edge(Hold.FIRST)

    def end_here(self) -> None:
        """The part ends with the frame at the playhead (or the mouse)."""
        self._set_edge(Hold.LAST)

    def _set_edge(self, hold: Hold) -> None:
        """I or O: at the mouse, else at the playhead."""
        if self._hover_x is not None and not self._seeks:
            frame = self._frame_at(self._hover_x)
        elif self._playhead_s is not None:
            frame = round(self._playhead_s * self._span.fps)
        else:
            return
        if hold is Hold.FIRST:
            self._change(self._span.with_first(frame))
        else:
            self._change(self._span.with_last(frame + 1))

    # the mouse

    def _frame_at(self, x: float) -> int:
        return round(x / max(1, self.width()) * self._span.count)

    def _what_is_at(self, x: float) -> Hold:
        left, right = self.x_of(self._span.first), self.x_of(self._span.last)
        near_left, near_right = abs(x - left), abs(x - right)
        if min(near_left, near_right) <= _REACH_PX:
            return Hold.FIRST if near_left <= near_right else Hold.LAST
        if self._seeks:
            return Hold.PLAYHEAD
        inside = left < x < right and not self._span.is_whole
        return Hold.ALL if inside else Hold.NOTHING

    def _drag_to(self, x: float) -> None:
        frame = self._frame_at(x)
        if self._hold is Hold.FIRST:
            self._change(self._span.with_first(frame))
        elif self._hold is Hold.LAST:
            self._change(self._span.with_last(frame))
        elif self._hold is Hold.ALL:
            self._change(self._span.moved_to(frame - self._offset))
        elif self._hold is Hold.PLAYHEAD:
            self._seek(x)

    def _seek(self, x: float) -> None:
        share = min(1.0, max(0.0, x / max(1, self.width())))
        frame = min(self._span.count - 1, int(share * self._span.count))
        self.set_playhead(frame / self._span.fps)
        self.sought.emit(frame / self._span.fps)

    def _point(self, x: float) -> None:
        shapes = {
            Hold.FIRST: Qt.CursorShape.SizeHorCursor,
            Hold.LAST: Qt.CursorShape.SizeHorCursor,
            Hold.ALL: Qt.CursorShape.OpenHandCursor,
        }
        self.setCursor(shapes.get(self._what_is_at(x), Qt.CursorShape.PointingHandCursor))

    # painting

    def _frame_box(self) -> QRectF:
        left, right = self.x_of(self._span.first), self.x_of(self._span.last)
        if right - left < 2 * _LEAST_BOX_PX:  # a few seconds of an hour can still be taken hold of
            middle = min(max(_LEAST_BOX_PX, (left + right) / 2), self.width() - _LEAST_BOX_PX)
            left, right = middle - _LEAST_BOX_PX, middle + _LEAST_BOX_PX
        return QRectF(left, 0, right - left, self.height())

    def _paint_pictures(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), color("hover"))
        if not self._pictures:
            return
        first = self._pictures[0]
        tile_px = max(8.0, first.width() / max(1, first.height()) * self.height())
        tiles = max(1, round(self.width() / tile_px))
        tile_px = self.width() / tiles
        for tile in range(tiles):
            at = int((tile + 0.5) / tiles * len(self._pictures))
            box = QRectF(tile * tile_px, 0, tile_px, self.height())
            draw_cover(painter, self._pictures[at], box)

    def _paint_frame(self, painter: QPainter) -> None:
        box = self._frame_box()
        dim = QColor(color("panel"))
        dim.setAlpha(_DIM_ALPHA)
        painter.fillRect(QRectF(0, 0, box.left(), self.height()), dim)
        painter.fillRect(QRectF(box.right(), 0, self.width() - box.right(), self.height()), dim)
        line = color("bad" if self.is_too_long() else "accent")
        tint = QColor(line)
        tint.setAlpha(0 if self._span.is_whole else _TINT_ALPHA)
        rounded(painter, box, _RADIUS_PX, line, _LINE_PX, tint)
        if self.height() >= _WIDE_FROM_PX:
            self._paint_grips(painter, box, line)
        self._paint_focus(painter, box)

    def _paint_grips(self, painter: QPainter, box: QRectF, line: QColor) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for left in (box.left(), box.right() - _GRIP_PX):
            grip = QRectF(left, 0, _GRIP_PX, box.height())
            painter.setBrush(line)
            painter.drawRoundedRect(grip, _RADIUS_PX, _RADIUS_PX)
            notch = QRectF(0, 0, 2, box.height() / 3)
            notch.moveCenter(grip.center())
            painter.fillRect(notch, color("on_accent"))

    def _paint_focus(self, painter: QPainter, box: QRectF) -> None:
        """The edge that the keyboard moves, thick and in the text's colour."""
        if self.start.hasFocus() and self.start.property("ring"):
            edge = QRectF(box.left(), 0, _FOCUS_PX, box.height())
        elif self.end.hasFocus() and self.end.property("ring"):
            edge = QRectF(box.right() - _FOCUS_PX, 0, _FOCUS_PX, box.height())
        else:
            return
        painter.fillRect(edge, color("text"))

    def _paint_cuts(self, painter: QPainter) -> None:
        for time_s in self._cuts_s:
            x = self.x_of(round(time_s * self._span.fps))
            painter.fillRect(QRectF(x - 1.5, 0, 3, self.height()), color("stage"))
            painter.fillRect(QRectF(x - 0.5, 0, 1, self.height()), color("warning"))

    def _paint_playhead(self, painter: QPainter) -> None:
        if self._playhead_s is None:
            return
        middle = (self._playhead_s * self._span.fps + 0.5) / self._span.count * self.width()
        painter.setPen(QPen(color("stage"), _PLAYHEAD_PX + 2))
        painter.drawLine(QPointF(middle, 0), QPointF(middle, self.height()))
        painter.setPen(QPen(QColor("#FFFFFF"), _PLAYHEAD_PX))
        painter.drawLine(QPointF(middle, 0), QPointF(middle, self.height()))

    def _place_handles(self) -> None:
        box = self._frame_box()
        for handle, x in ((self.start, box.left()), (self.end, box.right())):
            handle.setGeometry(QRect(round(x) - _REACH_PX, 0, TARGET_PX, self.height()))

    # Qt's own

    def sizeHint(self) -> QSize:
        return QSize(140, self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self._press_x = event.position().x()
        self._hold = self._what_is_at(event.position().x())
        self._offset = self._frame_at(event.position().x()) - self._span.first
        handle = self.end if self._hold is Hold.LAST else self.start
        handle.setFocus(Qt.FocusReason.MouseFocusReason)
        self._dragging = self._hold is Hold.PLAYHEAD
        if self._dragging:
            self._seek(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        self._hover_x = x
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self._point(x)
        elif self._dragging or abs(x - self._press_x) >= _DRAG_FROM_PX:
            self._dragging = True
            self._drag_to(x)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        clicked, self._dragging, self._hold = not self._dragging, False, Hold.NOTHING
        if clicked and self.rect().contains(event.position().toPoint()):
            self.pressed.emit()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hover_x = event.position().x()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover_x = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_I:
            self._set_edge(Hold.FIRST)
        elif event.key() == Qt.Key.Key_O:
            self._set_edge(Hold.LAST)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_handles()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_pictures(painter)
        self._paint_cuts(painter)
        self._paint_frame(painter)
        self._paint_playhead(painter)
