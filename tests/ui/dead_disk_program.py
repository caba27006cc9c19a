"""The whole window, and a disk that does not answer until it is told to: prints what happened.

dead_disk_program.py HOME ALIVE DEAD BACK
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog
from queue_library_jobs import make_done
from real_window import RealWindow, play
from support.drags import send_drag

from kling_desktop.motion.input import InputState
from kling_desktop.motion.request import Slot
from kling_desktop.ui.compose.well import Well
from kling_desktop.ui.dialogs.export import ExportSheet


def files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


async def story(window: RealWindow, alive: Path, dead: Path, back: Path) -> dict[str, object]:
    desk, drafting = window.assembly.desk, window.engine.drafting
    told: dict[str, object] = {}
    drag = files(dead / "figure.png", dead / "dance.mp4")
    send_drag(QDragEnterEvent, window.window, drag)
    send_drag(QDragMoveEvent, window.window, drag)
    told["hover"] = window.window._overlay.verdict.text
    send_drag(QDropEvent, window.window, drag)
    await window.until(lambda: drafting.inputs[Slot.VIDEO].source)
    wells = {well.slot: well for well in desk.compose.findChildren(Well)}
    told["reading"] = [wells[slot].verdict_text() for slot in Slot]
    told["blocked"] = drafting.judgement.blocked
    drafting.remove(Slot.IMAGE)
    drafting.remove(Slot.VIDEO)

    QGuiApplication.clipboard().setMimeData(files(dead / "figure.png"))
    desk.compose.paste()
    wells[Slot.VIDEO].field.committed.emit(str(dead / "dance.mp4"))
    for job in ("dead", "alive"):
        window.assembly.viewing.show(job)
    await window.until(lambda: desk.stage.item)
    told["stage"] = desk.stage.item.job_id if desk.stage.item else None
    for action in ("play", "show_in_folder", "open_external", "compare_with", "save_as", "copy"):
        window.assembly.viewing.do("dead", action)
    await window.until(lambda: window.window.findChildren(QFileDialog))
    (dialog,) = window.window.findChildren(QFileDialog)
    told["dialog"] = dialog.directory().path()
    dialog.reject()
    desk.library._model.mimeData([desk.library._model.index_of("dead")])
    desk.stage.export_requested.emit("alive")
    (sheet,) = window.window.findChildren(ExportSheet)
    sheet.reject()

    drafting.offer((str(alive / "figure.png"), str(alive / "dance.mp4")), None)
    await window.until(
        lambda: all(each.state is InputState.READY for each in drafting.inputs.values())
    )
    told["others are read"] = True
    drafting.offer((str(dead / "figure.png"), str(dead / "dance.mp4")), None)
    await asyncio.to_thread(back.touch)

    def are_here() -> bool:
        found = drafting.inputs.values()
        return all(
            each.state is InputState.READY and each.source and str(dead) in str(each.source.path)
            for each in found
        )

    await window.until(are_here)
    told["back"] = True
    desk.stage.show_item(None)
    return told


def main() -> None:
    home, alive, dead, back = map(Path, sys.argv[1:])
    application = QApplication([])
    told: dict[str, object] = {}

    async def run(window: RealWindow) -> None:
        told.update(await story(window, alive, dead, back))

    jobs = [
        make_done("dead", result_path=str(dead / "dance.mp4")),
        make_done("alive", result_path=str(alive / "dance.mp4")),
    ]
    play(home, run, jobs=jobs)
    print(json.dumps(told), flush=True)
    application.quit()
    sys.stdout.flush()
    os._exit(0)  # what Qt and Python take down in which order is no part of it


if __name__ == "__main__":
    main()
