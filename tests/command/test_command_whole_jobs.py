"""Whole jobs from a shell: odd names, a terminal, two at once, a service of its own."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command_line import Shell
from support.program import SandboxFolder
from support.waiting import PATIENCE_S

PROMISED = {"job_id", "task_id", "state", "path", "error"}  # what scripts rely on
# Spaces, quotes, emoji, right-to-left text, markup, braces, a leading dash.
ODD = '-it\'s a "{0}" <b>%s<b> 👩‍🚀 שלום café'


def name_of_255_bytes(stem: str, ending: str) -> str:
    """As long as file systems allow."""
    room = 255 - len((stem + ending).encode())
    return stem + "x" * room + ending


def test_odd_names_of_255_bytes_go_in_and_out(shell: Shell, picture: Path, clip: Path) -> None:
    folder = shell.data_dir.parent / "in put's 👯"
    folder.mkdir()
    image = Path(shutil.copy(picture, folder / name_of_255_bytes(ODD, ".png")))
    video = Path(shutil.copy(clip, folder / name_of_255_bytes(ODD, ".mp4")))
    output = folder / name_of_255_bytes("out " + ODD, ".mp4")
    inputs = ("--image", image, "--video", video, "--output", output, "--watermark")
    ended = shell.run("generate", "--sandbox", "--json", *inputs)
    assert ended.code == 0, ended
    (job,) = ended.objects
    assert set(job) >= PROMISED
    assert (job["state"], job["path"], job["error"]) == ("done", str(output), None)
    assert output.read_bytes() == SandboxFolder(shell.data_dir).result(job["task_id"])
    copy = Path(job["watermarked_path"])
    assert (copy.parent, copy.name[-16:]) == (folder, ", watermarked.mp4"[-16:])
    assert copy.read_bytes() == output.read_bytes()
    names = [image.name, video.name, output.name, copy.name]
    assert sorted(p.name for p in folder.iterdir()) == sorted(names)


def test_without_output_the_name_is_readable_and_fits_the_file_system(
    shell: Shell, picture: Path, clip: Path
) -> None:
    image = Path(shutil.copy(picture, shell.data_dir.parent / name_of_255_bytes(ODD, ".png")))
    ended = shell.run("generate", "--sandbox", "--image", image, "--video", clip)
    assert ended.code == 0, ended
    (path,) = map(Path, ended.out.splitlines())
    assert path.is_file()
    assert path.parent == shell.data_dir / "videos" / "Sandbox"
    assert len(path.name.encode()) <= 255
    listed = shell.run("jobs", "--sandbox", "--json").objects
    assert [(job["state"], job["path"]) for job in listed] == [("done", str(path))]


def read_terminal(handle: int, into: bytearray) -> None:
    """Until the other side is closed."""
    while True:
        try:
            data = os.read(handle, 65536)
        except OSError:  # Linux says so when the last writer is gone
            return
        if not data:
            return
        into += data


def test_a_terminal_shows_bars_and_the_time_and_the_result_stays_alone(
    shell: Shell, picture: Path, clip: Path
) -> None:
    try:
        ours, theirs = pty.openpty()
    except OSError:  # a container without /dev/pts
        pytest.skip("this system hands out no terminals")
    shown = bytearray()
    reader = threading.Thread(target=read_terminal, args=(ours, shown))
    reader.start()
    try:
        ended = subprocess.run(
            shell.command("generate", "--sandbox", "--image", picture, "--video", clip),
            env=shell.env,
            stdout=subprocess.PIPE,
            stderr=theirs,
            timeout=PATIENCE_S,
            check=False,
        )
    finally:
        os.close(theirs)
        reader.join()
        os.close(ours)
    text = shown.decode()
    assert ended.returncode == 0, text
    assert "Traceback" not in text, text
    assert "█" in text
    assert re.search(r"Generating \d+:\d\d", text)
    assert Path(ended.stdout.decode().strip()).is_file()


def test_jobs_are_listed_while_another_command_works(
    shell: Shell, picture: Path, clip: Path
) -> None:
    command = shell.command(
        *("generate", "--sandbox", "--json", "--prompt", "[very slow]"),
        *("--image", picture, "--video", clip),
    )
    with subprocess.Popen(
        command, env=shell.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as working:
        assert working.stderr is not None
        for line in iter(working.stderr.readline, b""):
            if b"Generating" in line:
                break
        listed = shell.run("jobs", "--sandbox", "--json")
        working.send_signal(signal.SIGINT)
        out, _err = working.communicate(timeout=PATIENCE_S)
    assert listed.code == 0
    (job,) = listed.objects
    assert job["state"] == "generating"
    assert working.returncode == 130
    (interrupted,) = map(json.loads, out.decode().splitlines())
    assert interrupted["job_id"] == job["job_id"]
    assert interrupted["task_id"] == job["task_id"]


def test_two_commands_at_once_each_save_their_own_video(
    shell: Shell, picture: Path, clip: Path
) -> None:
    command = shell.command("generate", "--sandbox", "--json", "--image", picture, "--video", clip)
    both = [
        subprocess.Popen(
            [*command, "--prompt", prompt],
            env=shell.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for prompt in ("one", "the other")
    ]
    ends = [(*child.communicate(timeout=PATIENCE_S), child.returncode) for child in both]
    assert [code for *_, code in ends] == [0, 0], ends
    assert not any(b"Traceback" in err for _, err, _ in ends), ends
    jobs = [json.loads(line) for out, *_ in ends for line in out.splitlines()]
    assert len(jobs) == 2
    assert len({job["job_id"] for job in jobs}) == 2
    assert len({job["path"] for job in jobs}) == 2
    assert len(SandboxFolder(shell.data_dir).tasks()) == 2


@pytest.fixture
def served(shell: Shell, tmp_path: Path) -> Iterator[dict[str, str]]:
    """``kling-desktop sandbox`` as a service of its own: what it printed."""
    server = Shell(shell.env, tmp_path / "server")
    with subprocess.Popen(
        server.command("sandbox"),
        env=server.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        printed = dict(child.stdout.readline().strip().split("=", 1) for _ in range(4))
        yield printed
        child.send_signal(signal.SIGINT)
        _out, err = child.communicate(timeout=PATIENCE_S)
    assert (child.returncode, err) == (0, "")


def test_what_the_sandbox_prints_works_with_generate(
    shell: Shell, served: dict[str, str], picture: Path, clip: Path, tmp_path: Path
) -> None:
    shell.more.update(served)
    output = tmp_path / "mine.mp4"
    ended = shell.run("generate", "--json", "--image", picture, "--video", clip, "--output", output)
    assert ended.code == 0, ended
    assert output.stat().st_size > 1000
    again = shell.run("generate", "--json", "--image", picture, "--video", clip, "--output", output)
    assert again.code == 2
    assert shell.run("jobs", "--json").objects[0]["path"] == str(output)
    assert shell.run("jobs", "--sandbox", "--json").out == ""  # libraries never mix


@pytest.mark.parametrize(
    ("prompt", "code", "error_code", "words"),
    [
        ("[used up]", 3, "used_up", "Not enough credit for this video. Nothing was charged."),
        ("[moderation]", 3, "forbidden", "Nothing was charged."),
        ("[bad settings]", 3, "settings_refused", "The service refused these settings"),
        ("[disabled]", 3, "disabled", "Nothing was charged."),
        ("[token]", 5, "invalid_token", "did not accept your token. Nothing was charged."),
        ("[fail]", 3, "service_failed", "Failed videos are normally not charged."),
    ],
)
def test_every_no_of_the_service_has_its_code_and_its_words(
    shell: Shell, picture: Path, clip: Path, prompt: str, code: int, error_code: str, words: str
) -> None:
    ended = shell.run(
        *("generate", "--sandbox", "--json", "--prompt", prompt),
        *("--image", picture, "--video", clip),
    )
    assert ended.code == code, ended
    assert ended.error["code"] == error_code
    assert words in ended.error["message"]
    assert ended.error["trace_id"]
    assert words in ended.err


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_closed_pipe_is_no_traceback(
    shell: Shell, picture: Path, clip: Path, more: tuple[str, ...]
) -> None:
    """``kling-desktop jobs | head -0``: the reader goes away."""
    shell.run(
        "generate",
        "--sandbox",
        "--json",
        "--prompt",
        "[bad settings]",
        "--image",
        picture,
        "--video",
        clip,
    )
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            shell.command("jobs", "--sandbox", *more),
            env=shell.env,
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=PATIENCE_S,
            check=False,
        )
    finally:
        os.close(writing)
    assert b"Traceback" not in ended.stderr, ended.stderr
    assert b"Exception" not in ended.stderr, ended.stderr
    assert ended.returncode != 0


@contextmanager
def spoilt_stream(how: str) -> Iterator[int | None]:
    """Where nothing that is written arrives; None where it is closed by other means."""
    if how == "closed":
        yield None
        return
    if how == "full":
        number = os.open("/dev/full", os.O_WRONLY)
    else:
        reading, number = os.pipe()
        os.close(reading)
    try:
        yield number
    finally:
        os.close(number)


SPOILT = [("1", "reader gone"), ("2", "reader gone"), ("12", "closed")]
FULL = [("1", "full"), ("2", "full")] if os.path.exists("/dev/full") else []


@pytest.mark.skipif(os.name == "nt", reason="streams are handed on otherwise there")
@pytest.mark.parametrize(("streams", "how"), [*SPOILT, *FULL])
def test_the_exit_code_is_of_the_job_also_where_nothing_can_be_said(
    shell: Shell, picture: Path, clip: Path, how: str, streams: str
) -> None:
    command = [str(part) for part in shell.command("generate", "--sandbox", "--json")]
    command += ["--image", str(picture), "--video", str(clip)]
    if how == "closed":
        closing = " ".join(f"{number}>&-" for number in streams)
        command = ["sh", "-c", f'exec "$@" {closing}', "sh", *command]
    with spoilt_stream(how) as into:
        ended = subprocess.run(
            command,
            env=shell.env,
            stdout=into if "1" in streams and into else subprocess.PIPE,
            stderr=into if "2" in streams and into else subprocess.PIPE,
            timeout=PATIENCE_S,
            check=False,
        )
    assert ended.returncode == 0, ended
    assert b"Traceback" not in (ended.stderr or b""), ended.stderr
    (job,) = shell.run("jobs", "--sandbox", "--json").objects
    assert job["state"] == "done"


def test_version_and_help_print_and_end(shell: Shell) -> None:
    for option in ("--version", "--help"):
        ended = subprocess.run(
            [sys.executable, "-m", "kling_desktop", option],
            env=shell.env,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert ended.returncode == 0
        assert "ling" in ended.stdout
