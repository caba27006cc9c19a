"""Menus and keys: each action of the table finds its use case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from kling_desktop.motion.job import JobAction
from kling_desktop.motion.request import Slot
from kling_desktop.ui.desktop import show_in_folder
from kling_desktop.ui.presenter.accounts import Accounts
from kling_desktop.ui.presenter.composing import Composing
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.presenter.ledgering import Ledgering
from kling_desktop.ui.presenter.queueing import Queueing
from kling_desktop.ui.presenter.viewing import Viewing
from kling_desktop.ui.stage.panel import StagePanel
from kling_desktop.ui.tr import tr

SECOND_S = 1.0


class Commands:
    """One dict from action id to what it does."""

    def __init__(
        self,
        desk: Desk,
        composing: Composing,
        queueing: Queueing,
        viewing: Viewing,
        accounts: Accounts,
        ledgering: Ledgering,
        sandbox_words: Callable[[], Sequence[tuple[str, str]]],
        log_file: Callable[[], str],
    ) -> None:
        self._desk = desk
        self._sandbox_words = sandbox_words
        self._log_file = log_file
        self._table: dict[str, Callable[[], object]] = {
            "new_draft": composing.new_draft,
            "add_picture": partial(composing.choose, Slot.IMAGE),
            "add_clip": partial(composing.choose, Slot.VIDEO),
            "paste_input": desk.compose.paste,
            "generate": composing.generate,
            "copy_code": composing.copy_code,
            "save_as": partial(viewing.do_current, "save_as"),
            "show_in_folder": partial(viewing.do_current, "show_in_folder"),
            "open_external": partial(viewing.do_current, "open_external"),
            "copy_video": partial(viewing.do_current, "copy"),
            "favourite": partial(viewing.do_current, "favourite"),
            "delete": partial(viewing.do_current, "delete"),
            "remix": partial(viewing.do_current, "remix"),
            "details": partial(viewing.do_current, JobAction.DETAILS.value),
            "ledger": ledgering.open,
            "find": self._find,
            "pause_queue": queueing.toggle_pause,
            "settings": accounts.open_settings,
            **_of_stage(desk.stage),
            "full_screen": self._full_screen,
            "help": self._keys,
            "keys": self._keys,
            "sandbox_words": self._sandbox_help,
            "show_log": self.show_log,
            "about": accounts.open_settings,
            "quit": desk.window.close,
        }
        desk.window.commands.triggered.connect(self._on_triggered)
        desk.window.top_bar.new_requested.connect(composing.new_draft)
        desk.window.top_bar.spending_requested.connect(ledgering.open)
        desk.stage.full_screen_changed.connect(self._show_states)
        self._show_states()

    def _on_triggered(self, action_id: str) -> None:
        if action_id in self._table:
            self._table[action_id]()
        self._show_states()

    def _full_screen(self) -> None:
        if self._desk.stage.can_be_full_screen:
            self._desk.stage.toggle_full_screen()
        else:
            self._desk.answer(tr("There is no video on the Stage."))

    def _show_states(self) -> None:
        commands = self._desk.window.commands
        commands.set_checked("full_screen", self._desk.stage.is_full_screen)
        commands.set_checked("loop", self._desk.stage.loop)
        commands.set_checked("mute", self._desk.stage.muted)

    def _find(self) -> None:
        self._desk.window.columns.show_library(True)
        self._desk.library.focus_search()

    def _keys(self) -> None:
        from kling_desktop.ui.dialogs.keys import KeysSheet

        KeysSheet(self._desk.window).open()

    def show_log(self) -> None:
        """In its folder, from where it can be sent to whoever is asked for help."""
        file = self._log_file()
        if not file:
            self._desk.answer(tr("There is no log: its folder cannot be written."))
            return
        show_in_folder(file)
        copy = partial(self._desk.copy_text, file, tr("Copied where the log is."))
        self._desk.notice(tr("The log: {file}").format(file=file), [(tr("Copy path"), copy)])

    def _sandbox_help(self) -> None:
        from kling_desktop.ui.dialogs.sandbox_help import SandboxHelpSheet

        SandboxHelpSheet(self._desk.window, self._sandbox_words()).open()


def _of_stage(stage: StagePanel) -> dict[str, Callable[[], object]]:
    """What is done with the video on the Stage."""
    return {
        "play": stage.play_pause,
        "shuttle_back": stage.slower,
        "shuttle_stop": stage.pause,
        "shuttle_forward": stage.faster,
        "previous_frame": partial(stage.step_frames, -1),
        "next_frame": partial(stage.step_frames, 1),
        "second_back": partial(stage.step_seconds, -SECOND_S),
        "second_forward": partial(stage.step_seconds, SECOND_S),
        "loop": stage.toggle_loop,
        "mute": stage.toggle_mute,
        "loop_start": stage.set_loop_start,
        "loop_end": stage.set_loop_end,
        "loop_clear": stage.clear_loop_range,
        "compare": stage.cycle_compare,
        "flicker": stage.flicker,
        "nudge_back": partial(stage.nudge_reference, -1),
        "nudge_on": partial(stage.nudge_reference, 1),
        "nudge_result_back": partial(stage.nudge_result, -1),
        "nudge_result_on": partial(stage.nudge_result, 1),
        "actual_size": stage.toggle_actual_size,
        "zoom_in": stage.zoom_in,
        "zoom_out": stage.zoom_out,
    }
