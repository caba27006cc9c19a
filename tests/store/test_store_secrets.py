"""Tokens in a real password store, and what happens where there is none.

Each test runs the class in a process of its own, as keyring chooses its store once for each.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.waiting import PATIENCE_S

from kling_desktop.motion.token import Token, TokenKind
from kling_desktop.store.secrets import Secrets, entry_name

ROOT = Path(__file__).parents[2]
API = "0123456789abcdef" * 2
ACCOUNT = "platform-v1-" + "fedcba9876543210" * 4
HOST = "api.acedata.cloud"

START = f"""
import json, logging, os, sys
logging.basicConfig(level=logging.DEBUG, filename=os.path.join(os.environ["HOME"], "debug.log"))
logging.getLogger("jeepney").setLevel(logging.DEBUG)
from kling_desktop.motion.token import Token, TokenKind
from kling_desktop.store.secrets import Secrets, StoreFailed
API, ACCOUNT = TokenKind.API, TokenKind.ACCOUNT
HOST = {HOST!r}
token, account_token = Token(sys.stdin.readline().strip()), Token(sys.stdin.readline().strip())
secrets = Secrets(environ={{}})
def shown(found):
    return {{token: "api", account_token: "account", None: None}}.get(found, "another")
def of(question, *asked):
    try:
        return question(*asked)
    except StoreFailed as failed:
        return f"failed: {{failed}}"
def say(**answers):
    print(json.dumps(answers))
"""
# gnome-keyring reads the password that opens its store from stdin; the tokens come after it.
SESSION = f"""
set -e
printf 'a password of the store' | gnome-keyring-daemon --unlock --components=secrets --foreground \
    >/dev/null 2>&1 &
daemon=$!
gdbus wait --session --timeout {PATIENCE_S:.0f} org.freedesktop.secrets
"$@"
kill $daemon
wait $daemon || true
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home of its own, and no way to the password store of whoever runs the tests."""
    home = tmp_path / "home"
    (home / "run").mkdir(parents=True, mode=0o700)
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def run(script: str, environment: dict[str, str], before: tuple[str, ...] = ()) -> dict[str, Any]:
    done = subprocess.run(
        [*before, sys.executable, "-c", START + script],
        input=f"{API}\n{ACCOUNT}\n",
        capture_output=True,
        text=True,
        env=environment,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert API not in done.stdout + done.stderr
    assert ACCOUNT not in done.stdout + done.stderr
    answers = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(answers, dict)
    return answers


def files_with_a_token(environment: dict[str, str]) -> list[Path]:
    found = []
    for file in Path(environment["HOME"]).rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            if API.encode() in content or ACCOUNT[12:].encode() in content:
                found.append(file)
    return found


# --- with a real Secret Service

WRITE_AND_READ = """
say(
    name=secrets.store_name(),
    before=shown(secrets.read(API, HOST)),
    kept=[secrets.write(API, HOST, token), secrets.write(ACCOUNT, HOST, account_token)],
    api=shown(secrets.read(API, HOST)),
    account=shown(secrets.read(ACCOUNT, HOST)),
    other_host=shown(secrets.read(API, "api.example.com")),
    in_memory=len(secrets._this_run),
)
"""
AFTER_RESTART = """
found = [shown(secrets.read(API, HOST)), shown(secrets.read(ACCOUNT, "https://API.acedata.cloud/"))]
secrets.forget(API, HOST)
secrets.forget(API, HOST)
again = Secrets(environ={})
say(
    found=found,
    forgotten=[shown(secrets.read(API, HOST)), shown(again.read(API, HOST))],
    other=shown(again.read(ACCOUNT, HOST)),
)
"""
LOCK_THEN_WRITE = """
import secretstorage
from contextlib import closing
secrets.write(ACCOUNT, HOST, account_token)
with closing(secretstorage.dbus_init()) as bus:
    secretstorage.get_default_collection(bus).lock()
say(
    kept=of(secrets.write, API, HOST, token),
    this_run=shown(secrets.read(API, HOST)),
    another_object=of(Secrets(environ={}).read, API, HOST),
    locked=of(Secrets(environ={}).read, ACCOUNT, HOST),
    forgotten=of(secrets.forget, ACCOUNT, HOST),
)
"""


@pytest.fixture
def session() -> tuple[str, ...]:
    for program in ("dbus-run-session", "gnome-keyring-daemon", "gdbus"):
        assert shutil.which(program), f"{program} is missing: tests/run.sh installs it"
    return ("dbus-run-session", "--", "bash", "-c", SESSION, "session")


def test_tokens_are_kept_in_a_real_secret_service(
    environment: dict[str, str], session: tuple[str, ...]
) -> None:
    assert run(WRITE_AND_READ, environment, session) == {
        "name": "GNOME Keyring",
        "before": None,
        "kept": ["in_store", "in_store"],
        "api": "api",
        "account": "account",
        "other_host": None,
        "in_memory": 0,
    }
    assert run(AFTER_RESTART, environment, session) == {
        "found": ["api", "account"],
        "forgotten": [None, None],
        "other": "account",
    }
    assert list(Path(environment["HOME"]).rglob("*.keyring")), "the store did write its file"
    assert files_with_a_token(environment) == []


def test_a_locked_store_that_nobody_unlocks_is_told_apart_from_one_that_keeps_none(
    environment: dict[str, str], session: tuple[str, ...]
) -> None:
    """Without a display the prompt fails at once, as if it had been dismissed."""
    assert run(LOCK_THEN_WRITE, environment, session) == {
        "kept": "failed: locked",
        "this_run": "api",
        "another_object": "failed: locked",
        "locked": "failed: locked",
        "forgotten": "failed: locked",
    }
    assert files_with_a_token(environment) == []


# --- without any

WITHOUT_STORE = """
answers = dict(
    name=secrets.store_name(),
    kept=secrets.write(API, HOST, token),
    this_run=shown(secrets.read(API, HOST)),
    other_kind=shown(secrets.read(ACCOUNT, HOST)),
    other_host=shown(secrets.read(API, "127.0.0.1:8000")),
    another_object=shown(Secrets(environ={}).read(API, HOST)),
)
secrets.forget(API, HOST)
say(**answers, forgotten=shown(secrets.read(API, HOST)))
"""
NOTHING_KEPT = {
    "name": None,
    "kept": "this_run",
    "this_run": "api",
    "other_kind": None,
    "other_host": None,
    "another_object": None,
    "forgotten": None,
}


@pytest.mark.parametrize(
    "backend",
    [
        "",
        "keyring.backends.null.Keyring",
        "keyring.backends.fail.Keyring",
        "keyring.backends.chainer.ChainerBackend",
        "keyring.backends.SecretService.Keyring",
        "no_such_package.Keyring",
        "nonsense",
    ],
)
def test_without_a_store_tokens_are_for_this_run_and_in_no_file(
    environment: dict[str, str], backend: str
) -> None:
    if backend:
        environment["PYTHON_KEYRING_BACKEND"] = backend
    assert run(WITHOUT_STORE, environment) == NOTHING_KEPT
    assert files_with_a_token(environment) == []


PLAIN_FILE_STORE = """
from keyring.backend import KeyringBackend
class PlaintextKeyring(KeyringBackend):
    priority = 9
    def get_password(self, service, username):
        raise AssertionError("asked")
    def set_password(self, service, username, password):
        with open(os.path.join(os.environ["HOME"], "passwords.cfg"), "w") as file:
            file.write(password)
    def delete_password(self, service, username):
        raise AssertionError("asked")
PlaintextKeyring.__module__ = "keyrings.alt.file"
import keyring
keyring.set_keyring(PlaintextKeyring())
"""


def test_a_store_of_plain_files_counts_as_none(environment: dict[str, str]) -> None:
    assert run(PLAIN_FILE_STORE + WITHOUT_STORE, environment) == NOTHING_KEPT
    assert files_with_a_token(environment) == []


FORGETFUL_STORE = """
from keyring.backend import KeyringBackend
class Keyring(KeyringBackend):
    priority = 9
    def get_password(self, service, username):
        return "something else"
    def set_password(self, service, username, password):
        pass
    def delete_password(self, service, username):
        raise RuntimeError(token.reveal())
import keyring
keyring.set_keyring(Keyring())
say(
    kept=of(secrets.write, API, HOST, token),
    read=shown(secrets.read(API, HOST)),
    forgotten=of(secrets.forget, API, HOST),
    read_then=shown(secrets.read(API, HOST)),
    again=of(secrets.write, API, HOST, token),
    read_again=shown(secrets.read(API, HOST)),
)
"""


def test_only_what_can_be_read_back_counts_as_kept(environment: dict[str, str]) -> None:
    assert run(FORGETFUL_STORE, environment) == {
        "kept": "failed: odd",
        "read": "api",
        "forgotten": "failed: odd",
        "read_then": None,  # although the store still gives something
        "again": "failed: odd",
        "read_again": "api",
    }
    assert files_with_a_token(environment) == []


IMPORTED = """
say(keyring="keyring" in sys.modules)
"""


def test_keyring_is_not_imported_before_it_is_needed(environment: dict[str, str]) -> None:
    assert run(IMPORTED, environment) == {"keyring": False}


# --- the environment


def test_the_environment_wins_and_is_cleaned() -> None:
    secrets = Secrets(environ={"ACEDATACLOUD_API_TOKEN": f' "Bearer {API}"\n'})
    assert secrets.read(TokenKind.API, HOST) == Token(API)
    assert secrets.from_environment(TokenKind.API)
    assert not secrets.from_environment(TokenKind.ACCOUNT)
    other = Secrets(environ={"ACEDATACLOUD_PLATFORM_TOKEN": ACCOUNT})
    assert other.read(TokenKind.ACCOUNT, HOST) == Token(ACCOUNT)


@pytest.mark.parametrize("value", ["", "  ", "''"])
def test_an_empty_variable_is_none(value: str) -> None:
    assert not Secrets(environ={"ACEDATACLOUD_API_TOKEN": value}).from_environment(TokenKind.API)


@pytest.mark.parametrize(
    ("host", "entry"),
    [
        ("api.acedata.cloud", "api@api.acedata.cloud"),
        ("https://API.acedata.cloud/", "api@api.acedata.cloud"),
        ("http://127.0.0.1:8123/x?y", "api@127.0.0.1:8123"),
        ("http://user:secret@[::1]:80", "api@[::1]:80"),
    ],
)
def test_an_entry_names_kind_and_host(host: str, entry: str) -> None:
    assert entry_name(TokenKind.API, host) == entry
    assert entry_name(TokenKind.ACCOUNT, host) == entry.replace("api@", "account@", 1)
