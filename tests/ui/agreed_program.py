"""The whole window on a real engine and the sandbox; its clip is written over meanwhile.

Prints as JSON what was said, shown and sent.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QLabel
from support.media import make_clip, make_picture
from support.waiting import until
from window_scene import WindowScene

from kling_desktop.engine.engine import Engine
from kling_desktop.engine.home import Home
from kling_desktop.motion.job import Job, JobAction, JobState
from kling_desktop.motion.request import Slot
from kling_desktop.ui.compose.generate import GenerateButton
from kling_desktop.ui.loop import run
from kling_desktop.ui.presenter.queueing import detail_rows
from kling_desktop.ui.queue.model import LOOK_ROLE, QueueModel
from kling_desktop.ui.widgets.confirm import Confirm


class Scene(WindowScene):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, Home(folder / "home"), video_takes_s=0.1)
        self.picture = make_picture(folder / "astronaut.png")
        self.short = make_clip(folder / "short.mp4", 3.2, fps=10)
        self.long = make_clip(folder / "long.mp4", 6.4, fps=10)
        self.clip = Path(shutil.copy(self.short, folder / "meadow.mp4"))

    async def open(self) -> Engine:
        engine = await super().open()
        await engine.drafting.offer((str(self.picture), str(self.clip)), None)
        return engine

    @property
    def button(self) -> GenerateButton:
        found = self.assembly.window.findChild(GenerateButton)
        assert found is not None
        return found

    async def can_press(self) -> None:
        await until(self.button.isEnabled)
        await until(lambda: all(v.stamp for v in self.engine.drafting.inputs.values()))

    async def press_on_an_old_price(self) -> None:
        """The clip is exported again while the button still shows the price of the first one."""
        await self.can_press()
        self.seen["first price"] = self.button.price()
        shutil.copy(self.long, self.clip)
        self.button.click()
        await until(lambda: self.said)
        self.seen["jobs after the first press"] = len(self.engine.book.all())
        await self.can_press()
        self.seen["second price"] = self.button.price()

    async def back_from_the_editor(self) -> None:
        """Another program wrote the clip anew, and now this window is the active one again."""
        shutil.copy(self.short, self.clip)
        QCoreApplication.sendEvent(self.assembly.window, QEvent(QEvent.Type.WindowActivate))
        await until(lambda: self.button.price() != self.seen["second price"])
        await self.can_press()
        self.seen["price after coming back"] = self.button.price()
        shutil.copy(self.long, self.clip)
        QCoreApplication.sendEvent(self.assembly.window, QEvent(QEvent.Type.WindowActivate))
        await until(lambda: self.button.price() == self.seen["second price"])
        await self.can_press()

    async def overwritten_while_it_waits(self) -> Job:
        self.engine.queue.pause()
        self.button.click()
        (job,) = await until(self.engine.book.all)
        shutil.copy(self.short, self.clip)
        self.engine.queue.resume()
        await until(lambda: self.engine.queue.state.asking)
        await until(lambda: len(self.said) > 1)
        job = self.engine.book.get(job.job_id)
        model = self.assembly.window.findChild(QueueModel)
        assert model is not None
        look = model.index_of(job.job_id).data(LOOK_ROLE)
        self.seen["row"] = [look.text, look.short, [b.value for b in look.buttons]]
        self.seen["sent while it asks"] = len(self.sandbox.accepted)
        named = ("Agreed to", "Is now")
        self.seen["details"] = [row for row in detail_rows(job, time.time()) if row[0] in named]
        return job

    async def send(self, job: Job) -> None:
        self.assembly.desk.queue.action_requested.emit(job.job_id, JobAction.SEND.value)
        await until(lambda: self.engine.book.get(job.job_id).state is JobState.DONE)
        self.seen["sent"] = len(self.sandbox.accepted)

    async def linked_clip(self) -> None:
        """Nobody tells its length, and the most that it can cost is above what is asked about."""
        jobs = len(self.engine.book.all())
        await self.engine.drafting.offer(("http://127.0.0.1:9/far.mp4",), Slot.VIDEO)
        await until(lambda: self.button.price().startswith("at most"))
        await until(self.button.isEnabled)
        self.seen["price of a link"] = self.button.price()
        self.button.click()
        (sheet,) = await until(lambda: self.assembly.window.findChildren(Confirm))
        self.seen["question about a link"] = [label.text() for label in sheet.findChildren(QLabel)]
        sheet.reject()
        await until(lambda: not self.button._busy)
        self.seen["jobs after a no"] = len(self.engine.book.all()) - jobs


async def main(folder: Path) -> int:
    scene = Scene(folder)
    await scene.open()
    await scene.press_on_an_old_price()
    await scene.back_from_the_editor()
    job = await scene.overwritten_while_it_waits()
    await scene.send(job)
    await scene.linked_clip()
    await scene.close()
    print(json.dumps({"said": scene.said, **scene.seen}))
    return 0


if __name__ == "__main__":
    sys.exit(run(lambda: main(Path(sys.argv[1]))))
