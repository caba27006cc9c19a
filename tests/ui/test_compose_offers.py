"""Drop, paste and typed text become one Offer, from every shape that they come in."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray, QMimeData, QUrl
from PySide6.QtGui import QImage, QPixmap

from kling_desktop.motion.request import Slot
from kling_desktop.ui.compose.offers import (
    MAX_TEXTS,
    Offer,
    clean_text,
    offer_from_mime,
    offer_from_text,
    texts_from_mime,
)
from kling_desktop.ui.handed import Handed

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
NAMES = [
    "plain.png",
    "with space.png",
    'it\'s "quoted".png',
    "100% #1 ?query&more.png",
    "夏祭りの踊り.mp4",
    "مرحبا.png",
    "rocket 🚀👩‍🚀.mp4",
    "new\nline.png",
    ("é" * 125) + "x.png",  # 255 bytes in UTF-8, the most that a file system takes
]


def mime(
    urls: list[str] | None = None,
    text: str | None = None,
    html: str | None = None,
    image: QImage | None = None,
) -> QMimeData:
    data = QMimeData()
    if urls is not None:
        data.setUrls([QUrl(url) for url in urls])
    if text is not None:
        data.setText(text)
    if html is not None:
        data.setHtml(html)
    if image is not None:
        data.setImageData(image)
    return data


def picture() -> QImage:
    image = QImage(8, 6, QImage.Format.Format_ARGB32)
    image.fill(0xFF336699)
    return image


@pytest.mark.parametrize("name", NAMES)
def test_file_from_a_file_manager_keeps_its_exact_name(name):
    path = f"/home/mai/{name}"
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path)])
    assert offer_from_mime(data, Slot.IMAGE) == Offer(Slot.IMAGE, (path,))


def test_two_files_have_no_one_slot_and_keep_their_order():
    data = mime(["file:///a/cat.png", "file:///a/dance.mp4"])
    offer = offer_from_mime(data, Slot.VIDEO)
    assert offer == Offer(None, ("/a/cat.png", "/a/dance.mp4"))


def test_the_same_file_twice_is_one():
    assert texts_from_mime(mime(["file:///a/b.png", "file:///a/b.png"])) == ("/a/b.png",)


def test_localhost_in_a_file_url_is_this_computer():
    assert texts_from_mime(mime(["file://localhost/a/b.png"])) == ("/a/b.png",)


def test_link_from_a_browser_is_a_link():
    data = mime(["https://example.org/cat.png?size=1&sig=a%2Fb"])
    assert offer_from_mime(data, Slot.IMAGE) == Offer(
        Slot.IMAGE, ("https://example.org/cat.png?size=1&sig=a%2Fb",)
    )


def test_link_with_letters_of_another_script_is_encoded():
    (link,) = texts_from_mime(mime(["https://example.org/踊り 1.mp4"]))
    assert link == "https://example.org/%E8%B8%8A%E3%82%8A%201.mp4"


def test_picture_dragged_from_a_browser_with_its_pixels_is_the_picture():
    data = mime(
        ["https://example.org/cat.png"],
        text="https://example.org/cat.png",
        html='<img src="https://example.org/cat.png">',
        image=picture(),
    )
    offer = offer_from_mime(data, Slot.IMAGE)
    assert offer is not None
    assert offer.texts == ()
    assert offer.image_png is not None
    assert QImage.fromData(offer.image_png).size() == picture().size()


def test_clip_dragged_from_a_browser_with_a_still_is_the_link():
    data = mime(["https://example.org/dance.mp4"], image=picture())
    offer = offer_from_mime(data, Slot.VIDEO)
    assert offer == Offer(Slot.VIDEO, ("https://example.org/dance.mp4",))


def test_a_file_wins_over_the_link_and_the_pixels_beside_it():
    data = mime(["https://example.org/cat.png", "file:///tmp/cat.png"], image=picture())
    assert offer_from_mime(data, Slot.IMAGE) == Offer(Slot.IMAGE, ("/tmp/cat.png",))


def test_picture_inside_a_link_is_the_picture_not_the_page():
    html = '<a href="/page"><img class="x" src="/media/cat.png?a=1&amp;b=2"></a>'
    data = mime(["https://example.org/page"], html=html)
    assert texts_from_mime(data) == ("https://example.org/media/cat.png?a=1&b=2",)


@pytest.mark.parametrize(
    "html",
    [
        '<img src="data:image/png;base64,AAAA">',
        '<img src="/a.png"><img src="/b.png">',
        "<p>no picture</p>",
        '<img src="javascript:alert(1)">',
    ],
)
def test_html_that_names_no_one_picture_leaves_the_link(html):
    assert texts_from_mime(mime(["https://example.org/page"], html=html)) == (
        "https://example.org/page",
    )


@pytest.mark.parametrize(
    "url", ["blob:https://example.org/1", "data:image/png;base64,AA", "about:x"]
)
def test_urls_that_nobody_can_fetch_are_no_offer(url):
    assert offer_from_mime(mime([url]), Slot.IMAGE) is None


def test_foreign_link_is_offered_so_that_it_can_be_refused_with_a_reason():
    assert texts_from_mime(mime(["sftp://host/a.mp4"])) == ("sftp://host/a.mp4",)


def test_screenshot_in_the_clipboard_is_png_bytes():
    offer = offer_from_mime(mime(image=picture()), Slot.IMAGE)
    assert offer is not None
    assert offer.image_png is not None
    assert offer.image_png.startswith(PNG_MAGIC)
    assert QImage.fromData(offer.image_png).pixelColor(3, 3).name() == "#336699"


def test_png_in_the_clipboard_travels_byte_for_byte():
    original = Handed(mime(image=picture())).picture_png()
    assert original is not None
    data = QMimeData()
    data.setData("image/png", QByteArray(original))
    offer = offer_from_mime(data, None)
    assert offer == Offer(None, image_png=original)


def test_pixmap_in_the_clipboard_counts_as_a_picture(qapp):
    data = QMimeData()
    data.setImageData(QPixmap.fromImage(picture()))
    assert offer_from_mime(data, Slot.IMAGE) is not None


def test_broken_picture_data_is_no_offer():
    data = QMimeData()
    data.setData("image/png", QByteArray(b"not a png"))
    assert offer_from_mime(data, Slot.IMAGE) is None


def test_paths_and_links_as_text_one_a_line():
    text = '# a comment\n"/a/my cat.png"\r\n\n  https://example.org/d.mp4  \n'
    assert offer_from_mime(mime(text=text), Slot.IMAGE) == Offer(
        None, ("/a/my cat.png", "https://example.org/d.mp4")
    )


@pytest.mark.parametrize(
    "text", ["", "   \n", "Soft evening light", "/a/b.png\nand more", "cat.png"]
)
def test_prose_in_the_clipboard_is_no_offer(text):
    assert offer_from_mime(mime(text=text), Slot.IMAGE) is None


def test_empty_mime_is_no_offer():
    assert offer_from_mime(QMimeData(), None) is None


def test_a_pasted_book_is_cut_short():
    text = "\n".join(f"/a/{i}.png" for i in range(10 * MAX_TEXTS))
    assert len(texts_from_mime(mime(text=text))) == MAX_TEXTS


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/a/b.png", "/a/b.png"),
        ("  /a/b c.png \n", "/a/b c.png"),
        ("'/a/b c.png'", "/a/b c.png"),
        ("“/a/b.png”", "/a/b.png"),
        ("<https://example.org/a.png>", "https://example.org/a.png"),
        ("file:///a/b%20c.png", "/a/b c.png"),
        ("FILE:///a/%E8%B8%8A.png", "/a/踊.png"),
        ('"C:\\Users\\Mai\\my cat.png"', "C:\\Users\\Mai\\my cat.png"),
        ("\\\\server\\share\\a.mp4", "\\\\server\\share\\a.mp4"),
        ("\u202a/a/b.png", "/a/b.png"),  # the mark that Windows' "Copy as path" puts in front
        ("/a/b\0.png", "/a/b.png"),
        ("cat.png", "cat.png"),
        ("/a/it's.png", "/a/it's.png"),
        ("'", "'"),
    ],
)
def test_typed_text_is_cleaned(typed, meant):
    assert offer_from_text(typed, Slot.IMAGE) == Offer(Slot.IMAGE, (meant,))


def test_tilde_is_the_home_folder(monkeypatch):
    monkeypatch.setenv("HOME", "/home/mai")
    monkeypatch.setenv("USERPROFILE", "/home/mai")
    assert clean_text("~/Pictures/cat.png") == "/home/mai/Pictures/cat.png"
    assert clean_text("~cat.png") == "~cat.png"


@pytest.mark.parametrize("typed", ["", "  ", "\n\n", "\0"])
def test_nothing_typed_is_no_offer(typed):
    assert offer_from_text(typed, Slot.IMAGE) is None


@given(st.text(max_size=200))
def test_any_text_gives_an_offer_or_none_and_never_an_empty_text(text):
    offer = offer_from_text(text, Slot.VIDEO)
    assert offer is None or all(offer.texts)
    data = QMimeData()
    data.setText(text.encode("utf-8", "ignore").decode())
    from_mime = offer_from_mime(data, Slot.VIDEO)
    assert from_mime is None or all(from_mime.texts)


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1))
def test_every_file_name_survives_the_way_through_a_url(name):
    if name in (".", ".."):
        return
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/folder/" + name)])
    assert texts_from_mime(data) == (os.path.normpath("/folder/" + name),)
