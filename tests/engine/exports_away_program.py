"""A copy and an export while their disk goes away midway. Prints as JSON what came of each."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from support.mounts import mount, unmount

from kling_desktop import moving
from kling_desktop.engine import library as library_module
from kling_desktop.engine.exporting import ClipExport, ExportFailed, Exporting, ExportKind
from kling_desktop.engine.failures import CopyFailed
from kling_desktop.engine.library import Library
from kling_desktop.engine.workers import Workers


async def story(folder: Path) -> list[str]:
    place, video, workers = folder / "disk", folder / "a.mp4", Workers()
    place.mkdir()
    video.write_bytes(b"a video")
    goes = True

    def write(_source: object, out: object, **_how: object) -> None:
        if goes:
            unmount(place)
        moving.copy(video, Path(str(out)))

    library_module.copy = write  # type: ignore[assignment]
    book = SimpleNamespace(get=lambda _job_id: SimpleNamespace(result_path=str(video)))
    media = cast(Any, SimpleNamespace(export_clip=write))
    library = Library(cast(Any, book), workers, media, folder / "begun")
    exporting = Exporting(workers, media, library.work_files)
    wish, seen = ClipExport(str(video), ExportKind.GIF, 0.0, 1.0), []
    for goes in (False, True):
        for name in ("b.mp4", "b.gif"):
            mount(place)
            try:
                if name == "b.mp4":
                    await library.save_as("a", str(place / name))
                else:
                    await exporting.clip(wish, place / name, lambda _: None, threading.Event())
                seen.append("saved")
            except (CopyFailed, ExportFailed) as error:
                seen.append(error.reason)
            seen += os.listdir(place)
            if not goes:
                unmount(place)
    workers.halt()
    await workers.close(1.0)
    return seen


if __name__ == "__main__":
    print(json.dumps(asyncio.run(story(Path(sys.argv[1])))))
