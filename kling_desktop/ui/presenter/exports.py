"""Taking along what stands on the Stage: a frame, a part of it, the comparison."""

from __future__ import annotations

import os
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.stage.item import StageItem
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets.file_dialog import FileDialog

# The engine's exporting and the sheet are read when they are first needed: the window opens
# without them.
if TYPE_CHECKING:
    from kling_desktop.engine.exporting import Exported, ExportFailed, Exporting, PairExport
    from kling_desktop.ui.dialogs.export import ExportSheet, ExportWish

MS_PER_S = 1000.0


class Exports(QObject):
    """Wires the Stage's wishes to the engine's exporting."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._sheet: ExportSheet | None = None  # while it is open
        stage = desk.stage
        stage.save_frame_requested.connect(self._on_save_frame)
        stage.copy_frame_requested.connect(self._on_copy_frame)
        stage.export_requested.connect(self._on_export)

    def attach(self) -> None:
        """Export is offered as far as the media helper can do it."""
        from kling_desktop.engine.exporting import Exporter

        engine = self._desk.engine
        can = engine is not None and isinstance(engine.media, Exporter)
        self._desk.stage.set_export_offered(can)

    # -- frames ---------------------------------------------------------------------------------

    def _on_copy_frame(self, _job_id: str) -> None:
        image = self._desk.stage.frame_shown
        if image is not None:
            QGuiApplication.clipboard().setImage(image)
            self._desk.notice(tr("The frame was copied."))

    def _on_save_frame(self, _job_id: str) -> None:
        stage = self._desk.stage
        image, item = stage.frame_shown, stage.item
        if image is None or item is None:
            return
        time_text = words.timecode(stage.position_ms / MS_PER_S).replace(":", ".")
        path = f"{_stem(item)}, {time_text}.png"
        self._desk.spawn(self._ask_where(image.copy(), path), "save frame")

    async def _ask_where(self, image: QImage, path: str) -> None:
        start = await self._desk.start_of(path)
        dialog = FileDialog(self._desk.window, tr("Save frame"), start)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        # A name that is taken gets a number, so nothing is replaced and nothing asked.
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.setDefaultSuffix("png")
        dialog.setNameFilters([tr("Picture") + " (*.png)"])
        dialog.fileSelected.connect(partial(self._on_frame_path, image))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_frame_path(self, image: QImage, target: str) -> None:
        self._desk.spawn(self._save_frame(image, Path(target)), "save frame")

    async def _save_frame(self, image: QImage, target: Path) -> None:
        from kling_desktop.engine.exporting import Exporter, ExportFailed, Exporting

        engine = self._desk.engine
        if engine is None or not isinstance(engine.media, Exporter):
            return
        exporting = Exporting(engine.workers, engine.media, engine.library.work_files)
        try:
            path = await exporting.frame(partial(_write_png, image), target)
        except ExportFailed as problem:
            self._desk.notice(_sentence(problem, target))
        else:
            self._say_saved(path)

    # -- clips ----------------------------------------------------------------------------------

    def _on_export(self, _job_id: str) -> None:
        from kling_desktop.ui.dialogs.export import ExportOffer, ExportSheet

        stage = self._desk.stage
        if (item := stage.item) is None:
            return
        span = stage.loop_range
        loop_s = None
        if span.a_ms is not None and span.b_ms is not None:
            loop_s = span.a_ms / MS_PER_S, span.b_ms / MS_PER_S
        sheet = ExportSheet(
            self._desk.window,
            ExportOffer(
                stem=Path(_stem(item)).name,
                folder=os.path.dirname(item.result_path),
                duration_s=stage.duration_ms / MS_PER_S,
                loop_s=loop_s,
                has_reference=item.reference_path is not None,
            ),
        )
        # As it stands now: a notice's button may put another video on the Stage meanwhile.
        sheet.export_requested.connect(partial(self._start, sheet, self._pair(item)))
        sheet.finished.connect(self._on_closed)
        self._sheet = sheet
        sheet.folder.begin = self._desk.begin
        sheet.open()

    def _on_closed(self, _result: int) -> None:
        self._sheet = None

    def _start(self, sheet: ExportSheet, pair: PairExport, wish: ExportWish) -> None:
        stop = threading.Event()
        sheet.stop_requested.connect(stop.set)
        sheet.set_working()
        self._desk.spawn(self._export(sheet, pair, wish, stop), "export")

    async def _export(
        self, sheet: ExportSheet, pair: PairExport, wish: ExportWish, stop: threading.Event
    ) -> None:
        from kling_desktop.engine.exporting import Exporter, ExportFailed, Exporting, ExportStopped

        engine = self._desk.engine
        if engine is None or not isinstance(engine.media, Exporter):
            return
        try:
            exporting = Exporting(engine.workers, engine.media, engine.library.work_files)
            work = self._work(exporting, pair, wish)
            exported = await work(partial(self._show_share, sheet), stop)
        except ExportStopped:
            self._desk.notice(tr("The export was stopped. Nothing was saved."))
        except ExportFailed as problem:
            if sheet is self._sheet:
                sheet.set_failed(_sentence(problem, wish.target))
        else:
            if sheet is self._sheet:
                sheet.set_done()
            self._say_saved(exported.path, ends_early=exported.ends_early)

    def _show_share(self, sheet: ExportSheet, share: float) -> None:
        """Unless it was closed meanwhile: the work tells its share a little longer."""
        if sheet is self._sheet:
            sheet.set_share(share)

    def _work(
        self, exporting: Exporting, pair: PairExport, wish: ExportWish
    ) -> Callable[[Callable[[float], None], threading.Event], Awaitable[Exported]]:
        from kling_desktop.engine.exporting import ClipExport
        from kling_desktop.ui.dialogs.export import ExportWhat

        if wish.what is ExportWhat.BOTH:
            return partial(exporting.pair, pair, wish.target)
        clip = ClipExport(pair.right, wish.kind, wish.start_s, wish.end_s)
        return partial(exporting.clip, clip, wish.target)

    def _pair(self, item: StageItem) -> PairExport:
        from kling_desktop.engine.exporting import PairExport

        stage = self._desk.stage
        names = item.reference_label or tr("Reference"), tr("Result") + " · " + item.mode_label
        return PairExport(
            left=item.reference_path or "",
            right=item.result_path,
            names=names,
            offset_frames=stage.reference_offset_frames,
            left_start_s=item.reference_start_s,
            left_end_s=item.reference_end_s,
        )

    def _say_saved(self, path: Path, *, ends_early: bool = False) -> None:
        said = tr("Saved as {name}.").format(name=path.name)
        if ends_early:
            said += " " + tr("The video ends early: what there is of it was saved.")
        show = partial(self._desk.show_in_folder, str(path))
        self._desk.notice(said, [(tr("Show in folder"), show)])


def _stem(item: StageItem) -> str:
    return os.path.splitext(item.result_path)[0]


def _write_png(image: QImage, path: str) -> bool:
    return image.save(path)  # its ending says that it is a PNG


def _sentence(problem: ExportFailed, target: Path) -> str:
    if problem.code == "no_such_part":
        return tr("Nothing was saved: the video has nothing in this part. Mark another one.")
    text = tr("{name} could not be saved: {reason}. The video itself is unharmed.")
    return text.format(name=target.name, reason=problem.reason or problem.code)
