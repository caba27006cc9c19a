"""Trimming under the clip: the span in frames, the strip with mouse and keys; cards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtWidgets import QPushButton, QSlider
from pytestqt.qtbot import QtBot

from kling_desktop.motion.facts import LinkFacts, VideoFacts
from kling_desktop.motion.fitting import planned_clip
from kling_desktop.motion.input import Input, InputState
from kling_desktop.motion.limits import FindingCode, Mend, Severity, finding
from kling_desktop.motion.request import WHOLE_CLIP, ClipEdit, Draft, Orientation, Slot, Source
from kling_desktop.ui.compose.finding_card import Evidence
from kling_desktop.ui.compose.panel import ComposePanel
from kling_desktop.ui.compose.span import Span
from kling_desktop.ui.compose.trim_strip import TrimStrip

LEFT = Qt.MouseButton.LeftButton
CLIP = VideoFacts("mp4", "h264", 1280, 720, 9_000_000, 20.0, 25.0, 500, has_sound=True)
WIDTH_PX = 500  # one pixel a frame
MIDDLE_Y = 10


def video(edit: ClipEdit = WHOLE_CLIP, facts: VideoFacts = CLIP) -> Input:
    planned = planned_clip(facts, edit)
    source = Source(path="/home/mai/meadow.mp4")
    return Input(Slot.VIDEO, InputState.READY, source, planned, original=facts, clip_edit=edit)


@pytest.fixture
def strip(qtbot: QtBot) -> TrimStrip:
    made = TrimStrip()
    qtbot.addWidget(made)
    made.resize(WIDTH_PX, made.height())
    made.set_clip(CLIP, ClipEdit(4.0, 12.0))
    made.show()
    return made


def edits(strip: TrimStrip) -> list[ClipEdit]:
    heard: list[ClipEdit] = []
    strip.edited.connect(heard.append)
    return heard


def drag(qtbot: QtBot, strip: TrimStrip, start_x: int, end_x: int) -> None:
    qtbot.mousePress(strip, LEFT, pos=QPoint(start_x, MIDDLE_Y))
    step = 5 if end_x > start_x else -5
    for x in [*range(start_x, end_x, step), end_x]:
        qtbot.mouseMove(strip, QPoint(x, MIDDLE_Y))
    qtbot.mouseRelease(strip, LEFT, pos=QPoint(end_x, MIDDLE_Y))


# the span


@given(
    st.floats(3.0, 300.0),
    st.floats(8.0, 120.0),
    st.lists(st.tuples(st.sampled_from(["first", "last", "all"]), st.integers(-500, 40_000))),
)
def test_handles_stay_within_the_clip_and_keep_the_least_length(
    duration_s: float, fps: float, moves: list[tuple[str, int]]
) -> None:
    span = Span.of(replace(CLIP, duration_s=duration_s, fps=fps), WHOLE_CLIP)
    for what, frame in moves:
        if what == "first":
            span = span.with_first(frame)
        elif what == "last":
            span = span.with_last(frame)
        else:
            span = span.moved_to(frame)
        assert 0 <= span.first < span.last <= span.count
        assert span.last - span.first >= span.least


@pytest.mark.parametrize("fps", [23.976, 25.0, 29.97, 59.94])
def test_a_span_survives_the_way_through_an_edit(fps: float) -> None:
    facts = replace(CLIP, fps=fps)
    span = Span.of(facts, WHOLE_CLIP).with_first(37).with_last(311)
    again = Span.of(facts, span.edit(WHOLE_CLIP))
    assert (again.first, again.last) == (37, 311)


def test_the_clip_s_own_edges_are_left_open_and_a_crop_stays() -> None:
    crop = (0.1, 0.1, 0.5, 0.5)
    span = Span.of(CLIP, ClipEdit(4.0, 12.0, crop))
    assert span.with_first(0).with_last(500).edit(ClipEdit(crop=crop)) == ClipEdit(crop=crop)


# the mouse


def test_dragging_an_edge_moves_it_frame_by_frame(qtbot: QtBot, strip: TrimStrip) -> None:
    heard = edits(strip)
    drag(qtbot, strip, 100, 137)
    assert heard[-1] == ClipEdit(137 / 25, 12.0)
    drag(qtbot, strip, 300, 401)
    assert heard[-1] == ClipEdit(137 / 25, 401 / 25)
    assert all(round((e.start_s or 0) * 25, 6).is_integer() for e in heard)


def test_an_edge_stops_three_seconds_before_the_other(qtbot: QtBot, strip: TrimStrip) -> None:
    heard = edits(strip)
    drag(qtbot, strip, 100, 480)
    assert heard[-1] == ClipEdit(9.0, 12.0)


def test_dragging_the_middle_moves_the_part_and_keeps_its_length(
    qtbot: QtBot, strip: TrimStrip
) -> None:
    heard = edits(strip)
    drag(qtbot, strip, 200, 250)
    assert heard[-1] == ClipEdit(6.0, 14.0)
    drag(qtbot, strip, 250, 499)
    assert heard[-1] == ClipEdit(12.0, None)


def test_a_click_changes_nothing_and_asks_for_the_larger_view(
    qtbot: QtBot, strip: TrimStrip
) -> None:
    heard = edits(strip)
    with qtbot.waitSignal(strip.pressed):
        qtbot.mouseClick(strip, LEFT, pos=QPoint(200, MIDDLE_Y))
    assert heard == []


def test_i_and_o_set_the_edges_at_the_mouse(qtbot: QtBot, strip: TrimStrip) -> None:
    heard = edits(strip)
    qtbot.mouseMove(strip, QPoint(150, MIDDLE_Y))
    qtbot.keyClick(strip.start, Qt.Key.Key_I)
    assert heard[-1] == ClipEdit(6.0, 12.0)
    qtbot.mouseMove(strip, QPoint(400, MIDDLE_Y))
    qtbot.keyClick(strip.start, Qt.Key.Key_O)
    assert heard[-1] == ClipEdit(6.0, 401 / 25)


# the keyboard and screen readers


def test_the_edges_are_sliders_that_arrows_move_by_a_frame(qtbot: QtBot, strip: TrimStrip) -> None:
    heard = edits(strip)
    qtbot.keyClick(strip.start, Qt.Key.Key_Right)
    assert heard[-1].start_s == pytest.approx(101 / 25)
    qtbot.keyClick(strip.end, Qt.Key.Key_PageDown)
    assert heard[-1].end_s == pytest.approx(11.0)
    for slider, name in ((strip.start, "Trim start"), (strip.end, "Trim end")):
        assert isinstance(slider, QSlider)
        face = QAccessible.queryAccessibleInterface(slider)
        assert face.role() == QAccessible.Role.Slider
        assert face.text(QAccessible.Text.Name) == name
        assert face.valueInterface().currentValue() == slider.value()
    assert strip.start.accessibleDescription() == "0:04.04"


def test_a_screen_reader_can_set_an_edge(strip: TrimStrip) -> None:
    heard = edits(strip)
    QAccessible.queryAccessibleInterface(strip.end).valueInterface().setCurrentValue(350)
    assert heard == [ClipEdit(4.0, 14.0)]


# how it looks


def pixel(image: QImage, x: int, y: int) -> tuple[int, int, int]:
    return image.pixelColor(x, y).getRgb()[:3]  # type: ignore[return-value]  # four ints


def test_the_frame_turns_red_where_the_facing_does_not_allow_so_much(strip: TrimStrip) -> None:
    strip.set_limit_s(10.0)
    assert not strip.is_too_long()
    before = pixel(strip.grab().toImage(), 200, 0)
    strip.set_limit_s(5.0)
    assert strip.is_too_long()
    assert pixel(strip.grab().toImage(), 200, 0) != before
    assert "at most 5 s" in strip.toolTip()


def test_pictures_stand_where_their_part_of_the_clip_is(strip: TrimStrip, tmp_path: Path) -> None:
    paths = []
    for number, name in enumerate(("#ff0000", "#00ff00", "#0000ff")):
        image = QImage(40, 20, QImage.Format.Format_RGB32)
        image.fill(name)
        paths.append(str(tmp_path / f"{number}.png"))
        assert image.save(paths[-1])
    strip.set_clip(CLIP, WHOLE_CLIP)
    strip.set_pictures(tuple(paths))
    shown = strip.grab().toImage()
    assert pixel(shown, 60, 10) == (255, 0, 0)
    assert pixel(shown, 250, 10) == (0, 255, 0)
    assert pixel(shown, 440, 10) == (0, 0, 255)


def test_cuts_are_lines_on_the_strip(strip: TrimStrip) -> None:
    strip.set_clip(CLIP, WHOLE_CLIP)
    before = pixel(strip.grab().toImage(), 100, 10)
    strip.set_cuts((4.0, 9.0))
    shown = strip.grab().toImage()
    assert pixel(shown, 99, 10) != before
    assert pixel(shown, 224, 10) != before
    assert pixel(shown, 150, 10) == before


# in the panel


@pytest.fixture
def panel(qtbot: QtBot) -> ComposePanel:
    made = ComposePanel()
    qtbot.addWidget(made)
    made.resize(332, 756)
    made.show()
    return made


def test_trimming_in_the_panel_is_an_edit_of_the_draft(qtbot: QtBot, panel: ComposePanel) -> None:
    heard: list[Draft] = []
    panel.draft_changed.connect(heard.append)
    panel.set_input(video())
    strip = panel.findChild(TrimStrip)
    assert strip.isVisible()
    qtbot.keyClick(strip.start, Qt.Key.Key_PageUp)
    assert heard[-1].video_edit == ClipEdit(1.0, None)
    assert panel.draft().video_edit == ClipEdit(1.0, None)


def test_a_part_that_is_set_from_outside_is_shown_and_not_told_back(panel: ComposePanel) -> None:
    heard: list[Draft] = []
    panel.draft_changed.connect(heard.append)
    panel.set_input(video(ClipEdit(9.7, 18.1)))
    assert panel.draft().video_edit == ClipEdit(9.7, 18.1)
    assert heard == []


@pytest.mark.parametrize(
    "value",
    [
        Input(Slot.VIDEO),
        Input(Slot.VIDEO, InputState.CHECKING, Source(path="/a.mp4")),
        Input(Slot.VIDEO, InputState.READY, Source(url="https://a.example/b.mp4"), LinkFacts()),
    ],
)
def test_there_is_no_strip_where_there_is_nothing_to_trim(
    panel: ComposePanel, value: Input
) -> None:
    panel.set_input(video(ClipEdit(1.0, 5.0)))
    panel.set_input(value)
    assert not panel.findChild(TrimStrip).isVisible()
    assert panel.draft().video_edit == WHOLE_CLIP


def test_the_facing_sets_how_long_a_part_may_be(panel: ComposePanel) -> None:
    panel.set_input(video())
    strip = panel.findChild(TrimStrip)
    panel.set_draft(Draft(orientation=Orientation.VIDEO))
    assert not strip.is_too_long()
    panel.set_draft(Draft(orientation=Orientation.IMAGE))
    assert strip.is_too_long()


# cards

LONG = finding(
    FindingCode.VIDEO_LONG_FOR_IMAGE,
    slot=Slot.VIDEO,
    mend=Mend.TRIM,
    also=Mend.FACE_AS_CLIP,
    duration_s=14.2,
    limit_s=10.0,
    trim_s=10.0,
)


def button(panel: ComposePanel, text: str) -> QPushButton:
    (found,) = [
        b for b in panel.findChildren(QPushButton) if text in (b.text(), b.accessibleName())
    ]
    return found


def test_a_finding_with_two_ways_out_has_two_buttons(qtbot: QtBot, panel: ComposePanel) -> None:
    heard = []
    panel.mend_requested.connect(heard.append)
    panel.set_findings((LONG,))
    qtbot.mouseClick(button(panel, "Face as in the clip"), LEFT)
    qtbot.mouseClick(button(panel, "Trim to 10 s"), LEFT)
    assert [found.mend for found in heard] == [Mend.FACE_AS_CLIP, Mend.TRIM]


def test_advice_shows_its_evidence_and_can_be_waved_off(
    qtbot: QtBot, panel: ComposePanel, tmp_path: Path
) -> None:
    image = QImage(54, 36, QImage.Format.Format_RGB32)
    image.fill("#336699")
    assert image.save(str(tmp_path / "cut.png"))
    cuts = finding(
        FindingCode.CUTS_FOUND,
        Severity.WARNING,
        Slot.VIDEO,
        Mend.USE_PART,
        count=2,
        times_s="4.1 9.7",
        start_s=9.7,
        end_s=18.1,
        picture=str(tmp_path / "cut.png"),
    )
    panel.set_findings((cuts,))
    assert panel.findChild(Evidence) is not None
    assert panel.cuts() == (4.1, 9.7)
    with qtbot.waitSignal(panel.dismiss_requested) as dismissed:
        qtbot.mouseClick(button(panel, "Dismiss"), LEFT)
    assert dismissed.args == [cuts]
    with qtbot.waitSignal(panel.mend_requested):
        qtbot.mouseClick(button(panel, "Use 0:09.7–0:18.1"), LEFT)


def test_a_limit_cannot_be_waved_off(panel: ComposePanel) -> None:
    panel.set_findings((LONG,))
    assert "Dismiss" not in [b.accessibleName() for b in panel.findChildren(QPushButton)]
