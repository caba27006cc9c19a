"""What another program hands over, by its clipboard or a drag. It may not answer.

Each question to it blocks the window, on X11 for as long as Qt waits: five seconds, and nothing
ends that earlier. So each kind is asked for once, and a silence ends the asking: for a drag until
it is over, for the clipboard until somebody else has it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QObject, QUrl
from PySide6.QtGui import QClipboard, QGuiApplication, QImage, QPixmap

from kling_desktop.steady import steady_s

# Who answers at all does so at once; less than Qt's patience on any system.
SILENT_S = 2.0
LINKS, TEXT, HTML, IMAGE = "text/uri-list", "text/plain", "text/html", "application/x-qt-image"
UTF8_TEXT = "text/plain;charset=utf-8"
# The best first: one is asked for. All of them Qt reads.
PICTURES = ("image/png", "image/webp", "image/tiff", "image/bmp", "image/jpeg", "image/gif")
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_PNG_QUALITY = 60  # QImage's scale for PNG: 0 packs hard, 100 not at all; a screenshot in 0.1 s

T = TypeVar("T")


class Handed:
    """Asked for its kinds, and for each of them once. Whoever has it may go: what came is kept."""

    def __init__(self, mime: QMimeData, *, is_silent: bool = False) -> None:
        self._mime = mime
        self.is_silent = is_silent  # it did not answer, and is asked no more
        nothing: list[str] = []
        self._formats = frozenset(self._ask(mime.formats, nothing))
        self._kept: dict[str, object] = {}

    @staticmethod
    def of(mime: QMimeData | Handed) -> Handed:
        return mime if isinstance(mime, Handed) else Handed(mime)

    @property
    def urls(self) -> list[QUrl]:
        return self._kind(LINKS, self._mime.urls, [])

    @property
    def text(self) -> str:
        """Of files and links alone there is none."""
        # One of both, or Qt would ask for the other, too. Where there is no text it asks for the
        # links: they are asked for first, so that a silence is one.
        kind = next((kind for kind in (UTF8_TEXT, TEXT) if kind in self._formats), "")
        if kind and self.has_links and not self.urls and self.is_silent:
            return ""
        data = self._kind(kind, lambda: bytes(self._mime.data(kind).data()), b"")
        return data.decode("utf-8", "replace")

    @property
    def html(self) -> str:
        return self._kind(HTML, self._mime.html, "")

    @property
    def has_links(self) -> bool:
        return LINKS in self._formats

    @property
    def has_text(self) -> bool:
        return bool({TEXT, UTF8_TEXT} & self._formats)

    @property
    def has_html(self) -> bool:
        return HTML in self._formats

    @property
    def has_picture(self) -> bool:
        """Whether it carries the pixels of a picture."""
        return bool({IMAGE, *PICTURES} & self._formats)

    @property
    def has_files(self) -> bool:
        """Whether it names files on this computer."""
        return any(url.isLocalFile() for url in self.urls)

    @property
    def is_media(self) -> bool:
        """Files, or a picture that did not come along with text."""
        return self.has_files or (self.has_picture and not (self.has_text or self.has_links))

    @property
    def is_awaited(self) -> bool:
        """Files are announced, their names have not come: X11 fetches them from the source.

        Between the button's release and the drop that follows it, Qt's sources hand out nothing:
        who lets go quickly would be told that their file is none.
        """
        return self.has_links and not self.urls

    def picture_png(self) -> bytes | None:
        """The picture as PNG: its own bytes where they are PNG already, or None."""
        kind = next((kind for kind in PICTURES if kind in self._formats), None)
        if kind is None:
            image = self._kind(IMAGE, self._mime.imageData, None)
            return _png(image.toImage() if isinstance(image, QPixmap) else image)
        data = self._kind(kind, lambda: bytes(self._mime.data(kind).data()), b"")
        return data if data.startswith(_PNG_MAGIC) else _png(QImage.fromData(data))

    def _kind(self, kind: str, ask: Callable[[], T], nothing: T) -> T:
        if kind not in self._formats:
            return nothing
        if kind not in self._kept:
            self._kept[kind] = self._ask(ask, nothing)
        found: T = self._kept[kind]  # type: ignore[assignment]  # as it was asked for
        return found

    def _ask(self, ask: Callable[[], T], nothing: T) -> T:
        if self.is_silent:
            return nothing
        began_s = steady_s()
        found = ask()
        self.is_silent = not found and steady_s() - began_s >= SILENT_S
        return found


def _png(image: object) -> bytes | None:
    if not isinstance(image, QImage) or image.isNull():
        return None
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    saved = image.save(buffer, "PNG", _PNG_QUALITY)  # type: ignore[call-overload]  # stub: bytes
    return bytes(buffer.data().data()) if saved else None


class Clipboard(QObject):
    """The one place that asks the clipboard, and the selection that the middle button pastes."""

    def __init__(self) -> None:
        super().__init__(QGuiApplication.instance())
        self._silent: set[QClipboard.Mode] = set()
        QGuiApplication.clipboard().changed.connect(self._on_changed)

    def handed(self, mode: QClipboard.Mode = QClipboard.Mode.Clipboard) -> Handed:
        """What is on it now."""
        mime = QGuiApplication.clipboard().mimeData(mode) or QMimeData()
        return _Remembered(mime, mode, self._silent)

    def heard(self, mime: QMimeData) -> Handed:
        """Of what Qt has to insert, from here or from a drag."""
        board = QGuiApplication.clipboard()
        modes = [QClipboard.Mode.Clipboard]
        modes += [QClipboard.Mode.Selection] if board.supportsSelection() else []
        for mode in modes:
            if board.mimeData(mode) is mime:
                return _Remembered(mime, mode, self._silent)
        return Handed(mime)

    def _on_changed(self, mode: QClipboard.Mode) -> None:
        self._silent.discard(mode)


class _Remembered(Handed):
    """A silence is remembered for whoever asks next."""

    def __init__(
        self, mime: QMimeData, mode: QClipboard.Mode, silent: set[QClipboard.Mode]
    ) -> None:
        self._mode, self._silent = mode, silent
        super().__init__(mime, is_silent=mode in silent)

    def _ask(self, ask: Callable[[], T], nothing: T) -> T:
        found = super()._ask(ask, nothing)
        if self.is_silent:
            self._silent.add(self._mode)
        return found


_clipboards: list[Clipboard] = []


def clipboard() -> Clipboard:
    """Of this QApplication."""
    application = QGuiApplication.instance()
    if not _clipboards or _clipboards[0].parent() is not application:
        _clipboards[:] = [Clipboard()]
    return _clipboards[0]
