"""A well: what it shows for each Input, and what a person can do with it."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import (
    QAccessible,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QPainter,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget
from support.drags import send_drag

from kling_desktop.motion.facts import ImageFacts, LinkFacts, VideoFacts
from kling_desktop.motion.input import Input, InputState
from kling_desktop.motion.limits import FindingCode, Mend, Severity, finding
from kling_desktop.motion.request import Slot, Source
from kling_desktop.ui.compose.offers import Offer
from kling_desktop.ui.compose.well import Well
from kling_desktop.ui.compose.well_parts import Veil, WellPicture
from kling_desktop.ui.theme import theme

COPY = Qt.DropAction.CopyAction
MOVE = Qt.DropAction.MoveAction
LINK = Qt.DropAction.LinkAction
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
PORTRAIT = ImageFacts("png", 512, 512, 791_555)
CLIP = VideoFacts("mp4", "h264", 1280, 720, 3_100_000, 8.4, 30.0, has_sound=True)


@pytest.fixture(autouse=True)
def _empty_clipboard(qapp: QApplication) -> Iterator[None]:
    """What a test leaves there would be freed after Qt itself: the process would crash."""
    yield
    QGuiApplication.clipboard().clear()


@pytest.fixture
def make(qtbot, qapp):
    theme().apply(qapp)

    def build(slot: Slot = Slot.IMAGE) -> Well:
        well = Well(slot)
        well.resize(144, 240)
        qtbot.addWidget(well)
        with qtbot.waitActive(well):
            well.show()
            well.activateWindow()
        return well

    return build


def button(well: Well, name: str) -> QAbstractButton:
    (found,) = [b for b in well.findChildren(QAbstractButton) if b.accessibleName() == name]
    return found


def ready(path: str = "/home/mai/astronaut.png", **more) -> Input:
    return Input(Slot.IMAGE, InputState.READY, Source(path=path), PORTRAIT, **more)


def refused(path: str = "/a/b.png", **more) -> Input:
    """Of which the field is still there: perhaps a letter is wrong."""
    return Input(Slot.IMAGE, InputState.REFUSED, Source(path=path), **more)


def shown_texts(well: Well) -> list[str]:
    return [label.text() for label in well.findChildren(QLabel) if label.isVisible()]


def files(*paths: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return data


def pixels() -> QMimeData:
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    data = QMimeData()
    data.setImageData(image)
    return data


def enter(widget, data, actions=COPY) -> QDragEnterEvent:
    return send_drag(QDragEnterEvent, widget, data, (20, 20), actions)


def move(widget, data, actions=COPY) -> QDragMoveEvent:
    return send_drag(QDragMoveEvent, widget, data, (20, 20), actions)


def drop(widget, data, actions=COPY) -> QDropEvent:
    return send_drag(QDropEvent, widget, data, (30, 30), actions)


def veil(well: Well) -> Veil:
    (found,) = well.findChildren(Veil)
    return found


# what it shows


def test_empty_well_says_what_belongs_in_it_and_offers_to_choose(make):
    well = make(Slot.VIDEO)
    assert "Motion" in shown_texts(well)
    assert "Drop a clip: one person, one shot, 3 to 30 seconds" in shown_texts(well)
    assert button(well, "Choose video").isVisible()
    assert not button(well, "Remove video").isVisible()


def test_filled_well_shows_name_facts_and_verdict(make):
    well = make()
    well.set_input(ready())
    texts = shown_texts(well)
    assert texts == ["Character", "astronaut.png", "512 × 512 · 0.8 MB", "Fits"]
    assert well.accessibleName() == "Character, astronaut.png, 512 × 512 · 0.8 MB, Fits"
    assert not button(well, "Choose image").isVisible()
    assert button(well, "Remove image").isVisible()


def test_facts_that_do_not_fit_lose_their_last_part_not_their_first(make):
    well = make(Slot.VIDEO)
    facts = VideoFacts("mp4", "h264", 1920, 1080, 33_100_000, 14.2, 30.0)
    well.set_input(Input(Slot.VIDEO, InputState.READY, Source(path="/v/d.mp4"), facts))
    (label,) = [x for x in well.findChildren(QLabel) if x.text().startswith("1080p")]
    assert label.text() == "1080p · 14.2 s"
    assert label.toolTip() == "1080p · 14.2 s · 33 MB"


def test_checking_is_calm_and_keeps_the_name(make):
    well = make()
    well.set_input(Input(Slot.IMAGE, InputState.CHECKING, Source(path="/a/b.webp")))
    assert shown_texts(well) == ["Character", "b.webp", "Reading…"]


def test_refused_well_says_the_reason(make):
    well = make()
    problem = finding(FindingCode.NOT_A_PICTURE, slot=Slot.IMAGE, name="b.png")
    well.set_input(Input(Slot.IMAGE, InputState.REFUSED, Source(path="/a/b.png"), problem=problem))
    assert well.verdict_text() == "b.png is not a picture that this program can read."
    assert "not a picture" in well.accessibleName()


def test_refused_well_without_a_reason_still_says_that_it_cannot_be_used(make):
    well = make()
    well.set_input(Input(Slot.IMAGE, InputState.REFUSED, Source(path="/a/b.png")))
    assert well.verdict_text() == "This cannot be used."


def test_converted_picture_says_so(make):
    well = make()
    well.set_input(ready(changes=("converted",), original_format="webp"))
    assert "Converted from WEBP" in well.verdict_text()


def test_findings_of_the_own_slot_become_the_verdict(make):
    well = make(Slot.VIDEO)
    well.set_input(Input(Slot.VIDEO, InputState.READY, Source(path="/v/d.mp4"), CLIP))
    long = finding(FindingCode.VIDEO_LONG_FOR_IMAGE, slot=Slot.VIDEO, duration_s=14.2, limit_s=10.0)
    other = finding(FindingCode.IMAGE_SMALL, slot=Slot.IMAGE)
    well.set_findings((other, long))
    assert well.verdict_text() == "Too long for this facing"
    assert "14.2 s" in well.accessibleName()
    well.set_findings((other,))
    assert well.verdict_text() == "Fits"


def test_warning_is_shown_where_there_is_no_error(make):
    well = make()
    well.set_input(ready())
    warning = finding(FindingCode.IMAGE_SMALLISH, Severity.WARNING, Slot.IMAGE)
    well.set_findings((warning,))
    assert well.verdict_text() == "Rather small"


def test_a_finding_without_a_short_form_is_shown_whole(make):
    well = make()
    well.set_input(ready())
    well.set_findings((finding(FindingCode.LINK_EMPTY, slot=Slot.IMAGE, mend=Mend.CHOOSE_IMAGE),))
    assert well.verdict_text() == "The file at this link is empty."


def test_link_says_what_was_looked_at(make):
    well = make()
    link = Source(url="https://example.org/a.png")
    well.set_input(Input(Slot.IMAGE, InputState.READY, link, LinkFacts("image/png", 5)))
    assert well.verdict_text() == "The link works"
    unreachable = finding(FindingCode.LINK_UNREACHABLE, Severity.WARNING, Slot.IMAGE)
    well.set_input(Input(Slot.IMAGE, InputState.READY, link, LinkFacts(), warning=unreachable))
    assert well.verdict_text() == "Could not be checked"
    well.set_findings((finding(FindingCode.LINK_UNCHECKED, Severity.NOTE, Slot.IMAGE),))
    well.set_input(Input(Slot.IMAGE, InputState.READY, link, LinkFacts()))
    assert well.verdict_text() == "Checked by the service"


def stripes(path: Path, width: int, height: int) -> str:
    """Red above, green below, blue between: what is cut off would be missed."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.blue)
    with QPainter(image) as painter:
        painter.fillRect(0, 0, width, height // 8, Qt.GlobalColor.red)
        painter.fillRect(0, height - height // 8, width, height // 8, Qt.GlobalColor.green)
    assert image.save(str(path))
    return str(path)


@pytest.mark.parametrize(("width", "height"), [(270, 480), (480, 270), (300, 300), (90, 900)])
def test_a_picture_is_shown_whole_whatever_its_shape(make, tmp_path, width, height):
    well = make()
    well.set_input(ready(thumbnail_path=stripes(tmp_path / "t.png", width, height)))
    QApplication.processEvents()
    (picture,) = well.findChildren(WellPicture)
    seen = well.grab(picture.geometry()).toImage()
    column = [seen.pixelColor(seen.width() // 2, y) for y in range(seen.height())]
    reds = [y for y, c in enumerate(column) if c.red() > 200 and c.blue() < 60]
    greens = [y for y, c in enumerate(column) if c.green() > 200 and c.blue() < 60]
    high = min(seen.height(), round(seen.width() * height / width))
    assert len(reds) == pytest.approx(high / 8, abs=2)
    assert len(greens) == pytest.approx(high / 8, abs=2)
    assert max(reds) < min(greens)


def test_beside_a_portrait_lies_its_blurred_fill_and_no_plain_bar(make, tmp_path):
    well = make()
    well.set_input(ready(thumbnail_path=stripes(tmp_path / "t.png", 270, 480)))
    QApplication.processEvents()
    (picture,) = well.findChildren(WellPicture)
    seen = well.grab(picture.geometry()).toImage()
    beside = seen.pixelColor(6, seen.height() // 2)
    assert beside.blue() > 100
    assert beside.blue() > 2 * max(beside.red(), beside.green())


def test_a_missing_thumbnail_shows_the_sign(make, tmp_path):
    well = make()
    well.set_input(ready(thumbnail_path=str(tmp_path / "gone.png")))
    plain = well.grab().toImage().pixelColor(12, 60).name()
    assert plain == theme().tokens.hover.lower()


def test_label_name_facts_and_verdict_stand_below_the_picture(make):
    well = make(Slot.VIDEO)
    clip = Source(path="/v/d.mp4")
    whole = {"original": CLIP, "facts": CLIP}
    well.set_input(Input(Slot.VIDEO, InputState.READY, clip, **whole))
    QApplication.processEvents()
    (picture,) = well.findChildren(WellPicture)
    labels = [x for x in well.findChildren(QLabel) if x.isVisible()]
    tops = [label.mapTo(well, QPoint(0, 0)).y() for label in labels]
    assert [label.text() for label in labels][:2] == ["Motion", "d.mp4"]
    assert min(tops) > picture.geometry().bottom()
    assert tops == sorted(tops)


@pytest.mark.parametrize("slot", list(Slot))
def test_filling_a_well_does_not_push_the_form(make, slot):
    well = make(slot)
    empty = well.heightForWidth(144) if well.hasHeightForWidth() else well.sizeHint().height()
    facts = PORTRAIT if slot is Slot.IMAGE else CLIP
    source = Source(path="/v/a-name.mp4")
    problem = finding(FindingCode.FILE_DAMAGED, slot=slot, name="a rather long name of it.mp4")
    for value in (
        Input(slot, InputState.CHECKING, source),
        Input(slot, InputState.READY, source, facts, original=facts),
        Input(slot, InputState.READY, source, facts, original=facts, changes=("scaled", "turned")),
        Input(slot, InputState.REFUSED, source, problem=problem),
    ):
        well.set_input(value)
        QApplication.processEvents()
        layout = well.layout()
        needs = max(layout.totalHeightForWidth(144), layout.totalMinimumSize().height())
        assert max(needs, well.minimumHeight()) == max(empty, well.minimumHeight()) == 222


def test_the_path_gives_its_place_to_the_facts_once_it_is_read(make, qtbot):
    well = make()
    assert well.field.isVisible()
    well.field.setFocus()
    qtbot.keyClicks(well.field, "/a/b.png")
    qtbot.keyClick(well.field, Qt.Key.Key_Return)
    well.set_input(Input(Slot.IMAGE, InputState.CHECKING, Source(path="/a/b.png")))
    assert not well.field.isVisible()
    assert well.hasFocus()  # and not whatever comes next
    well.set_input(refused())
    assert well.field.isVisible()
    assert well.field.text() == "/a/b.png"
    well.set_input(ready("/a/b.png"))
    assert not well.field.isVisible()


@pytest.mark.parametrize(
    "name",
    [
        "夏祭りの踊り練習_2026年8月_最終版_本当に最終版.png",
        "مرحبا بالعالم صورة طويلة جدا.png",
        "rocket 🚀👩‍🚀🎉 party.png",
        "é" * 125 + "x.png",
        "<b>bold & 'quoted'.png",
    ],
)
def test_strange_and_long_names_stay_whole_for_readers_and_never_widen_the_well(make, name):
    well = make()
    width = well.minimumSizeHint().width()
    well.set_input(ready(f"/home/mai/{name}"))
    assert name in well.accessibleName()
    assert name in shown_texts(well)
    assert well.minimumSizeHint().width() <= max(width, 144)
    assert well.findChild(QLineEdit).text() == f"/home/mai/{name}"
    assert not well.grab().isNull()


def test_the_well_is_a_group_to_a_screen_reader_with_its_controls_inside(make):
    well = make()
    face = QAccessible.queryAccessibleInterface(well)
    names = [face.child(i).text(QAccessible.Text.Name) for i in range(face.childCount())]
    assert face.role() is QAccessible.Role.Grouping
    assert "Reference image" in names


# choosing and removing


def test_choose_button_asks_for_the_dialog(make, qtbot):
    well = make()
    with qtbot.waitSignal(well.choose_requested):
        qtbot.mouseClick(button(well, "Choose image"), LEFT)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_keys_on_the_well_ask_for_the_dialog(make, qtbot, key):
    well = make()
    well.setFocus()
    with qtbot.waitSignal(well.choose_requested):
        qtbot.keyClick(well, key)


def test_ctrl_enter_on_the_well_is_left_to_the_window(make, qtbot):
    well = make()
    well.setFocus()
    with qtbot.assertNotEmitted(well.choose_requested):
        qtbot.keyClick(well, Qt.Key.Key_Return, CTRL)


@pytest.mark.parametrize("place", [(12, 12), (72, 50), (72, 150), (20, 185), (130, 180)])
@pytest.mark.parametrize("value", [Input(Slot.IMAGE), None, "refused"], ids=str)
def test_the_whole_well_is_the_button(make, qtbot, place, value):
    well = make()
    well.set_input(refused() if value == "refused" else value or ready())
    QApplication.processEvents()
    at = QPoint(*place)
    hit = well.childAt(at) or well
    with qtbot.waitSignal(well.choose_requested):
        qtbot.mouseClick(hit, LEFT, pos=hit.mapFrom(well, at))


def test_a_double_click_on_the_well_is_one_wish_and_the_right_button_none(make, qtbot):
    well = make()
    wishes = []
    well.choose_requested.connect(lambda: wishes.append(1))
    qtbot.mouseClick(well, LEFT, pos=QPoint(12, 12))
    qtbot.mouseDClick(well, LEFT, pos=QPoint(12, 12))
    qtbot.mouseClick(well, Qt.MouseButton.RightButton, pos=QPoint(12, 12))
    assert wishes == [1]


def test_remove_button_removes_and_leaves_the_focus_on_the_well(make, qtbot):
    well = make()
    well.set_input(ready())
    with qtbot.waitSignal(well.removed):
        qtbot.mouseClick(button(well, "Remove image"), LEFT)
    assert well.hasFocus()


def test_delete_removes_and_does_nothing_on_an_empty_well(make, qtbot):
    well = make()
    well.setFocus()
    with qtbot.assertNotEmitted(well.removed):
        qtbot.keyClick(well, Qt.Key.Key_Delete)
    well.set_input(ready())
    with qtbot.waitSignal(well.removed):
        qtbot.keyClick(well, Qt.Key.Key_Delete)


def test_ctrl_z_brings_back_what_was_removed(make, qtbot):
    well = make()
    well.set_input(ready("/a/first.png"))
    well.set_input(Input(Slot.IMAGE))
    well.setFocus()
    with qtbot.waitSignal(well.offered) as caught:
        qtbot.keyClick(well, Qt.Key.Key_Z, CTRL)
    assert caught.args == [Offer(Slot.IMAGE, ("/a/first.png",))]


def test_ctrl_z_on_a_well_that_held_nothing_does_nothing(make, qtbot):
    well = make()
    well.setFocus()
    with qtbot.assertNotEmitted(well.offered):
        qtbot.keyClick(well, Qt.Key.Key_Z, CTRL)


# the field


def test_enter_in_the_field_offers_the_typed_path(make, qtbot):
    well = make()
    well.field.setFocus()
    qtbot.keyClicks(well.field, '"/a/my cat.png"')
    with qtbot.waitSignal(well.offered) as caught:
        qtbot.keyClick(well.field, Qt.Key.Key_Return)
    assert caught.args == [Offer(Slot.IMAGE, ("/a/my cat.png",))]


def test_leaving_the_field_offers_once_and_not_again(make, qtbot):
    well = make()
    offers = []
    well.offered.connect(offers.append)
    well.field.setFocus()
    qtbot.keyClicks(well.field, "https://example.org/a.png")
    well.setFocus(Qt.FocusReason.TabFocusReason)
    well.field.setFocus()
    well.setFocus(Qt.FocusReason.TabFocusReason)
    assert offers == [Offer(Slot.IMAGE, ("https://example.org/a.png",))]


def test_switching_to_another_window_does_not_end_the_typing(make, qtbot):
    well = make()
    well.field.setFocus()
    qtbot.keyClicks(well.field, "https://exam")
    with qtbot.assertNotEmitted(well.offered):
        well.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
    assert well.field.text() == "https://exam"


def test_escape_brings_back_what_the_field_held(make, qtbot):
    well = make()
    well.set_input(refused("/a/b.png"))
    well.field.setFocus()
    qtbot.keyClicks(well.field, "xyz")
    with qtbot.assertNotEmitted(well.offered):
        qtbot.keyClick(well.field, Qt.Key.Key_Escape)
    assert well.field.text() == "/a/b.png"


def test_emptied_field_removes_on_enter_but_not_on_leaving(make, qtbot):
    well = make()
    well.set_input(refused("/a/b.png"))
    well.field.setFocus()
    well.field.selectAll()
    qtbot.keyClick(well.field, Qt.Key.Key_Delete)
    with qtbot.assertNotEmitted(well.removed):
        well.setFocus(Qt.FocusReason.TabFocusReason)
    assert well.field.text() == "/a/b.png"
    well.field.setFocus()
    well.field.clear()
    with qtbot.waitSignal(well.removed):
        qtbot.keyClick(well.field, Qt.Key.Key_Return)


def test_a_new_snapshot_of_the_same_source_does_not_overwrite_typing(make, qtbot):
    well = make()
    well.set_input(refused("/a/b.png"))
    well.field.setFocus()
    well.field.selectAll()
    qtbot.keyClicks(well.field, "https://half")
    well.set_input(refused("/a/b.png", changes=("turned",)))
    assert well.field.text() == "https://half"


def test_a_refused_offer_empties_the_field(make, qtbot):
    well = make()
    well.field.setFocus()
    qtbot.keyClicks(well.field, "nonsense")
    qtbot.keyClick(well.field, Qt.Key.Key_Return)
    well.set_input(Input(Slot.IMAGE))
    assert well.field.text() == ""


def test_file_pasted_into_the_field_is_offered_at_once(make, qtbot):
    well = make()
    QGuiApplication.clipboard().setMimeData(files("/a/b c.png"))
    well.field.setFocus()
    with qtbot.waitSignal(well.offered) as caught:
        qtbot.keyClick(well.field, Qt.Key.Key_V, CTRL)
    assert caught.args == [Offer(Slot.IMAGE, ("/a/b c.png",), is_pasted=True)]
    assert well.field.text() == ""


def test_text_pasted_into_the_field_stays_text(make, qtbot):
    well = make()
    QGuiApplication.clipboard().setText("https://example.org/a.png")
    well.field.setFocus()
    with qtbot.assertNotEmitted(well.offered):
        qtbot.keyClick(well.field, Qt.Key.Key_V, CTRL)
    assert well.field.text() == "https://example.org/a.png"


# paste on the well


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (files("/a/b.png"), ("/a/b.png",)),
        (pixels(), ()),
    ],
)
def test_paste_on_the_well_offers_files_and_pictures(make, qtbot, data, texts):
    well = make()
    QGuiApplication.clipboard().setMimeData(data)
    well.setFocus()
    with qtbot.waitSignal(well.offered) as caught:
        qtbot.keyClick(well, Qt.Key.Key_V, CTRL)
    (offer,) = caught.args
    assert offer.slot is Slot.IMAGE
    assert offer.texts == texts
    assert (offer.image_png is None) is bool(texts)


def test_paste_of_prose_says_why_it_is_not_taken_and_a_key_puts_that_away(make, qtbot):
    well = make()
    QGuiApplication.clipboard().setText("Soft evening light")
    well.setFocus()
    with qtbot.assertNotEmitted(well.offered):
        qtbot.keyClick(well, Qt.Key.Key_V, CTRL)
    assert veil(well).isVisible()
    assert veil(well).text() == "This is no picture and no link to one."
    qtbot.mouseClick(veil(well), LEFT)
    assert not veil(well).isVisible()


def test_paste_that_the_verdict_refuses_shows_its_reason(make, qtbot):
    well = make()
    well.verdict = lambda slot, texts: (False, f"not for {slot}: {texts[0]}")
    QGuiApplication.clipboard().setMimeData(files("/a/b.mp4"))
    well.setFocus()
    with qtbot.assertNotEmitted(well.offered):
        qtbot.keyClick(well, Qt.Key.Key_V, CTRL)
    assert veil(well).text() == "not for None: /a/b.mp4"


# drag and drop


def test_accepted_drag_shows_so_and_the_drop_is_offered(make, qtbot):
    well = make()
    data = files("/a/b.png")
    assert enter(well, data).isAccepted()
    assert move(well, data).isAccepted()
    assert veil(well).isVisible()
    assert veil(well).accepts()
    with qtbot.waitSignal(well.offered) as caught:
        event = drop(well, data)
    assert event.isAccepted()
    assert event.dropAction() is COPY
    assert caught.args == [Offer(Slot.IMAGE, ("/a/b.png",))]
    assert not veil(well).isVisible()


def test_refused_drag_says_why_before_the_button_is_released(make, qtbot):
    well = make()
    asked = []

    def verdict(slot, texts):
        asked.append((slot, texts))
        return False, "This is a clip. It belongs under Motion."

    well.verdict = verdict
    data = files("/a/b.mp4")
    enter(well, data)
    event = move(well, data)
    move(well, data)
    assert not event.isAccepted()
    assert event.dropAction() is Qt.DropAction.IgnoreAction
    assert veil(well).text() == "This is a clip. It belongs under Motion."
    assert not veil(well).accepts()
    assert asked == [(Slot.IMAGE, ["/a/b.mp4"])]  # once, not at every move
    QApplication.sendEvent(well, QDragLeaveEvent())
    assert not veil(well).isVisible()


def test_drop_although_refused_is_not_offered_and_the_reason_stays(make, qtbot):
    well = make()
    well.verdict = lambda slot, texts: (False, "no")
    data = files("/a/b.mp4")
    enter(well, data)
    with qtbot.assertNotEmitted(well.offered):
        event = drop(well, data)
    assert not event.isAccepted()
    assert veil(well).isVisible()


def test_a_drag_is_judged_anew_when_it_comes_again(make):
    well = make()
    well.verdict = lambda slot, texts: (texts[0].endswith(".png"), "no")
    enter(well, files("/a/b.mp4"))
    QApplication.sendEvent(well, QDragLeaveEvent())
    good = files("/a/b.png")
    enter(well, good)
    assert move(well, good).isAccepted()


def test_two_files_on_one_well_are_offered_without_a_slot(make, qtbot):
    well = make()
    asked = []
    well.verdict = lambda slot, texts: (asked.append(slot) is None, "")
    data = files("/a/b.png", "/a/c.mp4")
    enter(well, data)
    with qtbot.waitSignal(well.offered) as caught:
        drop(well, data)
    assert caught.args == [Offer(None, ("/a/b.png", "/a/c.mp4"))]
    assert set(asked) == {None}


def test_a_move_is_taken_as_a_copy_so_that_the_file_stays(make):
    well = make()
    data = files("/a/b.png")
    enter(well, data, MOVE | COPY)
    event = drop(well, data, MOVE | COPY)
    assert event.dropAction() is COPY


def test_a_source_that_only_links_is_answered_with_a_link(make):
    well = make()
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/a.png")])
    enter(well, data, LINK)
    assert drop(well, data, LINK).dropAction() is LINK


def test_pixels_over_the_motion_well_are_refused_with_the_reason(make):
    well = make(Slot.VIDEO)
    data = pixels()
    enter(well, data)
    assert not move(well, data).isAccepted()
    assert veil(well).text() == "This is a picture. Motion needs a clip."


def test_dragged_prose_is_refused_with_a_reason(make):
    well = make(Slot.VIDEO)
    data = QMimeData()
    data.setText("hello")
    enter(well, data)
    assert not move(well, data).isAccepted()
    assert veil(well).text() == "This is no clip and no link to one."


def test_a_file_over_the_field_goes_to_the_well(make, qtbot):
    well = make()
    data = files("/a/b.png")
    assert enter(well.field, data).isAccepted()
    assert veil(well).isVisible()
    assert well.field.text() == ""
    QApplication.sendEvent(well.field, QDragLeaveEvent())


def test_keyboard_focus_shows_a_ring(make, qtbot):
    well = make()
    well.set_input(ready())
    button(well, "Remove image").setFocus()
    before = well.grab().toImage()
    QTest.keyClick(well, Qt.Key.Key_Tab)  # what makes a window show its rings
    well.setFocus(Qt.FocusReason.TabFocusReason)
    QApplication.sendEvent(well, QEvent(QEvent.Type.UpdateRequest))
    assert well.property("ring") is True
    assert well.grab().toImage() != before


def test_a_name_with_markup_is_shown_as_it_is_in_the_tooltip_too(make):
    well = make()
    name = "<img src=x>.png"
    problem = finding(FindingCode.FILE_EMPTY, slot=Slot.IMAGE, name=name)
    source = Source(path=f"/a/{name}")
    well.set_input(Input(Slot.IMAGE, InputState.READY, source, PORTRAIT))
    well.set_findings((problem,))
    tips = [w.toolTip() for w in well.findChildren(QWidget) if "empty" in w.toolTip()]
    assert tips == ["<span>&lt;img src=x&gt;.png is empty.</span>"]


@pytest.mark.parametrize("slot", Slot)
def test_a_well_that_is_let_go_of_is_gone_at_once(qtbot, slot):
    """In a cycle it would go with the garbage: perhaps while another widget paints, a crash."""
    gone = weakref.ref(Well(slot))
    assert gone() is None
