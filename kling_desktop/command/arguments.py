"""What can be typed after ``kling-desktop``."""

from __future__ import annotations

import argparse
import math
import os
import re
from collections.abc import Sequence
from pathlib import Path

from .. import __version__
from ..motion.money import LIMIT_MAX_CREDITS
from ..motion.request import MODELS, SECOND_MAX, Mode, Orientation
from .patience import PATIENCE_AT_MOST_S, PATIENCE_S

COMMANDS = ("generate", "check", "resume", "fetch", "jobs", "sandbox")
_WHAT = "Make motion videos: the person in a picture performs the movement of a clip."
_LINK = re.compile(r"(https?|file)://", re.IGNORECASE)


def typed(arguments: Sequence[str]) -> argparse.Namespace:
    """What was typed after ``kling-desktop``: a command, or files for the window."""
    if (first := _first_word(arguments)) is None or first in COMMANDS or not _is_input(first):
        options = parser().parse_args(arguments)
        options.files = []
        return options
    return typed_for_window(arguments, "kling-desktop")


def typed_for_window(arguments: Sequence[str], program: str) -> argparse.Namespace:
    """Of a start that opens the window in any case, as a menu's entry does."""
    top = argparse.ArgumentParser(
        prog=program, description=f"{_WHAT} The window opens with the files in it."
    )
    _version(top)
    _common(top, sandbox=True)
    top.add_argument("files", nargs="*", metavar="FILE|URL", help="a picture, a clip, or both")
    options = top.parse_args(arguments)
    options.command = None
    options.files = [_whole(each) for each in options.files]
    return options


def _first_word(arguments: Sequence[str]) -> str | None:
    """The first that is no option and no option's value."""
    words = iter(arguments)
    for word in words:
        if word == "--":
            return next(words, None)
        if word == "--data-dir":
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def _is_input(word: str) -> bool:
    """By its looks; a bare name where there is such a file: else it is a mistyped command."""
    return bool(_LINK.match(word) or os.path.dirname(word)) or os.path.lexists(word)


def _whole(text: str) -> str:
    """A path from the working folder, of which another process knows nothing."""
    if _LINK.match(text):
        return text
    try:
        return os.path.abspath(text)
    except FileNotFoundError:  # the working folder was deleted
        return text


def _version(top: argparse.ArgumentParser) -> None:
    top.add_argument("--version", action="version", version=f"Kling Desktop {__version__}")


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="kling-desktop",
        usage="%(prog)s [-h] [--version] [--data-dir DIR] [--sandbox] [COMMAND … | FILE|URL …]",
        description=f"{_WHAT} Without a command, the window opens, with the files that are named.",
        epilog="Exit codes: 0 saved · 2 wrong input, or your word is needed first (same again, "
        "dearer or changed, over your own limit, another account): nothing was sent · 3 refused "
        "or failed at the service, or no way to it: not paid, nothing left to be sent · 4 "
        "unknown, perhaps charged · 5 no token, or refused, before anything was sent · 6 paid, "
        "not saved yet · 130 interrupted. After 4, 6 and 130 `resume` goes on. `resume` leaves "
        "what it could not send, and says why, job by job.",
    )
    _version(top)
    _common(top, sandbox=True)
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _generate(
        commands.add_parser(
            "generate",
            help="run one job to its saved file",
            description="Run one job to its saved file. It passes a pause of the queue for its "
            "own job alone; your limit for a day it never passes.",
        )
    )
    _check(commands.add_parser("check", help="say what two inputs are and what would be done"))
    resume = commands.add_parser(
        "resume",
        help="drive every unfinished job to its end",
        description="Drive every unfinished job to its end. It ends a pause of the queue, and "
        "lets one job try whether a token or credit is there again; your limit for a day it "
        "never passes.",
    )
    _common(resume, sandbox=True)
    _json(resume)
    _wait(resume)
    resume.add_argument(
        "--send",
        metavar="JOB_ID",
        help="the one job that asks is sent as it is now, for what it costs now",
    )
    fetch = commands.add_parser(
        "fetch",
        help="fetch a video that is paid for, once more",
        description="Fetch a video that is paid for, once more. It costs nothing.",
    )
    _common(fetch, sandbox=True)
    _json(fetch)
    _wait(fetch)
    fetch.add_argument("job_id", metavar="JOB_ID", help="as `jobs` lists it; its beginning will do")
    _output(fetch)
    jobs = commands.add_parser("jobs", help="list all jobs")
    _common(jobs, sandbox=True)
    _json(jobs)
    sandbox = commands.add_parser("sandbox", help="serve the sandbox until stopped")
    _common(sandbox, sandbox=False)
    sandbox.add_argument("--port", type=_port, default=0, help="port on 127.0.0.1 (default: any)")
    return top


def _generate(command: argparse.ArgumentParser) -> None:
    _common(command, sandbox=True)
    _json(command)
    _wait(command)
    command.add_argument("--image", required=True, metavar="PATH|URL", help="the character")
    command.add_argument("--video", required=True, metavar="PATH|URL", help="the motion")
    command.add_argument(
        "--mode", choices=[m.value for m in Mode], default=Mode.STANDARD.value, help="quality"
    )
    command.add_argument(
        "--orientation",
        choices=[o.value for o in Orientation],
        default=Orientation.VIDEO.value,
        help="the person faces as in the clip (video, up to 30 s) or the picture (image, 10 s)",
    )
    command.add_argument("--prompt", default="", metavar="TEXT", help="scene and appearance")
    command.add_argument(
        "--model", metavar="NAME", help=f"one of {', '.join(MODELS)} (default: the service's)"
    )
    command.add_argument("--no-sound", action="store_true", help="leave the clip's sound out")
    command.add_argument(
        "--watermark",
        action="store_true",
        help="a watermarked copy too, kept beside the video",
    )
    command.add_argument("--callback-url", metavar="URL", help="the service posts the result there")
    _part(command)
    command.add_argument(
        "--again", action="store_true", help="also where just the same was made, or is being made"
    )
    command.add_argument(
        "--up-to",
        type=_credits,
        metavar="CREDITS",
        help="go ahead up to this price (default: what Settings say to ask above)",
    )
    _output(command)


def _output(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--output", type=Path, metavar="FILE.mp4", help="where to save (never over another file)"
    )


def _check(command: argparse.ArgumentParser) -> None:
    _common(command, sandbox=False)
    command.add_argument("--json", action="store_true", help="one JSON object on standard output")
    command.add_argument("image", metavar="IMAGE", help="path or link of the character")
    command.add_argument("video", metavar="VIDEO", help="path or link of the motion")
    command.add_argument(
        "--orientation",
        choices=[o.value for o in Orientation],
        default=Orientation.VIDEO.value,
        help="the person faces as in the clip (video, up to 30 s) or the picture (image, 10 s)",
    )
    command.add_argument(
        "--mode", choices=[m.value for m in Mode], default=Mode.STANDARD.value, help="quality"
    )
    command.add_argument("--no-sound", action="store_true", help="leave the clip's sound out")
    command.set_defaults(prompt="", model=None, watermark=False, callback_url=None)
    _part(command)


def _part(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--start", type=_moment, metavar="TIME", help="use the clip from here: 9.7 or 0:09.7"
    )
    command.add_argument("--end", type=_moment, metavar="TIME", help="use the clip up to here")
    command.add_argument(
        "--fit",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="convert what does not fit the service's limits (default), or refuse it",
    )


def _moment(text: str) -> float:
    """Seconds, or minutes:seconds, or hours:minutes:seconds."""
    seconds = 0.0
    try:
        for part in text.split(":"):
            seconds = seconds * 60 + float(part)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= SECOND_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; 9.7 and 0:09.7 are")
    return seconds


def _credits(text: str) -> float:
    try:
        credits = float(text)
    except ValueError:
        credits = math.nan
    if not 0 <= credits <= LIMIT_MAX_CREDITS:
        raise argparse.ArgumentTypeError(f"{text!r} is no price in credits")
    return credits


def _common(command: argparse.ArgumentParser, *, sandbox: bool) -> None:
    # SUPPRESS: an option before the command is not reset by the command's own default.
    command.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        default=argparse.SUPPRESS,
        help="keep everything in this folder",
    )
    if sandbox:
        command.add_argument(
            "--sandbox",
            action="store_true",
            default=argparse.SUPPRESS,
            help="use the embedded sandbox: no account, no cost",
        )


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--json", action="store_true", help="one JSON object for each job on standard output"
    )


def _wait(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--wait",
        type=_minutes,
        metavar="MINUTES",
        default=PATIENCE_S / 60,
        help="how long to wait where nothing goes on: the network, a host that does not do its "
        "part, no byte of a video that is paid for (default: %(default)g)",
    )


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = math.nan
    if not 0 <= minutes <= PATIENCE_AT_MOST_S / 60:
        at_most = PATIENCE_AT_MOST_S / 60
        raise argparse.ArgumentTypeError(f"{text!r} is no number of minutes up to {at_most:g}")
    return minutes


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port
