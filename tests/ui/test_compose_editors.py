"""The larger views: trimming by frames, the crop box, comparing, and the shape of the picture."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QCheckBox, QMainWindow, QPushButton, QRadioButton, QSlider, QWidget
from pytestqt.qtbot import QtBot

from kling_desktop.motion.facts import ImageFacts, VideoFacts
from kling_desktop.motion.fitting import planned_clip
from kling_desktop.motion.input import Input, InputState
from kling_desktop.motion.request import (
    WHOLE_BOX,
    WHOLE_CLIP,
    ClipEdit,
    ImageEdit,
    Slot,
    Source,
    takes_all,
)
from kling_desktop.ui.compose.clip_editor import ClipEditor
from kling_desktop.ui.compose.crop_box import (
    CORNERS,
    MIN_SHARE,
    Grip,
    corner_of,
    dragged,
    moved,
)
from kling_desktop.ui.compose.picture_editor import PictureEditor
from kling_desktop.ui.compose.preview import Preview
from kling_desktop.ui.compose.trim_strip import TrimStrip

LEFT = Qt.MouseButton.LeftButton
CLIP = VideoFacts("matroska", "h264", 1280, 720, 9_000_000, 20.0, 25.0, 500, has_sound=True)
PICTURE = ImageFacts("png", 500, 500, 790_000)
SHARES = st.floats(-0.5, 1.5)


# the box


@given(st.lists(st.tuples(st.sampled_from(list(Grip)), SHARES, SHARES)), st.sampled_from([None, 2]))
def test_a_box_stays_within_its_picture(
    pulls: list[tuple[Grip, float, float]], ratio: float | None
) -> None:
    box = (0.2, 0.3, 0.4, 0.2)
    for grip, x, y in pulls:
        box = moved(box, x, y) if grip is Grip.INSIDE else dragged(box, grip, x, y, ratio)
        assert box[0] >= 0
        assert box[1] >= 0
        assert box[0] + box[2] <= 1 + 1e-9
        assert box[1] + box[3] <= 1 + 1e-9
        assert min(box[2], box[3]) > 0
        assert ratio is None or box[2] / box[3] == pytest.approx(ratio)


@pytest.mark.parametrize("grip", CORNERS)
def test_the_opposite_corner_stays(grip: Grip) -> None:
    box = (0.2, 0.3, 0.4, 0.2)
    right, bottom = grip.value
    opposite = next(g for g in CORNERS if g.value == (1 - right, 1 - bottom))
    before = corner_of(box, opposite)
    assert corner_of(dragged(box, grip, 0.5, 0.4), opposite) == pytest.approx(before)


def test_a_box_never_vanishes() -> None:
    box = dragged((0.2, 0.2, 0.4, 0.4), Grip.BOTTOM_RIGHT, 0.0, 0.0)
    assert box == pytest.approx((0.2, 0.2, MIN_SHARE, MIN_SHARE))
    assert takes_all(WHOLE_BOX)
    assert not takes_all(box)


# the clip


@pytest.fixture
def host(qtbot: QtBot) -> QMainWindow:
    window = QMainWindow()
    window.setCentralWidget(QWidget())
    window.resize(1000, 700)
    qtbot.addWidget(window)
    window.show()
    return window


def image(name: str, width: int = 640, height: int = 360) -> QImage:
    made = QImage(width, height, QImage.Format.Format_RGB32)
    made.fill(QColor(name))
    return made


def clip(edit: ClipEdit = WHOLE_CLIP) -> Input:
    source = Source(path="/home/mai/meadow.mkv")
    planned = planned_clip(CLIP, edit)
    return Input(Slot.VIDEO, InputState.READY, source, planned, original=CLIP, clip_edit=edit)


class Opened:
    """An open editor of a clip, and what came out of it."""

    def __init__(self, host: QMainWindow, edit: ClipEdit = WHOLE_CLIP) -> None:
        self.editor = ClipEditor(host, clip(edit), 10.0)
        self.wanted: list[float] = []
        self.applied: list[ClipEdit] = []
        self.editor.frame_wanted.connect(self.wanted.append)
        self.editor.applied.connect(self.applied.append)
        self.editor.open()

    def button(self, name: str) -> QPushButton:
        buttons = self.editor.findChildren(QPushButton)
        (found,) = [b for b in buttons if name in (b.text(), b.accessibleName())]
        return found

    def box(self, name: str) -> QCheckBox:
        (found,) = [b for b in self.editor.findChildren(QCheckBox) if b.accessibleName() == name]
        return found

    @property
    def preview(self) -> Preview:
        return self.editor.findChild(Preview)

    @property
    def strip(self) -> TrimStrip:
        return self.editor.findChild(TrimStrip)


def test_it_opens_at_the_start_of_the_part(qtbot: QtBot, host: QMainWindow) -> None:
    opened = Opened(host, ClipEdit(4.0, 12.0))
    qtbot.waitUntil(lambda: opened.wanted == [4.0])


def test_moving_an_edge_moves_the_frame(qtbot: QtBot, host: QMainWindow) -> None:
    opened = Opened(host, ClipEdit(4.0, 12.0))
    qtbot.keyClick(opened.strip.start, Qt.Key.Key_Right)
    assert opened.wanted[-1] == pytest.approx(4.04)
    qtbot.keyClick(opened.strip.end, Qt.Key.Key_Left)
    assert opened.wanted[-1] == pytest.approx(11.96 - 0.04)  # the last frame of the part
    qtbot.mouseClick(opened.button("Use this part"), LEFT)
    assert opened.applied == [ClipEdit(4.04, 11.96)]
    assert not opened.editor.isVisible()


def test_i_and_o_take_the_playhead(qtbot: QtBot, host: QMainWindow) -> None:
    opened = Opened(host)
    qtbot.waitUntil(lambda: bool(opened.wanted))  # everything has its place by then
    qtbot.mouseClick(opened.strip, LEFT, pos=QPoint(opened.strip.width() // 4, 20))
    assert opened.wanted[-1] == pytest.approx(5.0, abs=0.05)
    qtbot.keyClick(opened.strip.start, Qt.Key.Key_I)
    assert opened.editor.edit().start_s == pytest.approx(5.0, abs=0.05)
    qtbot.mouseClick(opened.strip, LEFT, pos=QPoint(opened.strip.width() // 2, 20))
    qtbot.mouseClick(opened.button("End here (O)"), LEFT)
    assert opened.editor.edit().end_s == pytest.approx(10.0, abs=0.1)
    qtbot.mouseClick(opened.button("Whole clip"), LEFT)
    assert opened.editor.edit() == WHOLE_CLIP


def test_cancel_applies_nothing(qtbot: QtBot, host: QMainWindow) -> None:
    opened = Opened(host)
    qtbot.keyClick(opened.strip.start, Qt.Key.Key_PageUp)
    qtbot.mouseClick(opened.button("Cancel"), LEFT)
    assert opened.applied == []


def test_a_clip_is_cropped_with_the_mouse_and_the_keyboard(qtbot: QtBot, host: QMainWindow) -> None:
    opened = Opened(host)
    opened.editor.set_frame(image("#336699"))
    qtbot.mouseClick(opened.box("Crop"), LEFT, pos=QPoint(8, 10))
    assert opened.preview.box() == WHOLE_BOX
    room = opened.preview.picture_rect()
    corner, middle = room.bottomRight().toPoint(), room.center().toPoint()
    qtbot.mousePress(opened.preview, LEFT, pos=corner)
    qtbot.mouseMove(opened.preview, middle)
    qtbot.mouseRelease(opened.preview, LEFT, pos=middle)
    assert opened.editor.edit().crop == pytest.approx((0.0, 0.0, 0.5, 0.5), abs=0.01)
    qtbot.keyClick(opened.preview, Qt.Key.Key_Right)
    qtbot.keyClick(opened.preview, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    crop = opened.editor.edit().crop
    assert crop == pytest.approx((0.01, 0.0, 0.5, 0.51), abs=0.01)
    qtbot.mouseClick(opened.box("Crop"), LEFT, pos=QPoint(8, 10))
    assert opened.editor.edit().crop is None


def test_the_picture_lies_over_the_frame_as_strong_as_wished(
    qtbot: QtBot, host: QMainWindow
) -> None:
    opened = Opened(host)
    compare = opened.box("Lay the picture over it")
    opened.editor.set_frame(image("#000000"))
    assert not compare.isEnabled()
    opened.editor.set_picture(image("#ffffff"))
    qtbot.mouseClick(compare, LEFT, pos=QPoint(8, 10))
    (opacity,) = [s for s in opened.editor.findChildren(QSlider) if s.accessibleName() == "Opacity"]
    levels = []
    for share in (0, 50, 100):
        opacity.setValue(share)
        center = opened.preview.grab().toImage().pixelColor(opened.preview.rect().center())
        levels.append(center.red())
    assert levels == [0, pytest.approx(128, abs=2), 255]


def test_a_frame_that_cannot_be_read_says_so(qtbot: QtBot, host: QMainWindow) -> None:
    opened = Opened(host)
    opened.editor.set_frame(image("#336699"))
    opened.editor.set_frame(QImage())
    assert not opened.preview.has_image()


def test_a_clip_that_cannot_be_played_still_shows_its_frames(
    qtbot: QtBot, host: QMainWindow
) -> None:
    opened = Opened(host)
    opened.editor.set_frame(image("#336699"))
    play = opened.button("Play part")
    qtbot.mouseClick(play, LEFT)
    qtbot.waitUntil(lambda: play.icon_name == "play")
    assert opened.preview.has_image()


# the picture


def picture(edit: ImageEdit) -> Input:
    source = Source(path="/home/mai/astronaut.png")
    return Input(Slot.IMAGE, InputState.READY, source, original=PICTURE, image_edit=edit)


def shaped(
    qtbot: QtBot,
    host: QMainWindow,
    *choices: str,
    edit: ImageEdit | None = None,
    clip_aspect: float | None = 16 / 9,
) -> ImageEdit:
    """What comes out after these choices."""
    editor = PictureEditor(host, picture(edit or ImageEdit()), clip_aspect)
    applied: list[ImageEdit] = []
    editor.applied.connect(applied.append)
    editor.open()
    editor.set_picture(image("#336699", 500, 500))
    for choice in choices:
        (radio,) = [b for b in editor.findChildren(QRadioButton) if b.accessibleName() == choice]
        qtbot.mouseClick(radio, LEFT)
    (done,) = [
        b for b in editor.findChildren(QPushButton) if b.accessibleName() == "Use this shape"
    ]
    qtbot.mouseClick(done, LEFT)
    return applied[0]


def test_the_picture_takes_the_clip_s_shape_by_a_crop_or_by_edges(
    qtbot: QtBot, host: QMainWindow
) -> None:
    cropped = shaped(qtbot, host, "Crop like the clip")
    assert cropped.crop is not None
    assert cropped.crop[2] / cropped.crop[3] == pytest.approx(16 / 9)
    edges = shaped(qtbot, host, "Edges like the clip")
    assert edges == ImageEdit(pad_to_aspect=pytest.approx(16 / 9))
    assert shaped(qtbot, host, "Edges like the clip", "Whole") == ImageEdit()


def test_a_clip_narrower_than_a_picture_may_be_gives_the_narrowest_allowed(
    qtbot: QtBot, host: QMainWindow
) -> None:
    edges = shaped(qtbot, host, "Edges like the clip", clip_aspect=0.2)
    assert edges.pad_to_aspect is not None
    assert 0.4 < edges.pad_to_aspect < 0.41


def test_an_edit_is_shown_as_it_was_left(qtbot: QtBot, host: QMainWindow) -> None:
    for edit in (ImageEdit(), ImageEdit(crop=(0.1, 0.1, 0.5, 0.5)), ImageEdit(None, 16 / 9)):
        assert shaped(qtbot, host, edit=edit) == edit
    padded = ImageEdit(pad_to_aspect=2.4)
    assert shaped(qtbot, host, edit=padded, clip_aspect=None) == padded


def test_a_locked_box_keeps_the_clip_s_shape_while_dragged(qtbot: QtBot, host: QMainWindow) -> None:
    crop = (0.0, 0.1, 1.0, 9 / 16)
    editor = PictureEditor(host, picture(ImageEdit(crop=crop)), 16 / 9)
    editor.open()
    editor.set_picture(image("#336699", 500, 500))
    preview = editor.findChild(Preview)
    room = preview.picture_rect()
    corner = QPoint(round(room.right()), round(room.top() + (0.1 + 9 / 16) * room.height()))
    qtbot.mousePress(preview, LEFT, pos=corner)
    qtbot.mouseMove(preview, corner - QPoint(80, 20))
    qtbot.mouseRelease(preview, LEFT, pos=corner - QPoint(80, 20))
    after = editor.edit().crop
    assert after is not None
    assert after[2] < 0.95
    assert after[2] / after[3] == pytest.approx(16 / 9, rel=0.01)
    assert replace(editor.edit(), crop=None) == ImageEdit()
