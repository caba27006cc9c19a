"""The Compose panel as a whole: drafts, settings, findings, Generate, keys, drops."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import (
    QAccessible,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QWidget,
)
from support.drags import send_drag

from kling_desktop.motion.facts import ImageFacts, VideoFacts
from kling_desktop.motion.input import Input, InputState
from kling_desktop.motion.limits import (
    PROMPT_MAX_CHARS,
    FindingCode,
    Mend,
    Severity,
    finding,
)
from kling_desktop.motion.price import Quote
from kling_desktop.motion.request import Draft, Mode, Orientation, Slot, Source
from kling_desktop.ui.compose.edges import lines_of
from kling_desktop.ui.compose.offers import Offer
from kling_desktop.ui.compose.panel import MAX_WIDTH_PX, MIN_WIDTH_PX, ComposePanel
from kling_desktop.ui.compose.top import TopScroll
from kling_desktop.ui.compose.well_parts import Veil
from kling_desktop.ui.theme import theme

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
IMAGE = Input(
    Slot.IMAGE,
    InputState.READY,
    Source(path="/home/mai/astronaut.png"),
    ImageFacts("png", 512, 512, 791_555),
)
VIDEO = Input(
    Slot.VIDEO,
    InputState.READY,
    Source(path="/home/mai/meadow.mp4"),
    VideoFacts("mp4", "h264", 1280, 720, 3_100_000, 8.4, 30.0, has_sound=True),
)
LONG = finding(
    FindingCode.VIDEO_LONG_FOR_IMAGE,
    slot=Slot.VIDEO,
    mend=Mend.FACE_AS_CLIP,
    duration_s=14.2,
    limit_s=10.0,
)
SMALLISH = finding(
    FindingCode.IMAGE_SMALLISH,
    Severity.WARNING,
    Slot.IMAGE,
    width_px=320,
    height_px=330,
    limit_px=340,
)
SILENT = finding(FindingCode.NO_SOUND, Severity.NOTE, Slot.VIDEO, Mend.SOUND_OFF)


@pytest.fixture(autouse=True)
def _empty_clipboard(qapp: QApplication) -> Iterator[None]:
    """What a test leaves there would be freed after Qt itself: the process would crash."""
    yield
    QGuiApplication.clipboard().clear()


@pytest.fixture
def panel(qtbot, qapp):
    theme().apply(qapp)
    widget = ComposePanel()
    widget.resize(332, 756)
    qtbot.addWidget(widget)
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()
    return widget


def named(panel, kind, name):
    (found,) = [w for w in panel.findChildren(kind) if w.accessibleName() == name]
    return found


def generate(panel) -> QPushButton:
    (found,) = [
        b for b in panel.findChildren(QPushButton) if b.accessibleName().startswith("Generate")
    ]
    return found


def unfold(panel, qtbot) -> None:
    qtbot.mouseClick(named(panel, QPushButton, "More options"), LEFT)


def in_sight(widget) -> bool:
    return widget.visibleRegion().boundingRect() == widget.rect()


def files(*paths: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return data


def drag(kind, widget, data):
    return send_drag(kind, widget, data, (5, 5))


def drop(widget, data) -> QDropEvent:
    return drag(QDropEvent, widget, data)


def faces(root) -> list[tuple[QAccessible.Role, str]]:
    """What a screen reader walks through, in its order."""
    found = [(root.role(), root.text(QAccessible.Text.Name))]
    for i in range(root.childCount()):
        child = root.child(i)
        if child is not None and not child.state().invisible:
            found += faces(child)
    return found


# the draft


def test_a_new_panel_holds_the_default_draft(panel):
    assert panel.draft() == Draft()


def test_set_draft_shows_every_setting_and_is_silent(panel, qtbot):
    draft = Draft(
        mode=Mode.PRO,
        orientation=Orientation.IMAGE,
        prompt="Neon, rain\n夜の東京 🌃",
        keep_sound=False,
        model="kling-v3",
        watermark=True,
        callback_url="https://example.org/done",
    )
    with qtbot.assertNotEmitted(panel.draft_changed):
        panel.set_draft(draft)
    assert panel.draft() == draft
    assert named(panel, QRadioButton, "Pro").isChecked()
    assert named(panel, QRadioButton, "As in the picture").isChecked()
    assert not named(panel, QCheckBox, "Keep the clip's sound").isChecked()
    assert named(panel, QComboBox, "Model").currentText() == "kling-v3"
    assert named(panel, QLineEdit, "Callback address").text() == "https://example.org/done"


def test_sources_come_from_the_inputs(panel):
    panel.set_input(IMAGE)
    panel.set_input(VIDEO)
    draft = panel.draft()
    assert (draft.image, draft.video) == (IMAGE.source, VIDEO.source)
    panel.set_input(Input(Slot.IMAGE))
    assert panel.draft().image is None


def test_a_model_that_this_program_does_not_know_is_kept(panel):
    panel.set_draft(Draft(model="kling-v9"))
    assert panel.draft().model == "kling-v9"
    panel.set_draft(Draft())
    assert panel.draft().model is None


def test_every_edit_emits_the_draft_as_it_is_then(panel, qtbot):
    drafts = []
    panel.draft_changed.connect(drafts.append)
    qtbot.mouseClick(named(panel, QRadioButton, "Pro"), LEFT)
    assert drafts.pop().mode is Mode.PRO
    qtbot.mouseClick(named(panel, QRadioButton, "As in the picture"), LEFT)
    assert drafts.pop().orientation is Orientation.IMAGE
    qtbot.mouseClick(named(panel, QCheckBox, "Keep the clip's sound"), LEFT, pos=QPoint(10, 10))
    assert drafts.pop().keep_sound is False
    unfold(panel, qtbot)
    qtbot.keyClick(named(panel, QComboBox, "Model"), Qt.Key.Key_Down)
    assert drafts.pop().model == "kling-v2-6"
    qtbot.waitUntil(lambda: in_sight(named(panel, QLineEdit, "Callback address")))
    qtbot.mouseClick(named(panel, QCheckBox, "Watermarked copy too"), LEFT, pos=QPoint(10, 10))
    assert drafts.pop().watermark is True
    qtbot.keyClicks(named(panel, QLineEdit, "Callback address"), "x")
    assert drafts.pop().callback_url == "x"
    qtbot.keyClicks(named(panel, QPlainTextEdit, "Prompt"), "a")
    assert drafts.pop().prompt == "a"
    assert drafts == []


def test_the_arrow_keys_choose_quality_and_facing(panel, qtbot):
    standard = named(panel, QRadioButton, "Standard")
    standard.setFocus()
    qtbot.keyClick(standard, Qt.Key.Key_Right)
    clip = named(panel, QRadioButton, "As in the clip")
    clip.setFocus()
    qtbot.keyClick(clip, Qt.Key.Key_Right)
    assert panel.draft().mode is Mode.PRO
    assert panel.draft().orientation is Orientation.IMAGE


def test_visible_texts_are_those_of_the_design(panel):
    assert named(panel, QRadioButton, "Standard").text() == "Standard · draft"
    assert named(panel, QRadioButton, "Pro").text() == "Pro · final, ≈ 1.6 ×"
    assert named(panel, QCheckBox, "Keep the clip's sound").text() == "Keep the clip's sound"
    model = named(panel, QComboBox, "Model")
    assert [model.itemText(i) for i in range(model.count())] == [
        "Automatic (kling-v2-6)",
        "kling-v2-6",
        "kling-v3",
    ]


# the prompt


def prompt(panel) -> QPlainTextEdit:
    return named(panel, QPlainTextEdit, "Prompt")


def shown(panel, text: str) -> bool:
    return any(x.text() == text and x.isVisible() for x in panel.findChildren(QLabel))


def test_the_counter_counts_characters_as_the_limit_does(panel, qtbot):
    assert shown(panel, f"0 / {PROMPT_MAX_CHARS}")
    panel.set_draft(Draft(prompt="夜🚀é"))
    assert shown(panel, f"3 / {PROMPT_MAX_CHARS}")


def test_the_counter_turns_bad_above_the_limit_and_nothing_is_cut(panel):
    text = "x" * (PROMPT_MAX_CHARS + 1)
    panel.set_draft(Draft(prompt=text))
    counter = next(x for x in panel.findChildren(QLabel) if x.text().startswith("2501"))
    assert counter.property("role") == "bad"
    assert counter.toolTip() == "1 characters too many"
    assert panel.draft().prompt == text
    panel.set_draft(Draft(prompt=text[1:]))
    assert counter.property("role") == "small"


def test_rich_text_becomes_plain_and_nul_is_removed(panel, qtbot):
    data = QMimeData()
    data.setHtml("<b>Soft</b> light<br>rain")
    QGuiApplication.clipboard().setMimeData(data)
    prompt(panel).setFocus()
    qtbot.keyClick(prompt(panel), Qt.Key.Key_V, CTRL)
    assert panel.draft().prompt == "Soft light\nrain"
    panel.set_draft(Draft(prompt="a\0b"))
    assert panel.draft().prompt == "ab"
    raw = QMimeData()
    raw.setData("text/plain", b"c\0d")
    prompt(panel).insertFromMimeData(raw)
    assert panel.draft().prompt == "cdab"


def test_markup_stays_what_was_typed(panel, qtbot):
    prompt(panel).setFocus()
    qtbot.keyClicks(prompt(panel), "<b>&amp;")
    assert panel.draft().prompt == "<b>&amp;"


def test_undo_works_and_the_same_draft_again_leaves_it_alone(panel, qtbot):
    prompt(panel).setFocus()
    qtbot.keyClicks(prompt(panel), "night")
    panel.set_draft(panel.draft())
    qtbot.keyClick(prompt(panel), Qt.Key.Key_Z, CTRL)
    assert panel.draft().prompt == ""


def test_hidden_characters_do_not_come_along_with_pasted_text(panel):
    mime = QMimeData()
    mime.setText("soft \u202ethgil\u202c\x1b[1m\n夕暮れ 👩\u200d🚀")
    prompt(panel).insertFromMimeData(mime)
    assert panel.draft().prompt == "soft thgil[1m\n夕暮れ 👩\u200d🚀"
    prompt(panel).textCursor().insertText("\u2066")  # as an input method's menu does
    assert panel.draft().prompt == "soft thgil[1m\n夕暮れ 👩\u200d🚀"


def test_a_file_pasted_into_the_prompt_goes_to_the_wells(panel, qtbot):
    QGuiApplication.clipboard().setMimeData(files("/a/cat.png"))
    prompt(panel).setFocus()
    with qtbot.waitSignal(panel.sources_offered) as caught:
        qtbot.keyClick(prompt(panel), Qt.Key.Key_V, CTRL)
    assert caught.args == [Offer(None, ("/a/cat.png",))]
    assert panel.draft().prompt == ""


def test_a_link_pasted_into_the_prompt_is_text(panel, qtbot):
    QGuiApplication.clipboard().setText("https://example.org/a.png")
    prompt(panel).setFocus()
    with qtbot.assertNotEmitted(panel.sources_offered):
        qtbot.keyClick(prompt(panel), Qt.Key.Key_V, CTRL)
    assert panel.draft().prompt == "https://example.org/a.png"


def test_a_file_dropped_on_the_prompt_goes_to_the_wells(panel, qtbot):
    data = files("/a/cat.png")
    viewport = prompt(panel).viewport()
    assert drag(QDragEnterEvent, viewport, data).isAccepted()
    assert drag(QDragMoveEvent, viewport, data).isAccepted()
    with qtbot.waitSignal(panel.sources_offered) as caught:
        drop(viewport, data)
    assert caught.args == [Offer(None, ("/a/cat.png",))]
    assert panel.draft().prompt == ""


def test_text_dragged_onto_the_prompt_is_inserted(panel):
    data = QMimeData()
    data.setText("rain")
    viewport = prompt(panel).viewport()
    drag(QDragEnterEvent, viewport, data)
    drag(QDragMoveEvent, viewport, data)
    drop(viewport, data)
    assert panel.draft().prompt == "rain"


# more options


def test_more_options_unfold_and_fold_and_remind_of_what_is_set(panel, qtbot):
    more = named(panel, QPushButton, "More options")
    model = named(panel, QComboBox, "Model")
    assert not model.isVisible()
    unfold(panel, qtbot)
    assert model.isVisible()
    panel.set_draft(Draft(model="kling-v3", watermark=True))
    assert more.text() == "More options"
    unfold(panel, qtbot)
    assert not model.isVisible()
    assert more.text() == "More (2 set)"


def test_unfolded_options_come_into_sight_in_a_low_window(panel, qtbot):
    panel.resize(332, 540)
    unfold(panel, qtbot)
    qtbot.waitUntil(lambda: in_sight(named(panel, QPushButton, "Copy as code")))


def test_copy_as_code_is_asked_for(panel, qtbot):
    unfold(panel, qtbot)
    qtbot.waitUntil(lambda: in_sight(named(panel, QPushButton, "Copy as code")))
    with qtbot.waitSignal(panel.copy_code_requested):
        qtbot.mouseClick(named(panel, QPushButton, "Copy as code"), LEFT)


def test_a_bad_callback_address_unfolds_where_it_is_mended(panel, qtbot):
    panel.set_findings((finding(FindingCode.CALLBACK_BAD, url="ftp://x"),))
    assert named(panel, QLineEdit, "Callback address").isVisible()
    qtbot.waitUntil(lambda: all(in_sight(card) for card in cards(panel)))


# findings


def cards(panel) -> list[QWidget]:
    owner = named(panel, QWidget, "Findings")
    frames = [w for w in owner.findChildren(QWidget) if w.property("finding")]
    return sorted((w for w in frames if w.isVisible()), key=lambda w: w.y())


def test_findings_are_hidden_when_there_are_none(panel):
    assert not named(panel, QWidget, "Findings").isVisible()
    panel.set_findings((SILENT,))
    assert named(panel, QWidget, "Findings").isVisible()
    panel.set_findings(())
    assert not named(panel, QWidget, "Findings").isVisible()


def test_findings_stand_worst_first_each_with_its_sentence_and_sign(panel, qtbot):
    panel.set_findings((SILENT, SMALLISH, LONG))
    qtbot.waitUntil(lambda: len({c.y() for c in cards(panel)}) == 3)
    assert [c.property("finding") for c in cards(panel)] == ["error", "warning", "note"]
    assert cards(panel)[0].accessibleName() == (
        "This clip is 14.2 s. “As in the picture” allows 10 s."
    )


def test_findings_are_a_list_of_list_items_with_reachable_buttons(panel):
    panel.set_findings((LONG, SMALLISH))
    root = QAccessible.queryAccessibleInterface(named(panel, QWidget, "Findings"))
    walked = faces(root)
    assert walked[0] == (QAccessible.Role.List, "Findings")
    items = [name for role, name in walked if role is QAccessible.Role.ListItem]
    assert items == [c.accessibleName() for c in cards(panel)]
    assert (QAccessible.Role.Button, "Face as in the clip") in walked


def test_a_finding_has_at_most_one_button_which_asks_to_mend_it(panel, qtbot):
    panel.set_findings((LONG, SMALLISH))
    first, second = cards(panel)
    (mend,) = first.findChildren(QPushButton)
    assert second.findChildren(QPushButton) == []
    with qtbot.waitSignal(panel.mend_requested) as caught:
        qtbot.mouseClick(mend, LEFT)
    assert caught.args == [LONG]


def test_the_same_findings_again_keep_the_focus_on_their_button(panel):
    panel.set_findings((LONG, SMALLISH))
    (mend,) = cards(panel)[0].findChildren(QPushButton)
    mend.setFocus()
    panel.set_findings((LONG, SILENT))
    assert mend.hasFocus()


def scroll_of(panel) -> TopScroll:
    (area,) = panel.findChildren(TopScroll)
    return area


def many(count: int):
    return tuple(
        finding(FindingCode.FILE_MISSING, slot=Slot.IMAGE, name=f"a long name, {i}.png")
        for i in range(count)
    )


def test_findings_and_form_share_one_scroll_and_leave_generate_alone(panel, qtbot):
    panel.set_blocked("20 things to mend")
    panel.set_findings(many(20))
    area = scroll_of(panel)
    assert panel.findChildren(QScrollArea) == [area]
    assert area.isAncestorOf(named(panel, QWidget, "Findings"))
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    assert panel.rect().contains(generate(panel).mapTo(panel, QPoint(0, 43)))


@pytest.mark.parametrize("height", [456, 540, 699])  # of windows of 900x500, 960x600, 1366x768
def test_a_new_finding_comes_into_sight_and_its_card_is_whole(panel, qtbot, height):
    panel.set_input(IMAGE)
    panel.set_input(VIDEO)
    panel.set_blocked("One thing to mend first")
    panel.resize(332, height)
    panel.set_findings((LONG, SMALLISH))
    (card, _warning) = cards(panel)
    qtbot.waitUntil(lambda: in_sight(card))
    top, bottom = scroll_of(panel).shown()
    at = card.mapTo(scroll_of(panel).widget(), QPoint(0, 0)).y()
    assert top <= at
    assert at + card.height() <= bottom


def test_what_is_being_typed_stays_in_sight_where_a_finding_comes(panel, qtbot):
    panel.resize(332, 456)
    panel.focus_prompt()
    prompt = named(panel, QPlainTextEdit, "Prompt")
    panel.set_findings(many(6))
    qtbot.waitUntil(lambda: scroll_of(panel).verticalScrollBar().maximum() > 200)
    QApplication.processEvents()
    assert in_sight(prompt)


@pytest.mark.parametrize("height", [456, 540])
def test_no_line_is_cut_wherever_the_form_is_scrolled_to(panel, qtbot, height):
    panel.set_input(IMAGE)
    panel.set_input(VIDEO)
    panel.set_findings((LONG, SMALLISH, SILENT))
    panel.resize(332, height)
    area = scroll_of(panel)
    bar = area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 100)
    QApplication.processEvents()
    lines = lines_of(area.widget())
    assert len(lines) > 20
    for value in range(0, bar.maximum() + 1):
        bar.setValue(value)
        top, bottom = area.shown()
        cut = [line for line in lines if line[0] < top < line[1] or line[0] < bottom < line[1]]
        assert (value, cut) == (value, [])
        assert bottom - top >= area.viewport().height() - 120  # and most of it is shown


# Generate


def test_generate_carries_the_price_in_its_name(panel):
    assert generate(panel).accessibleName() == "Generate"
    panel.set_quote(Quote(5.88, 8.4, estimated=True))
    assert generate(panel).accessibleName() == "Generate 8.4 s · ≈ 5.88 credits"
    panel.set_quote(None)
    assert generate(panel).accessibleName() == "Generate"


def test_blocked_generate_says_why_and_cannot_be_pressed(panel, qtbot):
    panel.set_blocked("Add a picture and a clip to begin")
    assert not generate(panel).isEnabled()
    assert shown(panel, "Add a picture and a clip to begin")
    assert generate(panel).accessibleDescription() == "Add a picture and a clip to begin"
    with qtbot.assertNotEmitted(panel.generate_requested):
        qtbot.mouseClick(generate(panel), LEFT)
    panel.set_blocked(None)
    assert not shown(panel, "Add a picture and a clip to begin")
    with qtbot.waitSignal(panel.generate_requested):
        qtbot.mouseClick(generate(panel), LEFT)


def test_a_double_click_is_one_press(panel, qtbot):
    presses = []
    panel.generate_requested.connect(lambda: presses.append(1))
    qtbot.mouseClick(generate(panel), LEFT)
    qtbot.mouseDClick(generate(panel), LEFT)
    assert len(presses) == 1


def test_busy_generate_takes_no_second_press_and_keeps_the_focus(panel, qtbot):
    presses = []
    panel.generate_requested.connect(lambda: presses.append(1))
    generate(panel).setFocus()
    qtbot.keyClick(generate(panel), Qt.Key.Key_Space)
    panel.set_busy_generate(True)
    qtbot.keyClick(generate(panel), Qt.Key.Key_Space)
    assert len(presses) == 1
    assert generate(panel).hasFocus()
    panel.set_busy_generate(False)
    qtbot.keyClick(generate(panel), Qt.Key.Key_Space)
    assert len(presses) == 2


def test_the_small_print_is_always_there(panel):
    assert shown(panel, "Uploaded files can be seen by whoever has the link")


@pytest.mark.parametrize("choice", ["dark", "light"])
def test_generate_is_the_only_loud_thing(panel, choice, request):
    request.addfinalizer(lambda: theme().set_choice("system"))
    theme().set_choice(choice)
    panel.set_quote(Quote(5.88, 8.4, estimated=True))
    middle_left = QPoint(8, 22)
    loud = generate(panel).grab().toImage().pixelColor(middle_left).name().upper()
    panel.set_blocked("why")
    quiet = generate(panel).grab().toImage().pixelColor(middle_left).name().upper()
    assert loud == theme().tokens.accent.upper()
    assert quiet == theme().tokens.raised.upper()


# layout


@pytest.mark.parametrize("width", [MIN_WIDTH_PX, 332, MAX_WIDTH_PX])
def test_generate_and_its_reason_stay_in_sight_in_a_low_window(panel, qtbot, width):
    panel.set_input(IMAGE)
    panel.set_input(VIDEO)
    panel.set_findings((LONG, SMALLISH))
    panel.set_blocked("One thing to mend first")
    unfold(panel, qtbot)
    panel.resize(width, 540)  # a window of 600 without its top bar
    qtbot.waitUntil(lambda: panel.size().toTuple() == (width, 540))
    QApplication.processEvents()
    bottom = generate(panel).mapTo(panel, QPoint(0, generate(panel).height()))
    reason = next(x for x in panel.findChildren(QLabel) if x.text() == "One thing to mend first")
    assert bottom.y() < 540
    assert reason.mapTo(panel, QPoint(0, 0)).y() > 0
    area = panel.findChildren(QScrollArea)[0]
    assert any(a.verticalScrollBar().maximum() > 0 for a in panel.findChildren(QScrollArea)), area
    assert all(a.horizontalScrollBar().maximum() == 0 for a in panel.findChildren(QScrollArea))


def test_at_the_usual_size_nothing_scrolls(panel, qtbot):
    panel.set_input(IMAGE)
    panel.set_input(VIDEO)
    panel.set_quote(Quote(5.88, 8.4, estimated=True))
    panel.set_findings((SILENT,))
    qtbot.waitUntil(
        lambda: all(a.verticalScrollBar().maximum() == 0 for a in panel.findChildren(QScrollArea))
    )


def test_tab_walks_in_reading_order(panel, qtbot):
    panel.set_input(IMAGE)
    unfold(panel, qtbot)
    panel.set_findings((LONG, SILENT))
    panel.focus_well(Slot.IMAGE)
    walked = []
    for _ in range(17):
        widget = QApplication.focusWidget()
        walked.append(widget.accessibleName() or getattr(widget, "text", str)())
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    assert walked[0].startswith("Character, astronaut.png")
    assert walked[1:] == [
        "Remove image",
        "Motion, empty",
        "Choose video",
        "Reference video",
        "Prompt",
        "Standard",
        "As in the clip",
        "Keep the clip's sound",
        "More options",
        "Model",
        "Watermarked copy too",
        "Callback address",
        "Copy as code",
        "Face as in the clip",
        "Turn sound off",
        "Generate",
    ]


def test_every_control_has_a_name_for_a_screen_reader(panel, qtbot):
    panel.set_input(IMAGE)
    unfold(panel, qtbot)
    panel.set_findings((LONG,))
    spoken = {
        QAccessible.Role.Button,
        QAccessible.Role.RadioButton,
        QAccessible.Role.CheckBox,
        QAccessible.Role.EditableText,
        QAccessible.Role.ComboBox,
        QAccessible.Role.ListItem,
    }
    walked = faces(QAccessible.queryAccessibleInterface(panel))
    assert [x for x in walked if x[0] in spoken and not x[1]] == []
    names = [name for _, name in walked]
    for name in ("Reference video", "Prompt", "Callback address", "Model"):
        assert name in names


def test_focus_can_be_sent_to_the_wells_and_the_prompt(panel):
    panel.focus_well(Slot.VIDEO)
    assert QApplication.focusWidget().accessibleName() == "Motion, empty"
    panel.focus_prompt()
    assert QApplication.focusWidget().accessibleName() == "Prompt"


def test_the_drawn_widths_are_kept(panel):
    assert panel.sizeHint().width() == 332
    assert (panel.minimumWidth(), panel.maximumWidth()) == (320, 360)


# wells through the panel


@pytest.mark.parametrize(("slot", "name"), [(Slot.IMAGE, "image"), (Slot.VIDEO, "video")])
def test_choose_and_remove_say_which_slot(panel, qtbot, slot, name):
    with qtbot.waitSignal(panel.choose_requested) as caught:
        qtbot.mouseClick(named(panel, QAbstractButton, f"Choose {name}"), LEFT)
    assert caught.args == [slot]
    panel.set_input(IMAGE if slot is Slot.IMAGE else VIDEO)
    with qtbot.waitSignal(panel.source_removed) as caught:
        qtbot.mouseClick(named(panel, QAbstractButton, f"Remove {name}"), LEFT)
    assert caught.args == [slot]


def test_a_typed_link_says_which_slot(panel, qtbot):
    field = named(panel, QLineEdit, "Reference video")
    field.setFocus()
    qtbot.keyClicks(field, "https://example.org/d.mp4")
    with qtbot.waitSignal(panel.sources_offered) as caught:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert caught.args == [Offer(Slot.VIDEO, ("https://example.org/d.mp4",))]


def test_the_verdict_set_later_is_asked_by_wells_and_panel(panel):
    asked = []

    def verdict(slot, texts):
        asked.append((slot, texts))
        return False, "no"

    panel.drop_verdict = verdict
    data = files("/a/b.mp4")
    well = named(panel, QAbstractButton, "Choose image").parentWidget().parentWidget()
    drag(QDragEnterEvent, well, data)
    QApplication.sendEvent(well, QDragLeaveEvent())
    drag(QDragEnterEvent, panel, data)
    assert asked == [(Slot.IMAGE, ["/a/b.mp4"]), (None, ["/a/b.mp4"])]


def test_two_files_dropped_on_the_panel_are_offered_without_a_slot(panel, qtbot):
    data = files("/a/cat.png", "/a/dance.mp4")
    assert drag(QDragEnterEvent, panel, data).isAccepted()
    assert drag(QDragMoveEvent, panel, data).isAccepted()
    with qtbot.waitSignal(panel.sources_offered) as caught:
        drop(panel, data)
    assert caught.args == [Offer(None, ("/a/cat.png", "/a/dance.mp4"))]


def test_the_panel_says_why_it_refuses_before_the_button_is_released(panel, qtbot):
    panel.drop_verdict = lambda slot, texts: (False, "Neither a picture nor a clip.")
    data = files("/a/notes.txt")
    drag(QDragEnterEvent, panel, data)
    assert not drag(QDragMoveEvent, panel, data).isAccepted()
    veils = [v for v in panel.findChildren(Veil) if v.isVisible()]
    assert [v.text() for v in veils] == ["Neither a picture nor a clip."]
    with qtbot.assertNotEmitted(panel.sources_offered):
        drop(panel, data)
    assert [v.text() for v in veils] == ["Neither a picture nor a clip."]  # it stays, to be read
    assert all(v.isVisible() for v in veils)


def test_paste_outside_text_is_offered_without_a_slot(panel, qtbot):
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.blue)
    QGuiApplication.clipboard().setImage(image)
    radio = named(panel, QRadioButton, "Standard")
    radio.setFocus()
    with qtbot.waitSignal(panel.sources_offered) as caught:
        qtbot.keyClick(radio, Qt.Key.Key_V, CTRL)
    (offer,) = caught.args
    assert offer.slot is None
    assert offer.image_png is not None


def test_paste_of_prose_outside_text_says_that_it_is_none(panel, qtbot):
    QGuiApplication.clipboard().setText("Soft evening light")
    radio = named(panel, QRadioButton, "Standard")
    radio.setFocus()
    with qtbot.assertNotEmitted(panel.sources_offered):
        qtbot.keyClick(radio, Qt.Key.Key_V, CTRL)
    (veil,) = [v for v in panel.findChildren(Veil) if v.isVisible()]
    assert veil.text() == "This is no file and no link."


def test_paste_that_is_refused_says_why(panel, qtbot):
    panel.drop_verdict = lambda slot, texts: (False, "Neither a picture nor a clip.")
    QGuiApplication.clipboard().setMimeData(files("/a/notes.txt"))
    radio = named(panel, QRadioButton, "Standard")
    radio.setFocus()
    with qtbot.assertNotEmitted(panel.sources_offered):
        qtbot.keyClick(radio, Qt.Key.Key_V, CTRL)
    (veil,) = [v for v in panel.findChildren(Veil) if v.isVisible()]
    assert veil.text() == "Neither a picture nor a clip."
    qtbot.mouseClick(veil, LEFT)
    assert not veil.isVisible()


def test_ctrl_enter_is_left_to_the_window(panel, qtbot):
    panel.focus_prompt()
    with qtbot.assertNotEmitted(panel.generate_requested):
        qtbot.keyClick(prompt(panel), Qt.Key.Key_Return, CTRL)


def test_the_model_box_is_named_for_what_it_is_about_and_keeps_its_entries(panel, qtbot):
    unfold(panel, qtbot)
    box = named(panel, QComboBox, "Model")
    face = QAccessible.queryAccessibleInterface(box)
    assert face.role() is QAccessible.Role.ComboBox
    assert face.text(QAccessible.Text.Name) == "Model"
    assert face.text(QAccessible.Text.Value) == "Automatic (kling-v2-6)"
    entries = face.child(0)
    assert face.childCount() == 1
    assert face.indexOfChild(entries) == 0
    names = [entries.child(i).text(QAccessible.Text.Name) for i in range(entries.childCount())]
    assert names == ["Automatic (kling-v2-6)", "kling-v2-6", "kling-v3"]
    actions = face.actionInterface()
    actions.doAction(actions.showMenuAction())
    assert box.view().isVisible()
    box.hidePopup()


def test_a_text_set_by_assistive_technology_is_offered_without_enter(panel, qtbot):
    field = named(panel, QLineEdit, "Reference image")
    face = QAccessible.queryAccessibleInterface(field)
    panel.focus_prompt()
    with qtbot.waitSignal(panel.sources_offered) as caught:
        face.setText(QAccessible.Text.Value, "/a/cat.png")
    assert caught.args == [Offer(Slot.IMAGE, ("/a/cat.png",))]


def test_a_note_moves_nothing_and_what_blocks_comes_into_sight(panel, qtbot):
    panel.resize(332, 456)
    panel.set_input(IMAGE)
    panel.set_input(VIDEO)
    bar = scroll_of(panel).verticalScrollBar()
    panel.set_findings((SMALLISH, SILENT))
    qtbot.waitUntil(lambda: bar.maximum() > 100)
    qtbot.waitUntil(lambda: not scroll_of(panel)._later.isActive())
    assert bar.value() == 0
    panel.set_findings((LONG, SMALLISH, SILENT))
    qtbot.waitUntil(lambda: in_sight(cards(panel)[0]))
    panel.set_findings((LONG, SILENT))
    where = bar.value()
    panel.set_findings((LONG, SMALLISH, SILENT))
    qtbot.waitUntil(lambda: not scroll_of(panel)._later.isActive())
    assert bar.value() <= where


@pytest.mark.parametrize("height", [456, 540])
def test_no_sliver_of_a_card_is_left_at_the_lower_edge(panel, qtbot, height):
    panel.set_input(IMAGE)
    panel.set_input(VIDEO)
    panel.set_findings((SMALLISH, SILENT))
    panel.resize(332, height)
    area = scroll_of(panel)
    bar = area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 100)
    QApplication.processEvents()
    tops = [card.mapTo(area.widget(), QPoint(0, 0)).y() for card in cards(panel)]
    for value in range(bar.maximum() + 1):
        bar.setValue(value)
        bottom = area.shown()[1]
        assert (value, [top for top in tops if 0 < bottom - top < 20]) == (value, [])


def test_a_well_that_is_sent_the_focus_is_ringed_and_a_clicked_one_is_not(panel, qtbot):
    image, video = (panel._wells[slot] for slot in (Slot.IMAGE, Slot.VIDEO))
    panel.window().setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange, False)
    panel.focus_well(Slot.VIDEO)
    assert video.property("ring")
    panel.focus_well(Slot.IMAGE)
    assert (video.property("ring"), image.property("ring")) == (False, True)
    video.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not image.property("ring")
    assert not video.property("ring")
