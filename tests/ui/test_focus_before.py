"""Giving the focus back after a sheet, where what had it is gone."""

from __future__ import annotations

import shiboken6
from PySide6.QtWidgets import QMainWindow, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from kling_desktop.ui.widgets.focus_before import FocusBefore


def test_what_is_looked_at_for_it_dies_with_no_sheet(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    page = QWidget()
    window.setCentralWidget(page)
    row = QVBoxLayout(page)
    group = QWidget()
    inner = QVBoxLayout(group)
    opener = QPushButton("Details")
    inner.addWidget(opener)
    stays = QPushButton("More")
    for widget in (group, stays):
        row.addWidget(widget)
    action = stays.addAction("Favourite")
    window.show()
    opener.setFocus()
    before = FocusBefore(window)
    sheet = QWidget(page)
    QVBoxLayout(sheet).addWidget(QPushButton("Close"))
    sheet.show()
    shiboken6.delete(opener)
    assert before.give_back()
    sheet.hide()
    shiboken6.delete(sheet)
    assert all(map(shiboken6.isValid, (window, page, group, stays, action)))
    assert [child.text() for child in page.findChildren(QPushButton)] == ["More"]
