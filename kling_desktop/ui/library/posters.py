"""Thumbnail files as pixmaps: whole, in the size they are painted in, kept, never awaited."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QObject, QSize, QTimer, Signal
from PySide6.QtGui import QImage, QImageReader, QPixmap

from kling_desktop.ui.widgets.contained import contained

Key = tuple[str, int, int]  # path, width and height in device pixels

# About 300 posters of the Library at 200 %; beyond it the longest unseen ones go.
KEEP_BYTES = 64 * 1024 * 1024


class PosterCache(QObject):
    """Reads thumbnail files one at a time between events, the newest wish first.

    The files are small and made by the program itself, so one read stays far below a frame.
    """

    loaded = Signal(str)  # path

    def __init__(self, parent: QObject | None = None, keep_bytes: int = KEEP_BYTES) -> None:
        super().__init__(parent)
        self._keep_bytes = keep_bytes
        self._held_bytes = 0
        self._pixmaps: OrderedDict[Key, QPixmap] = OrderedDict()
        self._wanted: OrderedDict[Key, None] = OrderedDict()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._load_next)

    def pixmap(self, path: str, size: QSize, device_pixel_ratio: float) -> QPixmap | None:
        """The file fitted into ``size`` (logical pixels), or None while it is not read (or broken).

        ``loaded`` tells when asking again is worth while.
        """
        key = (
            path,
            round(size.width() * device_pixel_ratio),
            round(size.height() * device_pixel_ratio),
        )
        found = self._pixmaps.get(key)
        if found is None:
            self._want(key)
            return None
        self._pixmaps.move_to_end(key)
        if found.isNull():
            return None
        found.setDevicePixelRatio(device_pixel_ratio)
        return found

    def forget(self, path: str) -> None:
        """Drop what was read from ``path``; the file has changed."""
        for key in [k for k in self._pixmaps if k[0] == path]:
            self._held_bytes -= _size_bytes(self._pixmaps.pop(key))

    def _want(self, key: Key) -> None:
        if key[1] <= 0 or key[2] <= 0:
            return
        self._wanted[key] = None
        self._wanted.move_to_end(key)
        if not self._timer.isActive():
            self._timer.start(0)

    def _load_next(self) -> None:
        if not self._wanted:
            return
        key, _ = self._wanted.popitem(last=True)
        pixmap = QPixmap.fromImage(read_fitted(key[0], QSize(key[1], key[2])))
        self._pixmaps[key] = pixmap  # a null pixmap too: a broken file is not read again
        self._held_bytes += _size_bytes(pixmap)
        self._shrink()
        if self._wanted:
            self._timer.start(0)
        if not pixmap.isNull():
            self.loaded.emit(key[0])

    def _shrink(self) -> None:
        while self._held_bytes > self._keep_bytes and len(self._pixmaps) > 1:
            _, pixmap = self._pixmaps.popitem(last=False)
            self._held_bytes -= _size_bytes(pixmap)


def read_fitted(path: str, size: QSize) -> QImage:
    """The picture whole within ``size`` (device pixels); null where unreadable."""
    reader = QImageReader(path)
    reader.setAutoTransform(True)
    return contained(reader.read(), size)


def _size_bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
