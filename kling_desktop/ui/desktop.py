"""What the desktop around the window does for us: folders, other players, clipboard, bin."""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QFile, QMimeData, QProcess, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication


def show_in_folder(path: str) -> None:
    """Open the file manager with the file selected, or at least its folder."""
    if sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", path])
    elif os.name == "nt":
        QProcess.startDetached("explorer", ["/select,", os.path.normpath(path)])
    elif not _show_items(path):
        QDesktopServices.openUrl(QUrl.fromLocalFile(os.path.dirname(path)))


def _show_items(path: str) -> bool:
    """Freedesktop's FileManager1: file managers on Linux select the file."""
    command = [
        "--session",
        "--dest=org.freedesktop.FileManager1",
        "--type=method_call",
        "/org/freedesktop/FileManager1",
        "org.freedesktop.FileManager1.ShowItems",
        f"array:string:{QUrl.fromLocalFile(path).toString(QUrl.ComponentFormattingOption.FullyEncoded)}",
        "string:",
    ]
    if not os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return False
    started, _pid = QProcess.startDetached("dbus-send", command, "")
    return bool(started)


def open_elsewhere(path: str) -> bool:
    """In the program that the system has for this kind of file."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(path))


def copy_files(paths: list[str]) -> None:
    """To the clipboard, so that a file manager or a chat can paste them."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path) for path in paths])
    QGuiApplication.clipboard().setMimeData(mime)


def discard(path: str) -> str | None:
    """Into the system's bin; where it lies now, or None where there is no bin: it stays."""
    file = QFile(path)
    return file.fileName() if file.moveToTrash() else None
