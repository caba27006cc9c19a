"""One of the two wells: it takes a drop, a paste, Choose… or a typed path or link."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kling_desktop.motion.facts import ImageFacts, VideoFacts
from kling_desktop.motion.input import Input, InputState
from kling_desktop.motion.limits import VIDEO_MAX_S, VIDEO_MIN_S, Finding, FindingCode
from kling_desktop.motion.request import ClipEdit, ImageEdit, Orientation, Slot, Source
from kling_desktop.ui.dropped import Drag
from kling_desktop.ui.handed import clipboard
from kling_desktop.ui.theme import RADIUS, color, set_property, theme
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets.grouping import GroupFrame

from .dropping import DropPlace, SourceVerdict, take_all
from .field import SourceField
from .offers import Offer, offer_from_text
from .painting import draw_icon, ring, rounded
from .roles import announce
from .trim_strip import TrimStrip
from .verdict import verdict_of
from .well_parts import Details, EmptyFace, Veil, WellPicture

HEIGHT_PX = 222  # empty or filled: filling it does not push the form
_FIELD_ICON_PX = 14
_INSET_PX = 10
_CHOOSE_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_REMOVE_KEYS = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
# English on purpose: screen readers' scripts and the tests rely on these names.
_NAMES = {
    Slot.IMAGE: ("Choose image", "Remove image", "Reference image", "Crop image"),
    Slot.VIDEO: ("Choose video", "Remove video", "Reference video", "Trim video"),
}


def _hint(slot: Slot) -> str:
    if slot is Slot.IMAGE:
        return tr("Drop a picture: one person, head and body clearly visible")
    longest_s = VIDEO_MAX_S[Orientation.VIDEO]
    return tr("Drop a clip: one person, one shot, {low} to {high} seconds").format(
        low=f"{VIDEO_MIN_S:g}", high=f"{longest_s:g}"
    )


class Well(DropPlace, GroupFrame):
    """Shows an Input snapshot; says what a person wishes. It looks at no file itself."""

    offered = Signal(object)  # Offer
    removed = Signal()
    choose_requested = Signal()
    edited = Signal()  # another part of the clip
    editor_requested = Signal()
    _slot: Slot

    def __init__(self, slot: Slot, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.verdict: SourceVerdict = take_all
        self._slot = slot
        self._input = Input(slot)
        self._findings: tuple[Finding, ...] = ()
        self._previous: Source | None = None  # what Ctrl+Z brings back
        choose_name, remove_name, field_name, edit_name = _NAMES[slot]
        self._empty = EmptyFace(slot, _hint(slot), choose_name, self)
        self._picture = WellPicture(slot, remove_name, edit_name, self)
        self.strip = TrimStrip(self) if slot is Slot.VIDEO else None
        self._details = Details(slot, self)
        self._field = SourceField(self)
        self._field.setAccessibleName(field_name)
        self._field.setPlaceholderText(tr("Path or link"))
        self._field.setToolTip(tr("Type or paste a path or a link, then press Enter"))
        self._veil = Veil(self)
        self._drag = Drag()
        self._is_pressed = False
        self._build()
        self._connect()
        self._show()

    @property
    def slot(self) -> Slot:
        return self._slot

    @property
    def field(self) -> SourceField:
        return self._field

    def source(self) -> Source | None:
        return self._input.source

    def clip_edit(self) -> ClipEdit:
        strip = self.strip if self.has_strip() else None
        return strip.edit() if strip is not None else self._input.clip_edit

    def image_edit(self) -> ImageEdit:
        return self._input.image_edit

    def has_strip(self) -> bool:
        """A clip on this computer whose frames are known can be trimmed."""
        value = self._input
        local = value.source is not None and value.source.path is not None
        ready = value.state is InputState.READY and isinstance(value.original, VideoFacts)
        return self.strip is not None and local and ready

    def verdict_text(self) -> str:
        return self._details.verdict.text()

    def set_input(self, value: Input) -> None:
        if self._input.source is not None and value.source != self._input.source:
            self._previous = self._input.source
        if value.thumbnail_path != self._input.thumbnail_path or not self._picture.has_picture():
            self._picture.set_thumbnail(value.thumbnail_path)
        self._input = value
        self._veil.hide()
        self._show()

    def set_findings(self, findings: tuple[Finding, ...]) -> None:
        self._findings = findings
        if self.strip is not None:
            self.strip.set_cuts(_cuts_of(findings))
        self._show()

    def paste(self) -> None:
        """Offer what the clipboard holds, or say why not."""
        self.take_pasted(clipboard().handed())

    def say(self, text: str) -> None:
        """Why something was not taken; what is here stays."""
        self._veil.say(text)

    def bring_back(self) -> None:
        """Offer again what was here before."""
        if self._previous is not None:
            text = self._previous.path or self._previous.url or ""
            self.offered.emit(Offer(self._slot, (text,)))

    # building

    def _build(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleDescription(tr("Enter chooses a file, paste works, Delete removes"))
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumHeight(HEIGHT_PX)
        line = QHBoxLayout()
        line.setContentsMargins(_INSET_PX + _FIELD_ICON_PX + 6, 0, _INSET_PX, 1)
        line.addWidget(self._field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self._picture, self.strip, self._details, self._empty):
            if part is not None:
                column.addWidget(part)
        column.setStretchFactor(self._picture, 1)
        column.setStretchFactor(self._empty, 1)
        column.addLayout(line)

    def _connect(self) -> None:
        self._empty.choose.clicked.connect(self._on_choose)
        self._picture.remove.clicked.connect(self._on_remove)
        self._picture.edit.clicked.connect(self.editor_requested)
        if self.strip is not None:
            self.strip.edited.connect(self._on_part_edited)
            self.strip.pressed.connect(self.editor_requested)
        self._field.committed.connect(self._on_committed)
        self._field.media_pasted.connect(self.take_pasted)
        self._field.focus_changed.connect(self.update)
        theme().changed.connect(self.update)

    def _show(self) -> None:
        value = self._input
        empty = value.state is InputState.EMPTY
        self._empty.setVisible(empty)
        self._picture.setVisible(not empty)
        self._details.setVisible(not empty)
        self._show_strip()
        self._picture.edit.setVisible(self.has_strip() or self._can_be_cropped())
        source = value.source
        self._details.name.setText(source.name if source else words.well(self._slot))
        self._details.facts.set_facts(words.input_facts(value))
        self._details.facts.setVisible(value.facts is not None)
        before = self._details.verdict.sentence()
        verdict = verdict_of(value, self._findings)
        self._details.verdict.set_verdict(verdict)
        self._field.show_source((source.path or source.url or "") if source else "")
        self._show_field()
        self._name_it(empty)
        if verdict is not None and verdict.whole != before:
            announce(self, self.accessibleName())
        self.update()

    def _show_field(self) -> None:
        """Once it holds what was typed, the field would repeat the name: the facts have its place.

        What is being typed stays, and so does what was refused: it may lack a letter.
        """
        wanted = self._input.state in (InputState.EMPTY, InputState.REFUSED)
        wanted = wanted or (self._field.hasFocus() and self._field.is_edited())
        if self._field.hasFocus() and not wanted:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._field.setVisible(wanted)
        self._details.name.setVisible(not wanted)  # it stands in the field
        self.setToolTip("" if self._input.state is InputState.EMPTY else tr("Choose another one"))

    def _can_be_cropped(self) -> bool:
        value = self._input
        local = value.source is not None and value.source.path is not None
        ready = value.state is InputState.READY and isinstance(value.original, ImageFacts)
        return local and ready

    def _show_strip(self) -> None:
        whole = self._input.original
        if self.strip is None:
            return
        if self.has_strip() and isinstance(whole, VideoFacts):
            self.strip.set_clip(whole, self._input.clip_edit)
            self.strip.set_pictures(self._input.strip)
        self.strip.setVisible(self.has_strip())

    def _name_it(self, empty: bool) -> None:
        parts = [words.well(self._slot)]
        if empty:
            parts.append(tr("empty"))
        else:
            details = self._details
            parts += [
                details.name.text(),
                words.input_facts(self._input),
                details.verdict.sentence(),
            ]
        self.setAccessibleName(", ".join(part for part in parts if part))

    # what happened

    def _on_choose(self) -> None:
        self.choose_requested.emit()

    def _on_remove(self) -> None:
        if self._input.state is not InputState.EMPTY:
            self.setFocus(Qt.FocusReason.OtherFocusReason)  # the button is about to vanish
            self.removed.emit()

    def _on_part_edited(self, _edit: ClipEdit) -> None:
        self.edited.emit()

    def _on_committed(self, text: str) -> None:
        offer = offer_from_text(text, self._slot)
        if offer is not None:
            self.offered.emit(offer)
        elif self._input.source is not None:
            self.removed.emit()

    def _verdict(self, slot: Slot | None, texts: list[str]) -> tuple[bool, str]:
        return self.verdict(slot, texts)

    def _offer(self, offer: Offer) -> None:
        self.offered.emit(offer)

    # Qt's own

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._veil.hide()
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.bring_back()
        elif self.hasFocus() and _plain(event) and event.key() in (*_CHOOSE_KEYS, *_REMOVE_KEYS):
            if event.isAutoRepeat():
                return  # a held key is one wish
            (self._on_choose if event.key() in _CHOOSE_KEYS else self._on_remove)()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The whole well is the button: what of it takes no press itself leaves it to the well."""
        self._veil.hide()
        self._is_pressed = event.button() is Qt.MouseButton.LeftButton
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()  # its second press is no second wish

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._is_pressed = self._is_pressed, False
        if pressed and self.rect().contains(event.position().toPoint()):
            self._on_choose()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() is Qt.FocusReason.ShortcutFocusReason:
            set_property(self, "ring", True)  # sent here: it is seen where, as after Tab
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._veil.setGeometry(self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        rounded(painter, box, RADIUS, color("line"), 0, color("raised"))
        self._paint_line(painter, box)
        self._paint_field(painter, box)
        if self.property("ring"):
            ring(painter, box, RADIUS)

    def _paint_line(self, painter: QPainter, box: QRectF) -> None:
        hot = self.underMouse() or self.hasFocus()
        pen = QPen(color("text" if hot else "edge"), 1)
        if self._input.state is InputState.EMPTY:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(QColor(Qt.GlobalColor.transparent))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def _paint_field(self, painter: QPainter, box: QRectF) -> None:
        """A hairline and a sign instead of a box: the field is there, and quiet."""
        if self._field.isHidden():
            return
        top = self._field.y()
        painter.setPen(QPen(color("line"), 1))
        painter.drawLine(1, top, self.width() - 2, top)
        room = QRectF(1, top, box.width() - 2, box.height() - top - 1)
        focused = self._field.hasFocus()
        center = room.center()
        center.setX(_INSET_PX + _FIELD_ICON_PX / 2)
        draw_icon(painter, "link", "text" if focused else "muted", _FIELD_ICON_PX, center)
        if focused:
            ring(painter, room, RADIUS - 2)


def _cuts_of(findings: tuple[Finding, ...]) -> tuple[float, ...]:
    """Where the motion doctor saw cuts, in seconds."""
    found = next((f for f in findings if f.code is FindingCode.CUTS_FOUND), None)
    times_s = str(found.value("times_s")) if found is not None else ""
    return tuple(float(time_s) for time_s in times_s.split())


def _plain(event: QKeyEvent) -> bool:
    """Without Ctrl, Alt or Cmd: Ctrl+Enter is the window's."""
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return held == Qt.KeyboardModifier.NoModifier
