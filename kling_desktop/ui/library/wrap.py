"""Texts cut into a few lines that fit a tile."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics, QTextLayout, QTextOption


def wrapped(text: str, width: int, font: QFont, most: int = 2) -> list[str]:
    """``text`` as at most ``most`` lines, the last one elided.

    Qt breaks the lines: it knows where Japanese, Arabic and emoji may be broken.
    """
    text = " ".join(text.split())
    fm = QFontMetrics(font)
    if fm.horizontalAdvance(text) <= width:
        return [text]
    units = text.encode("utf-16-le", "surrogatepass")  # Qt counts in UTF-16
    lines: list[str] = []
    at = 0
    for length in _line_lengths(text, width, font, most - 1):
        lines.append(units[at : at + 2 * length].decode("utf-16-le", "surrogatepass").strip())
        at += 2 * length
    rest = units[at:].decode("utf-16-le", "surrogatepass").strip()
    if rest:
        lines.append(fm.elidedText(rest, Qt.TextElideMode.ElideRight, width))
    return lines


def _line_lengths(text: str, width: int, font: QFont, most: int) -> list[int]:
    """Lengths of the first lines, in UTF-16 units."""
    layout = QTextLayout(text, font)
    layout.setTextOption(_wrap_option())
    lengths: list[int] = []
    layout.beginLayout()
    while len(lengths) < most:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        lengths.append(line.textLength())
    layout.endLayout()
    return lengths


def _wrap_option() -> QTextOption:
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    return option
