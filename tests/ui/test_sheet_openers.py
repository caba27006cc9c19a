"""A sheet outlives whatever opened it, and nobody touches what is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from every_sheet import MAKERS, all_kinds
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot
from real_window import RealWindow, button, play, turn
from support.media import make_clip, make_picture

from kling_desktop.engine.service import Hosts
from kling_desktop.motion.account import AccountState, Connection
from kling_desktop.motion.limits import FindingCode, Mend, finding
from kling_desktop.sandbox import Sandbox
from kling_desktop.store.secrets import Secrets
from kling_desktop.ui.compose.findings import FindingsList
from kling_desktop.ui.dialogs.connect import ConnectSheet
from kling_desktop.ui.dialogs.settings import SettingsSheet
from kling_desktop.ui.stage.actions import StageAction
from kling_desktop.ui.stage.pages import Notice, NoticePage
from kling_desktop.ui.theme import theme
from kling_desktop.ui.widgets.banner import Banner
from kling_desktop.ui.widgets.confirm import Confirm
from kling_desktop.ui.widgets.sheet import Sheet, open_sheets
from kling_desktop.ui.window import MainWindow

pytestmark = pytest.mark.no_qt_log  # as in the Stage's tests: beside a decoder it crashes

Opener = tuple[QWidget, Callable[[], object]]  # what has the focus, and how it goes away


class Place:
    """A window with one of each thing that opens sheets and may go meanwhile."""

    def __init__(self, qtbot: QtBot) -> None:
        panels = [QWidget() for _panel in range(4)]
        self.compose, self.stage, self.queue, _library = panels
        for panel in panels:
            QVBoxLayout(panel).addWidget(QLineEdit())  # what takes the focus and stays
        self.window = MainWindow(*panels)
        qtbot.addWidget(self.window)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)

    def _put(self, panel: QWidget, widget: QWidget) -> None:
        layout = panel.layout()
        assert layout is not None
        layout.addWidget(widget)
        widget.show()
        turn()

    def finding(self) -> Opener:
        findings = FindingsList(QLineEdit(self.compose))
        self._put(self.compose, findings)
        findings.set_findings((finding(FindingCode.UPLOAD_NEEDS_ACCOUNT, mend=Mend.CONNECT),))
        turn()
        return button(findings, "Connect…"), lambda: findings.set_findings(())

    def banner(self) -> Opener:
        banner = Banner("The token was refused.", [("connect", "Connect…")])
        self._put(self.queue, banner)
        return button(banner, "Connect…"), lambda: banner.set_content("All is well.")

    def notice(self) -> Opener:
        notices = self.window.notices
        notices.clear()
        notices.show_notice("It was removed.", [("Undo", str)], 0)
        turn()

        def goes() -> None:
            notices.show_notice("Another one.")
            notices._next()

        return button(notices, "Undo"), goes

    def page_of_the_stage(self) -> Opener:
        page = NoticePage()
        self._put(self.stage, page)
        page.show_notice(Notice("Gone.", "", ((StageAction.FETCH_AGAIN, "Fetch again"),)))
        turn()
        return button(page, "Fetch again"), lambda: page.show_notice(Notice("Here.", "", ()))

    def part_that_qt_made(self) -> Opener:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok)
        self._put(self.queue, box)
        (ok,) = box.findChildren(QPushButton)
        return ok, box.deleteLater

    def button_that_hides(self) -> Opener:
        bar = self.window.top_bar
        bar.set_account(AccountState(Connection.TOKEN_REFUSED, has_api_token=True))
        turn()
        online = AccountState(Connection.ONLINE, has_api_token=True)
        return bar._connect, lambda: bar.set_account(online)

    def another_sheet(self) -> Opener:
        sheet = Sheet(self.window, "Below")
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        below = sheet.add_button("More…")
        sheet.open()
        return below, sheet.reject


OPENERS = (
    Place.finding,
    Place.banner,
    Place.notice,
    Place.page_of_the_stage,
    Place.part_that_qt_made,
    Place.button_that_hides,
    Place.another_sheet,
)


def _escape(sheet: Sheet) -> None:
    QTest.keyClick(sheet, Qt.Key.Key_Escape)


def _close(sheet: Sheet) -> None:
    sheet.close()


ENDS = (Sheet.accept, Sheet.reject, _escape, _close)


@pytest.fixture
def place(qtbot: QtBot, qapp: QApplication) -> Iterator[Place]:
    theme().apply(qapp)
    made = Place(qtbot)
    yield made
    made.window.allow_close()


def test_every_sheet_of_the_program_is_walked() -> None:
    assert set(MAKERS) == all_kinds()


@pytest.mark.parametrize("kind", MAKERS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("make_opener", OPENERS, ids=lambda opener: opener.__name__)
def test_a_sheet_ends_well_though_its_opener_is_gone(
    place: Place, kind: type[Sheet], make_opener: Callable[[Place], Opener]
) -> None:
    for end in ENDS:
        opener, goes = make_opener(place)
        opener.setFocus()
        assert opener.hasFocus()
        sheet = MAKERS[kind](place.window)
        sheet.open()
        turn()
        goes()
        turn()
        assert sheet.isVisible()
        end(sheet)
        if sheet.isVisible():  # the one that stays until its question is answered
            sheet.accept()
        turn()
        assert open_sheets(place.window) == []
        central = place.window.centralWidget()
        assert central is not None
        assert central.isEnabled()
        focused = QApplication.focusWidget()
        assert focused is not None
        assert focused.isVisible()
        assert focused.isEnabled()


@pytest.mark.parametrize("kind", MAKERS, ids=lambda kind: kind.__name__)
def test_a_sheet_is_open_still_when_its_window_was_minimised(
    qtbot: QtBot, place: Place, kind: type[Sheet]
) -> None:
    opener = place.window.top_bar._settings
    opener.setFocus()
    sheet = MAKERS[kind](place.window)
    closed: list[bool] = []
    sheet.closed.connect(lambda: closed.append(True))
    sheet.open()
    turn()
    place.window.showMinimized()
    turn()
    place.window.showNormal()
    turn()
    assert closed == []
    assert sheet.isVisible()
    central = place.window.centralWidget()
    assert central is not None
    assert not central.isEnabled()
    sheet.accept()
    turn()
    assert closed == [True]
    assert opener.hasFocus()


@pytest.mark.parametrize("kind", MAKERS, ids=lambda kind: kind.__name__)
def test_a_sheet_that_was_closed_is_there_no_more(place: Place, kind: type[Sheet]) -> None:
    """However often Settings is opened: each one heard of themes, and of its window's size."""
    for end in (Sheet.accept, Sheet.close):
        sheet = MAKERS[kind](place.window)
        sheet.open()
        turn()
        end(sheet)
        if sheet.isVisible():  # the one that stays until its question is answered
            sheet.accept()
        turn()
        assert place.window.findChildren(Sheet) == []
    theme().changed.emit()


def test_a_sheet_that_goes_from_below_takes_nothing_from_the_one_above(place: Place) -> None:
    place.window.top_bar._settings.setFocus()
    below = ConnectSheet(place.window)
    below.open()
    above = Confirm(place.window, "Once more?", "It costs.", "Yes", "No")
    above.open()
    turn()
    below.accept()
    turn()
    central = place.window.centralWidget()
    assert central is not None
    assert above.isEnabled()
    assert not central.isEnabled(), "what is behind the question cannot be reached"
    assert above.no_button.hasFocus(), "the question has the keys"
    above.reject()
    turn()
    assert central.isEnabled()
    assert place.window.top_bar._settings.hasFocus()


def test_the_account_token_that_a_finding_asks_for_is_entered_from_its_button(
    qapp: QApplication, tmp_path: Path
) -> None:
    sandbox = Sandbox(tmp_path / "sandbox")
    sandbox.start()
    clip = make_clip(tmp_path / "meadow.mp4", 3.2, fps=10)
    picture = make_picture(tmp_path / "a.png")
    gone: list[bool] = []

    async def story(window: RealWindow) -> None:
        compose = window.assembly.desk.compose
        window.window.activateWindow()
        (findings,) = compose.findChildren(FindingsList)
        alone = FindingCode.LINKS_ALONE  # the card stays until a token or a file is there
        assert [(f.code, f.mend) for f in findings.findings()] == [(alone, Mend.CONNECT)]
        await window.engine.drafting.offer((str(picture), str(clip)), None)
        files = FindingCode.UPLOAD_NEEDS_ACCOUNT
        await window.until(lambda: files in [f.code for f in findings.findings()])
        assert alone not in [f.code for f in findings.findings()]
        await window.until(
            lambda: [b for b in findings.findChildren(QPushButton) if b.text() == "Connect…"]
        )
        turn()
        opener = button(findings, "Connect…")
        opener.destroyed.connect(lambda: gone.append(True))
        opener.setFocus()
        opener.click()
        (sheet,) = window.window.findChildren(ConnectSheet)
        sheet._account.edit.setText(sandbox.account_token.reveal())
        button(sheet, "Connect").click()
        await window.until(lambda: window.engine.account.state.has_account_token)
        await window.until(lambda: not open_sheets(window.window))
        await window.until(lambda: gone)
        assert not {alone, files} & {f.code for f in findings.findings()}
        focused = QApplication.focusWidget()
        assert focused is not None
        assert focused.isVisible()

    try:
        play(
            tmp_path / "home",
            story,
            hosts=Hosts(sandbox.address, sandbox.address),
            secrets=Secrets(environ={"ACEDATACLOUD_API_TOKEN": sandbox.api_token.reveal()}),
        )
    finally:
        sandbox.stop()


def test_an_account_is_connected_from_the_first_moment(qapp: QApplication, tmp_path: Path) -> None:
    """Before there is a library the sheet takes a token; it is tried once there is one."""

    async def story(window: RealWindow) -> None:
        window.assembly.detach()
        window.assembly.desk.stage.connect_requested.emit()
        (sheet,) = window.window.findChildren(ConnectSheet)
        sheet._api.edit.setText("a" * 32)
        assert "being opened" in sheet._intro.text()
        assert not button(sheet, "Connect").isEnabled()
        window.assembly.attach(window.engine)
        assert "being opened" not in sheet._intro.text()
        assert sheet.isVisible()
        assert button(sheet, "Connect").isEnabled()
        sheet.reject()
        window.assembly.detach()
        window.window.top_bar.settings_requested.emit()
        window.assembly.attach(window.engine)
        (settings,) = window.window.findChildren(SettingsSheet)
        assert settings.isVisible()
        settings.reject()

    nowhere = "http://127.0.0.1:9"
    play(tmp_path, story, hosts=Hosts(nowhere, nowhere))
