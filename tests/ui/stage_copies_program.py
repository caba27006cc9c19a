"""A window with a Stage, real workers and the real media helper: clips that need a copy to show.

Prints as JSON what was seen and said. A program of its own, as stage_exports_program.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from stage_exports_program import Scene, until
from stage_media import frame_number, make_numbered_video

from kling_desktop.ui.loop import run
from kling_desktop.ui.presenter.copies import Copies
from kling_desktop.ui.stage.item import StageItem

STEPS_MS = [33, 16, 67, 17, 250, 8] * 5
STAMPS_MS = [sum(STEPS_MS[:n]) for n in range(len(STEPS_MS))]
PLAYED_MS = 1000  # the frame at this moment of a video of 25 frames a second is the 25th


class CopiesScene(Scene):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.copies = Copies(self.desk)
        self.notes: list[str] = []
        self.seen: dict[str, Any] = {}
        tell_note = self.stage._player.canvas.set_note

        def note(text: str) -> None:
            self.notes.append(text)
            tell_note(text)

        self.stage._player.canvas.set_note = note  # type: ignore[method-assign]
        self.window.show()
        make = make_numbered_video
        self.plain = make(folder / "plain.mp4", frames=50)
        self.stream = make(folder / "stream.ts", frames=50)
        self.deep = make(folder / "deep.mp4", frames=50, pixels="yuv420p10le")
        self.uneven = make(folder / "uneven.mp4", frames=30, stamps_ms=STAMPS_MS)

    def show(self, job_id: str, path: str, reference: str | None = None) -> None:
        self.copies.show(StageItem(job_id, job_id, path, reference, "Pro", None, False))

    async def seek(self) -> int | None:
        """The number of the frame that is shown then."""
        wanted = self.copies.item
        await until(lambda: _job(self.stage.item) == _job(wanted))
        await until(lambda: self.stage.frame_shown is not None)
        self.stage.seek(PLAYED_MS)
        await until(lambda: self.stage.position_ms >= PLAYED_MS - 40)
        player = self.stage._playback._result
        await until(lambda: player is not None and not player.is_seeking)
        return frame_number(self.stage.frame_shown)

    async def plain_clip(self) -> None:
        self.show("plain", self.plain)
        number = await self.seek()
        item = self.stage.item
        self.seen["plain"] = [number, item is not None and item.result_copy is None]

    async def results(self) -> None:
        for name, path in (("stream", self.stream), ("deep", self.deep)):
            self.show(name, path)
            await until(lambda: self.stage.item is not None and self.stage.item.result_waits)
            self.stage.play_pause()  # there is nothing to play yet
            self.seen[f"{name} page"] = self.stage._notice.title.text()
            opened = self.stage._playback.is_open
            await until(lambda: self.stage.item is not None and self.stage.item.result_copy)
            self.seen[f"{name} early"] = opened
            self.seen[name] = await self.seek()

    async def reference(self) -> None:
        self.stage.set_side_by_side(True)
        self.notes.clear()
        self.show("pair", self.plain, self.uneven)
        await until(lambda: self.stage.reference_frame_shown is not None)
        await self.seek()
        wanted = sum(stamp <= PLAYED_MS + 20 for stamp in STAMPS_MS) - 1
        await until(lambda: frame_number(self.stage.reference_frame_shown) == wanted)
        await until(lambda: frame_number(self.stage.frame_shown) == 25)  # shown as a pair
        self.seen["pair"] = [25, wanted]
        self.seen["pair notes"] = [self.notes[0] if self.notes else "", self.notes[-1]]
        self.stage.set_side_by_side(False)

    async def left(self) -> None:
        """Another video is wished for while the copy of one is made."""
        long = make_numbered_video(self.folder / "long.ts", frames=200)
        self.show("long", long)
        await until(lambda: self.stage.item is not None and self.stage.item.job_id == "long")
        self.show("plain", self.plain)
        self.seen["left"] = await self.seek()
        item = self.stage.item
        self.seen["left item"] = item.job_id if item is not None else None
        room = self.folder / "cache" / "shown"
        await until(lambda: not list(room.glob(".*")))  # what was half written is gone

    async def no_copy(self) -> None:
        """The cache takes none: the clip plays as it is, and that is said."""
        for made in (self.folder / "cache" / "shown").iterdir():
            made.unlink()
        (self.folder / "cache" / "shown").rmdir()
        (self.folder / "cache" / "shown").write_bytes(b"no folder")
        self.said.clear()
        self.show("uneven", self.uneven)
        await until(lambda: self.said and self.stage.frame_shown is not None)
        item = self.stage.item
        self.seen["as it is"] = [
            item is not None and item.result_copy is None and not item.result_waits,
            frame_number(self.stage.frame_shown),
        ]


def _job(item: StageItem | None) -> str | None:
    return item.job_id if item is not None else None


async def main(folder: Path) -> int:
    scene = CopiesScene(folder)
    await scene.plain_clip()
    await scene.results()
    await scene.reference()
    await scene.left()
    await scene.no_copy()
    await scene.close()
    print(json.dumps({"seen": scene.seen, "said": scene.said}))
    return 0


if __name__ == "__main__":
    sys.exit(run(lambda: main(Path(sys.argv[1]))))
