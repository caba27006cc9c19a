"""A window with a Stage, real workers and the real media helper, in a folder: exports everything.

Prints as JSON what was said and which files there are. A program of its own, because its loop
ends the QApplication's event loop, which tests share.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from PySide6.QtWidgets import QFileDialog, QWidget
from stage_media import make_numbered_video

from kling_desktop.engine.videos_place import VideosPlace
from kling_desktop.engine.work_files import WorkFiles
from kling_desktop.engine.workers import Workers
from kling_desktop.media.helper import MediaHelper
from kling_desktop.ui.dialogs.export import ExportSheet
from kling_desktop.ui.loop import run
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.presenter.exports import Exports
from kling_desktop.ui.stage.item import StageItem
from kling_desktop.ui.stage.panel import StagePanel
from kling_desktop.ui.window import MainWindow


async def until(ready: Callable[[], object]) -> None:
    """Whoever runs this program ends it where that never comes."""
    while not ready():  # noqa: ASYNC110 # widgets have no event to wait for
        await asyncio.sleep(0.01)


class Scene:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stage = StagePanel()
        self.window = MainWindow(QWidget(), self.stage, QWidget(), QWidget())
        self.workers, self.media = Workers(), MediaHelper(folder / "cache")
        library = SimpleNamespace(work_files=WorkFiles(folder / "data" / "begun"))
        engine = SimpleNamespace(
            workers=self.workers,
            media=self.media,
            library=library,
            place=VideosPlace(None, self.workers),
        )
        # Exporting uses nothing else of the desk.
        desk = Desk(
            *cast(Any, (self.window, None, self.stage, None, None, None, str, None)),
            engine=cast(Any, engine),
        )
        self.said: list[str] = []
        self.window.notices.show_notice = self._on_notice  # type: ignore[method-assign]
        self.desk = desk
        self.exports = Exports(desk)
        self.exports.attach()

    def _on_notice(self, text: str, *_rest: object) -> None:
        self.said.append(text)

    async def load(self) -> None:
        clips = [make_numbered_video(self.folder / f"{name}.mp4", frames=30) for name in "ab"]
        self.window.show()
        self.stage.set_side_by_side(True)
        self.stage.show_item(
            StageItem("job", "a × b", *clips, "Pro", None, False, reference_start_s=0.4)
        )
        await until(lambda: self.stage.reference_frame_shown is not None)

    async def frame(self) -> None:
        self.stage.save_frame_requested.emit("job")
        await until(lambda: self.window.findChildren(QFileDialog))
        (dialog,) = self.window.findChildren(QFileDialog)
        dialog.fileSelected.emit(str(self.folder / "a.png"))
        dialog.close()
        await self.told()

    async def told(self) -> None:
        before = len(self.said)
        await until(lambda: len(self.said) > before)

    async def export(self, what: str, kind: str, *, cancel: bool = False) -> None:
        self.stage.export_requested.emit("job")
        (sheet,) = [s for s in self.window.findChildren(ExportSheet) if s.isVisible()]
        sheet.kind.set_value(kind)
        sheet.what.set_value(what)
        sheet.export_button.click()
        if cancel:
            sheet.cancel_button.click()
        await self.told()

    async def close(self) -> None:
        self.stage.show_item(None)
        self.workers.halt()
        self.media.close()
        await self.workers.close(1.0)
        self.window.allow_close()
        self.window.close()


async def main(folder: Path) -> int:
    scene = Scene(folder)
    await scene.load()
    await scene.frame()
    await scene.export("video", "gif")
    await scene.export("video", "webp")
    await scene.export("video", "mp4")
    await scene.export("both", "mp4")
    await scene.export("video", "gif", cancel=True)
    await scene.close()
    report(folder, scene.said)
    return 0


def report(folder: Path, said: list[str]) -> None:
    files = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    print(json.dumps({"said": said, "files": files}))


if __name__ == "__main__":
    sys.exit(run(lambda: main(Path(sys.argv[1]))))
