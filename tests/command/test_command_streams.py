"""What commands print into a pipe is UTF-8, whatever the locale says, and names lead to files."""

from __future__ import annotations

import io
import os
import sys

import pytest
from command_line import Shell
from support.processes import Child

from kling_desktop.command.streams import keep_pipes_clean

NAME = "/動画/ダンス – “1”.mp4"


class Screen(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def printed(
    text: str, encoding: str, patch: pytest.MonkeyPatch, kind: type[io.TextIOWrapper]
) -> bytes:
    """What leaves by standard output and, the same, by standard error."""
    found = []
    for name in ("stdout", "stderr"):
        raw = io.BytesIO()
        patch.setattr(sys, name, kind(raw, encoding=encoding))
        found.append(raw)
    keep_pipes_clean()
    for stream in (sys.stdout, sys.stderr):
        print(text, end="", file=stream, flush=True)
    assert found[0].getvalue() == found[1].getvalue()
    return found[0].getvalue()


@pytest.fixture(autouse=True)
def _no_encoding_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp932", "latin-1", "utf-8"])
def test_a_name_goes_into_a_pipe_in_utf_8(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed(NAME, encoding, monkeypatch, io.TextIOWrapper) == NAME.encode()


def test_a_name_that_is_no_text_goes_into_a_pipe_as_its_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "/a/" + b"\xff\x93.mp4".decode("utf-8", "surrogateescape") + "\ud800"
    assert printed(name, "ascii", monkeypatch, io.TextIOWrapper) == b"/a/\xff\x93.mp4\\ud800"


def test_a_terminal_and_a_chosen_encoding_are_left_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert printed("é動", "latin-1", monkeypatch, Screen) == b"\xe9\\u52d5"
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    assert printed("é動", "latin-1", monkeypatch, io.TextIOWrapper) == b"\xe9\\u52d5"


@pytest.mark.skipif(os.name == "nt", reason="the names of Windows need no locale")
def test_a_command_in_a_locale_without_letters_says_a_name_in_utf_8(
    account: Shell,
) -> None:
    bare = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = account.command("generate", "--image", "ダンス.png", "--video", "ダンス.mp4")
    with Child(
        [os.fsdecode(each) for each in command], {**account.env, **account.more, **bare}
    ) as child:
        child.wait()
    assert "ダンス" in child.err, child.err
