"""A desktop of our own: a screen, a window manager, D-Bus, a password store, accessibility.

Nothing of the person's own session is used or touched: other display, other bus, other home.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection

from support.processes import Child
from support.waiting import PATIENCE_S, wait_for

SCREEN = "1920x1080x24"
KEYRING_PASSWORD = b"a password of the tests"
SECRETS_NAME = "org.freedesktop.secrets"
A11Y_NAME = "org.a11y.Bus"
_BUS = DBusAddress(
    "/org/freedesktop/DBus", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus"
)
_LAUNCHERS = ("/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi2-core/at-spi-bus-launcher")
_PROGRAMS = ("Xvfb", "openbox", "xdotool", "dbus-daemon", "gnome-keyring-daemon")
# Of the caller's environment nothing else comes in: no display, no bus, no token.
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
_KEPT_BY_FAKETIME = ("LD_PRELOAD", "FAKETIME", "FAKE_")  # its names begin so


def clean_environment(home: Path) -> dict[str, str]:
    """An environment without display, bus and tokens, whose home is ``home``."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT or name.startswith(_KEPT_BY_FAKETIME)
    }
    env.setdefault("LANG", "C.UTF-8")
    env["HOME"] = str(home)
    for name, folder in (
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_RUNTIME_DIR", "run"),
    ):
        path = home / folder
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        env[name] = str(path)
    return env


def missing_programs() -> list[str]:
    """What this machine lacks for a desktop; empty where it can be started."""
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    return missing if any(map(os.path.exists, _LAUNCHERS)) else [*missing, "at-spi-bus-launcher"]


class Session:
    """D-Bus and a password store, for programs without a window: ``with Session() as session``."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="kd-"))  # short: sockets' paths are limited
        self.env = clean_environment(self._home)
        self._children: list[Child] = []
        self._keyring: Child | None = None

    def __enter__(self) -> Self:
        try:
            self._start_all()
        except BaseException:
            self.close()
            raise
        return self

    def _start_all(self) -> None:
        self._start_bus()
        self._start_keyring()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every process of it, the last first."""
        while self._children:
            self._children.pop().stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def _start(self, *command: str, stdin: bytes = b"") -> Child:
        child = Child(command, self.env, stdin=stdin)
        self._children.append(child)
        return child

    def _start_bus(self) -> None:
        bus = self._start("dbus-daemon", "--session", "--nofork", "--print-address=1")
        address = wait_for(
            lambda: bus.out.strip() if bus.out.endswith("\n") else None,
            "the address of the session bus",
            context=bus.report,
        )
        self.env["DBUS_SESSION_BUS_ADDRESS"] = address

    def _start_keyring(self) -> None:
        """gnome-keyring, its "login" collection unlocked by a password from standard input."""
        options = ("--foreground", "--unlock", "--components=secrets")
        keyring = self._start("gnome-keyring-daemon", *options, stdin=KEYRING_PASSWORD)
        self._keyring = keyring
        wait_for(
            lambda: self.has_bus_name(SECRETS_NAME), "the password store", context=keyring.report
        )

    def stop_keyring(self) -> None:
        """From now on it is there and answers nothing, as with its own prompt open."""
        assert self._keyring is not None
        self._keyring.send(signal.SIGSTOP)

    def let_keyring_go_on(self) -> None:
        assert self._keyring is not None
        self._keyring.send(signal.SIGCONT)

    @contextmanager
    def silent_keyring(self) -> Iterator[None]:
        """It may be let go on within."""
        self.stop_keyring()
        try:
            yield
        finally:
            self.let_keyring_go_on()

    def has_bus_name(self, name: str) -> bool:
        """Whether someone on the session bus answers to ``name``."""
        with open_dbus_connection(self.env["DBUS_SESSION_BUS_ADDRESS"]) as connection:
            message = new_method_call(_BUS, "NameHasOwner", "s", (name,))
            reply = connection.send_and_get_reply(message, timeout=PATIENCE_S)
        return bool(reply.body[0])


class Desktop(Session):
    """As ``Session``, with a screen; ``desktop.env`` is for programs that run on it."""

    def __init__(self, screen: str = SCREEN) -> None:
        super().__init__()
        self._screen = screen

    def _start_all(self) -> None:
        self._start_screen()
        self._start_bus()
        self._start_window_manager()
        self._start_keyring()
        self._start_accessibility()

    def _start_screen(self) -> None:
        """Xvfb takes the first free display by itself and says which."""
        options = ("-screen", "0", self._screen, "-nolisten", "tcp", "-noreset")
        screen = self._start("Xvfb", "-displayfd", "1", *options)
        number = wait_for(
            lambda: screen.out.strip() if screen.out.endswith("\n") else None,
            "the number of the display",
            context=screen.report,
        )
        self.env["DISPLAY"] = f":{number}"

    def _start_window_manager(self) -> None:
        """openbox runs its start-up command once it manages windows."""
        ready = self._home / "openbox-is-ready"
        manager = self._start("openbox", "--startup", f"touch {ready}")
        wait_for(ready.exists, "the window manager", context=manager.report)

    def _start_accessibility(self) -> None:
        launcher = next(path for path in _LAUNCHERS if os.path.exists(path))
        child = self._start(launcher, "--launch-immediately")
        wait_for(
            lambda: self.has_bus_name(A11Y_NAME), "the accessibility bus", context=child.report
        )
        self.env["QT_LINUX_ACCESSIBILITY_ALWAYS_ON"] = "1"

    def xdotool(self, *arguments: str | int) -> str:
        """One command to the mouse, the keyboard or a window. Raises CalledProcessError."""
        command = ["xdotool", *map(str, arguments)]
        done = subprocess.run(
            command, env=self.env, check=True, capture_output=True, text=True, timeout=PATIENCE_S
        )
        return done.stdout.strip()
