"""Puts the text of standard input on the desktop's clipboard and keeps it there until killed."""

from __future__ import annotations

import sys

from PySide6.QtGui import QGuiApplication


def main() -> int:
    app = QGuiApplication(sys.argv)
    app.clipboard().setText(sys.stdin.read())
    print("ready", flush=True)
    return app.exec()


if __name__ == "__main__":
    raise SystemExit(main())
