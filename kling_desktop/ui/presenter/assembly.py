"""Builds window, panels and presenters, and gives them an engine or takes it away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog

from kling_desktop.engine.left_out import left_out
from kling_desktop.engine.preferences import Preferences
from kling_desktop.ui.compose.panel import ComposePanel
from kling_desktop.ui.first_paint import FirstPaint
from kling_desktop.ui.hands import hands
from kling_desktop.ui.library.panel import LibraryPanel
from kling_desktop.ui.presenter.accounts import Accounts
from kling_desktop.ui.presenter.commands import Commands
from kling_desktop.ui.presenter.composing import Composing
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.presenter.ledgering import Ledgering
from kling_desktop.ui.presenter.lettering import Lettering
from kling_desktop.ui.presenter.queueing import Queueing
from kling_desktop.ui.presenter.viewing import Viewing
from kling_desktop.ui.presenter.wishing import Wishing
from kling_desktop.ui.queue.panel import QueuePanel
from kling_desktop.ui.stage.panel import StagePanel
from kling_desktop.ui.theme import Choice, theme
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.window import MainWindow

if TYPE_CHECKING:
    from kling_desktop.engine.engine import Engine


class Assembly:
    """The window as the program's root sees it."""

    def __init__(
        self,
        preferences: Preferences,
        videos_folder: Callable[[], str],
        switch: Callable[[bool], None],
        data_folder: str,
        sandbox_words: Callable[[], Sequence[tuple[str, str]]],
        now: Callable[[], float],
        log_file: Callable[[], str] = str,
    ) -> None:
        """``now`` gives Unix seconds: the one clock of every panel and sheet. ``log_file`` tells
        where the log is, or nothing where none can be written.
        """
        app = QApplication.instance()
        assert isinstance(app, QApplication)  # the loop made it
        theme().set_choice(cast(Choice, preferences.value.theme))
        theme().apply(app, dressed=False)
        hands().watch(app)
        compose, stage = ComposePanel(), StagePanel()
        queue, library = QueuePanel(now=now), LibraryPanel(now=now)
        self.window = MainWindow(compose, stage, queue, library)
        self._preferences = preferences
        self.desk = Desk(
            self.window, compose, stage, queue, library, preferences, videos_folder, now
        )
        self.wishing = Wishing(self.desk)
        self.composing = Composing(self.desk, self.wishing)
        self.queueing = Queueing(self.desk, self.composing, self.wishing)
        self.viewing = Viewing(self.desk, self.composing, self.queueing, self.wishing)
        self.accounts = Accounts(self.desk, switch, data_folder)
        self.ledgering = Ledgering(self.desk, self.accounts.connect, self.queueing.do)
        self.lettering = Lettering(self.desk)
        self.commands = Commands(
            self.desk,
            self.composing,
            self.queueing,
            self.viewing,
            self.accounts,
            self.ledgering,
            sandbox_words,
            log_file,
        )
        theme().dress()

    def show(self) -> None:
        """The window as it was left."""
        settings = self._preferences.value
        if settings.window_geometry:
            self.window.restore_layout(settings.window_geometry)
        stage = self.desk.stage
        stage.set_volume(settings.volume, settings.muted)
        stage.set_loop(settings.loop)
        self._first_paint = FirstPaint(self.window)
        self.window.show()

    async def painted(self) -> None:
        """Until the window is on the screen."""
        await self._first_paint.wait()

    def attach(self, engine: Engine) -> None:
        self.desk.engine = engine
        for presenter in (
            self.accounts,
            self.composing,
            self.queueing,
            self.viewing,
            self.ledgering,
            self.lettering,
        ):
            presenter.attach(engine)
        for found in left_out(engine, self._preferences):
            self.desk.notice(words.left_out(found))
        for error in engine.book.to_be_said():
            self.desk.notice(words.error(error).sentence)

    def detach(self) -> None:
        """Before the engine closes: views let go of its jobs and files."""
        self.desk.engine = None
        # Both are about what lies in that library, and would do it to what lies in the next one.
        self.window.notices.drop_buttons()
        for dialog in reversed(self.window.findChildren(QDialog)):
            if dialog.isVisible():
                dialog.reject()
        self.ledgering.detach()
        self.viewing.detach()
        self.queueing.detach()

    def remember(self) -> None:
        """Layout and sound survive a restart."""
        stage = self.desk.stage
        self._preferences.change(
            window_geometry=self.window.save_layout(),
            volume=stage.volume,
            muted=stage.muted,
            loop=stage.loop,
        )

    def close(self) -> None:
        self.desk.stage.release()
        self.window.allow_close()
        self.window.close()

    def raise_window(self) -> None:
        """For a second start of the program."""
        window = self.window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()

    def say_library_busy(self) -> None:
        self.desk.notice(
            tr("A command line is using this library. The window goes on when it is done.")
        )

    def say_no_library(
        self, sentence: str, folder: str, details: str, retry: Callable[[], object]
    ) -> None:
        """The journal cannot be opened: nothing is started from empty in silence."""
        from kling_desktop.ui.dialogs.trouble import TroubleSheet

        title, log = tr("Your library cannot be opened"), self.commands.show_log
        sheet = TroubleSheet(self.window, title, sentence, folder, details, has_log=True)
        sheet.log_requested.connect(log)
        sheet.retry_requested.connect(retry)
        sheet.quit_requested.connect(self.window.close)
        sheet.open()

    def on_problem(self, _text: str) -> None:
        """A mistake of our own: said, and the program goes on."""
        self.desk.notice(
            tr("This program made a mistake of its own. Your jobs are kept as they were."),
            [(tr("Show log"), self.commands.show_log)],
        )
