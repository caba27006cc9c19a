"""The larger views of clip and picture: opened, given their frames, and taken at their word."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtGui import QImage

from kling_desktop.motion.facts import ImageFacts, VideoFacts
from kling_desktop.motion.input import Input
from kling_desktop.motion.limits import VIDEO_MAX_S
from kling_desktop.motion.request import ClipEdit, ImageEdit, Slot, Source
from kling_desktop.ui.compose.clip_editor import ClipEditor
from kling_desktop.ui.compose.picture_editor import PictureEditor
from kling_desktop.ui.presenter.desk import Desk

FRAME_MAX_PX = 1280  # the preview at 200 %


class Editing:
    """One editor at a time. Of the frames asked for while one is read, only the latest is read."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._clip_editor: ClipEditor | None = None
        self._picture_editor: PictureEditor | None = None
        self._clip_path = ""  # of the clip that is edited, whatever the draft has by then
        self._wanted_s: float | None = None
        self._reading = False
        desk.compose.editor_requested.connect(self.open)

    def open(self, slot: Slot) -> None:
        """Nothing happens where there is nothing to edit."""
        engine = self._desk.engine
        if engine is None:
            return
        value = engine.drafting.inputs[slot]
        local = value.source is not None and value.source.path is not None
        if slot is Slot.VIDEO and local and isinstance(value.original, VideoFacts):
            self._open_clip(value, VIDEO_MAX_S[engine.drafting.draft.orientation])
        elif slot is Slot.IMAGE and local and isinstance(value.original, ImageFacts):
            self._open_picture(value)

    def _open_clip(self, value: Input, limit_s: float) -> None:
        editor = ClipEditor(self._desk.window, value, limit_s)
        editor.frame_wanted.connect(self._on_frame_wanted)
        editor.applied.connect(partial(self._on_clip, value.source))
        editor.closed.connect(self._on_closed)
        editor.set_cuts(self._desk.compose.cuts())
        self._clip_editor = editor
        self._clip_path = value.source.path or "" if value.source else ""
        editor.open()
        self._desk.spawn(self._lay_picture_over(editor), "picture for the comparison")

    def _open_picture(self, value: Input) -> None:
        engine = self._desk.engine
        clip = engine.drafting.facts(Slot.VIDEO) if engine is not None else None
        aspect = clip.width_px / clip.height_px if isinstance(clip, VideoFacts) else None
        editor = PictureEditor(self._desk.window, value, aspect)
        editor.applied.connect(partial(self._on_picture, value.source))
        editor.closed.connect(self._on_closed)
        self._picture_editor = editor
        editor.open()
        path = value.source.path or "" if value.source else ""
        self._desk.spawn(self._show_picture(editor, path), "picture to crop")

    async def _show_picture(self, editor: PictureEditor, path: str) -> None:
        image = await self._poster(path)
        if editor is self._picture_editor:
            editor.set_picture(image)

    async def _lay_picture_over(self, editor: ClipEditor) -> None:
        engine = self._desk.engine
        source = engine.drafting.draft.image if engine is not None else None
        if source is None or source.path is None:
            return
        image = await self._poster(source.path)
        if editor is self._clip_editor:
            editor.set_picture(image)

    async def _poster(self, path: str) -> QImage:
        engine = self._desk.engine
        shown = await engine.intake.poster(path, FRAME_MAX_PX) if engine is not None else None
        return QImage(shown) if shown else QImage()

    def _on_frame_wanted(self, time_s: float) -> None:
        self._wanted_s = time_s
        if not self._reading:
            self._reading = True
            self._desk.spawn(self._read_frames(), "frames of a clip")

    async def _read_frames(self) -> None:
        try:
            while self._wanted_s is not None and (editor := self._clip_editor) is not None:
                time_s, self._wanted_s = self._wanted_s, None
                image = await self._frame(time_s)
                if editor is self._clip_editor:
                    editor.set_frame(image)
        finally:
            self._reading = False

    async def _frame(self, time_s: float) -> QImage:
        engine = self._desk.engine
        if engine is None:
            return QImage()
        shown = await engine.intake.frame(self._clip_path, time_s, FRAME_MAX_PX)
        return QImage(shown) if shown else QImage()

    def _on_clip(self, source: Source | None, edit: ClipEdit) -> None:
        """Unless another clip is there by now: Undo of a notice may have brought it back."""
        engine = self._desk.engine
        if engine is not None and (draft := engine.drafting.draft).video == source:
            engine.drafting.edit(replace(draft, video_edit=edit))

    def _on_picture(self, source: Source | None, edit: ImageEdit) -> None:
        engine = self._desk.engine
        if engine is not None and (draft := engine.drafting.draft).image == source:
            engine.drafting.edit(replace(draft, image_edit=edit))

    def _on_closed(self) -> None:
        self._clip_editor = self._picture_editor = None
        self._wanted_s = None
