"""A file manager's window for tests: each tile drags real file links out of this process.

    python file_manager.py X,Y copy|move FILE…

The second word is what the source proposes; it allows both, as file managers do. There is a tile
for each file, named after it, and one named "All files". Standard output tells the drag's life:
"ready", "pressed NAME", "over copy" or "over ignore" while the mouse moves, "dropped copy" or
"dropped ignore" at its end; "move" where the target would take the file away from its owner.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

TITLE = "Files of the test"
TILE_PX = (220, 90)


def say(text: str) -> None:
    print(text, flush=True)


def word(action: Qt.DropAction) -> str:
    """ "copy", "move", "link" or "ignore"."""
    return action.name.removesuffix("Action").lower()


class Tile(QLabel):
    """One thing that can be dragged."""

    def __init__(self, name: str, files: list[Path], proposed: Qt.DropAction) -> None:
        super().__init__(name)
        self._proposed = proposed
        self._files = files
        self.setAccessibleName(name)
        self.setFixedSize(*TILE_PX)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setStyleSheet("background: #dfe8f2; border: 1px solid #556")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        say(f"pressed {self.text()}")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(file)) for file in self._files])
        drag = QDrag(self)
        drag.setMimeData(mime)
        drag.actionChanged.connect(lambda action: say(f"over {word(action)}"))
        allowed = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
        done = drag.exec(allowed, self._proposed)
        say(f"dropped {word(done)}")


def main() -> int:
    x, y = map(int, sys.argv[1].split(","))
    move = sys.argv[2] == "move"
    proposed = Qt.DropAction.MoveAction if move else Qt.DropAction.CopyAction
    files = [Path(name) for name in sys.argv[3:]]
    app = QApplication(sys.argv[:1])
    window = QWidget()
    window.setWindowTitle(TITLE)
    # Unmanaged: it stands exactly where the test wants it, beside the program's window.
    window.setWindowFlag(Qt.WindowType.BypassWindowManagerHint)
    column = QVBoxLayout(window)
    for file in files:
        column.addWidget(Tile(file.name, [file], proposed))
    column.addWidget(Tile("All files", files, proposed))
    window.move(x, y)
    window.show()
    say("ready")
    return app.exec()


if __name__ == "__main__":
    raise SystemExit(main())
