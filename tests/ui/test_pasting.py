"""Pastes and drops in the whole window, by the program's own presenter on a real engine."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QWidget
from real_window import RealWindow, play
from support.drags import send_drag
from support.media import make_clip, make_picture
from test_given import contents, record

from kling_desktop.motion.facts import ImageFacts
from kling_desktop.motion.input import InputState
from kling_desktop.motion.request import Slot
from kling_desktop.ui.compose.well import Well
from kling_desktop.ui.compose.well_parts import Veil
from kling_desktop.ui.handed import DESCRIPTOR

SIDES = (420, 530)


def screenshot() -> QMimeData:
    image = QImage(*SIDES, QImage.Format.Format_RGB32)
    image.fill(QColor("#336699"))
    mime = QMimeData()
    mime.setImageData(image)
    return mime


def well(run: RealWindow, slot: Slot) -> Well:
    return next(w for w in run.window.findChildren(Well) if w.slot is slot)


def put(mime: QMimeData) -> None:
    QGuiApplication.clipboard().setMimeData(mime)


def sides(run: RealWindow, slot: Slot) -> tuple[int, int] | None:
    facts = run.engine.drafting.inputs[slot].original
    return (facts.width_px, facts.height_px) if isinstance(facts, ImageFacts) else None


async def is_the_character(run: RealWindow) -> None:
    await run.until(lambda: sides(run, Slot.IMAGE) == SIDES)
    assert run.engine.drafting.inputs[Slot.VIDEO].state is InputState.EMPTY
    assert not [veil for veil in run.window.findChildren(Veil) if veil.isVisible()]


def dropped_on(place: QWidget, mime: QMimeData) -> bool:
    send_drag(QDragEnterEvent, place, mime)
    return send_drag(QDropEvent, place, mime).isAccepted()


PLACES = {
    "the Motion well": lambda run: well(run, Slot.VIDEO).paste(),
    "the Character well": lambda run: well(run, Slot.IMAGE).paste(),
    "the window": lambda run: run.window.commands.triggered.emit("paste_input"),
    "a drop on the window": lambda run: dropped_on(run.window, screenshot()),
    "a drop on the panel": lambda run: dropped_on(run.assembly.desk.compose, screenshot()),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_picture_without_a_file_becomes_the_character(qapp, tmp_path: Path, place: str):
    async def story(run: RealWindow) -> None:
        put(screenshot())
        PLACES[place](run)
        await is_the_character(run)

    play(tmp_path, story)


def test_what_is_pasted_goes_where_it_belongs_whichever_well_has_the_focus(qapp, tmp_path: Path):
    picture = make_picture(tmp_path / "夜.png", *SIDES)
    clip = make_clip(tmp_path / "dance.mp4", 3.2, fps=5, sound=False)

    async def story(run: RealWindow) -> None:
        for path, focused in ((picture, Slot.VIDEO), (clip, Slot.IMAGE)):
            mime = QMimeData()
            mime.setUrls([QUrl.fromLocalFile(str(path))])
            put(mime)
            well(run, focused).paste()
        inputs = run.engine.drafting.inputs
        await run.until(lambda: all(v.state is InputState.READY for v in inputs.values()))
        assert sides(run, Slot.IMAGE) == SIDES
        link = QMimeData()
        link.setText("https://127.0.0.1:9/other.png")
        put(link)
        well(run, Slot.VIDEO).paste()
        await run.until(lambda: run.engine.drafting.draft.image.url == link.text())
        assert run.engine.drafting.draft.video.path == str(clip)

    play(tmp_path / "home", story)


def refused(run: RealWindow, mime: QMimeData) -> list[str]:
    """What each place says of a paste or drop that it does not take."""
    put(mime)
    compose, said = run.assembly.desk.compose, []
    for place in (compose, well(run, Slot.IMAGE), well(run, Slot.VIDEO)):
        place.paste()
        said.append(place._veil.text() if place._veil.isVisible() else "")
        assert not dropped_on(place, mime)
        said.append(place._veil.text() if place._veil.isVisible() else "")
        place._veil.hide()
    run.notices.clear()
    assert not dropped_on(run.window, mime)
    said.append(run.notices.text)
    return said


def test_no_refusal_is_without_words(qapp, tmp_path: Path):
    promise = QMimeData()
    promise.setData("XdndDirectSave0", b"a.png")
    prose, phone, broken = QMimeData(), QMimeData(), QMimeData()
    prose.setText("Only words.")
    phone.setUrls([QUrl("mtp:/Pixel 6/DCIM/a.jpg")])
    broken.setData("image/png", b"no picture")

    async def story(run: RealWindow) -> None:
        for mime, part in (
            (QMimeData(), "This is no "),
            (prose, "This is no "),
            (promise, "Save or extract it into a folder first"),
            (phone, "a.jpg lies on a device"),
            (broken, ""),
        ):
            said = refused(run, mime)
            assert all(said), said
            assert all(part in text for text in said), said
        engine, run.assembly.desk.engine = run.assembly.desk.engine, None
        said = refused(run, screenshot())
        run.assembly.desk.engine = engine
        assert all(said), said

    play(tmp_path, story)


def test_a_mails_picture_gets_a_place_of_its_own_and_keeps_its_name(qapp, tmp_path: Path):
    data = make_picture(tmp_path / "a.png", *SIDES).read_bytes()
    mime = QMimeData()
    mime.setData(DESCRIPTOR, struct.pack("<I", 1) + record("../夜: 1.png", len(data)))
    mime.setData(contents(0), data)

    async def story(run: RealWindow) -> None:
        assert dropped_on(run.assembly.desk.stage, mime) or dropped_on(run.window, mime)
        await is_the_character(run)
        kept.append(Path(run.engine.drafting.draft.image.path or ""))

    kept: list[Path] = []
    play(tmp_path / "home", story)
    (path,) = kept
    assert path.name == "夜 1.png"
    assert path.is_relative_to(tmp_path / "home")
    assert path.read_bytes() == data


def test_the_focus_is_no_aim_but_a_link_without_a_kind_goes_there(qapp, tmp_path: Path):
    async def story(run: RealWindow) -> None:
        mime = QMimeData()
        mime.setText("https://127.0.0.1:9/clip")
        put(mime)
        field = well(run, Slot.VIDEO)
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        field.paste()
        await run.until(lambda: run.engine.drafting.draft.video is not None)
        assert run.engine.drafting.draft.image is None

    play(tmp_path, story)
