"""Settings: the account, where videos go, how much at once, and the looks. Acts at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from kling_desktop.motion.account import UNUSABLE, AccountState, Connection, StoreWish
from kling_desktop.motion.away import Away, Why
from kling_desktop.motion.limits import IMAGE_MAX_BYTES, IMAGE_WARN_BYTES
from kling_desktop.ui.dialogs.fields import (
    FolderField,
    JobsSpin,
    ask_above_field,
    day_limit_field,
    heading,
    labelled,
)
from kling_desktop.ui.dialogs.network import NetworkBox
from kling_desktop.ui.theme import SPACE_4, SPACE_8
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets import Banner, Segmented
from kling_desktop.ui.widgets.check_box import CheckBox
from kling_desktop.ui.widgets.sheet import Sheet
from kling_desktop.ui.widgets.unbroken import breakable

THEME_WIDTH_PX = 240
_ASK_ABOVE = "ask_above_credits"


class SettingsSheet(Sheet):
    """Plain values in by ``set_values``, each change out by ``values_changed``.

    Keys: ``videos_folder`` str, ``jobs_at_once`` int, ``ask_above_credits`` and
    ``day_limit_credits`` float or None, ``theme`` "system" | "light" | "dark", ``sandbox``,
    ``clean_metadata``, ``large_images`` and ``write_recipe`` bool. ``values_changed`` carries
    all of them.
    """

    values_changed = Signal(object)  # dict[str, object]
    limits_confirmed = Signal(object)  # dict[str, float | None]: lost ones, as shown at "Done"
    connect_requested = Signal()
    disconnect_requested = Signal()
    folder_chosen = Signal(str)  # also the same one again
    make_folder_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, tr("Settings"))
        self._setting = False
        self._lost: frozenset[str] = frozenset()
        self._build_account()
        self._rule()
        self._build_videos()
        self._rule()
        self._build_privacy()
        self._rule()
        self._build_network()
        self._rule()
        self._build_looks()
        self._rule()
        self._build_about()
        self.footer.addStretch(1)
        close = self.add_button(tr("Done"), default=True)
        close.setAccessibleName("Done")
        close.clicked.connect(self._on_done)
        self._wire()
        self.set_account(AccountState())

    def _rule(self) -> None:
        line = QFrame(self)
        line.setProperty("rule", True)
        self.body.addSpacing(SPACE_8)
        self.body.addWidget(line)
        self.body.addSpacing(SPACE_8)

    def _build_account(self) -> None:
        self._who = QLabel(self)
        self._who.setTextFormat(Qt.TextFormat.PlainText)
        self._who.setWordWrap(True)
        self._where = QLabel(self)
        self._where.setTextFormat(Qt.TextFormat.PlainText)
        self._where.setProperty("role", "small")
        self._where.setWordWrap(True)
        self._connect = QPushButton(tr("Connect…"), self)
        self._connect.setAccessibleName("Connect account")
        self._disconnect = QPushButton(tr("Disconnect"), self)
        self._disconnect.setAccessibleName("Disconnect")
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_8)
        for button in (self._connect, self._disconnect):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.body.addSpacing(SPACE_8)
        self.body.addWidget(heading(tr("Account")))
        self.body.addWidget(self._who)
        self.body.addWidget(self._where)
        self.body.addLayout(buttons)
        self._sandbox = CheckBox(tr("Use the sandbox"), self)
        hint = tr(
            "A stand-in for the service on this computer. It needs no account and costs nothing. "
            "Its videos have a library of their own."
        )
        small = QLabel(hint, self)
        small.setProperty("role", "small")
        small.setWordWrap(True)
        self._sandbox.setAccessibleDescription(hint)
        self.body.addSpacing(SPACE_8)
        self.body.addWidget(self._sandbox)
        self.body.addWidget(small)

    def _build_videos(self) -> None:
        self.folder = FolderField("Videos folder", self)
        self._away = Banner(parent=self)
        self._away.hide()
        self._jobs = JobsSpin(self)
        self._credits = ask_above_field(self)
        self._day_limit = day_limit_field(self)
        self._lost_limits = Banner(parent=self)
        self._lost_limits.hide()
        self.body.addWidget(heading(tr("Videos")))
        self.body.addWidget(
            labelled(
                tr("Folder for videos"),
                tr("Every result is saved here by itself, never over another file."),
                self.folder,
            )
        )
        self.body.addSpacing(SPACE_4)
        self.body.addWidget(self._away)
        self.body.addSpacing(SPACE_8)
        self.body.addWidget(
            labelled(
                tr("Jobs at once"), tr("The others wait in the queue."), self._jobs, beside=True
            )
        )
        self.body.addSpacing(SPACE_8)
        self.body.addWidget(self._lost_limits)
        self.body.addSpacing(SPACE_4)
        self.body.addWidget(
            labelled(
                tr("Ask before spending more than"),
                tr("Generate asks first when one video costs more."),
                self._credits,
                beside=True,
            )
        )
        self.body.addSpacing(SPACE_8)
        self.body.addWidget(
            labelled(
                tr("Limit for a day"),
                tr("The queue pauses before a video that would go beyond it."),
                self._day_limit,
                beside=True,
            )
        )
        self._build_large_pictures()

    def _build_large_pictures(self) -> None:
        self._large = CheckBox(
            tr("Send pictures of more than {limit} as they are").format(
                limit=words.size(IMAGE_WARN_BYTES)
            ),
            self,
        )
        hint = tr(
            "Up to {limit}. The service may refuse them; else they are compressed to fit."
        ).format(limit=words.size(IMAGE_MAX_BYTES))
        self._large.setAccessibleDescription(hint)
        small = QLabel(hint, self)
        small.setProperty("role", "small")
        small.setWordWrap(True)
        self.body.addSpacing(SPACE_8)
        self.body.addWidget(self._large)
        self.body.addWidget(small)

    def _build_privacy(self) -> None:
        self._clean = CheckBox(tr("Take place, camera and author out of uploads"), self)
        self._recipe = CheckBox(tr("Write the recipe into saved videos"), self)
        hints = (
            tr("Uploaded files can be seen by whoever has the link."),
            tr("Settings, description and names of the inputs, so that it can be made again."),
        )
        self.body.addWidget(heading(tr("Privacy")))
        for box, hint in zip((self._clean, self._recipe), hints, strict=True):
            small = QLabel(hint, self)
            small.setProperty("role", "small")
            small.setWordWrap(True)
            box.setAccessibleDescription(hint)
            box.setChecked(True)
            self.body.addWidget(box)
            self.body.addWidget(small)

    def _build_network(self) -> None:
        self.network = NetworkBox(self)
        self.body.addWidget(heading(tr("Network")))
        self.body.addWidget(self.network)

    def _build_looks(self) -> None:
        self._theme = Segmented(
            [
                ("system", tr("System"), "System theme"),
                ("light", tr("Light"), "Light theme"),
                ("dark", tr("Dark"), "Dark theme"),
            ],
            self,
        )
        self._theme.setFixedWidth(THEME_WIDTH_PX)
        self._theme.setAccessibleName("Theme")
        self.body.addWidget(labelled(tr("Theme"), "", self._theme, beside=True))

    def _build_about(self) -> None:
        self._versions = QLabel(self)
        self._versions.setTextFormat(Qt.TextFormat.PlainText)
        self._versions.setProperty("role", "small")
        self._versions.setWordWrap(True)
        self._versions.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body.addWidget(self._versions)

    def _wire(self) -> None:
        self._connect.clicked.connect(self.connect_requested)
        self._disconnect.clicked.connect(self.disconnect_requested)
        self._sandbox.toggled.connect(self._on_changed)
        self.folder.changed.connect(self._on_changed)
        self.folder.chosen.connect(self.folder_chosen)
        self._away.action_triggered.connect(self._on_make_again)
        self._jobs.valueChanged.connect(self._on_changed)
        self._credits.changed.connect(self._on_changed)
        self._day_limit.changed.connect(self._on_changed)
        self._theme.value_changed.connect(self._on_changed)
        self._clean.toggled.connect(self._on_changed)
        self._large.toggled.connect(self._on_changed)
        self._recipe.toggled.connect(self._on_changed)

    def set_account(self, account: AccountState, *, from_environment: bool = False) -> None:
        """Who is connected and where the tokens are kept; never the tokens themselves."""
        connected = account.has_api_token or account.has_account_token
        sandbox = account.connection is Connection.SANDBOX
        self._who.setText(_who(account))
        self._where.setText(_where(account, from_environment) if connected and not sandbox else "")
        self._where.setVisible(bool(self._where.text()))
        self._connect.setText(tr("Change token…") if connected else tr("Connect…"))
        self._connect.setVisible(not sandbox)
        # A token of the environment is not ours to forget.
        self._disconnect.setVisible(connected and not sandbox and not from_environment)

    def set_versions(self, text: str) -> None:
        """One or two lines: the program, Python, Qt, the data folder."""
        self._versions.setText(text)

    def set_lost_limits(self, names: frozenset[str]) -> None:
        """These could not be read: "Done" gives the person's word for what is shown of them."""
        self._lost = names
        self._lost_limits.setVisible(bool(names))
        if names:
            text = tr("This could not be read: {names}. “Done” sets it as it is shown here.")
            self._lost_limits.set_content(text.format(names=words.settings(sorted(names))))
            self.initial_focus = (self._credits if _ASK_ABOVE in names else self._day_limit).check

    def set_away(self, away: Away | None) -> None:
        """The chosen folder is not there to be written to; None: it is."""
        self.folder.is_away = away is not None
        self._away.setVisible(away is not None)
        if away is not None:
            again = () if away.why is Why.SILENT else (("make", tr("Make it again")),)
            shown = replace(away, folder=breakable(away.folder))
            self._away.set_content(words.away(shown), again)

    def values(self) -> dict[str, object]:
        return {
            "videos_folder": self.folder.value(),
            "jobs_at_once": self._jobs.value(),
            "ask_above_credits": self._credits.value(),
            "day_limit_credits": self._day_limit.value(),
            "clean_metadata": self._clean.isChecked(),
            "large_images": self._large.isChecked(),
            "write_recipe": self._recipe.isChecked(),
            "theme": self._theme.value(),
            "sandbox": self._sandbox.isChecked(),
        }

    def set_values(self, values: Mapping[str, object]) -> None:
        """Show ``values``; keys that are missing stay. ``values_changed`` does not follow."""
        merged = {**self.values(), **values}
        self._setting = True
        self.folder.set_value(str(merged["videos_folder"]))
        self._jobs.setValue(cast(int, merged["jobs_at_once"]))
        self._credits.set_value(cast("float | None", merged["ask_above_credits"]))
        self._day_limit.set_value(cast("float | None", merged["day_limit_credits"]))
        self._clean.setChecked(bool(merged["clean_metadata"]))
        self._large.setChecked(bool(merged["large_images"]))
        self._recipe.setChecked(bool(merged["write_recipe"]))
        self._theme.set_value(str(merged["theme"]))
        self._sandbox.setChecked(bool(merged["sandbox"]))
        self._setting = False

    def _on_make_again(self, _action: str) -> None:
        self.make_folder_requested.emit()

    def _on_done(self) -> None:
        self.accept()
        if self._lost:
            self.limits_confirmed.emit({name: self.values()[name] for name in self._lost})

    def _on_changed(self, _value: object) -> None:
        if not self._setting:
            self.values_changed.emit(self.values())


def _who(account: AccountState) -> str:
    if account.connection is Connection.SANDBOX:
        return tr("The sandbox: nothing is sent to the service, nothing is charged.")
    parts = []
    if account.has_account_token:
        parts.append(tr("account token …{last}").format(last=account.account_token_hint))
    if account.has_api_token:
        parts.append(tr("API token …{last}").format(last=account.api_token_hint))
    if account.awaits_token and not parts:
        if account.store_problem is not None:
            return words.store_refused(account.store_problem, account)
        return words.waits_for_store(StoreWish.READ, account.token_store)
    if not parts:
        return tr("Not connected.")
    unusable = account.connection in UNUSABLE
    name = account.account_name or (tr("Not connected") if unusable else tr("Connected"))
    text = f"{name}: {', '.join(parts)}."
    if account.connection is Connection.TOKEN_REFUSED:
        text += " " + tr("The service did not accept it.")
    if account.connection is Connection.TWO_ACCOUNTS:
        text += " " + tr("They belong to two accounts, so nothing is sent.")
    if not account.has_account_token:
        text += " " + tr("Files from this computer need the account token.")
    return text


def _where(account: AccountState, from_environment: bool) -> str:
    if from_environment:
        return tr("Taken from this session's environment variables.")
    if account.silent_store is StoreWish.KEEP:
        return words.waits_for_store(StoreWish.KEEP, account.token_store)
    if account.store_problem is not None:
        return words.store_refused(account.store_problem, account)
    if account.token_store is None:
        return tr("This computer has no password store: kept for this run only.")
    return tr("Kept in {store}.").format(store=account.token_store)
