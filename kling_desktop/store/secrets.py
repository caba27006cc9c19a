"""Tokens in the system's password store. The only user of keyring; never a file."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..motion.token import Token, TokenKind, clean_token

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "kling-desktop"
ENVIRONMENT: Mapping[TokenKind, str] = {
    TokenKind.API: "ACEDATACLOUD_API_TOKEN",  # as the vendor's clients
    TokenKind.ACCOUNT: "ACEDATACLOUD_PLATFORM_TOKEN",
}
_log = logging.getLogger(__name__)

# By the backend's module: what people call the store.
_NAMES: Mapping[str, str] = {
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.macOS": "macOS Keychain",
    "keyring.backends.Windows": "Windows Credential Manager",
}
# These speak to whichever program offers org.freedesktop.secrets.
_SECRET_SERVICE = ("keyring.backends.SecretService", "keyring.backends.libsecret")
# By the process that offers it, as in /proc/<pid>/comm, which has 15 characters at most.
_PROVIDERS: Mapping[str, str] = {
    "gnome-keyring-d": "GNOME Keyring",
    "ksecretd": "KWallet",
    "kwalletd5": "KWallet",
    "kwalletd6": "KWallet",
    "keepassxc": "KeePassXC",
}
# keyrings.alt keeps passwords in plain files, or asks for one on a terminal we do not have.
_UNSAFE = ("keyrings.alt", "keyring.backends.fail", "keyring.backends.null")


class Kept(StrEnum):
    """Where a token went."""

    IN_STORE = "in_store"
    THIS_RUN = "this_run"  # memory only: no usable store, locked, or the prompt was dismissed


class Secrets:
    """Reads and writes tokens. Blocks, perhaps on a prompt: call it in a worker thread.

    Whatever goes wrong in a password store counts as "no store"; no exception leaves this class.
    """

    def __init__(self, service: str = SERVICE, environ: Mapping[str, str] = os.environ) -> None:
        self._service = service
        self._environ = environ
        self._lock = threading.Lock()
        # Newer than what the store has; None: forgotten, whatever the store still says.
        self._this_run: dict[str, Token | None] = {}

    def read(self, kind: TokenKind, host: str) -> Token | None:
        """The token of this kind for this host: the environment's, this run's, or the store's.

        ``host`` may be a base URL. A token kept for one host is never given for another.
        """
        from_environment = self._from_environment(kind)
        if from_environment is not None:
            return from_environment
        entry = entry_name(kind, host)
        with self._lock:
            if entry in self._this_run:
                return self._this_run[entry]
        text = self._stored(entry)
        return Token(text) if text else None

    def write(self, kind: TokenKind, host: str, token: Token) -> Kept:
        """Keep the token, in the store where there is one; what counts is reading it back."""
        entry = entry_name(kind, host)
        with self._lock:
            self._this_run[entry] = token
        if not self._store(entry, token) or self._stored(entry) != token.reveal():
            return Kept.THIS_RUN
        with self._lock:
            if self._this_run.get(entry) == token:
                del self._this_run[entry]
        return Kept.IN_STORE

    def forget(self, kind: TokenKind, host: str) -> None:
        """Remove the token. Where a locked store keeps it, it is not used in this run any more."""
        entry = entry_name(kind, host)
        with self._lock:
            self._this_run[entry] = None
        backend = _usable_backend()
        if backend is None:
            return
        try:
            backend.delete_password(self._service, entry)
        except Exception as error:  # backends raise what they like, also where nothing was kept
            _report("forget", error)

    def store_name(self) -> str | None:
        """What people call this computer's password store; None where there is none to use."""
        backend = _usable_backend()
        return None if backend is None else _name_of(backend)

    def from_environment(self, kind: TokenKind) -> bool:
        """Whether the environment gives this token: then it cannot be changed here."""
        return self._from_environment(kind) is not None

    def _from_environment(self, kind: TokenKind) -> Token | None:
        text = clean_token(self._environ.get(ENVIRONMENT[kind], ""))
        return Token(text) if text else None

    def _stored(self, entry: str) -> str | None:
        backend = _usable_backend()
        if backend is None:
            return None
        try:
            return backend.get_password(self._service, entry)
        except Exception as error:  # backends raise what they like: locked, no bus, no rights
            _report("read", error)
            return None

    def _store(self, entry: str, token: Token) -> bool:
        backend = _usable_backend()
        if backend is None:
            return False
        try:
            backend.set_password(self._service, entry, token.reveal())
        except Exception as error:  # as above
            _report("write", error)
            return False
        return True


def entry_name(kind: TokenKind, host: str) -> str:
    """The user name of an entry, for example ``api@api.acedata.cloud``."""
    parts = urlsplit(host if "//" in host else f"//{host}")
    return f"{kind.value}@{parts.netloc.rpartition('@')[2].lower()}"


def _usable_backend() -> KeyringBackend | None:
    """The store to use, never one that writes plain files."""
    try:
        import keyring  # slow: it looks for every store there is
        from keyring.backends.chainer import ChainerBackend

        chosen = keyring.get_keyring()
        # The chain would also try unsafe stores, one after the other: take its first safe one.
        links = list(chosen.backends) if isinstance(chosen, ChainerBackend) else [chosen]
    except Exception as error:  # a wrong PYTHON_KEYRING_BACKEND, a broken plug-in, no bus
        _report("find a store", error)
        return None
    for backend in links:
        if not type(backend).__module__.startswith(_UNSAFE):
            return backend
    return None


def _name_of(backend: KeyringBackend) -> str:
    module = type(backend).__module__
    if module.startswith(_SECRET_SERVICE):
        return _secret_service_name()
    for prefix, name in _NAMES.items():
        if module.startswith(prefix):
            return name
    return str(backend.name)


def _secret_service_name() -> str:
    """Which program answers for the Secret Service on this bus."""
    try:
        # Comes with keyring on Linux; it has no types.
        import jeepney  # type: ignore[import-untyped]
        from jeepney.io.blocking import open_dbus_connection  # type: ignore[import-untyped]

        question = jeepney.new_method_call(
            jeepney.DBusAddress(
                "/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus"
            ),
            "GetConnectionUnixProcessID",
            "s",
            ("org.freedesktop.secrets",),
        )
        with open_dbus_connection("SESSION") as bus:
            (pid,) = bus.send_and_get_reply(question, timeout=2.0).body
        program = Path(f"/proc/{int(pid)}/comm").read_text(encoding="utf-8").strip()
    except Exception as error:  # no bus, not started yet, another name space: it has no known name
        _report("name the store", error)
        return "Secret Service"
    return _PROVIDERS.get(program, "Secret Service")


def _report(what: str, error: Exception) -> None:
    """The type only: the text of a stranger's exception may hold what it was given."""
    _log.info("password store: could not %s (%s)", what, type(error).__name__)
