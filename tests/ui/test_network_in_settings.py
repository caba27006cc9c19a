"""Settings say which proxy and certificates count, and test the way to each host."""

from __future__ import annotations

import socket
from pathlib import Path

from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QLabel
from real_window import RealWindow, button, play

from kling_desktop.engine.service import Hosts
from kling_desktop.ui.dialogs.settings import SettingsSheet

HERE = "The sandbox is on this computer: it needs no network."


def ways(sheet: SettingsSheet) -> str:
    label = sheet.network.findChildren(QLabel)[0]
    face = QAccessible.queryAccessibleInterface(label)
    assert face.text(QAccessible.Text.Name) == label.text()  # a screen reader reads what is there
    return label.text()


def test_a_test_says_of_each_host_how_it_ended_and_can_be_stopped(
    qapp: QApplication, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        with socket.create_server(("127.0.0.1", 0)) as sock:
            closed = f"http://localhost:{sock.getsockname()[1]}"
        hosts = Hosts(closed, f"http://127.0.0.1:{mute.getsockname()[1]}", sandbox=True)

        async def story(run: RealWindow) -> None:
            run.window.top_bar.settings_requested.emit()
            (sheet,) = run.window.findChildren(SettingsSheet)
            await run.until(lambda: ways(sheet) == HERE)
            button(sheet, "Test").click()
            await run.until(sheet.network.results)
            ((good, said),) = sheet.network.results()
            assert not good
            assert said.startswith("localhost refused the connection.")
            button(sheet, "Stop").click()
            await run.until(lambda: not sheet.network._testing)
            assert len(sheet.network.results()) == 1
            button(sheet, "Test").click()  # and with the sheet it ends
            networking = run.assembly.accounts._networking
            await run.until(lambda: networking._running is not None)
            sheet.reject()
            await run.until(lambda: networking._running is None)

        play(tmp_path, story, hosts=hosts)
