"""The real window on the real engine and the sandbox, and hands that press what they are told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from engine_world import World, make_clip, make_picture, make_quick, until
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QWidget
from support.sandboxes import running
from support.slow_disk import slow_down

from kling_desktop.engine.engine import Engine
from kling_desktop.engine.home import Home
from kling_desktop.motion.input import InputState
from kling_desktop.motion.job import Job, JobAction, JobState
from kling_desktop.motion.request import Draft, Source
from kling_desktop.ui.compose.generate import GenerateButton
from kling_desktop.ui.library.view import LibraryView
from kling_desktop.ui.presenter.assembly import Assembly
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.queue.view import QueueView
from kling_desktop.ui.widgets.question import Question
from kling_desktop.ui.widgets.sheet import Sheet

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
REPEATS = 6  # twice that many is what a second of holding a key brings
PACE_S = 0.02  # no hand is faster with one key
AIM = QPoint(6, 0)  # from where the pointer comes, on what it comes to
QUICK_MS, SLOW_MS = 60, 900  # between two presses: a double click, or two clicks
NOT_SENT = frozenset({JobState.QUEUED, JobState.PREPARING, JobState.UPLOADING, JobState.SUBMITTING})


async def by_hand(act: Callable[[], object]) -> None:
    """Outside of any task: QTest lets Qt's events run, and with them the steps of tasks."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def run() -> None:
        try:
            act()
        except BaseException as problem:
            done.set_exception(problem)
        else:
            done.set_result(None)

    QTimer.singleShot(0, run)
    await done


class Stand:
    """One window; ``engine`` is the one behind it now."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.preferences = Home(world.folder).preferences
        self.assembly = Assembly(
            self.preferences,
            lambda: str(world.videos),
            lambda _sandbox: None,
            str(world.folder),
            lambda: [],
            time.time,
        )
        self.window = self.assembly.window
        self.window.setUpdatesEnabled(False)  # hands need it laid out, not painted: that is dear
        self.queue = self.window.findChild(QueueView)
        self.library = self.window.findChild(LibraryView)
        self.button = self.window.findChild(GenerateButton)
        self.mouse = Mouse()
        self.shown: list[bool] = []  # whenever a press was shown to be taken, and to be done
        self._watch()

    def _watch(self) -> None:
        compose, show_taken = self.assembly.desk.compose, Desk.show_taken
        set_busy = compose.set_busy_generate

        def on_busy(busy: bool) -> None:
            self.shown.append(busy)
            set_busy(busy)

        def on_taken(desk: Desk, job_ids: Sequence[str], taken: bool) -> None:
            self.shown.append(taken)
            show_taken(desk, job_ids, taken)

        compose.set_busy_generate = on_busy  # type: ignore[method-assign]
        Desk.show_taken = on_taken  # type: ignore[method-assign]

    async def open(self) -> None:
        self.engine: Engine = await self.world.open(default_draft=Draft())
        self.assembly.show()
        self.window.activateWindow()
        self.assembly.attach(self.engine)
        await until(self.engine, self.window.isActiveWindow)

    async def close(self) -> None:
        self.assembly.detach()
        await self.engine.close()
        self.assembly.close()

    @property
    def accepted(self) -> int:
        """How many submissions the service took so far."""
        return len(self.world.sandbox.accepted)

    @property
    def question(self) -> Question | None:
        open_ones = [q for q in self.window.findChildren(Question) if q.isVisible()]
        assert len(open_ones) <= 1, "two questions at once"
        return open_ones[0] if open_ones else None

    async def draft(self, prompt: str) -> None:
        """Everything is there for Generate."""
        drafting = self.engine.drafting
        image, video = Source(path=str(self.world.picture)), Source(path=str(self.world.clip))
        wanted = Draft(image, video, prompt=prompt)
        if replace(drafting.draft, prompt=prompt) == wanted:
            drafting.edit(wanted)  # the inputs need no other look
            self.assembly.desk.compose.set_draft(wanted)
        else:
            self.assembly.composing.replacing.put(wanted)
            await asyncio.sleep(0)  # the looks begin

        def is_ready() -> bool:
            looked_at = all(v.state is InputState.READY for v in drafting.inputs.values())
            return looked_at and drafting.request() is not None and self.button.isEnabled()

        await until(self.engine, is_ready)

    async def kept(self) -> None:
        """Until all that was pressed is written down, or a question waits for its answer."""
        wishing = self.assembly.wishing
        await until(self.engine, lambda: self.question is not None or not wishing.is_busy)

    async def settled(self) -> None:
        """Until nothing is on its way to the service any more."""

        def is_so() -> bool:
            waits = {JobState.QUEUED} if self.engine.queue.is_held else set()
            return not self.engine.book.in_state(*(NOT_SENT - waits))

        await self.kept()
        await until(self.engine, is_so)

    async def calm(self) -> None:
        """Nothing waits, is watched or looked for; the queue runs."""
        for job in self.engine.book.all():
            for action in (JobAction.CANCEL, JobAction.STOP_WATCHING, JobAction.DISMISS):
                if not job.ended and await self.engine.do(job.job_id, action):
                    break
        await self.engine.resume_queue()

    async def clear(self) -> None:
        """Every sheet, menu and dialog is away."""
        for sheet in self.window.findChildren(Sheet):
            if sheet.isVisible():
                sheet.reject()
        for other in QApplication.topLevelWidgets():
            if other is not self.window and other.isVisible():
                other.close()
        self.window.activateWindow()
        await until(self.engine, self.window.isActiveWindow)

    @contextmanager
    def slow_disk(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            slow_down(patch)
            yield

    # -- where things are

    async def queue_rests(self) -> None:
        """Until it has grown, or shrunk, to what it holds."""
        panel = self.assembly.desk.queue
        await until(self.engine, lambda: panel.height() == panel.preferred_height())

    def row(self, job: Job) -> int:
        index = self.queue.model().index_of(job.job_id)
        assert index.isValid(), f"{job.state} has no row"
        return int(index.row())

    async def choose_row(self, job: Job) -> None:
        """As arrow keys do it."""
        self.queue.setFocus(Qt.FocusReason.TabFocusReason)
        await self.tap(Qt.Key.Key_Home)
        for _ in range(self.row(job)):
            await self.tap(Qt.Key.Key_Down)

    async def open_menu(self, view: QueueView | LibraryView, job: Job) -> QMenu:
        view.setFocus(Qt.FocusReason.TabFocusReason)
        away = QPoint(20, 20)  # a menu takes no click where the pointer was when it opened
        await by_hand(lambda: QTest.mouseMove(self.window.windowHandle(), away))
        if isinstance(view, QueueView):
            view._open_menu(job.job_id, self.window.mapToGlobal(QPoint(300, 200)))
        else:
            view.choose(job.job_id)
            view._open_menu(view.currentIndex(), self.window.mapToGlobal(QPoint(300, 200)))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        return menu

    def stage_button(self, text: str) -> QPushButton:
        (button,) = [
            b
            for b in self.assembly.desk.stage.findChildren(QPushButton)
            if b.text() == text and b.isVisible()
        ]
        return button

    def has_stage_button(self, text: str) -> bool:
        buttons = self.assembly.desk.stage.findChildren(QPushButton)
        return any(b.text() == text and b.isVisible() for b in buttons)

    def is_on_stage(self, job_id: str) -> bool:
        item = self.assembly.desk.stage.item
        return item is not None and item.job_id == job_id

    # -- what hands do

    async def tap(self, key: Qt.Key, mods: Qt.KeyboardModifier = NONE) -> None:
        await asyncio.sleep(PACE_S)
        await by_hand(lambda: self._key(self.window, True, key, mods))
        await by_hand(lambda: self._key(self.window, False, key, mods))

    async def hold(
        self, key: Qt.Key, mods: Qt.KeyboardModifier = NONE, *, on: QWidget | None = None
    ) -> None:
        """Down for a second or two: while the press is written down, and for a while after."""
        await asyncio.sleep(PACE_S)
        await by_hand(lambda: self._key(on or self.window, True, key, mods))
        for _ in range(2):
            await by_hand(lambda: self._repeat(key, mods))
            await self.kept()
        await by_hand(lambda: self._key(self.window, False, key, mods))

    def _key(self, on: QWidget, pressed: bool, key: Qt.Key, mods: Qt.KeyboardModifier) -> None:
        QTest.simulateEvent(on.window().windowHandle(), pressed, key.value, mods, "", False)

    def _repeat(self, key: Qt.Key, mods: Qt.KeyboardModifier) -> None:
        """What the keyboard sends while a key stays down, to whatever has the focus now."""
        for pressed in (False, True) * REPEATS:
            QTest.simulateEvent(self.window.windowHandle(), pressed, key.value, mods, "", True)

    async def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        spot = widget.mapToGlobal(at if at is not None else widget.rect().center())
        await by_hand(lambda: self.mouse.click(self._under(spot), spot))

    async def double_click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """And a third click after what the first one did is seen, as quick as the second."""
        spot = widget.mapToGlobal(at if at is not None else widget.rect().center())
        await by_hand(lambda: self.mouse.click(self._under(spot), spot))
        await by_hand(lambda: self.mouse.click(self._under(spot), spot, quick=True))
        await self.kept()
        await by_hand(lambda: self.mouse.click(self._under(spot), spot, quick=True))

    def _under(self, spot: QPoint) -> QWidget:
        popup = QApplication.activePopupWidget()
        return popup if popup is not None and popup.geometry().contains(spot) else self.window


class Mouse:
    """Sends what Qt gets from the system: a hand aims, and presses.

    A ``quick`` press follows as in a double click, where the hand is.
    """

    def __init__(self) -> None:
        self._at_ms = 1000
        self._in_run = 0

    def press(self, window: QWidget, spot: QPoint, *, quick: bool = False) -> None:
        self._at_ms += QUICK_MS if quick else SLOW_MS
        if not quick:
            for place in (spot + AIM, spot):
                self._at_ms += 1
                self._send(QEvent.Type.MouseMove, window, place, Qt.MouseButton.NoButton)
        self._in_run = self._in_run + 1 if quick else 0
        is_second = self._in_run % 2 == 1  # Qt calls the third of a run a first one again
        kind = QEvent.Type.MouseButtonDblClick if is_second else QEvent.Type.MouseButtonPress
        self._send(kind, window, spot)

    def release(self, window: QWidget, spot: QPoint) -> None:
        self._send(QEvent.Type.MouseButtonRelease, window, spot)

    def click(self, window: QWidget, spot: QPoint, *, quick: bool = False) -> None:
        self.press(window, spot, quick=quick)
        self.release(window, spot)

    def _send(
        self, kind: QEvent.Type, window: QWidget, spot: QPoint, button: Qt.MouseButton = LEFT
    ) -> None:
        local = QPointF(window.mapFromGlobal(spot))
        event = QMouseEvent(kind, local, local, QPointF(spot), button, button, NONE)
        event.setTimestamp(self._at_ms)
        QApplication.sendEvent(window.windowHandle(), event)


def entry_of(menu: QMenu, value: str) -> QAction | None:
    return next((e for e in menu.actions() if e.data() == value), None)


@asynccontextmanager
async def opened(folder: Path, jobs_at_once: int) -> AsyncIterator[Stand]:
    """An open window in ``folder``, on a sandbox of its own with credit for every job."""
    with pytest.MonkeyPatch.context() as patch, running(folder / "sandbox") as sandbox:
        make_quick(patch)
        sandbox.set_balance(1e6)
        picture = make_picture(folder / "astronaut.png")
        world = World(folder / "home", sandbox, picture, make_clip(folder / "meadow.mp4"))
        world.jobs_at_once = jobs_at_once
        stand = Stand(world)
        await stand.open()
        yield stand
        await stand.close()
