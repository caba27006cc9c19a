"""What another program hands over, by its clipboard or a drag. It may not answer.

Each question to it blocks the window, on X11 for as long as Qt waits: five seconds, and nothing
ends that earlier. So each kind is asked for once, and a silence or a slow answer ends the asking:
for a drag until it is over, for the clipboard until somebody else has it. What the clipboard's
owner took its time for is kept as long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QObject, QUrl
from PySide6.QtGui import QClipboard, QGuiApplication, QImage, QPixmap

from kling_desktop.steady import steady_s

# Who answers at all does so at once; less than Qt's patience on any system.
SLOW_S = 1.0
# What takes less costs nothing to ask for again, and may have changed without a word.
NOTED_S = 0.1
KEPT_MAX_BYTES = 64 * 1024 * 1024
KINDS = "its kinds"  # asked for like one of them
LINKS, TEXT, HTML, IMAGE = "text/uri-list", "text/plain", "text/html", "application/x-qt-image"
RAW_LINKS = "links as they came"  # likewise
UTF8_TEXT = "text/plain;charset=utf-8"
# The best first: one is asked for. All of them Qt reads.
PICTURES = ("image/png", "image/webp", "image/tiff", "image/bmp", "image/jpeg", "image/gif")
# Windows' list of files that lie nowhere yet: a mail's, a phone's, an archive's (``ui/given``).
DESCRIPTOR = 'application/x-qt-windows-mime;value="FileGroupDescriptorW"'
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_PNG_QUALITY = 60  # QImage's scale for PNG: 0 packs hard, 100 not at all; a screenshot in 0.1 s

T = TypeVar("T")


@dataclass(slots=True)
class Memory:
    """What was learned of whoever has the clipboard, for whoever asks next."""

    kept: dict[str, object] = field(default_factory=dict)
    size_bytes: int = 0
    is_silent: bool = False
    is_slow: bool = False

    def keep(self, kind: str, found: object) -> bool:
        """As far as there is room."""
        size_bytes = self.size_bytes + _size_bytes(found)
        if size_bytes > KEPT_MAX_BYTES:
            return False
        self.kept[kind], self.size_bytes = found, size_bytes
        return True


class Handed:
    """Asked for its kinds, and for each of them once. Whoever has it may go: what came is kept."""

    def __init__(self, mime: QMimeData, memory: Memory | None = None) -> None:
        self._mime = mime
        self._memory = memory or Memory()
        self.is_silent = self._memory.is_silent  # it did not answer, and is asked no more
        self._is_slow = self._memory.is_slow  # it did, and is asked for nothing else
        self._kept = dict(self._memory.kept)
        nothing: list[str] = []
        self._formats = frozenset(self._ask(KINDS, mime.formats, nothing))

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
        if kind and self._is_slow and kind not in self._kept:
            return "\n".join(url.toLocalFile() or url.toString() for url in self.urls)
        return data.decode("utf-8", "replace")

    @property
    def html(self) -> str:
        return self._kind(HTML, self._mime.html, "")

    @property
    def kinds(self) -> frozenset[str]:
        """What is announced."""
        return self._formats

    def data(self, kind: str) -> bytes:
        """Of a kind that is announced, or that follows from one."""
        return self._ask(kind, lambda: bytes(self._mime.data(kind).data()), b"")

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
    def has_given(self) -> bool:
        """Whether it may carry files that lie nowhere yet."""
        return DESCRIPTOR in self._formats or any(k.startswith("video/") for k in self._formats)

    @property
    def has_files(self) -> bool:
        """Whether it names files on this computer."""
        return any(url.isLocalFile() for url in self.urls)

    @property
    def is_media(self) -> bool:
        """Files, or a picture that did not come along with text."""
        has_data = self.has_picture or self.has_given
        return self.has_files or (has_data and not (self.has_text or self.has_links))

    @property
    def is_awaited(self) -> bool:
        """Files are announced, their names have not come: X11 fetches them from the source.

        Between the button's release and the drop that follows it, Qt's sources hand out nothing:
        who lets go quickly would be told that their file is none.
        """
        return self.has_links and not self.urls and not self.has_strange_links

    @property
    def has_strange_links(self) -> bool:
        """Whether links came that Qt cannot read: some archive programs write such."""
        if not self.has_links or any(url.isValid() for url in self.urls):
            return False
        raw = self._ask(RAW_LINKS, lambda: bytes(self._mime.data(LINKS).data()), b"")
        return bool(self.urls or raw)

    def picture_png(self) -> bytes | None:
        """The picture as PNG: its own bytes where they are PNG already, or None."""
        kind = next((kind for kind in PICTURES if kind in self._formats), None)
        if kind is None:
            image = self._kind(IMAGE, self._mime.imageData, None)
            return _png(image.toImage() if isinstance(image, QPixmap) else image)
        data = self._kind(kind, lambda: bytes(self._mime.data(kind).data()), b"")
        return data if data.startswith(_PNG_MAGIC) else _png(QImage.fromData(data))

    def _kind(self, kind: str, ask: Callable[[], T], nothing: T) -> T:
        return self._ask(kind, ask, nothing) if kind in self._formats else nothing

    def _ask(self, kind: str, ask: Callable[[], T], nothing: T) -> T:
        if kind not in self._kept:
            if self.is_silent or self._is_slow:
                return nothing
            began_s = steady_s()
            self._kept[kind] = ask()
            self._note(kind, steady_s() - began_s)
        found: T = self._kept[kind]  # type: ignore[assignment]  # as it was asked for
        return found

    def _note(self, kind: str, took_s: float) -> None:
        found, memory = self._kept[kind], self._memory
        if not found and took_s >= SLOW_S:
            self.is_silent = memory.is_silent = True
        elif took_s >= NOTED_S:
            # The kinds alone are of no use: one of them is asked for all the same.
            self._is_slow = took_s >= SLOW_S and kind != KINDS
            if memory.keep(kind, found):
                memory.is_slow = self._is_slow


def _size_bytes(found: object) -> int:
    if isinstance(found, QImage):
        return found.sizeInBytes()
    if isinstance(found, QPixmap):
        return found.width() * found.height() * 4
    if isinstance(found, list):
        return sum(len(str(each)) for each in found)
    return len(found) if isinstance(found, bytes | str) else 0


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
        self._memories: dict[QClipboard.Mode, Memory] = {}
        QGuiApplication.clipboard().changed.connect(self._on_changed)

    def handed(self, mode: QClipboard.Mode = QClipboard.Mode.Clipboard) -> Handed:
        """What is on it now."""
        mime = QGuiApplication.clipboard().mimeData(mode) or QMimeData()
        return Handed(mime, self._memories.setdefault(mode, Memory()))

    def heard(self, mime: QMimeData) -> Handed:
        """Of what Qt has to insert, from here or from a drag."""
        board = QGuiApplication.clipboard()
        modes = [QClipboard.Mode.Clipboard]
        modes += [QClipboard.Mode.Selection] if board.supportsSelection() else []
        mode = next((mode for mode in modes if board.mimeData(mode) is mime), None)
        return Handed(mime) if mode is None else self.handed(mode)

    def _on_changed(self, mode: QClipboard.Mode) -> None:
        self._memories.pop(mode, None)


_clipboards: list[Clipboard] = []


def clipboard() -> Clipboard:
    """Of this QApplication."""
    application = QGuiApplication.instance()
    if not _clipboards or _clipboards[0].parent() is not application:
        _clipboards[:] = [Clipboard()]
    return _clipboards[0]
