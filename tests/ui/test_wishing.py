"""What is pressed is taken within the same turn, and pressing again joins it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from support.waiting import PATIENCE_S

from kling_desktop.engine.failures import NotKept
from kling_desktop.engine.workers import Workers
from kling_desktop.motion.job import JobError
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.presenter.wishing import Wishing
from kling_desktop.ui.stage.panel import StagePanel
from kling_desktop.ui.window import MainWindow


async def at_rest(wishing: Wishing) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while wishing.is_busy:  # noqa: ASYNC110 # it tells no one
            await asyncio.sleep(0)


def played(qtbot: QtBot, story: Callable[[Wishing], Awaitable[None]]) -> list[str]:
    """What was said meanwhile, by a window of which nothing else is needed."""
    window = MainWindow(QWidget(), StagePanel(), QWidget(), QWidget())
    qtbot.addWidget(window)

    async def life() -> None:
        workers = Workers()
        desk = Desk(
            *cast(Any, (window, None, None, None, None, None, str, None)),
            engine=cast(Any, SimpleNamespace(workers=workers)),
        )
        try:
            await story(Wishing(desk))
        finally:
            await workers.close(1.0)

    asyncio.run(life())
    return [window.notices.text] if window.notices.text else []


def test_a_press_is_shown_within_its_turn_and_again_when_it_is_written_down(qtbot: QtBot) -> None:
    async def story(wishing: Wishing) -> None:
        shown: list[bool] = []
        written, begun = asyncio.Event(), 0

        async def write() -> None:
            nonlocal begun
            begun += 1
            await written.wait()

        wishing.take("retry a", write, shown.append)
        assert shown == [True]
        for _ in range(3):
            wishing.take("retry a", write, shown.append)
        wishing.take("retry b", write, shown.append)  # another wish
        assert shown == [True, True]
        await asyncio.sleep(0)
        assert begun == 2
        assert wishing.is_busy
        written.set()
        await at_rest(wishing)
        assert shown == [True, True, False, False]
        wishing.take("retry a", write, shown.append)  # and then it can be wished for again
        assert shown[-1] is True

    assert played(qtbot, story) == []


def test_what_could_not_be_written_down_is_said_and_can_be_tried_again(qtbot: QtBot) -> None:
    async def story(wishing: Wishing) -> None:
        async def fail() -> None:
            raise NotKept(JobError("journal_unwritable", values=(("folder", "/data"),)))

        for _ in range(2):
            shown: list[bool] = []
            wishing.take("generate", fail, shown.append)
            await at_rest(wishing)
            assert shown == [True, False]

    (said,) = played(qtbot, story)
    assert "/data" in said
