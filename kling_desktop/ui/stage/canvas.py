"""Where the pictures are painted: the result alone, beside its reference, or both in one place.

An ordinary widget, not QVideoWidget: a native video surface allows nothing on top of it and
cannot be grabbed.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, QSize, QSizeF, Qt, QUrl, Signal
from PySide6.QtGui import QDrag, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from kling_desktop.ui.theme import SPACE_8, SPACE_12, SPACE_16, color, theme
from kling_desktop.ui.tr import tr

from . import paint
from .compare_mode import CompareMode
from .frames import ShownFrame
from .handles import GRIP_WIDTH_PX, OpacityPill, WipeGrip
from .layout import View, fitted, pane_rooms, reachable, zoomed
from .view_control import ViewControl

MARGIN_PX = 18  # between the pictures and the edge, as in the design
DRAG_PICTURE_PX = 120
MIN_SIZE = QSize(240, 120)


class StageCanvas(QWidget):
    """Paints frames fitted into panes, or zoomed. Drag it out for the file; double-click it.

    Zoom and pan are those of ``view_control``; while zoomed, a drag moves the picture.
    """

    double_clicked = Signal()
    mouse_moved = Signal()
    painted = Signal()  # a new frame of the result is on the screen

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._result: ShownFrame | None = None
        self._reference: ShownFrame | None = None
        self._painted: ShownFrame | None = None
        self._sizes: list[QSizeF | None] = [None, None]  # of the reference, of the result
        self._mode = CompareMode.RESULT
        self._flicker: bool | None = None  # whether the reference stands in the result's place
        self._chips = "", ""  # of the reference, of the result
        self._note = ""
        self._smooth = True
        self._file_path = ""
        self._press_at: QPoint | None = None
        self.wipe = WipeGrip(self)
        self.opacity = OpacityPill(self)
        self.view_control = ViewControl(self)
        self.view_control.changed.connect(self._on_view)
        self.wipe.dragged_to.connect(self._on_wipe_dragged)
        for handle in (self.wipe, self.opacity):
            handle.hide()
            handle.share_changed.connect(self._on_share)
        self.setAccessibleName("Video")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme().changed.connect(self.update)

    # -- what to show -------------------------------------------------------------------------

    def set_item(self, file_path: str, title: str) -> None:
        """``title`` describes the video to a screen reader; dragging gives ``file_path``."""
        if file_path != self._file_path:
            self.view_control.reset()
        self._file_path = file_path
        self.setAccessibleDescription(title)
        self.update()

    def set_chips(self, reference: str, result: str) -> None:
        """What the two pictures are called."""
        self._chips = reference, result
        self.update()

    def set_note(self, text: str) -> None:
        """A quiet line in the lower corner; empty for none."""
        if text != self._note:
            self._note = text
            self.update()

    def set_frames(self, result: ShownFrame | None, reference: ShownFrame | None) -> None:
        """Their pictures are converted when they are painted, and only then."""
        self._result, self._reference = result, reference
        sizes = list(self._sizes)
        for place, frame in enumerate((reference, result)):
            if frame is None:
                sizes[place] = None
            elif sizes[place] is None:
                sizes[place] = QSizeF(frame.image.size())
        if sizes != self._sizes:
            self._sizes = sizes
            self._place_handles()
        self.update()

    def set_mode(self, mode: CompareMode) -> None:
        self._mode = mode
        self._place_handles()
        self.update()

    def set_flicker(self, shows_reference: bool | None) -> None:
        """One picture in the place of the other; None ends it."""
        self._flicker = shows_reference
        self._place_handles()
        self.update()

    def set_smooth(self, smooth: bool) -> None:
        """Best quality for a still picture; fast while it moves."""
        if smooth != self._smooth:
            self._smooth = smooth
            self.update()

    # -- geometry -----------------------------------------------------------------------------

    @property
    def mode(self) -> CompareMode:
        """How it is painted now; flickering is a picture alone."""
        return CompareMode.RESULT if self._flicker is not None else self._mode

    def rooms(self) -> list[QRectF]:
        """The parts of the widget that the pictures may take, left to right."""
        room = QRectF(self.rect()).adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)
        count = 2 if self.mode is CompareMode.SIDE_BY_SIDE else 1
        return pane_rooms(room, count, SPACE_12)

    def fit_rects(self) -> list[QRectF]:
        """Where the whole pictures would stand without a zoom; the result is the last one."""
        sizes = self._sizes if len(self.rooms()) == 2 else self._sizes[1:]
        if self._flicker:
            sizes = self._sizes[:1]
        return [fitted(room, size) for room, size in zip(self.rooms(), sizes, strict=True)]

    def picture_rects(self) -> list[QRectF]:
        """Where the whole pictures stand, beyond the room too when zoomed."""
        view = self.view_control.view
        both = zip(self.rooms(), self.fit_rects(), strict=True)
        return [zoomed(room, fit, view) for room, fit in both]

    def pane_rects(self) -> list[QRectF]:
        """What of the pictures is seen, left to right; the result is the last one."""
        both = zip(self.rooms(), self.picture_rects(), strict=True)
        return [room.intersected(picture) for room, picture in both]

    @property
    def result_width(self) -> int:
        """Of the video, in its own pixels; 0 while it is not known."""
        size = self._sizes[1]
        return 0 if size is None else round(size.width())

    def is_pannable(self) -> bool:
        return any(
            picture.width() > room.width() + 1 or picture.height() > room.height() + 1
            for room, picture in zip(self.rooms(), self.picture_rects(), strict=True)
        )

    def _place_handles(self) -> None:
        pane = self.pane_rects()[-1]
        both = self._reference is not None and self._result is not None
        self.wipe.setVisible(self.mode is CompareMode.WIPE and both)
        self.opacity.setVisible(self.mode is CompareMode.OVERLAY and both)
        at_x = pane.left() + self.wipe.share * pane.width()
        self.wipe.setGeometry(
            round(at_x - GRIP_WIDTH_PX / 2), round(pane.top()), GRIP_WIDTH_PX, round(pane.height())
        )
        pill = self.opacity.size()
        bottom = round(min(pane.bottom(), self.height() - MARGIN_PX)) - pill.height() - SPACE_16
        self.opacity.move(round(pane.center().x() - pill.width() / 2), max(0, bottom))

    # -- painting -----------------------------------------------------------------------------

    def _paint_frame(self, painter: QPainter, rect: QRectF, frame: ShownFrame) -> None:
        paint.draw_picture(painter, rect, frame.image, self._smooth, self.devicePixelRatioF())

    def _paint_pane(self, painter: QPainter, place: int, frame: ShownFrame | None) -> None:
        pane = self.pane_rects()[place]
        if frame is None:
            paint.draw_waiting(painter, pane)
            return
        picture = self.picture_rects()[place]
        paint.clipped(painter, pane, partial(self._paint_frame, painter, picture, frame))
        paint.round_corners(painter, pane)

    def _paint_alone(self, painter: QPainter) -> None:
        frame = self._reference if self._flicker else self._result
        self._paint_pane(painter, -1, frame)
        reference_chip, result_chip = self._chips
        chip = reference_chip if self._flicker else result_chip
        paint.draw_chip(painter, self.font(), self._room_of_chip(chip), chip)

    def _room_of_chip(self, chip: str) -> QRectF:
        """Beside a picture that leaves the room for it, as a portrait does; else on the picture."""
        pane = self.pane_rects()[-1]
        beside = QRectF(MARGIN_PX - SPACE_8, pane.top(), pane.left() - MARGIN_PX, pane.height())
        return beside if paint.chip_room_px(self.font(), chip) <= beside.width() else pane

    def _paint_side_by_side(self, painter: QPainter) -> None:
        self._paint_pane(painter, 0, self._reference)
        self._paint_pane(painter, 1, self._result)
        for pane, chip in zip(self.pane_rects(), self._chips, strict=True):
            paint.draw_chip(painter, self.font(), pane, chip)

    def _paint_together(self, painter: QPainter) -> None:
        """Wipe, overlay and difference: the reference over the result."""
        pane, picture = self.pane_rects()[-1], self.picture_rects()[-1]
        if self._result is None or self._reference is None:
            self._paint_pane(painter, -1, self._result)
        else:
            paint.clipped(painter, pane, partial(self._paint_frame, painter, picture, self._result))
            within = fitted(picture, self._sizes[0])
            over = partial(self._paint_over, painter, within, self._reference)
            paint.clipped(painter, self._over_clip(pane), over)
            paint.round_corners(painter, pane)
        self._paint_two_chips(painter, pane)

    def _over_clip(self, pane: QRectF) -> QRectF:
        if self.mode is not CompareMode.WIPE:
            return pane
        return QRectF(pane.left(), pane.top(), round(pane.width() * self.wipe.share), pane.height())

    def _paint_over(self, painter: QPainter, rect: QRectF, frame: ShownFrame) -> None:
        if self.mode is CompareMode.OVERLAY:
            painter.setOpacity(self.opacity.share)
        elif self.mode is CompareMode.DIFFERENCE:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
        elif self.mode is CompareMode.WIPE:
            painter.fillRect(self._over_clip(self.pane_rects()[-1]), color("stage"))
        self._paint_frame(painter, rect, frame)

    def _paint_two_chips(self, painter: QPainter, pane: QRectF) -> None:
        reference_chip, result_chip = self._chips
        if self.mode is CompareMode.DIFFERENCE:
            paint.draw_chip(painter, self.font(), pane, tr("Difference"))
            return
        half = QRectF(pane.left(), pane.top(), pane.width() / 2, pane.height())
        paint.draw_chip(painter, self.font(), half, reference_chip)
        half.moveRight(pane.right())
        paint.draw_chip(painter, self.font(), half, result_chip, at_right=True)

    def _paint_notes(self, painter: QPainter) -> None:
        room = QRectF(self.rect()).adjusted(MARGIN_PX, 0, -MARGIN_PX, 0)
        lower = self.height() - MARGIN_PX - paint.CHIP_HEIGHT_PX - SPACE_16
        room.setTop(lower)
        if self._note:
            paint.draw_chip(painter, self.font(), room, self._note)
        if zoom_text := self.view_control.text():
            paint.draw_chip(painter, self.font(), room, zoom_text, at_right=True)

    # -- dragging out -------------------------------------------------------------------------

    def drag_data(self) -> QMimeData:
        """What another program gets: the file."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(self._file_path)])
        return data

    def _start_drag(self) -> None:
        if not self._file_path:  # whether it is there is not asked here: its disk may be dead
            return
        drag = QDrag(self)
        drag.setMimeData(self.drag_data())
        if self._result is not None:
            small = self._result.image.scaledToWidth(
                DRAG_PICTURE_PX, Qt.TransformationMode.SmoothTransformation
            )
            drag.setPixmap(QPixmap.fromImage(small))
        # Qt offers no other way to drag. It is called by a mouse event, never from a coroutine.
        drag.exec(Qt.DropAction.CopyAction)

    # -- slots ----------------------------------------------------------------------------------

    def _on_wipe_dragged(self, x: float) -> None:
        pane = self.pane_rects()[-1]
        self.wipe.set_share((x - pane.left()) / max(1.0, pane.width()))

    def _on_share(self, _share: float) -> None:
        self._place_handles()
        self.update()

    def _on_view(self) -> None:
        self._place_handles()
        self.update()

    def settled(self, view: View) -> View:
        """The same view without slack at the edges of the result."""
        return reachable(self.rooms()[-1], self.fit_rects()[-1], view)

    # -- Qt ------------------------------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        return MIN_SIZE

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_handles()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), color("stage"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.mode is CompareMode.RESULT:
            self._paint_alone(painter)
        elif self.mode is CompareMode.SIDE_BY_SIDE:
            self._paint_side_by_side(painter)
        else:
            self._paint_together(painter)
        self._paint_notes(painter)
        if self.property("ring"):
            paint.draw_focus_ring(painter, QRectF(self.rect()))
        if self._result is not None and self._result is not self._painted:
            self._painted = self._result
            self.painted.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._press_at = event.position().toPoint()
            if self.is_pannable():
                self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.mouse_moved.emit()
        if self._press_at is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        moved = event.position().toPoint() - self._press_at
        if self.is_pannable():
            self._press_at = event.position().toPoint()
            self.view_control.drag(QPointF(moved))
        elif moved.manhattanLength() >= QApplication.startDragDistance():
            self._press_at = None
            self._start_drag()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._press_at = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._press_at = None
            self.double_clicked.emit()
