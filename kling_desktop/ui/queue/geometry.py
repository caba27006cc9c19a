"""Where the parts of a Queue row lie; the delegate paints by it and the view hits by it."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics

from kling_desktop.motion.job import JobAction
from kling_desktop.ui.theme import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from kling_desktop.ui.tr import words

from .look import Line, RowLook

ROW_PX = 36  # window-dark.png
THUMB_PX = 26
LINE_WIDTH_PX = 120
LINE_HEIGHT_PX = 4
ICON_BUTTON_PX = 24
TEXT_BUTTON_HEIGHT_PX = 24
BUTTON_PAD_PX = 10
NOTE_MIN_PX = 96  # "usually 2–5 min" stays where it is while the figures before it change
TITLE_SHARE = 0.3  # of the row, as in the picture
TITLE_MIN_PX = 120  # two short names: beside a long sentence the mode is left out first
LINE_MIN_PX = 40  # shorter than this the line says nothing: it is left out
LIST_BORDER_PX = 2  # the focus ring of a list (stylesheet), outside the viewport
SIDE_PX = SPACE_16 - LIST_BORDER_PX
DOT_PX = 10
SENTENCE_MIN_PX = 40

MENU = "menu"
HANDLE = "handle"
ICON_ACTIONS = frozenset({JobAction.CANCEL, JobAction.STOP_WATCHING})

Part = str  # a JobAction's value, MENU or HANDLE


@dataclass(slots=True)
class RowGeometry:
    """Rectangles in viewport coordinates; an absent part is null."""

    sentence: str = ""  # the row's text, or its short form where that alone fits
    name: str = ""  # the row's title, without the mode where that alone fits
    thumb: QRect = field(default_factory=QRect)
    title: QRect = field(default_factory=QRect)
    line: QRect = field(default_factory=QRect)
    dot: QRect = field(default_factory=QRect)
    text: QRect = field(default_factory=QRect)
    note: QRect = field(default_factory=QRect)
    parts: dict[Part, QRect] = field(default_factory=dict)

    def part_at(self, pos: QPoint) -> Part | None:
        for part, rect in self.parts.items():
            if rect.contains(pos):
                return part
        return None


def row_geometry(
    row: QRect, look: RowLook, fm: QFontMetrics, title: str, short_title: str
) -> RowGeometry:
    """Lay out one row. Right to left: menu, buttons, handle, note; the rest is shared."""
    made = RowGeometry()
    inner = row.adjusted(SIDE_PX, 0, -SIDE_PX, 0)
    right = _lay_parts(made, inner, look, fm) - SPACE_8
    made.sentence = look.text
    made.thumb = _centred(inner, inner.left(), THUMB_PX, THUMB_PX)
    left = made.thumb.right() + 1 + SPACE_12
    if look.line is Line.NONE:
        _lay_sentence(made, inner, left, right, look, fm, title)
    else:
        _lay_progress(made, inner, left, right, look, fm)
    fits = fm.horizontalAdvance(title) <= made.title.width()
    made.name = title if fits else short_title
    return made


def _lay_parts(made: RowGeometry, inner: QRect, look: RowLook, fm: QFontMetrics) -> int:
    """The buttons, from the right edge; returns where they begin."""
    right = inner.right() + 1 + SPACE_4
    right -= ICON_BUTTON_PX
    made.parts[MENU] = _centred(inner, right, ICON_BUTTON_PX, ICON_BUTTON_PX)
    for action in look.buttons:
        if action in ICON_ACTIONS:
            right -= ICON_BUTTON_PX
            made.parts[action.value] = _centred(inner, right, ICON_BUTTON_PX, ICON_BUTTON_PX)
        else:
            width = fm.horizontalAdvance(words.action(action)) + 2 * BUTTON_PAD_PX
            right -= width + SPACE_8
            made.parts[action.value] = _centred(inner, right, width, TEXT_BUTTON_HEIGHT_PX)
    if look.movable:
        right -= ICON_BUTTON_PX
        made.parts[HANDLE] = _centred(inner, right, ICON_BUTTON_PX, ICON_BUTTON_PX)
    return right


def _title_width(inner: QRect) -> int:
    return max(TITLE_MIN_PX, round(inner.width() * TITLE_SHARE))


def _lay_progress(
    made: RowGeometry, inner: QRect, left: int, right: int, look: RowLook, fm: QFontMetrics
) -> None:
    """Title, line, state and note in columns that stay put while figures change."""
    width = _title_width(inner)
    made.title = QRect(left, inner.top(), width, inner.height())
    at = left + width + SPACE_12
    note_width = fm.horizontalAdvance(look.note) if look.note else 0
    note_column = max(NOTE_MIN_PX, note_width + SPACE_4)
    text_needs = fm.horizontalAdvance(look.text) + SPACE_4
    spare = right - at - SPACE_12 - text_needs - SPACE_8 - note_width
    if spare >= LINE_MIN_PX:
        made.line = _centred(inner, at, min(LINE_WIDTH_PX, spare), LINE_HEIGHT_PX)
        at += made.line.width() + SPACE_12
    if note_width and at + text_needs + SPACE_8 + note_width <= right:
        made.note = QRect(right - note_column, inner.top(), note_column, inner.height())
        right = right - note_width - SPACE_8
    made.text = QRect(at, inner.top(), max(0, right - at), inner.height())


def _lay_sentence(
    made: RowGeometry,
    inner: QRect,
    left: int,
    right: int,
    look: RowLook,
    fm: QFontMetrics,
    title: str,
) -> None:
    """A row without a line: the sentence takes what it needs from a title that can give."""
    mark = DOT_PX + SPACE_4 if look.dot else 0
    column = _title_width(inner)
    if look.dot:
        room = right - left - SPACE_12 - mark - SPACE_4
        least = min(TITLE_MIN_PX, fm.horizontalAdvance(title) + SPACE_4)
        if look.short and fm.horizontalAdvance(look.text) > room - least:
            made.sentence = look.short
        column = max(least, min(column, room - fm.horizontalAdvance(made.sentence)))
    column = max(0, min(column, right - left - SPACE_12 - mark - SENTENCE_MIN_PX))
    made.title = QRect(left, inner.top(), column, inner.height())
    at = left + column + SPACE_12
    if look.dot:
        made.dot = _centred(inner, at, DOT_PX, DOT_PX)
        at += mark
    made.text = QRect(at, inner.top(), max(0, right - at), inner.height())


def row_span(row: QRect, view_width: int) -> QRect:
    """The row as wide as the view: a scroll bar that comes must not move the buttons."""
    return QRect(row.left(), row.top(), view_width - 2 * LIST_BORDER_PX, row.height())


def _centred(inner: QRect, left: int, width: int, height: int) -> QRect:
    return QRect(left, inner.top() + (inner.height() - height) // 2, width, height)


def elided(text: str, width: int, fm: QFontMetrics) -> str:
    """One line of plain text cut to ``width``."""
    one_line = " ".join(text.split())
    return fm.elidedText(one_line, Qt.TextElideMode.ElideRight, width)
