"""The log: small, private, without tokens; whatever becomes of it, the program goes on."""

from __future__ import annotations

import logging
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.mounts import mounting
from support.waiting import PATIENCE_S

from kling_desktop.motion.token import Token
from kling_desktop.store import log as log_module
from kling_desktop.store.log import MOST_BYTES, MOST_FILES, NAME, OLD_FILES, LogFile
from kling_desktop.store.paths import DataPaths
from kling_desktop.store.volumes import Volume

POSIX = pytest.mark.skipif(os.name != "posix", reason="rights are of POSIX")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "logs"


@pytest.fixture
def log(folder: Path) -> Iterator[LogFile]:
    made = LogFile(folder)
    yield made
    made.close()


def say(log: LogFile, text: str, error: BaseException | None = None) -> None:
    caught = (type(error), error, error.__traceback__) if error else None
    log.handle(logging.LogRecord("kling_desktop.x", logging.WARNING, "", 1, text, None, caught))


def read(folder: Path) -> str:
    return "".join(file.read_text("utf-8") for file in sorted(folder.glob("*.log*")))


def test_nothing_is_made_before_something_is_said(log: LogFile, folder: Path) -> None:
    assert log.file is None
    assert not folder.parent.exists()
    say(log, "the first")
    assert log.file == folder / f"{NAME}.log"
    assert "WARNING kling_desktop.x: the first\n" in read(folder)


@POSIX
def test_it_is_the_persons_alone(log: LogFile, folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o755)
    say(log, "private")
    assert log.file is not None
    assert stat.S_IMODE(log.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_it_never_grows_beyond_its_bound(log: LogFile, folder: Path) -> None:
    line = "x" * 10_000
    for number in range(2 + (OLD_FILES + 2) * MOST_BYTES // len(line)):
        say(log, f"{number} {line}")
    files = list(folder.glob("*.log*"))
    assert len(files) == 1 + OLD_FILES
    assert all(file.stat().st_size <= MOST_BYTES for file in files)
    assert f" {number} x" in read(folder)


def test_where_the_old_file_cannot_be_renamed_it_stays_small_and_goes_on(
    log: LogFile, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where another program may have it open."""

    def refused(*_: object) -> None:
        raise PermissionError(13, "the file is open elsewhere")

    monkeypatch.setattr(os, "rename", refused)
    monkeypatch.setattr(log_module, "MOST_BYTES", 1000)
    log.maxBytes = 1000
    for number in range(50):
        say(log, f"line {number} {'x' * 100}")
        assert f"line {number} " in read(folder)
    assert sum(file.stat().st_size for file in folder.glob("*.log*")) <= 1000


WRITER = """
import logging, sys
from pathlib import Path
from kling_desktop.store.log import LogFile
log = LogFile(Path(sys.argv[1]))
log.maxBytes = 20_000
for number in range(500):
    log.handle(logging.LogRecord("x", logging.ERROR, "", 1, "%s " + "y" * 200, (number,), None))
    if number == 0:
        print("begun", flush=True); sys.stdin.read(1)
print(log.file, number)
"""


def test_processes_that_write_at_once_do_not_touch_each_others(folder: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", WRITER, str(folder)]
    pipe = subprocess.PIPE
    writers = [
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        for _ in range(MOST_FILES + 1)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "begun\n"  # each has its file, or none
    told = [writer.communicate("go", timeout=PATIENCE_S) for writer in writers]
    assert {err for _, err in told} == {""}
    files = {out.split()[0] for out, _ in told}
    assert len(files - {"None"}) == MOST_FILES  # the last one waits for a name, in vain or not
    for file in files - {"None"}:
        assert " 499 y" in Path(file).read_text("utf-8")
        assert all(Path(f"{file}.{old}").is_file() for old in range(1, 1 + OLD_FILES))


def test_a_name_is_free_again_when_its_process_has_ended(folder: Path) -> None:
    for _ in range(2):
        log = LogFile(folder)
        say(log, "again")
        assert log.file == folder / f"{NAME}.log"
        log.close()
    assert read(folder).count("again") == 2


def test_a_folder_that_is_gone_is_made_again(log: LogFile, folder: Path) -> None:
    say(log, "before")
    shutil.rmtree(folder)
    say(log, "after")
    assert "after" in read(folder)


def test_in_the_empty_place_of_its_disk_it_is_not_made_again(
    log: LogFile, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(log, "before")
    shutil.rmtree(folder.parent)
    told = log_module.volume_around(folder.parent)
    monkeypatch.setattr(log_module, "volume_around", lambda _folder: Volume("/", "another"))
    say(log, "away")
    assert not folder.parent.exists()
    monkeypatch.setattr(log_module, "volume_around", lambda _folder: told)
    say(log, "back")
    assert "back" in read(folder)


@pytest.mark.parametrize("in_its_place", ["file", "pipe"])
def test_where_it_cannot_be_written_the_program_goes_on_and_tries_again(
    log: LogFile, folder: Path, in_its_place: str, capfd: pytest.CaptureFixture[str]
) -> None:
    if in_its_place == "file":
        folder.parent.mkdir()
        folder.write_text("in the way")
        odd = folder
    else:
        folder.mkdir(parents=True)
        odd = folder / f"{NAME}.log"
        os.mkfifo(odd)
    say(log, "lost")
    assert log.file is None
    odd.unlink()
    say(log, "kept")
    assert "kept" in read(folder)
    assert capfd.readouterr() == ("", "")


FULL = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]

import subprocess, logging
from kling_desktop.store.log import LogFile
place = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], check=True)
log = LogFile(place / "logs")
def say(text):
    log.handle(logging.LogRecord("x", logging.ERROR, "", 1, text, None, None))
say("before")
filler = place / "filler"
try:
    with filler.open("wb", buffering=0) as file:
        while file.write(b"x" * 4096): pass
except OSError: pass
for _ in range(100): say("y" * 200)
filler.unlink()
say("after")
print("after" in log.file.read_text())
"""


def test_a_full_disk_ends_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        mounting(sys.executable, "-W", "error", "-c", FULL, str(tmp_path), *sys.path),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_no_token_is_in_it_neither_in_words_nor_in_a_traceback(log: LogFile, folder: Path) -> None:
    token = Token("5ecret0f-no-shape/at+all==")
    shaped = "platform-v1-" + "9" * 64
    try:
        try:
            raise ConnectionError(f"Authorization: Bearer {token.reveal()}")
        except ConnectionError as error:
            raise LookupError(f"https://u:{shaped}@host.example/?token={shaped}") from error
    except LookupError as error:
        say(log, f"refused for {shaped} and {token.reveal()}", error)
    written = read(folder)
    assert "Traceback" in written
    assert "host.example" in written
    for secret in (token.reveal(), shaped, "9" * 20):
        assert secret not in written


UNCAUGHT = """
import sys, threading, logging, warnings
from pathlib import Path
if sys.argv[2] == "none":
    sys.stdout = sys.stderr = None
from kling_desktop.store.log import keep_log
keep_log(Path(sys.argv[1]), logging.ERROR, "%(message)s")
warnings.warn("an odd thing")
class Gone:
    def __del__(self): {}["nobody takes this"]
Gone()
thread = threading.Thread(target=lambda: [][1]); thread.start(); thread.join()
raise LookupError("Bearer 0123456789abcdef0123456789abcdef")
"""


@pytest.mark.parametrize("console", ["console", "none"])
def test_what_nobody_caught_and_warnings_are_in_it_with_a_console_or_without(
    folder: Path, console: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNCAUGHT, str(folder), console],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    written = read(folder)
    assert done.returncode == 1
    for text in (
        "an odd thing",
        "IndexError: list index",
        "KeyError: 'nobody",
        "LookupError: Bearer …",
    ):
        assert text in written
    assert ("LookupError: Bearer …" in done.stderr) is (console == "console")
    assert "0123456789abcdef" not in written + done.stderr


def test_it_lies_where_the_system_wants_it_or_in_the_folder_that_was_chosen(tmp_path: Path) -> None:
    assert DataPaths.of(tmp_path).log_folder == tmp_path / "logs"
    assert "kling-desktop" in DataPaths.of(None).log_folder.parts


def test_many_threads_may_write(log: LogFile, folder: Path) -> None:
    log.maxBytes = 5000

    def write() -> None:
        for number in range(100):
            say(log, f"{number} {'x' * 50}")

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(file.stat().st_size <= 5000 for file in folder.glob("*.log*"))
