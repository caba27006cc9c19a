"""Tokens in the system's password store. The only user of keyring; never a file.

A store may wait for its own prompt, or for ever. So it is asked in one thread of its own (``ask``),
one question after the other, and neither a loop nor the end of the program waits for that thread.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from ..motion.account import StoreFault
from ..motion.token import Token, TokenKind, clean_token

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "kling-desktop"
ENVIRONMENT: Mapping[TokenKind, str] = {
    TokenKind.API: "ACEDATACLOUD_API_TOKEN",  # as the vendor's clients
    TokenKind.ACCOUNT: "ACEDATACLOUD_PLATFORM_TOKEN",
}
_log = logging.getLogger(__name__)
R = TypeVar("R")

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
# What backends raise, by the names of the classes: each has packages of its own.
_FAULTS: Mapping[str, StoreFault] = {
    "KeyringLocked": StoreFault.LOCKED,
    "LockedException": StoreFault.LOCKED,
    "PromptDismissedException": StoreFault.LOCKED,
    "SecretServiceNotAvailableException": StoreFault.AWAY,
    "OSError": StoreFault.AWAY,
}


class StoreFailed(Exception):
    """The store answered, and did not do what it was asked. Never holds a token."""

    def __init__(self, fault: StoreFault) -> None:
        self.fault = fault
        super().__init__(fault.value)


class Kept(StrEnum):
    """Where a token went."""

    IN_STORE = "in_store"
    THIS_RUN = "this_run"  # memory only: no usable store, or another token is wanted by now


class Secrets:
    """Reads and writes tokens. ``read``, ``write``, ``forget`` and ``store_name`` block, perhaps
    for ever: they are called through ``ask``. What this run was told counts at once.

    Whatever goes wrong in a password store is StoreFailed; where none can be used, nothing fails.
    """

    def __init__(self, service: str = SERVICE, environ: Mapping[str, str] = os.environ) -> None:
        self._service = service
        self._environ = environ
        self._lock = threading.Lock()
        # Newer than what the store has; None: forgotten, whatever the store still says.
        self._this_run: dict[str, Token | None] = {}
        self._kept_out: set[str] = set()
        self.known_name: str | None = None  # of the store, as ``store_name`` told it last
        self._questions: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] | None = None

    def ask(self, question: Callable[[], R]) -> Future[R]:
        """Put a blocking question to the store, behind those that it has not answered yet.

        One that is cancelled before its turn is not put.
        """
        answer: Future[R] = Future()
        with self._lock:
            if self._questions is None:
                self._questions = queue.SimpleQueue()
                asking = threading.Thread(
                    target=_put, args=(self._questions,), name="kling-password-store", daemon=True
                )
                asking.start()
        self._questions.put((answer, question))
        return answer

    def at_hand(self, kind: TokenKind, host: str) -> tuple[bool, Token | None]:
        """Whether it is known without the store, and then the token. Never blocks."""
        from_environment = self._from_environment(kind)
        if from_environment is not None:
            return True, from_environment
        entry = entry_name(kind, host)
        with self._lock:
            return entry in self._this_run, self._this_run.get(entry)

    def for_this_run(self, kind: TokenKind, host: str, token: Token | None) -> None:
        """From now on it is this one, whatever the store says; None: none. Never blocks."""
        with self._lock:
            self._this_run[entry_name(kind, host)] = token
            self._kept_out.discard(entry_name(kind, host))

    def keep_out(self, kind: TokenKind, host: str) -> None:
        """What ``keep`` is putting into the store is to stay out of it. Never blocks."""
        with self._lock:
            self._kept_out.add(entry_name(kind, host))

    def read(self, kind: TokenKind, host: str, kept: bool = False) -> Token | None:
        """The token of this kind for this host: the environment's, this run's, or the store's.

        ``host`` may be a base URL. A token kept for one host is never given for another.
        ``kept``: an earlier run put one into a store, so that none to ask is a store that is away.
        Raises StoreFailed: then it is not known whether there is one.
        """
        known, token = self.at_hand(kind, host)
        if known:
            return token
        if kept and _usable_backend() is None:
            raise StoreFailed(StoreFault.AWAY)
        text = self._stored(entry_name(kind, host))
        known, token = self.at_hand(kind, host)  # told while the store was silent
        return token if known else Token(text) if text else None

    def write(self, kind: TokenKind, host: str, token: Token) -> Kept:
        """Keep the token, in the store where there is one; what counts is reading it back.

        Raises StoreFailed: then it is for this run.
        """
        self.for_this_run(kind, host, token)
        return self.keep(kind, host, token)

    def keep(self, kind: TokenKind, host: str, token: Token) -> Kept:
        """As ``write``, of what was told ``for_this_run``, unless something else was told since.

        Raises StoreFailed.
        """
        entry = entry_name(kind, host)
        if not self._is_wanted(entry, token):
            return Kept.THIS_RUN
        backend = _usable_backend()
        if backend is None:
            return Kept.THIS_RUN
        with _telling("write"):
            backend.set_password(self._service, entry, token.reveal())
        stored = self._stored(entry) == token.reveal()
        if not self._is_wanted(entry, token):
            self._remove(entry)
            return Kept.THIS_RUN
        if not stored:
            raise StoreFailed(StoreFault.ODD)
        with self._lock:
            self._this_run.pop(entry, None)
        return Kept.IN_STORE

    def _is_wanted(self, entry: str, token: Token) -> bool:
        with self._lock:
            return self._this_run.get(entry) == token and entry not in self._kept_out

    def forget(self, kind: TokenKind, host: str) -> None:
        """Remove the token, which is not used in this run any more. Raises StoreFailed."""
        self.for_this_run(kind, host, None)
        self.remove(kind, host)

    def remove(self, kind: TokenKind, host: str) -> None:
        """From the store alone. Raises StoreFailed where it keeps it still, perhaps."""
        self._remove(entry_name(kind, host))

    def _remove(self, entry: str) -> None:
        backend = _usable_backend()
        if backend is None:
            return
        try:
            with _telling("forget"):
                backend.delete_password(self._service, entry)
        except StoreFailed as failed:  # they raise also where nothing was kept
            if failed.fault is StoreFault.LOCKED or self._stored(entry) is not None:
                raise

    def store_name(self) -> str | None:
        """What people call this computer's password store; None where there is none to use."""
        backend = _usable_backend()
        self.known_name = None if backend is None else _name_of(backend)
        return self.known_name

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
        with _telling("read"):
            return backend.get_password(self._service, entry)


@contextmanager
def _telling(what: str) -> Iterator[None]:
    """Backends raise what they like: locked, no bus, no rights. Raises StoreFailed instead."""
    try:
        yield
    except Exception as error:
        _report(what, error)
        raise StoreFailed(_fault_of(error)) from None  # a stranger's text may hold the token


def _fault_of(error: BaseException | None) -> StoreFault:
    while error is not None:
        for base in type(error).__mro__:
            if base.__name__ in _FAULTS:
                return _FAULTS[base.__name__]
        error = error.__cause__
    return StoreFault.ODD


def _put(questions: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]]) -> None:
    """The thread that asks. It is never ended: the store may hold it for ever."""
    while True:
        answer, question = questions.get()
        if answer.set_running_or_notify_cancel():
            with suppress(RuntimeError):  # whoever asked is gone, and their loop is closed
                _tell(answer, question)
        del answer, question  # no token stays here until the next one


def _tell(answer: Future[R], question: Callable[[], R]) -> None:
    try:
        result = question()
    except Exception as error:  # told to whoever waits
        answer.set_exception(error)
    else:
        answer.set_result(result)


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
