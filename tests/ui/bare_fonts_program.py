"""The window on a computer with the program's own fonts alone: what two starts say of a name."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication
from real_window import RealWindow, play
from support.media import make_picture

NOTICES = "This computer has no font for Chinese, Japanese or Korean letters"


def main(folder: Path) -> None:
    _app = QApplication([])
    picture = make_picture(folder / "夜の踊り.png")
    said: list[bool] = []

    async def story(run: RealWindow) -> None:
        run.engine.drafting.offer((str(picture),), None)
        looked = run.engine.drafting.inputs
        await run.until(lambda: any(v.stamp is not None for v in looked.values()))
        said.append(run.notices.text.startswith(NOTICES))

    for _start in range(2):
        play(folder / "home", story)
    print(json.dumps({"said": said}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
