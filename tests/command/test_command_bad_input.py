"""Bad input: a clear sentence, exit code 2, and not a single connection."""

from __future__ import annotations

import os
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest
from command_line import Ended, Listener, Shell, is_root
from support.program import closed_port

from kling_desktop.cli import main

Maker = Callable[[Path, Path, Path], tuple[Path | str, Path | str]]


def refused(shell: Shell, listener: Listener, image: object, video: object, *more: object) -> Ended:
    """Run ``generate``, expect exit 2, an object without a job, and silence on the network."""
    arguments = [a if isinstance(a, bytes) else str(a) for a in (image, video, *more)]
    ended = shell.run(
        "generate", "--json", "--image", arguments[0], "--video", arguments[1], *arguments[2:]
    )
    assert ended.code == 2, ended
    assert listener.connections == 0
    (job,) = ended.objects
    assert {name: job[name] for name in ("job_id", "task_id", "state", "path")} == {
        "job_id": None,
        "task_id": None,
        "state": "refused",
        "path": None,
    }
    message = job["error"]["message"]
    assert message in ended.err
    assert "Nothing was sent" in message
    assert "{" not in message
    return ended


def missing(folder: Path, picture: Path, clip: Path) -> tuple[Path | str, Path | str]:
    return folder / "nowhere.png", clip


def empty(folder: Path, picture: Path, clip: Path) -> tuple[Path | str, Path | str]:
    (folder / "empty.mp4").touch()
    return picture, folder / "empty.mp4"


def a_folder(folder: Path, picture: Path, clip: Path) -> tuple[Path | str, Path | str]:
    return folder, clip


def picture_as_clip(folder: Path, picture: Path, clip: Path) -> tuple[Path | str, Path | str]:
    return picture, Path(shutil.copy(picture, folder / "really.mp4"))


def clip_as_picture(folder: Path, picture: Path, clip: Path) -> tuple[Path | str, Path | str]:
    return Path(shutil.copy(clip, folder / "really.png")), clip


def truncated(folder: Path, picture: Path, clip: Path) -> tuple[Path | str, Path | str]:
    data = clip.read_bytes()
    (folder / "half.mp4").write_bytes(data[: len(data) // 2])
    return picture, folder / "half.mp4"


def text_as_picture(folder: Path, picture: Path, clip: Path) -> tuple[Path | str, Path | str]:
    (folder / "notes.png").write_text("<html>not a picture</html>")
    return folder / "notes.png", clip


def bomb(folder: Path, picture: Path, clip: Path) -> tuple[Path | str, Path | str]:
    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    (folder / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    return folder / "bomb.png", clip


def named_pipe(folder: Path, picture: Path, clip: Path) -> tuple[Path | str, Path | str]:
    os.mkfifo(folder / "pipe.mp4")
    return picture, folder / "pipe.mp4"


def device(folder: Path, picture: Path, clip: Path) -> tuple[Path | str, Path | str]:
    return "/dev/zero", clip


def name_too_long(folder: Path, picture: Path, clip: Path) -> tuple[Path | str, Path | str]:
    return folder / ("x" * 300 + ".png"), clip


def other_scheme(folder: Path, picture: Path, clip: Path) -> tuple[Path | str, Path | str]:
    return picture, "ftp://example.com/dance.mp4"


def no_host(folder: Path, picture: Path, clip: Path) -> tuple[Path | str, Path | str]:
    return "http://", clip


def nothing(folder: Path, picture: Path, clip: Path) -> tuple[Path | str, Path | str]:
    return "", clip


CASES: list[tuple[Maker, str]] = [
    (missing, "nowhere.png is not there."),
    (empty, "empty.mp4 is empty."),
    (a_folder, "is a folder."),
    (picture_as_clip, "This is a picture. The motion needs a clip."),
    (clip_as_picture, "This is a clip. The character needs a picture."),
    (truncated, "half.mp4"),
    (text_as_picture, "notes.png is not a picture that this program can read."),
    (bomb, "bomb.png has more pixels"),
    (named_pipe, "pipe.mp4"),
    (device, "zero"),
    (name_too_long, "xxx.png"),
    (other_scheme, "Only links that begin with http:// or https:// work."),
    (no_host, "Only links that begin with http:// or https:// work."),
    (nothing, ""),
]


@pytest.mark.parametrize(("make", "said"), CASES, ids=[make.__name__ for make, _ in CASES])
def test_an_input_that_is_no_use_is_named_and_nothing_is_sent(
    account: Shell,
    listener: Listener,
    tmp_path: Path,
    picture: Path,
    clip: Path,
    make: Maker,
    said: str,
) -> None:
    ended = refused(account, listener, *make(tmp_path, picture, clip))
    assert said in ended.error["message"]
    assert "…" not in ended.error["message"]


@pytest.mark.skipif(is_root(), reason="root may read everything")
def test_an_input_that_may_not_be_read(
    account: Shell, listener: Listener, tmp_path: Path, picture: Path, clip: Path
) -> None:
    locked = Path(shutil.copy(picture, tmp_path / "locked.png"))
    locked.chmod(0)
    ended = refused(account, listener, locked, clip)
    assert "locked.png cannot be read" in ended.error["message"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--prompt", "x" * 2501), "The description has 2501 characters. At most 2500 are allowed"),
        (("--prompt", "\x07bell"), "hidden characters, which are not sent"),
        (("--prompt", "soft \u202ethgil"), "hidden characters, which are not sent"),
        (("--prompt", b"\xff\xfe"), "hidden characters, which are not sent"),
        (("--callback-url", "example.com/{hook}"), "must begin with http:// or https://"),
        (("--output", "/nowhere/at/all.mp4"), "There is no folder /nowhere/at"),
        (("--output", "y" * 300 + ".mp4"), "y.mp4"),
    ],
    ids=["long prompt", "control", "turned", "not UTF-8", "callback", "no folder", "long output"],
)
def test_a_setting_that_is_no_use_is_named_and_nothing_is_sent(
    account: Shell,
    listener: Listener,
    picture: Path,
    clip: Path,
    more: tuple[str | bytes, ...],
    said: str,
) -> None:
    assert said in refused(account, listener, picture, clip, *more).error["message"]


@pytest.mark.parametrize("is_folder", [False, True])
def test_the_output_is_never_written_over_what_is_there(
    account: Shell, listener: Listener, tmp_path: Path, picture: Path, clip: Path, is_folder: bool
) -> None:
    output = tmp_path / "mine.mp4"
    output.mkdir() if is_folder else output.write_bytes(b"precious")
    ended = refused(account, listener, picture, clip, "--output", output)
    assert ended.error["code"] == "output_exists"
    assert is_folder or output.read_bytes() == b"precious"


@pytest.mark.parametrize(
    "address", ["http://api.example.com", "ftp://127.0.0.1", "nonsense", "http://user:pw@127.0.0.1"]
)
def test_a_base_url_that_would_show_the_token_is_not_used(
    account: Shell, listener: Listener, picture: Path, clip: Path, address: str
) -> None:
    account.more["ACEDATACLOUD_API_BASE_URL"] = address
    ended = refused(account, listener, picture, clip)
    assert ended.error["code"] == "bad_base_url"
    assert "https://" in ended.error["message"]


def test_a_data_folder_that_is_a_file_is_said_to_be_unusable(
    account: Shell, listener: Listener, tmp_path: Path, picture: Path, clip: Path
) -> None:
    account.data_dir = tmp_path / "file"
    account.data_dir.write_text("not a folder")
    ended = refused(account, listener, picture, clip)
    assert ended.error["code"] == "journal_unwritable"
    assert account.data_dir.read_text() == "not a folder"


@pytest.mark.parametrize("command", ["jobs", "resume", "sandbox"])
@pytest.mark.parametrize("kind", ["file", "name too long"])
def test_every_command_says_that_a_data_folder_is_unusable(
    account: Shell, tmp_path: Path, command: str, kind: str
) -> None:
    account.data_dir = tmp_path / ("file" if kind == "file" else "z" * 300)
    if kind == "file":
        account.data_dir.write_text("not a folder")
    ended = account.run(command)
    if command == "jobs":  # reads only: no journal, no jobs
        assert ended.code in (0, 2)
    else:
        assert ended.code == 2
    assert ended.err.strip()


@pytest.mark.parametrize(
    "arguments",
    [
        ("generate",),
        ("generate", "--image", "a.png"),
        ("generate", "--image", "a.png", "--video", "b.mp4", "--mode", "ultra"),
        ("generate", "--image", "a.png", "--video", "b.mp4", "--orientation", "up"),
        ("sandbox", "--port", "99999"),
        ("sandbox", "--port", "http"),
        ("dance",),
    ],
)
def test_a_wrong_command_line_gets_the_usage_and_2(
    shell: Shell, arguments: tuple[str, ...]
) -> None:
    ended = shell.run(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert "usage: kling-desktop" in ended.err


def test_without_tokens_it_is_5_and_says_so(shell: Shell, picture: Path, clip: Path) -> None:
    shell.more["ACEDATACLOUD_API_BASE_URL"] = f"http://127.0.0.1:{closed_port()}"
    ended = shell.run("generate", "--json", "--image", picture, "--video", clip)
    assert ended.code == 5
    assert ended.error["code"] == "no_token"
    assert "Nothing was sent" in ended.err


def test_files_without_the_account_token_are_5(account: Shell, picture: Path, clip: Path) -> None:
    del account.more["ACEDATACLOUD_PLATFORM_TOKEN"]
    ended = account.run("generate", "--json", "--image", picture, "--video", clip)
    assert ended.code == 5
    assert ended.error["code"] == "no_account_token"


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        *[
            (command, "~")
            for command in (
                [
                    "generate",
                    "--image",
                    "https://a.example/p.png",
                    "--video",
                    "https://a.example/c",
                ],
                ["resume"],
                ["fetch", "1a2b"],
                ["check", "https://a.example/p.png", "https://a.example/c"],
                ["jobs"],
                ["sandbox"],
            )
        ],
        (["jobs", "--data-dir", "~anna/data"], "~anna/data"),
    ],
    ids=lambda given: " ".join(given[:1]),
)
def test_where_nobody_has_a_home_every_command_says_so(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: list[str],
    named: str,
) -> None:
    """As under a user without an entry, and without HOME."""

    def expand(path: str | Path) -> str | Path:
        if str(path).startswith("~"):
            raise RuntimeError("could not determine the home directory")
        return path

    monkeypatch.setattr(Path, "expanduser", expand)
    for name in ("data", "cache", "log", "videos"):
        monkeypatch.setattr(platformdirs, f"user_{name}_path", lambda *_, **__: expand("~"))
    assert main(typed) == 2
    assert capsys.readouterr().err.startswith(f"The system does not tell where {named} is: ")
