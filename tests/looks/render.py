"""Renders every state of the window in both themes to PNG: the looks are tested by looking.

    python tests/looks/render.py [--out DIR] [--only PART-OF-A-NAME] [--image FILE] [--video FILE]

Beside the pictures: one sheet with all of them for each theme, and those scenes that matter for
sharpness once more at 200 %.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # support, as in every test

import looks_accounts  # noqa: F401  # puts its scenes among the others
import looks_agreed  # noqa: F401  # likewise
import looks_away  # noqa: F401  # likewise
import looks_fitting  # noqa: F401  # likewise
import looks_fitting_sheets  # noqa: F401  # likewise
import looks_holds  # noqa: F401  # likewise
import looks_sheets  # noqa: F401  # likewise
import looks_store  # noqa: F401  # likewise
import looks_working  # noqa: F401  # likewise
from looks_media import make_media
from looks_picture import THEMES, render
from looks_scenes import SCENES, Scene
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication
from support.screens import use_offscreen

from kling_desktop.ui.theme import theme

SHARP = "@2x"
THUMB_PX = (420, 262)
CAPTION_PX = 22
COLUMNS = 5


def main() -> int:
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    scale = float(os.environ.get("QT_SCALE_FACTOR", "1"))
    chosen = [s for s in SCENES.values() if options.only in s.name and (scale == 1 or s.sharp)]
    use_offscreen()
    app = QApplication(sys.argv[:1])
    theme().apply(app)
    pictures: dict[str, dict[str, QImage]] = {choice: {} for choice in THEMES}
    with tempfile.TemporaryDirectory() as folder:
        media = make_media(Path(folder), options.image, options.video)
        for scene in sorted(chosen, key=_name):
            for choice, picture in render(scene, media).items():
                name = f"{scene.name}-{choice}{'' if scale == 1 else SHARP}.png"
                picture.image.save(str(options.out / name))
                pictures[choice][scene.name] = picture.image
                for problem in picture.problems:
                    print(f"{name}: {problem}")
    for choice, made in pictures.items():
        if scale == 1 and made:
            _contact_sheet(made).save(str(options.out / f"index-{choice}.png"))
    if scale == 1 and any(s.sharp for s in chosen):
        return _again_at_200_percent()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Render every state of the window.")
    parser.add_argument("--out", type=Path, default=Path("looks"), help="folder for the pictures")
    parser.add_argument("--only", default="", help="scenes whose name contains this")
    parser.add_argument("--image", type=Path, help="a picture to show instead of a drawn one")
    parser.add_argument("--video", type=Path, help="a clip to show instead of a drawn one")
    return parser.parse_args()


def _again_at_200_percent() -> int:
    """Qt reads the scale once, at its start: another process."""
    environment = {**os.environ, "QT_SCALE_FACTOR": "2"}
    return subprocess.run([sys.executable, *sys.argv], env=environment, check=False).returncode


def _name(scene: Scene) -> str:
    return scene.name


def _contact_sheet(pictures: dict[str, QImage]) -> QImage:
    """All pictures small, each with its name."""
    width, height = THUMB_PX
    rows = -(-len(pictures) // COLUMNS)
    cell = height + CAPTION_PX + 8
    sheet = QImage((width + 8) * COLUMNS, cell * rows, QImage.Format.Format_RGB32)
    sheet.fill(QColor("#808080"))
    painter = QPainter(sheet)
    painter.setPen(QColor("#000000"))
    smooth = Qt.TransformationMode.SmoothTransformation
    for number, (name, picture) in enumerate(pictures.items()):
        left, top = (number % COLUMNS) * (width + 8), (number // COLUMNS) * cell
        small = picture.scaled(*THUMB_PX, Qt.AspectRatioMode.KeepAspectRatio, smooth)
        painter.drawImage(left, top + CAPTION_PX, small)
        caption = QRect(left + 4, top, width, CAPTION_PX)
        painter.drawText(caption, Qt.AlignmentFlag.AlignVCenter, name)
    painter.end()
    return sheet


if __name__ == "__main__":
    sys.exit(main())
