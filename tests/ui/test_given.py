"""Files that lie in another program alone: read where their data can be had, else told how."""

from __future__ import annotations

import struct

import pytest
from PySide6.QtCore import QMimeData

from kling_desktop.motion.request import Slot
from kling_desktop.ui.compose.dropping import judge
from kling_desktop.ui.compose.offers import Offer, offer_from_mime
from kling_desktop.ui.dropped import Drag
from kling_desktop.ui.given import MAX_BYTES, Given, GivenFile, given, told_how
from kling_desktop.ui.handed import DESCRIPTOR, Handed

FOLDER, HAS_ATTRIBUTES, HAS_SIZE = 0x10, 0x4, 0x40


def record(name: str, size: int | None = None, *, folder: bool = False) -> bytes:
    """FILEDESCRIPTORW, as Windows lays it out."""
    flags = HAS_ATTRIBUTES | (HAS_SIZE if size is not None else 0)
    size = size or 0
    head = struct.pack("<I16s8s8sI24sII", flags, b"", b"", b"", FOLDER * folder, b"", 0, 0)
    head = head[:-8] + struct.pack("<II", size >> 32, size & 0xFFFFFFFF)
    return head + name.encode("utf-16-le").ljust(520, b"\0")


def contents(number: int) -> str:
    return f'application/x-qt-windows-mime;value="FileContents";index={number}'


class Asked(QMimeData):
    """Notes what it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def retrieveData(self, mimetype, preferredType):
        self.asked.append(mimetype)
        return super().retrieveData(mimetype, preferredType)


def listed(*records: bytes, data: dict[int, bytes] | None = None) -> Asked:
    mime = Asked()
    mime.setData(DESCRIPTOR, struct.pack("<I", len(records)) + b"".join(records))
    for number, one in (data or {}).items():
        mime.setData(contents(number), one)
    return mime


def test_one_record_has_the_length_that_windows_gives_it():
    assert len(record("a.png", 5)) == 592


def test_a_list_of_windows_gives_a_file_for_each_well_by_its_name_and_number():
    mime = listed(
        record("note.txt", 4),
        record("Ferien", folder=True),
        record("Ferien\\夜.JPG", 6),
        record("dance.mp4", 3),
        record("other.png", 2),
        data={2: b"sixsix", 3: b"abc"},
    )
    handed = Handed(mime)
    assert given(handed) == (
        Given("夜.JPG", contents(2), 6),
        Given("dance.mp4", contents(3), 3),
    )
    assert judge(handed, None, lambda *_: (False, "never asked")).accepted
    files = (GivenFile("夜.JPG", b"sixsix"), GivenFile("dance.mp4", b"abc"))
    assert offer_from_mime(handed, Slot.IMAGE) == Offer(None, given=files)
    assert sorted(mime.asked) == sorted([DESCRIPTOR, contents(2), contents(3)])


def test_what_came_in_part_is_not_taken():
    handed = Handed(listed(record("a.png", 6), data={0: b"five!"}))
    assert offer_from_mime(handed, None) is None


def test_what_would_fill_the_memory_is_not_asked_for():
    mime = listed(record("long.mp4", MAX_BYTES + 1), data={0: b"x"})
    verdict = judge(Handed(mime), None, lambda *_: (True, ""))
    assert (verdict.accepted, verdict.text) == (False, told_how())
    assert mime.asked == [DESCRIPTOR]


@pytest.mark.parametrize("data", [b"", b"\1", b"\xff\xff\xff\xff", b"\1\0\0\0" + b"\xff" * 591])
def test_a_broken_list_names_nothing(data: bytes):
    mime = QMimeData()
    mime.setData(DESCRIPTOR, data)
    assert given(Handed(mime)) == ()


def test_the_shortcut_that_a_browser_lists_beside_a_link_is_no_file():
    mime = listed(record("Page.url", 9), data={0: b"123456789"})
    mime.setText("https://example.org/dance.mp4")
    assert offer_from_mime(mime, None) == Offer(None, ("https://example.org/dance.mp4",))


def test_the_bytes_of_a_clip_are_a_clip():
    mime = QMimeData()
    mime.setData("video/mp4", b"bytes")
    assert offer_from_mime(mime, None) == Offer(
        None, given=(GivenFile("Handed over.mp4", b"bytes"),)
    )


@pytest.mark.parametrize(
    "kind",
    [
        "XdndDirectSave0",
        "application/x-kde-ark-dndextract-service",
        "com.apple.pasteboard.promised-file-content-type",
        "application/x-moz-file-promise-url",
        DESCRIPTOR,
    ],
)
@pytest.mark.parametrize("slot", [None, *Slot])
def test_what_is_only_promised_is_told_how(kind: str, slot: Slot | None):
    mime = QMimeData()
    mime.setData(kind, b"x")
    verdict = judge(Handed(mime), slot, lambda *_: (True, ""))
    assert (verdict.accepted, verdict.text) == (False, told_how())


@pytest.mark.parametrize("slot", [None, *Slot])
def test_a_link_that_cannot_be_read_is_no_file_on_its_way(slot: Slot | None):
    mime = QMimeData()
    mime.setData("text/uri-list", b"archive://%2Fa.zip/x.mp4\r\n")
    drag = Drag()
    verdict = drag.enter(mime, lambda came: judge(came, slot, lambda _slot, _texts: (True, "")))
    assert (verdict.accepted, verdict.text) == (False, told_how())
