"""Paints one row of the Queue. Reads roles, keeps nothing."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from kling_desktop.motion.job import Job, JobAction
from kling_desktop.ui import icons
from kling_desktop.ui.library.posters import PosterCache
from kling_desktop.ui.theme import color
from kling_desktop.ui.tr import tr, words

from .geometry import (
    HANDLE,
    ICON_ACTIONS,
    LINE_HEIGHT_PX,
    MENU,
    ROW_PX,
    SIDE_PX,
    THUMB_PX,
    Part,
    RowGeometry,
    elided,
    row_geometry,
    row_span,
)
from .look import Line, RowLook
from .model import JOB_ROLE, LOOK_ROLE, THUMBNAIL_ROLE

AnyIndex = QModelIndex | QPersistentModelIndex

ICON_PX = 16
THUMB_RADIUS = 5.0
BUTTON_RADIUS = 7.0
CALM_OPACITY = 0.55  # the quiet tint of a step that has no figure
HOVER_OPACITY = 0.08
PRESSED_OPACITY = 0.16
TAKEN_OPACITY = 0.5  # of the buttons while a press is being written down
FOCUS_WIDTH_PX = 2


class QueueDelegate(QStyledItemDelegate):
    """One row: thumbnail, title, line, state, note, buttons."""

    thumbnail_wanted = Signal(str)

    def __init__(self, posters: PosterCache, parent: QWidget) -> None:
        super().__init__(parent)
        self._posters = posters
        self._hovered: tuple[str, Part | None] = ("", None)
        self._pressed: tuple[str, Part | None] = ("", None)

    def set_hovered(self, job_id: str, part: Part | None) -> bool:
        """Returns whether that changed anything."""
        before, self._hovered = self._hovered, (job_id, part)
        return before != self._hovered

    def set_pressed(self, job_id: str, part: Part | None) -> None:
        self._pressed = (job_id, part)

    def geometry(self, row: QRect, job: Job, look: RowLook, font: QFont) -> RowGeometry:
        return row_geometry(row, look, QFontMetrics(font), row_title(job), job.title)

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(0, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        job: Job = index.data(JOB_ROLE)
        look: RowLook = index.data(LOOK_ROLE)
        row = row_span(option.rect, option.widget.width())
        made = self.geometry(row, job, look, option.font)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(option.font)
        self._paint_ground(painter, row, option)
        self._paint_thumbnail(painter, made.thumb, job, index.data(THUMBNAIL_ROLE))
        _paint_line(painter, made.line, look)
        _paint_dot(painter, made.dot, look)
        fm = QFontMetrics(option.font)
        _paint_text(painter, made.title, elided(made.name, made.title.width(), fm), "text")
        _paint_text(painter, made.text, elided(made.sentence, made.text.width(), fm), look.tone)
        if not made.note.isNull():
            _paint_text(painter, made.note, look.note, "muted", Qt.AlignmentFlag.AlignRight)
        for part, rect in made.parts.items():
            painter.setOpacity(TAKEN_OPACITY if look.taken and part != HANDLE else 1.0)
            self._paint_part(painter, rect, part, job.job_id)
        painter.restore()

    def _paint_ground(self, painter: QPainter, row: QRect, option: QStyleOptionViewItem) -> None:
        rule = QRect(row.left() + SIDE_PX, row.top(), row.width() - 2 * SIDE_PX, 1)
        painter.fillRect(rule, color("line"))
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if not focused and not option.state & QStyle.StateFlag.State_Selected:
            return
        shade = color("text")
        shade.setAlphaF(HOVER_OPACITY / 2)
        painter.setBrush(shade)
        painter.setPen(QPen(color("accent"), FOCUS_WIDTH_PX) if focused else Qt.PenStyle.NoPen)
        ground = QRectF(row).adjusted(SIDE_PX - 7, 3, -SIDE_PX + 7, -2)
        ground.setRight(min(ground.right(), option.rect.right() - 1))  # beside a scroll bar
        painter.drawRoundedRect(ground, 6, 6)

    def _paint_thumbnail(self, painter: QPainter, rect: QRect, job: Job, path: str | None) -> None:
        path_shape = QPainterPath()
        path_shape.addRoundedRect(QRectF(rect), THUMB_RADIUS, THUMB_RADIUS)
        ratio = painter.device().devicePixelRatioF()
        pixmap = None
        if path is None:
            self.thumbnail_wanted.emit(job.job_id)
        else:
            pixmap = self._posters.pixmap(path, QSize(THUMB_PX, THUMB_PX), ratio)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillPath(path_shape, color("raised"))
        if pixmap is None:
            _paint_icon(painter, rect, "person", "muted")
            return
        painter.save()
        painter.setClipPath(path_shape)
        painter.drawPixmap(rect, pixmap)
        painter.restore()

    def _paint_part(self, painter: QPainter, rect: QRect, part: Part, job_id: str) -> None:
        hovered = self._hovered == (job_id, part)
        pressed = self._pressed == (job_id, part) and hovered
        as_icon = part in (MENU, HANDLE) or JobAction(part) in ICON_ACTIONS
        if not as_icon:
            painter.setPen(QPen(color("line"), 1))
            painter.setBrush(color("raised"))
            painter.drawRoundedRect(_crisp(rect), BUTTON_RADIUS, BUTTON_RADIUS)
        if hovered and part != HANDLE:
            shade = color("text")
            shade.setAlphaF(PRESSED_OPACITY if pressed else HOVER_OPACITY)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade)
            painter.drawRoundedRect(_crisp(rect), BUTTON_RADIUS, BUTTON_RADIUS)
        if as_icon:
            name = {MENU: "more", HANDLE: "drag"}.get(part, "close")
            _paint_icon(painter, rect, name, "text" if hovered else "muted")
        else:
            text = words.action(JobAction(part))
            _paint_text(painter, rect, text, "text", Qt.AlignmentFlag.AlignHCenter)


def row_title(job: Job) -> str:
    """``astronaut × meadow · Standard``"""
    return tr("{title} · {mode}").format(title=job.title, mode=words.mode(job.request.mode))


def part_name(part: Part) -> str:
    """What a tooltip says about a painted button."""
    if part == MENU:
        return tr("More actions")
    if part == HANDLE:
        return tr("Drag to change the order (Alt+Up, Alt+Down)")
    return words.action(JobAction(part))


def _paint_icon(painter: QPainter, rect: QRect, name: str, role: str) -> None:
    ratio = painter.device().devicePixelRatioF()
    pixmap = icons.pixmap(name, role, ICON_PX, ratio)
    left = rect.left() + (rect.width() - ICON_PX) // 2
    top = rect.top() + (rect.height() - ICON_PX) // 2
    painter.drawPixmap(left, top, pixmap)


def _paint_text(
    painter: QPainter,
    rect: QRect,
    text: str,
    role: str,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    painter.setPen(color(role))
    flags = align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    painter.drawText(rect, int(flags), text)


def _paint_line(painter: QPainter, rect: QRect, look: RowLook) -> None:
    if rect.isNull():
        return
    radius = LINE_HEIGHT_PX / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color("line"))
    painter.drawRoundedRect(QRectF(rect), radius, radius)
    tint = color("accent")
    filled = QRectF(rect)
    if look.line is Line.CALM:
        tint.setAlphaF(CALM_OPACITY)
    else:
        filled.setWidth(rect.width() * look.fraction)
    painter.setBrush(tint)
    if filled.width() > 0:
        painter.drawRoundedRect(filled, radius, radius)


def _paint_dot(painter: QPainter, rect: QRect, look: RowLook) -> None:
    if rect.isNull():
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color(look.tone))
    painter.drawEllipse(rect)


def _crisp(rect: QRect) -> QRectF:
    """Half a pixel inwards, so that a line of one pixel is one pixel."""
    return QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5)
