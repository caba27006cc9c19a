"""Paints one job of the Library, as a tile or as a line. Reads roles, keeps nothing."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from kling_desktop.motion.job import Job, JobState
from kling_desktop.ui import icons
from kling_desktop.ui.theme import RADIUS, SPACE_4, SPACE_8, SPACE_12, color
from kling_desktop.ui.tokens import SMALL_PX
from kling_desktop.ui.tr import tr, words

from .entry import Entry
from .layout import LIST_ROW_PX, POSTER_SHARE, TEXT_LINE_PX, TEXT_PAD_PX, TEXT_TOP_PX
from .model import AWAY_ROLE, ENTRY_ROLE, MISSING_ROLE, TAKEN_ROLE, THUMBNAIL_ROLE
from .posters import PosterCache
from .times import clock_text
from .wrap import wrapped

AnyIndex = QModelIndex | QPersistentModelIndex

CHIP_PX = 11
CHIP_INK = QColor("#FFFFFF")  # lies on a picture in both themes
CHIP_GROUND = QColor(13, 14, 16, 205)
REASON_PX = 11
ICON_PX = 16
HEART_PX = 14
RING_PX = 2
TAKEN_OPACITY = 0.6  # while a press is being written down
MISSING_OPACITY = 0.12  # the sentence on it must be read
LIST_POSTER_WIDTH_PX = 64


class TileDelegate(QStyledItemDelegate):
    """``as_list`` chooses between the tile of the grid and the line of the list."""

    thumbnail_wanted = Signal(str)

    def __init__(self, posters: PosterCache, parent: QWidget) -> None:
        super().__init__(parent)
        self._posters = posters
        self.as_list = False

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return option.rect.size()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(option.font)
        painter.setOpacity(TAKEN_OPACITY if index.data(TAKEN_ROLE) else 1.0)
        if self.as_list:
            self._paint_row(painter, option, index)
        else:
            self._paint_tile(painter, option, index)
        painter.restore()

    # -- the tile of the grid

    def _paint_tile(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        entry: Entry = index.data(ENTRY_ROLE)
        tile = option.rect
        poster = QRect(tile.left(), tile.top(), tile.width(), round(tile.width() * POSTER_SHARE))
        shape = _rounded(QRectF(tile), RADIUS)
        painter.fillPath(shape, color("raised"))
        painter.save()
        # Within the border: a clip has hard edges, which would show outside it.
        painter.setClipPath(_rounded(QRectF(tile).adjusted(1, 1, -1, -1), RADIUS - 1))
        self._paint_poster(painter, poster, entry, index)
        painter.restore()
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.setPen(QPen(color("muted" if hovered else "line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(tile).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        self._paint_tile_texts(painter, tile, poster, option.font, entry)
        _paint_ring(painter, tile, option)

    def _paint_tile_texts(
        self,
        painter: QPainter,
        tile: QRect,
        poster: QRect,
        font: QFont,
        entry: Entry,
    ) -> None:
        small = sized(font, SMALL_PX)
        painter.setFont(small)
        fm = QFontMetrics(small)
        left, width = tile.left() + TEXT_PAD_PX, tile.width() - 2 * TEXT_PAD_PX
        top = poster.bottom() + 1 + TEXT_TOP_PX
        for line in wrapped(entry.job.title, width, small):
            _text(painter, QRect(left, top, width, TEXT_LINE_PX), line, "text")
            top += TEXT_LINE_PX
        # A tile has room for one of both, and the list says when, too.
        told = ", ".join(words.besides(entry.job)) or sub_line(entry)
        below = fm.elidedText(told, Qt.TextElideMode.ElideRight, width)
        _text(painter, QRect(left, top, width, TEXT_LINE_PX), below, "muted")

    # -- the line of the list

    def _paint_row(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        entry: Entry = index.data(ENTRY_ROLE)
        row = option.rect
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.fillPath(_rounded(QRectF(row), RADIUS), color("raised"))
        height = LIST_ROW_PX - 2 * SPACE_8
        poster = QRect(row.left() + SPACE_8, row.top() + SPACE_8, LIST_POSTER_WIDTH_PX, height)
        shape = _rounded(QRectF(poster), RADIUS - 2)
        painter.fillPath(shape, color("raised"))
        painter.save()
        painter.setClipPath(shape)
        self._paint_poster(painter, poster, entry, index, small=True)
        painter.restore()
        self._paint_row_texts(painter, row, poster.right() + SPACE_12, option.font, entry, index)
        _paint_ring(painter, row.adjusted(RING_PX, RING_PX, -RING_PX, -RING_PX), option)

    def _paint_row_texts(
        self,
        painter: QPainter,
        row: QRect,
        left: int,
        font: QFont,
        entry: Entry,
        index: AnyIndex,
    ) -> None:
        small = sized(font, SMALL_PX)
        painter.setFont(small)
        fm = QFontMetrics(small)
        width = row.right() - SPACE_8 - left
        top = row.top() + (row.height() - 2 * TEXT_LINE_PX) // 2
        title = fm.elidedText(entry.job.title, Qt.TextElideMode.ElideRight, width)
        _text(painter, QRect(left, top, width, TEXT_LINE_PX), title, "text")
        line = list_line(entry, bool(index.data(MISSING_ROLE)), bool(index.data(AWAY_ROLE)))
        below = fm.elidedText(line, Qt.TextElideMode.ElideRight, width)
        _text(painter, QRect(left, top + TEXT_LINE_PX, width, TEXT_LINE_PX), below, "muted")

    # -- the poster

    def _paint_poster(
        self,
        painter: QPainter,
        rect: QRect,
        entry: Entry,
        index: AnyIndex,
        small: bool = False,
    ) -> None:
        job = entry.job
        missing = bool(index.data(MISSING_ROLE))
        has_picture = self._paint_picture(painter, rect, job, index, missing)
        told = reason(job, missing, bool(index.data(AWAY_ROLE)))
        if told:
            _paint_reason(painter, rect, *_sign(job), "" if small else told)
        elif not has_picture:
            _icon_in(painter, rect, "video", "muted")
        if not told and not small:
            _paint_duration(painter, rect, job)
        if job.favourite:
            _paint_heart(painter, rect)

    def _paint_picture(
        self, painter: QPainter, rect: QRect, job: Job, index: AnyIndex, missing: bool
    ) -> bool:
        painter.fillRect(rect, color("hover"))
        if job.state is not JobState.DONE:
            return False
        path: str | None = index.data(THUMBNAIL_ROLE)
        if path is None:
            self.thumbnail_wanted.emit(job.job_id)
            return False
        ratio = painter.device().devicePixelRatioF()
        pixmap = self._posters.pixmap(path, rect.size(), ratio)
        if pixmap is None:
            return False
        opacity = painter.opacity()
        painter.setOpacity(opacity * (MISSING_OPACITY if missing else 1.0))
        painter.drawPixmap(rect, pixmap)
        painter.setOpacity(opacity)
        return True


def sized(font: QFont, size_px: int) -> QFont:
    """The same font in another size."""
    result = QFont(font)
    result.setPixelSize(size_px)
    return result


def sub_line(entry: Entry) -> str:
    """``Standard · 14:02``, ``Failed · 14:02``, or ``Standard, ends early · 14:02``."""
    job = entry.job
    ended_badly = job.state in (JobState.FAILED, JobState.CANCELLED)
    what = words.state(job) if ended_badly else words.mode(job.request.mode)
    what = ", ".join([what, *words.besides(job)])
    return tr("{what} · {time}").format(what=what, time=clock_text(entry.when))


def list_line(entry: Entry, missing: bool, away: bool = False) -> str:
    """The second line in the list: as ``sub_line``, with the reason where there is one."""
    told = reason(entry.job, missing, away)
    return f"{sub_line(entry)} · {told}" if told else sub_line(entry)


def reason(job: Job, missing: bool, away: bool = False) -> str:
    """Why there is no video to show; empty where there is one."""
    if job.in_vain:
        return words.failure(job).title
    if job.state is JobState.CANCELLED:
        asked = job.error is None
        return tr("Nothing was sent") if asked else tr("Nothing was sent, as far as is known")
    if job.state is JobState.UNWATCHED:
        return tr("No longer watched")
    if missing and away:
        return tr("Its folder is away")
    return tr("Moved or deleted on disk") if missing else ""


def _sign(job: Job) -> tuple[str, str]:
    """Icon and colour of a tile without a video."""
    return {
        JobState.FAILED: ("error", "bad"),
        JobState.CANCELLED: ("close", "muted"),
        JobState.UNWATCHED: ("eye-off", "muted"),
    }.get(job.state, ("warning", "warning"))


def _rounded(rect: QRectF, radius: float) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(rect, radius, radius)
    return path


def _text(painter: QPainter, rect: QRect, text: str, role: str) -> None:
    painter.setPen(color(role))
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    painter.drawText(rect, int(flags), text)


def _icon_in(painter: QPainter, rect: QRect, name: str, role: str, size: int = ICON_PX) -> None:
    ratio = painter.device().devicePixelRatioF()
    left = rect.left() + (rect.width() - size) // 2
    top = rect.top() + (rect.height() - size) // 2
    painter.drawPixmap(left, top, icons.pixmap(name, role, size, ratio))


def _paint_reason(painter: QPainter, rect: QRect, icon: str, role: str, told: str) -> None:
    """The sign, and under it the sentence in up to three lines."""
    if not told:
        _icon_in(painter, rect, icon, role)
        return
    font = sized(painter.font(), REASON_PX)
    painter.setFont(font)
    fm = QFontMetrics(font)
    width = rect.width() - 2 * SPACE_8
    most = max(1, (rect.height() - ICON_PX - 3 * SPACE_4) // fm.height())
    lines = wrapped(told, width, font, most)
    height = ICON_PX + SPACE_4 + len(lines) * fm.height()
    top = rect.top() + max(SPACE_4, (rect.height() - height) // 2)
    _icon_in(painter, QRect(rect.left(), top, rect.width(), ICON_PX), icon, role)
    top += ICON_PX + SPACE_4
    painter.setPen(color("text"))
    for line in lines:
        place = QRect(rect.left() + SPACE_8, top, width, fm.height())
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), line)
        top += fm.height()


def _paint_duration(painter: QPainter, rect: QRect, job: Job) -> None:
    if job.result_duration_s is None:
        return
    text = words.clock(job.result_duration_s)
    font = sized(painter.font(), CHIP_PX)
    painter.setFont(font)
    width = QFontMetrics(font).horizontalAdvance(text) + 10
    chip = QRect(rect.right() - width - 5, rect.bottom() - 23, width, 18)
    painter.fillPath(_rounded(QRectF(chip), 4), CHIP_GROUND)
    painter.setPen(CHIP_INK)
    painter.drawText(chip, int(Qt.AlignmentFlag.AlignCenter), text)


def _paint_heart(painter: QPainter, rect: QRect) -> None:
    """White on a dark spot: it must be seen on any picture."""
    spot = QRect(rect.left() + 5, rect.top() + 5, HEART_PX + 6, HEART_PX + 6)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(CHIP_GROUND)
    painter.drawEllipse(spot)
    _icon_in(painter, spot, "heart-filled", "on_stage", HEART_PX)


def _paint_ring(painter: QPainter, rect: QRect, option: QStyleOptionViewItem) -> None:
    selected = bool(option.state & QStyle.StateFlag.State_Selected)
    focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
    if not selected and not focused:
        return
    # One that has the focus alone, without being selected, gets a thinner ring of the text's ink.
    pen = QPen(color("accent"), RING_PX) if selected else QPen(color("text"), 1)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(rect).adjusted(-1, -1, 1, 1), RADIUS + 1, RADIUS + 1)
