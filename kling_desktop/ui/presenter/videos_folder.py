"""The person's own folder for videos: chosen, seen to be away, made again or chosen anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir
from PySide6.QtWidgets import QFileDialog

from kling_desktop.motion.away import Away
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets.file_dialog import FileDialog

if TYPE_CHECKING:
    from kling_desktop.engine.engine import Engine
    from kling_desktop.ui.dialogs.settings import SettingsSheet


class VideosFolder:
    """The line above Generate, and the same in Settings while they are open."""

    def __init__(self, desk: Desk, sheet: Callable[[], SettingsSheet | None]) -> None:
        self._desk = desk
        self._sheet = sheet
        desk.compose.make_folder_requested.connect(self.make_again)
        desk.compose.choose_folder_requested.connect(self.choose)
        desk.window.returned_to.connect(self._on_returned)

    def attach(self, engine: Engine) -> None:
        engine.place.changed.connect(self._show)
        self._show(engine.place.away)

    def show_in(self, sheet: SettingsSheet) -> None:
        """What Settings say of it from now on, and what a person does there."""
        if self._desk.engine is not None:
            sheet.set_away(self._desk.engine.place.away)
        sheet.folder.begin = self._desk.begin
        sheet.folder_chosen.connect(self.take)
        sheet.make_folder_requested.connect(self.make_again)

    def choose(self) -> None:
        """In the system's own dialog, which begins where nothing can hang."""
        dialog = FileDialog(self._desk.window, tr("Folder for videos"), QDir.homePath())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.take)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def take(self, folder: str) -> None:
        """The person's word, also where it is the same one again."""
        engine = self._desk.engine
        if engine is not None and folder == self._desk.videos_folder():
            chosen = engine.place.chosen  # what is shown may be the sandbox's own below it
            folder = str(chosen) if chosen is not None else ""
        if folder:
            self._desk.spawn(self._take(folder), "videos folder")

    def take_from(self, values: Mapping[str, object]) -> None:
        """Of the first set-up, where the folder that is shown is nobody's choice yet."""
        folder = values.get("videos_folder")
        if isinstance(folder, str) and folder != self._desk.videos_folder():
            self.take(folder)

    def make_again(self) -> None:
        self._desk.spawn(self._make_again(), "videos folder")

    async def _take(self, folder: str) -> None:
        if (engine := self._desk.engine) is None:
            return
        self._say_not_kept(await engine.place.choose(folder))
        engine.poke()  # a video may wait for another one

    async def _make_again(self) -> None:
        if (engine := self._desk.engine) is None:
            return
        try:
            self._say_not_kept(await engine.place.make_again())
        except OSError as error:
            reason = error.strerror or tr("it does not answer")
            said = tr("The folder could not be made: {reason}. Choose another one.")
            self._desk.notice(said.format(reason=reason))
        engine.poke()

    def _say_not_kept(self, problem: str | None) -> None:
        if problem is not None:
            self._desk.say_unkept(problem)

    def _on_returned(self) -> None:
        """Perhaps after a disk was plugged in."""
        self._desk.spawn(self._look(), "videos folder")

    async def _look(self) -> None:
        if (engine := self._desk.engine) is not None:
            await engine.place.look()

    def _show(self, away: Away | None) -> None:
        self._desk.compose.set_away(away)
        if (sheet := self._sheet()) is not None:
            sheet.set_away(away)
