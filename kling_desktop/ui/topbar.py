"""The bar over everything: a new draft, the account, how the service is reached, settings."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from kling_desktop.motion.account import UNUSABLE, AccountState, Connection
from kling_desktop.motion.job import HoldReason
from kling_desktop.ui.icons import icon
from kling_desktop.ui.theme import SPACE_8, SPACE_12, SPACE_16, set_property, theme
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets import Badge, ElidedLabel, IconButton

BAR_HEIGHT_PX = 43
ICON_PX = 16
NEW_ICON_PX = 14
ACCOUNT_WIDTH_PX = 220
# A clip of 7 s in Standard costs about 5 credits: below, the next video may not fit.
LOW_BALANCE_CREDITS = 5.0


def _badge_words(connection: Connection) -> tuple[str, str | None]:
    """Text and the dot's colour."""
    return {
        Connection.NOT_CONNECTED: (tr("Not connected"), None),
        Connection.AWAITS_STORE: (tr("Waiting…"), None),
        Connection.STORE_UNREAD: (tr("Token not read"), "warning"),
        Connection.ONLINE: (tr("Online"), "good"),
        Connection.OFFLINE: (tr("Offline"), "warning"),
        Connection.SILENT: (tr("No answer"), "warning"),
        Connection.PAGE: (tr("Sign-in page?"), "warning"),
        Connection.TOKEN_REFUSED: (tr("Token refused"), "bad"),
        Connection.TWO_ACCOUNTS: (tr("Two accounts"), "bad"),
        Connection.SANDBOX: (tr("Sandbox"), "warning"),
    }[connection]


def _badge_help(connection: Connection) -> str:
    return {
        Connection.NOT_CONNECTED: tr("No token yet. Press Connect, or try the sandbox."),
        Connection.AWAITS_STORE: tr("Your password store has not told your token yet."),
        Connection.STORE_UNREAD: tr("Your password store could not be read. See above Generate."),
        Connection.ONLINE: tr("The service answers."),
        Connection.OFFLINE: tr("The service cannot be reached. The queue goes on by itself."),
        Connection.SILENT: tr(
            "The service does not say how your videos stand. It is asked again by itself."
        ),
        Connection.PAGE: tr(
            "A page came back instead of the service's answer: perhaps a sign-in page of this "
            "network. Click to open it in your browser. The queue goes on by itself."
        ),
        Connection.TOKEN_REFUSED: tr("The service did not accept your token. Check it."),
        Connection.TWO_ACCOUNTS: tr(
            "Your two tokens belong to two accounts, so nothing is sent. Connect with two tokens "
            "of one account, or with one token alone."
        ),
        Connection.SANDBOX: tr("A stand-in for the service on this computer. Nothing is charged."),
    }[connection]


class TopBar(QFrame):
    """Shows ``AccountState``; wishes come out as signals."""

    new_requested = Signal()
    settings_requested = Signal()
    connect_requested = Signal()
    badge_clicked = Signal()
    library_requested = Signal()
    spending_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._account = AccountState()
        self._menu: QMenu | None = None
        self._is_low = False
        self.setProperty("surface", "panel")
        self.setFixedHeight(BAR_HEIGHT_PX)
        self._build_left()
        self._build_account()
        self._build_right()
        self._lay_out()
        theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.set_account(self._account)

    def _build_left(self) -> None:
        self._title = QLabel("Kling Desktop", self)
        self._title.setProperty("role", "heading")
        self._new = QPushButton(tr("New"), self)
        self._new.setProperty("kind", "pill")
        self._new.setAccessibleName("New draft")
        self._new.setToolTip(tr("Start a new draft"))
        self._new.setIconSize(QSize(NEW_ICON_PX, NEW_ICON_PX))
        self._new.clicked.connect(self.new_requested)

    def _build_account(self) -> None:
        self._name = ElidedLabel("", self, mode=Qt.TextElideMode.ElideRight)
        self._name.setProperty("role", "muted")
        self._name.setMaximumWidth(ACCOUNT_WIDTH_PX)
        self._balance = QPushButton(self)
        self._balance.setProperty("kind", "figure")
        self._balance.setIconSize(QSize(ICON_PX, ICON_PX))
        self._balance.clicked.connect(self.spending_requested)

    def _build_right(self) -> None:
        self.badge = Badge(parent=self)
        self.badge.clicked.connect(self.badge_clicked)
        self._connect = QPushButton(tr("Connect"), self)
        self._connect.setProperty("kind", "pill")
        self._connect.setAccessibleName("Connect")
        self._connect.setToolTip(tr("Connect your account"))
        self._connect.clicked.connect(self.connect_requested)
        self._library = IconButton("panel-right", "Show library", tr("Show the library"), self)
        self._library.clicked.connect(self.library_requested)
        self._library.hide()
        self._settings = IconButton("settings", "Settings", tr("Settings"), self)
        self._settings.clicked.connect(self.settings_requested)
        self._menu_button = IconButton("menu", "Menu", tr("Menu"), self)
        self._menu_button.clicked.connect(self.open_menu)
        self._menu_button.hide()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_16, 0, SPACE_12, 0)
        row.setSpacing(SPACE_12)
        row.addWidget(self._title)
        row.addWidget(self._new)
        row.addStretch(1)
        row.addWidget(self._name)
        row.addWidget(self._balance)
        row.addWidget(self.badge)
        row.addWidget(self._connect)
        icons = QHBoxLayout()
        icons.setSpacing(2)
        for button in (self._library, self._settings, self._menu_button):
            icons.addWidget(button)
        row.addLayout(icons)

    def set_account(self, account: AccountState) -> None:
        """Show who is connected, what is left, and how the service is reached."""
        self._account = account
        self._show_badge(account)
        known = account.has_api_token or account.has_account_token
        self._name.setText(account.account_name or (tr("Account") if known else ""))
        self._name.setVisible(known)
        self._show_balance(account.balance_credits if known else None)
        self._connect.setVisible(account.connection in UNUSABLE | {Connection.NOT_CONNECTED})

    def _show_badge(self, account: AccountState) -> None:
        text, dot = _badge_words(account.connection)
        self.badge.set_badge(text, dot)
        self.badge.setAccessibleName(text)
        help_text = _badge_help(account.connection)
        if account.connection is Connection.OFFLINE and account.offline_error is not None:
            help_text = words.hold(HoldReason.OFFLINE, account.offline_error)
        self.badge.setToolTip(help_text)

    def _show_balance(self, balance: float | None) -> None:
        self._is_low = balance is not None and balance < LOW_BALANCE_CREDITS
        text = "" if balance is None else words.credits(balance)
        self._balance.setVisible(balance is not None)
        self._balance.setText(text)
        # The name starts in English, as every other one.
        self._balance.setAccessibleName(f"{'Low balance' if self._is_low else 'Balance'} {text}")
        set_property(self._balance, "tone", "warning" if self._is_low else "")
        low, opens = tr("Low: the next video may cost more."), tr("Show what was spent")
        self._balance.setToolTip(f"{low}\n{opens}" if self._is_low else opens)
        self._show_low_sign()

    def _show_low_sign(self) -> None:
        """A sign besides the colour."""
        sign = icon("warning", "warning", ICON_PX) if self._is_low else QIcon()
        self._balance.setIcon(sign)

    def set_menu(self, menu: QMenu) -> None:
        """Put the whole menu behind a button at the right."""
        self._menu = menu
        menu.installEventFilter(self)
        self._menu_button.show()

    def open_menu(self) -> None:
        if self._menu is None:
            return
        corner = self._menu_button.mapToGlobal(
            QPoint(self._menu_button.width(), self._menu_button.height() + SPACE_8 // 2)
        )
        self._menu.popup(corner - QPoint(self._menu.sizeHint().width(), 0))

    def set_library_button_visible(self, visible: bool) -> None:
        """Offer the Library while it is put away."""
        self._library.setVisible(visible)

    def _on_theme_changed(self) -> None:
        self._new.setIcon(icon("plus", "text", NEW_ICON_PX))
        self._show_low_sign()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._menu and event.type() == QEvent.Type.Hide:
            self._menu_button.setDown(False)
        return super().eventFilter(watched, event)
