"""Settings' part about the network, and the test that a person asks for there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kling_desktop.motion.reached import Tried
from kling_desktop.ui.dialogs.network import NetworkBox
from kling_desktop.ui.held import Held
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.tr import tr, words

if TYPE_CHECKING:
    from kling_desktop.engine.network import NetworkTest


class Networking:
    """One test at a time; it ends with the sheet."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._test: NetworkTest | None = None
        self._running: asyncio.Task[None] | None = None

    def show_in(self, box: NetworkBox) -> None:
        """For as long as the sheet is there."""
        if (engine := self._desk.engine) is None:
            return
        from kling_desktop.engine.network import NetworkTest

        held = Held(box)
        self._test = NetworkTest(engine.service.http, engine.service.hosts, engine.workers)
        box.test_requested.connect(lambda: self._begin(held))
        box.stop_requested.connect(self.stop)
        self._desk.spawn(self._show_ways(held, self._test), "ways to the hosts")

    def stop(self) -> None:
        """The person's word, or the sheet is closed."""
        if self._running is not None:
            self._running.cancel()

    async def _show_ways(self, held: Held, test: NetworkTest) -> None:
        ways = await test.ways()
        if isinstance(box := held.widget, NetworkBox):
            box.set_ways(words.ways(ways))

    def _begin(self, held: Held) -> None:
        engine, test = self._desk.engine, self._test
        box = held.widget
        if engine is None or test is None or self._running or not isinstance(box, NetworkBox):
            return
        box.clear_results()
        box.set_testing(True, tr("Asking each host, without your token…"))
        self._running = engine.workers.spawn(self._run(held, test), "test the network")
        self._running.add_done_callback(lambda _done: self._on_done(held))

    async def _run(self, held: Held, test: NetworkTest) -> None:
        await self._show_ways(held, test)  # they may have been changed since

        def told(tried: Tried) -> None:
            if isinstance(box := held.widget, NetworkBox):
                box.add_result(tried.answers, words.tried(tried))

        await test.run(told)

    def _on_done(self, held: Held) -> None:
        was_stopped = self._running is not None and self._running.cancelled()
        self._running = None
        if isinstance(box := held.widget, NetworkBox):
            box.set_testing(False, tr("Stopped.") if was_stopped else "")
