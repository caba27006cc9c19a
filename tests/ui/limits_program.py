"""The whole window on a real engine and the sandbox: a limit for a day is met, raised, passed.

Prints as JSON what was asked, said and sent.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QLabel, QPushButton
from support.media import make_clip, make_picture
from support.waiting import PATIENCE_S, until
from window_scene import WindowScene

from kling_desktop.engine import credit
from kling_desktop.engine.home import Home
from kling_desktop.motion.job import HoldReason
from kling_desktop.motion.request import MotionRequest, Source
from kling_desktop.ui.dialogs.settings import SettingsSheet
from kling_desktop.ui.dialogs.setup import SetupSheet
from kling_desktop.ui.loop import run
from kling_desktop.ui.widgets.confirm import Confirm

LIMIT = 3.0  # one video of 2.24 credits fits


class Scene(WindowScene):
    def __init__(self, folder: Path, settings: str | None = None) -> None:
        """``settings``: what stands in the file instead, made by whatever damaged it."""
        folder.mkdir(exist_ok=True)
        home = Home(folder / "home")
        home.preferences.change(day_limit_credits=LIMIT, ask_above_credits=None, jobs_at_once=4)
        if settings is not None:
            home.paths.root.mkdir(exist_ok=True)
            home.paths.settings_file.write_text(settings, encoding="ascii")
            home = Home(folder / "home")
        super().__init__(folder, home, video_takes_s=3600)
        self.request = MotionRequest(
            Source(path=str(make_picture(folder / "astronaut.png"))),
            Source(path=str(make_clip(folder / "meadow.mp4", 3.2, fps=10))),
        )

    async def generate(self) -> None:
        facts = await self.engine.workers.media(
            self.engine.media.probe_video, self.request.video.path or ""
        )
        await self.engine.generate(self.request, None, facts)

    async def held(self) -> None:
        await until(lambda: self.engine.queue.state.holds == (HoldReason.DAY_LIMIT,))

    async def sent(self, times: int) -> None:
        await until(lambda: len(self.sandbox.accepted) == times)

    def press(self, text: str) -> None:
        """The button of the Queue's banner."""
        buttons = self.assembly.desk.queue.findChildren(QPushButton)
        next(b for b in buttons if b.text() == text and b.isVisible()).click()

    async def question(self) -> Confirm:
        def there() -> Confirm | None:
            found = self.assembly.window.findChildren(Confirm)
            return next((q for q in found if q.isVisible()), None)

        return await until(there)

    async def answer(self, *, yes: bool) -> str:
        """What it asked."""
        sheet = await self.question()
        text = next(t.text() for t in sheet.findChildren(QLabel) if t is not sheet.heading)
        (sheet.yes_button if yes else sheet.no_button).click()
        await until(lambda: not sheet.isVisible())
        return text.replace("\N{NO-BREAK SPACE}", " ")

    def settings(self) -> SettingsSheet:
        self.assembly.accounts.open_settings()
        return self.assembly.window.findChildren(SettingsSheet)[-1]

    def done(self, sheet: SettingsSheet) -> None:
        next(b for b in sheet.findChildren(QPushButton) if b.accessibleName() == "Done").click()

    def set(self, **values: object) -> SettingsSheet:
        """As the sheet says it after the person changed something."""
        sheet = self.settings()
        sheet.values_changed.emit({**sheet.values(), **values})
        return sheet


async def resume_asks(scene: Scene) -> None:
    """The pause ends at once; the limit stays until its question has a yes."""
    scene.engine.queue.pause()
    for _ in range(3):
        await scene.generate()
    scene.engine.queue.resume()
    await scene.sent(1)
    await scene.held()
    scene.seen["banner"] = scene.assembly.desk.queue._banner.text
    scene.engine.queue.pause()
    await until(lambda: HoldReason.PAUSED in scene.engine.queue.state.holds)
    scene.assembly.queueing.resume()
    scene.seen["asked"] = await scene.answer(yes=False)
    await scene.held()
    scene.seen["sent after a no"] = len(scene.sandbox.accepted)


async def raised(scene: Scene) -> None:
    scene.set(day_limit_credits=2 * 2.24).accept()
    await scene.sent(2)
    await until(lambda: scene.said)
    await scene.held()
    scene.seen["said"] = scene.said[-1]


async def switched_off(scene: Scene) -> None:
    sheet = scene.set(day_limit_credits=None)
    scene.seen["switching off"] = await scene.answer(yes=False)
    shown = sheet.values()["day_limit_credits"]
    scene.seen["kept"] = [scene.home.preferences.value.day_limit_credits, shown]
    scene.seen["sent after keeping it"] = len(scene.sandbox.accepted)
    sheet.accept()


async def asks_above(scene: Scene) -> None:
    """Never asking is shown as that, and not chosen without a question."""
    sheet = scene.set(ask_above_credits=12.5)
    await until(lambda: scene.home.preferences.value.ask_above_credits == 12.5)
    sheet.accept()
    sheet = scene.set(ask_above_credits=None)
    scene.seen["never asking"] = await scene.answer(yes=True)
    await until(lambda: scene.home.preferences.value.ask_above_credits is None)
    sheet.accept()


async def topped_up(scene: Scene) -> None:
    """In the browser: it is seen when the person comes back."""
    scene.sandbox.set_balance(0)
    await scene.generate()
    await until(lambda: scene.engine.queue.state.holds == (HoldReason.CREDIT,))
    await until(lambda: scene.engine.account.state.balance_credits == 0)
    scene.sandbox.set_balance(100)
    scene.assembly.window.returned_to.emit()
    await scene.sent(4)


async def passed(scene: Scene) -> None:
    scene.press("Resume…")
    await scene.answer(yes=True)
    await scene.sent(3)


async def unread(folder: Path) -> dict[str, Any]:
    """Limits that nobody can read hold the queue, and only the person's word lets it go on."""
    seen: dict[str, Any] = {}
    scene = Scene(folder, '{"day_limit_credits": "3", "ask_above_credits": null}')
    await scene.open()
    seen["said"] = scene.said
    await scene.generate()
    await until(lambda: scene.engine.queue.state.waiting)
    scene.assembly.desk.keep(theme="dark")  # anything else that is set changes nothing
    seen["banner"] = scene.assembly.desk.queue._banner.text
    scene.press("Resume…")
    seen["asked"] = await scene.answer(yes=False)
    seen["sent after a no"] = len(scene.sandbox.accepted)
    seen["held after a no"] = [hold.value for hold in scene.engine.queue.state.holds]
    scene.set(day_limit_credits=2.0).accept()
    await until(lambda: scene.engine.queue.state.holds == (HoldReason.DAY_LIMIT,))
    scene.set(day_limit_credits=LIMIT).accept()
    await scene.sent(1)
    await scene.close()
    return seen


async def going_on(folder: Path) -> list[str]:
    """The person may do without."""
    scene = Scene(folder, "{")
    await scene.open()
    await scene.generate()
    await until(lambda: scene.engine.queue.state.waiting)
    scene.press("Resume…")
    await scene.answer(yes=True)
    await scene.sent(1)
    await scene.close()
    return sorted(Home(folder / "home").preferences.unread_limits)


async def shown_again(folder: Path) -> dict[str, Any]:
    """The person gives the very values that the sheet shows: "Done" is their word for them."""
    seen: dict[str, Any] = {}
    scene = Scene(folder, '{"day_limit_credits": 1e400, "ask_above_credits": "12"}')
    await scene.open()
    await scene.generate()
    await until(lambda: scene.engine.queue.state.waiting)
    sheet = scene.settings()
    seen["says"] = sheet._lost_limits.text
    sheet.reject()  # Escape is no word
    sheet = scene.set(theme="dark")  # nor is another setting
    seen["after looking"] = sorted(scene.home.preferences.unread_limits)
    seen["held"] = [hold.value for hold in scene.engine.queue.state.holds]
    seen["shown"] = [sheet.values()[name] for name in ("ask_above_credits", "day_limit_credits")]
    scene.done(sheet)
    seen["asked"] = await scene.answer(yes=False)
    seen["after a no"] = sorted(scene.home.preferences.unread_limits)
    scene.done(scene.settings())
    await scene.answer(yes=True)
    await scene.sent(1)
    await scene.close()
    kept = Home(folder / "home").preferences
    seen["unread"] = sorted(kept.unread_limits)
    seen["kept"] = [kept.value.ask_above_credits, kept.value.day_limit_credits]
    return seen


async def one_lost(folder: Path, *, in_setup: bool) -> list[object]:
    """Where a limit is shown, it needs no question, in the first set-up neither."""
    scene = Scene(folder, '{"ask_above_credits": -1}')
    await scene.open()
    await scene.generate()
    await until(lambda: scene.engine.queue.state.waiting)
    if in_setup:
        scene.assembly.accounts._open_setup()
        setup = scene.assembly.window.findChildren(SetupSheet)[-1]
        next(b for b in setup.findChildren(QPushButton) if b.text() == "Done").click()
    else:
        scene.done(scene.settings())
    await scene.sent(1)
    await scene.close()
    kept = Home(folder / "home").preferences
    return [sorted(kept.unread_limits), kept.value.ask_above_credits]


async def main(folder: Path) -> int:
    credit.READ_AGAIN_S = PATIENCE_S  # nothing else reads the balance again
    damaged = {
        "unread": await unread(folder / "unread"),
        "shown again": await shown_again(folder / "shown"),
        "one lost": await one_lost(folder / "one", in_setup=False),
        "one lost, set up": await one_lost(folder / "setup", in_setup=True),
        "unread after going on": await going_on(folder / "lost"),
    }
    scene = Scene(folder)
    scene.seen = damaged
    await scene.open()
    sheet = scene.settings()
    scene.seen["ask above, before"] = sheet.values()["ask_above_credits"]
    sheet.accept()
    for part in (resume_asks, raised, switched_off, asks_above, passed, topped_up):
        await part(scene)
    scene.seen["sent after a top-up"] = len(scene.sandbox.accepted)
    await scene.close()
    print(json.dumps(scene.seen))
    return 0


if __name__ == "__main__":
    sys.exit(run(lambda: main(Path(sys.argv[1]))))
