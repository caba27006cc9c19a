"""The larger views of clip and picture, and the sheet of an export."""

from __future__ import annotations

from looks_fitting import PART, clip, cuts
from looks_jobs import IMAGE_FACTS, LONG, image_input
from looks_scenes import SMALL_PX, scene, working
from looks_stand import Stand
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QCheckBox

from kling_desktop.motion.limits import VIDEO_MAX_S
from kling_desktop.motion.request import ClipEdit, ImageEdit, Orientation
from kling_desktop.ui.compose.clip_editor import ClipEditor
from kling_desktop.ui.compose.picture_editor import PictureEditor
from kling_desktop.ui.dialogs.export import ExportOffer, ExportSheet

CROP = (0.2, 0.05, 0.55, 0.9)
CLIP_ASPECT = 16 / 9
FOLDER = "/home/someone/Videos/Kling Desktop"

# -- the clip ------------------------------------------------------------------------------------


def _clip_editor(
    stand: Stand, edit: ClipEdit = PART, facing: Orientation = Orientation.VIDEO
) -> ClipEditor:
    working(stand)
    value = clip(stand, edit)
    stand.compose.set_input(value)
    stand.compose.set_findings((cuts(stand),))
    editor = ClipEditor(stand.window, value, VIDEO_MAX_S[facing])
    editor.set_cuts(stand.compose.cuts())
    editor.open()
    stand.settle()
    editor.set_picture(QImage(stand.media.image))
    editor.set_frame(QImage(stand.media.clip_still))
    return editor


def _check(editor: ClipEditor, name: str) -> None:
    for box in editor.findChildren(QCheckBox):
        if box.accessibleName() == name:
            box.setChecked(True)


@scene("54-clip-editor", sharp=True)
def clip_editor(stand: Stand) -> None:
    _clip_editor(stand)


@scene("54-clip-editor-crop")
def clip_editor_crop(stand: Stand) -> None:
    _clip_editor(stand, ClipEdit(PART.start_s, PART.end_s, CROP))


@scene("54-clip-editor-overlay")
def clip_editor_overlay(stand: Stand) -> None:
    """The picture over the clip's first frame, half transparent."""
    _check(_clip_editor(stand), "Lay the picture over it")


@scene("54-clip-editor-too-long-small", SMALL_PX)
def clip_editor_too_long(stand: Stand) -> None:
    _clip_editor(stand, ClipEdit(4.0, 18.2), Orientation.IMAGE)


@scene("54-clip-editor-unreadable")
def clip_editor_unreadable(stand: Stand) -> None:
    _clip_editor(stand).set_frame(QImage())


# -- the picture ---------------------------------------------------------------------------------


def _picture_editor(stand: Stand, edit: ImageEdit) -> None:
    working(stand)
    value = image_input(stand.media.image, original=IMAGE_FACTS, image_edit=edit)
    stand.compose.set_input(value)
    editor = PictureEditor(stand.window, value, CLIP_ASPECT)
    editor.open()
    stand.settle()
    editor.set_picture(QImage(stand.media.image))


@scene("55-picture-editor")
def picture_editor(stand: Stand) -> None:
    _picture_editor(stand, ImageEdit())


@scene("55-picture-editor-crop", sharp=True)
def picture_editor_crop(stand: Stand) -> None:
    _picture_editor(stand, ImageEdit(crop=CROP))


@scene("55-picture-editor-like-the-clip-small", SMALL_PX)
def picture_editor_match(stand: Stand) -> None:
    height = IMAGE_FACTS.width_px / CLIP_ASPECT / IMAGE_FACTS.height_px
    _picture_editor(stand, ImageEdit(crop=(0.0, (1 - height) / 2, 1.0, height)))


@scene("55-picture-editor-edges")
def picture_editor_edges(stand: Stand) -> None:
    _picture_editor(stand, ImageEdit(pad_to_aspect=CLIP_ASPECT))


# -- taking it along -----------------------------------------------------------------------------


def _export(
    stand: Stand, loop_s: tuple[float, float] | None = None, stem: str = "astronaut × meadow"
) -> ExportSheet:
    working(stand)
    stand.watch()
    sheet = ExportSheet(stand.window, ExportOffer(stem, FOLDER, 8.4, loop_s, True))
    sheet.open()
    return sheet


@scene("56-export", sharp=True)
def export(stand: Stand) -> None:
    _export(stand, (1.2, 3.6)).kind.set_value("gif")


@scene("56-export-side-by-side")
def export_both(stand: Stand) -> None:
    sheet = _export(stand)
    sheet.what.set_value("both")


@scene("56-export-working-small", SMALL_PX)
def export_working(stand: Stand) -> None:
    sheet = _export(stand, (1.2, 3.6), LONG)
    sheet.set_working()
    sheet.set_share(0.4)


@scene("56-export-failed")
def export_failed(stand: Stand) -> None:
    _export(stand).set_failed("There is no room in this folder. Choose another one.")
