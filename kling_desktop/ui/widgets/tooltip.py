"""Tooltips with text from files and services: Qt would read markup in them."""

from __future__ import annotations

from html import escape

from PySide6.QtGui import Qt


def plain_tooltip(text: str) -> str:
    """``text`` so that a tooltip shows it as it is, whatever it looks like."""
    if not Qt.mightBeRichText(text):
        return text
    return f'<span style="white-space:pre-wrap">{escape(text)}</span>'
