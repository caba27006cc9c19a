"""The account: top bar, connecting, settings."""

from __future__ import annotations

import platform
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QUrl, qVersion
from PySide6.QtGui import QDesktopServices

from kling_desktop import __version__
from kling_desktop.motion.account import AccountState, Connection, ConnectResult, TokenOutcome
from kling_desktop.motion.token import TokenKind
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.presenter.limits import Limits
from kling_desktop.ui.presenter.networking import Networking
from kling_desktop.ui.presenter.store_waits import StoreWaits
from kling_desktop.ui.presenter.videos_folder import VideosFolder
from kling_desktop.ui.theme import Choice, theme
from kling_desktop.ui.tr import tr, words

if TYPE_CHECKING:
    from kling_desktop.engine.engine import Engine
    from kling_desktop.ui.dialogs.connect import ConnectSheet
    from kling_desktop.ui.dialogs.settings import SettingsSheet

# Where tokens are made (service.md, "Two hosts").
TOKENS_URL = "https://platform.acedata.cloud/console/platform-tokens"
SIGN_UP_URL = "https://platform.acedata.cloud/services/kling"


# Settings that the sheet shows just as they are kept.
_AS_THEY_ARE = frozenset(
    {"jobs_at_once", "theme", "clean_metadata", "large_images", "write_recipe"}
)


class Accounts:
    """``switch(sandbox)`` is handed in: it changes the library, and with it the engine."""

    def __init__(self, desk: Desk, switch: Callable[[bool], None], data_folder: str) -> None:
        self._desk = desk
        self._switch = switch
        self._data_folder = data_folder
        self._connect_sheet: ConnectSheet | None = None
        self._settings_sheet: SettingsSheet | None = None
        self._wished: Callable[[], None] | None = None  # as soon as a library is open
        self._limits = Limits(desk, lambda: self._settings_sheet)
        self._videos_folder = VideosFolder(desk, lambda: self._settings_sheet)
        self._networking = Networking(desk)
        self._store_waits = StoreWaits(desk, self.connect_for_this_run)
        bar = desk.window.top_bar
        bar.connect_requested.connect(self.connect)
        bar.settings_requested.connect(self.open_settings)
        bar.badge_clicked.connect(self._on_badge)
        desk.queue.settings_requested.connect(self.open_settings)
        desk.window.returned_to.connect(self._on_returned)
        desk.stage.connect_requested.connect(self.connect)
        desk.stage.sign_up_requested.connect(self._on_sign_up)
        desk.stage.try_sandbox_requested.connect(self._on_try_sandbox)

    def attach(self, engine: Engine) -> None:
        engine.account.changed.connect(self._on_account)
        self._on_account(engine.account.state)
        self._videos_folder.attach(engine)
        self._store_waits.attach(engine)
        wished, self._wished = self._wished, None
        if (sheet := self._connect_sheet) is None and wished is not None:
            wished()
        elif sheet is not None and engine.service.hosts.sandbox:  # it was opened before
            sheet.reject()
            self.connect()
        elif sheet is not None:
            self._make_ready(sheet, engine)

    def connect_for_this_run(self) -> None:
        """Past a password store that does not answer."""
        self._open_connect(this_run=True)

    def connect(self) -> None:
        """One sheet; out of the sandbox it leads to the real account first."""
        engine = self._desk.engine
        if engine is not None and engine.service.hosts.sandbox:
            self._wished = self.connect
            self._close_settings()
            self._switch(False)
            return
        self._open_connect(this_run=False)

    def _open_connect(self, *, this_run: bool) -> None:
        if self._connect_sheet is not None:
            return
        from kling_desktop.ui.dialogs.connect import ConnectSheet

        sheet = ConnectSheet(self._desk.window)
        if (engine := self._desk.engine) is None:
            sheet.set_opening(True)
        else:
            self._make_ready(sheet, engine, this_run=this_run)
        sheet.test_requested.connect(self._on_test)
        sheet.connect_requested.connect(partial(self._on_connect, this_run=this_run))
        sheet.where_requested.connect(self._on_where)
        sheet.sign_up_requested.connect(self._on_sign_up)
        sheet.finished.connect(self._on_connect_closed)
        self._connect_sheet = sheet
        sheet.open()

    def _make_ready(self, sheet: ConnectSheet, engine: Engine, *, this_run: bool = False) -> None:
        sheet.set_store_name(engine.account.state.token_store, this_run=this_run)
        sheet.set_opening(False)

    def open_settings(self) -> None:
        engine = self._desk.engine
        if engine is None:
            self._wished = self.open_settings
        if engine is None or self._settings_sheet is not None:
            return
        from kling_desktop.ui.dialogs.settings import SettingsSheet

        sheet = SettingsSheet(self._desk.window)
        settings = self._desk.preferences.value
        sheet.set_values(
            {
                "videos_folder": self._desk.videos_folder(),
                "jobs_at_once": settings.jobs_at_once,
                "ask_above_credits": settings.ask_above_credits,
                "day_limit_credits": settings.day_limit_credits,
                "clean_metadata": settings.clean_metadata,
                "large_images": settings.large_images,
                "write_recipe": settings.write_recipe,
                "theme": settings.theme,
                "sandbox": engine.service.hosts.sandbox,
            }
        )
        sheet.set_account(engine.account.state, from_environment=engine.account.from_environment)
        sheet.set_versions(self._versions())
        sheet.set_lost_limits(self._desk.preferences.unread_limits)
        self._videos_folder.show_in(sheet)
        self._networking.show_in(sheet.network)
        sheet.values_changed.connect(self._on_values)
        sheet.limits_confirmed.connect(self._limits.confirm)
        sheet.connect_requested.connect(self.connect)
        sheet.disconnect_requested.connect(self._on_disconnect)
        sheet.finished.connect(self._on_settings_closed)
        self._settings_sheet = sheet
        sheet.open()

    def _on_connect_closed(self, _result: int) -> None:
        self._connect_sheet = None

    def _on_settings_closed(self, _result: int) -> None:
        self._settings_sheet = None
        self._networking.stop()

    def _on_returned(self) -> None:
        """Perhaps from topping up, in the browser."""
        if self._desk.engine is not None:
            self._desk.engine.credit.poke()

    def _versions(self) -> str:
        program = f"Kling Desktop {__version__} · Qt {qVersion()} · Python "
        program += platform.python_version()
        return program + "\n" + tr("Data: {folder}").format(folder=self._data_folder)

    def _on_account(self, state: AccountState) -> None:
        self._desk.window.top_bar.set_account(state)
        if (engine := self._desk.engine) is not None:
            sandbox = engine.service.hosts.sandbox
            connected = state.has_api_token or state.awaits_token
            self._desk.stage.set_first_run(connected, sandbox)
            self._desk.window.commands.set_visible("sandbox_words", sandbox)
            if self._settings_sheet is not None:
                from_environment = engine.account.from_environment
                self._settings_sheet.set_account(state, from_environment=from_environment)

    def _on_test(self, account: str, api: str) -> None:
        self._desk.spawn(self._try(account, api, keep=False), "test the tokens")

    def _on_connect(self, account: str, api: str, *, this_run: bool) -> None:
        self._desk.spawn(self._try(account, api, keep=True, this_run=this_run), "connect")

    async def _try(self, account: str, api: str, *, keep: bool, this_run: bool = False) -> None:
        engine, sheet = self._desk.engine, self._connect_sheet
        if engine is None or sheet is None:
            return
        sheet.set_busy(True)
        try:
            if keep:
                result = await engine.account.connect(account, api, this_run=this_run)
            else:
                result = await engine.account.test(account, api)
        finally:
            if sheet is self._connect_sheet:  # else it was closed meanwhile
                sheet.set_busy(False)
        if sheet is self._connect_sheet:
            show_result(sheet, result)
        if keep and result.can_generate:
            if sheet is self._connect_sheet:
                sheet.accept()
            self._connected(result)

    def _connected(self, result: ConnectResult) -> None:
        engine = self._desk.engine
        if engine is None:
            return
        engine.drafting.judge()
        self._desk.notice(words.connected(result, engine.account.state.token_store))
        if not self._desk.preferences.value.first_run_done:
            self._open_setup()

    def _open_setup(self) -> None:
        settings = self._desk.preferences.value
        from kling_desktop.ui.dialogs.setup import SetupSheet

        sheet = SetupSheet(
            self._desk.window,
            self._desk.videos_folder(),
            settings.jobs_at_once,
            settings.ask_above_credits,
        )
        sheet.folder.begin = self._desk.begin
        sheet.chosen.connect(self._on_values)
        sheet.chosen.connect(self._videos_folder.take_from)
        sheet.chosen.connect(self._limits.confirm)
        self._desk.preferences.change(first_run_done=True)
        sheet.open()

    def _on_where(self) -> None:
        QDesktopServices.openUrl(QUrl(TOKENS_URL))

    def _on_sign_up(self) -> None:
        QDesktopServices.openUrl(QUrl(SIGN_UP_URL))

    def _on_try_sandbox(self) -> None:
        self._desk.compose.focus_next_step()  # the button is about to vanish
        self._switch(True)

    def _on_badge(self) -> None:
        engine = self._desk.engine
        if engine is None:
            self.connect()
            return
        state = engine.account.state
        if state.connection is Connection.PAGE:
            self._desk.queue.page_requested.emit()
        elif state.has_api_token:
            self.open_settings()
        else:
            self.connect()

    def _on_disconnect(self) -> None:
        if (engine := self._desk.engine) is not None:
            self._desk.spawn(engine.account.disconnect(), "disconnect")

    def _on_values(self, values: dict[str, object]) -> None:
        changes = {k: v for k, v in values.items() if k in _AS_THEY_ARE}
        self._limits.take(values)
        self._desk.keep(**changes)
        theme().set_choice(cast(Choice, self._desk.preferences.value.theme))
        if (engine := self._desk.engine) is not None:
            engine.queue.pump()
            wants_sandbox = values.get("sandbox", engine.service.hosts.sandbox)
            if wants_sandbox is not engine.service.hosts.sandbox:
                self._close_settings()
                self._switch(bool(wants_sandbox))

    def _close_settings(self) -> None:
        if self._settings_sheet is not None:
            self._settings_sheet.accept()


def show_result(sheet: ConnectSheet, result: ConnectResult) -> None:
    """What was said of each token. An API field left empty beside an account token is no fault."""
    for kind, check in ((TokenKind.ACCOUNT, result.account), (TokenKind.API, result.api)):
        said = words.token_check(kind, check, result.api)
        left_out = kind is TokenKind.API and check.outcome is TokenOutcome.EMPTY
        if left_out and result.account.outcome is not TokenOutcome.EMPTY:
            said = ""
        sheet.set_result(kind, check.good, said)
