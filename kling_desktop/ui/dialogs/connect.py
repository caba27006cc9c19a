"""Connecting: one paste, a free test, and where the token is kept."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QWidget

from kling_desktop.motion.token import TokenKind, clean_token, token_kind
from kling_desktop.ui.dialogs.token_field import TokenField
from kling_desktop.ui.theme import SPACE_8, set_property, theme
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets.sheet import Sheet

_WHERE, _SIGN_UP = "where", "sign_up"


class ConnectSheet(Sheet):
    """Takes an account token, an API token, or both. Tokens are forgotten when it closes."""

    test_requested = Signal(str, str)  # account token, API token; empty where not given
    connect_requested = Signal(str, str)
    where_requested = Signal()
    sign_up_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, tr("Connect your account"))
        self._store_name: str | None = None
        self._this_run = False
        self._busy = False
        self._opening = False
        self._build_fields()
        self._build_buttons()
        theme().changed.connect(self._show_intro)
        self.closed.connect(self._forget)
        self._refresh()
        self._show_intro()

    def _build_fields(self) -> None:
        self._intro = QLabel(self)
        self._intro.setWordWrap(True)
        self._intro.setProperty("role", "small")
        self._intro.setTextFormat(Qt.TextFormat.RichText)
        self._intro.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self._intro.linkActivated.connect(self._on_link)
        self._account = TokenField(tr("Account token"), "Account token", "")
        self._api = TokenField(
            tr("API token"),
            "API token",
            tr(
                "With an API token alone, pictures and clips must be public links: files from "
                "this computer need the account token."
            ),
        )
        self._fields = {TokenKind.ACCOUNT: self._account, TokenKind.API: self._api}
        self._account.text_changed.connect(self._on_account_text)
        self._api.text_changed.connect(self._on_api_text)
        self.body.addWidget(self._intro)
        for field in self._fields.values():
            self.body.addSpacing(SPACE_8)
            self.body.addWidget(field)
        self.initial_focus = self._account.edit

    def _build_buttons(self) -> None:
        self._test = self.add_button(tr("Test (free)"))
        self._test.setAccessibleName("Test")
        self._test.clicked.connect(self._on_test)
        self.footer.addStretch(1)
        later = self.add_button(tr("Not now"))
        later.setAccessibleName("Not now")
        later.clicked.connect(self.reject)
        self._connect = self.add_button(tr("Connect"), "primary")
        self._connect.setAccessibleName("Connect")
        self._connect.clicked.connect(self._on_connect)

    def set_store_name(self, name: str | None, *, this_run: bool = False) -> None:
        """The password store's real name; None: there is none, tokens last for this run.

        ``this_run``: they do so at the person's wish.
        """
        self._store_name, self._this_run = name, this_run
        self._show_intro()

    def set_opening(self, opening: bool) -> None:
        """While the library is being opened tokens can be pasted, and tried a moment later."""
        self._opening = opening
        self._show_intro()
        self._refresh()

    def set_busy(self, busy: bool) -> None:
        """While the service is asked, nothing can be asked twice."""
        self._busy = busy
        self._test.setText(tr("Testing…") if busy else tr("Test (free)"))
        self._refresh()

    def set_result(self, field: TokenKind | str, ok: bool, text: str) -> None:
        """``field``: "account" or "api". What the service said of that token; empty: nothing."""
        kind = TokenKind(field)
        if text:
            self._fields[kind].say(text, "good" if ok else "bad")
        else:
            self._fields[kind].show_hint()
        if kind is TokenKind.ACCOUNT and text and not ok:
            self._api.edit.setPlaceholderText("")  # nothing is found through this one

    def tokens(self) -> tuple[str, str]:
        """Account token and API token, cleaned of what copying brings along."""
        return clean_token(self._account.text()), clean_token(self._api.text())

    def _show_intro(self) -> None:
        if self._opening:
            kept = tr("Your library is being opened; it can be tried in a moment.")
        elif self._this_run:
            kept = tr(
                "It is kept for this run only, never written to a file, and goes nowhere but to "
                "the service."
            )
        elif self._store_name is None:
            kept = tr(
                "This computer has no password store, so it is kept for this run only, never "
                "written to a file, and goes nowhere but to the service."
            )
        else:
            kept = tr("It is kept in {store} and goes nowhere but to the service.").format(
                store=self._store_name
            )
        paste = tr("Paste one token from platform.acedata.cloud.")
        where = _link(_WHERE, tr("Where do I find it?"))
        sign_up = _link(_SIGN_UP, tr("Open the service’s page"))
        first = f"{escape(paste)} {escape(kept)} {where}"
        self._intro.setText(f"{first}<br><br>{escape(words.sign_up())} {sign_up}")

    def _on_account_text(self, text: str) -> None:
        self._account.show_hint()
        self._sort(TokenKind.ACCOUNT, text)

    def _on_api_text(self, text: str) -> None:
        self._api.show_hint()
        self._sort(TokenKind.API, text)

    def _sort(self, at: TokenKind, text: str) -> None:
        """Clean a whole token, and move one that was pasted into the other's field."""
        token = clean_token(text)
        kind = token_kind(token)
        if kind is not None and kind is not at:
            self._move(at, kind, token)
        elif kind is at and token != text:
            self._fields[at].set_text(token)
        self._refresh()

    def _move(self, source: TokenKind, target: TokenKind, token: str) -> None:
        self._fields[source].set_text("")
        field = self._fields[target]
        field.set_text(token)
        if target is TokenKind.API:
            field.say(tr("This is an API token, so it was moved here."), "warning")
        else:
            field.say(tr("This is an account token, so it was moved here."), "warning")
        field.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _refresh(self) -> None:
        account, api = self.tokens()
        ready = bool(account or api) and not self._busy and not self._opening
        self._test.setEnabled(ready)
        self._connect.setEnabled(ready)
        for field in self._fields.values():
            field.edit.setReadOnly(self._busy)
        found = tr("found through the account token")
        self._api.edit.setPlaceholderText(found if account else "")
        set_property(self._connect, "busy", self._busy)

    def _on_test(self) -> None:
        self.test_requested.emit(*self.tokens())

    def _on_connect(self) -> None:
        self.connect_requested.emit(*self.tokens())

    def _on_link(self, target: str) -> None:
        (self.sign_up_requested if target == _SIGN_UP else self.where_requested).emit()

    def _forget(self) -> None:
        for field in self._fields.values():
            field.edit.hide_secret()
            field.edit.clear()
            field.show_hint()
        self.set_busy(False)


def _link(target: str, text: str) -> str:
    color = theme().tokens.accent_text
    return f'<a href="{target}" style="color:{color};text-decoration:none">{escape(text)}</a>'
