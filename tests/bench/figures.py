"""What all measurements share: rows of the table, child processes, inputs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
LIMIT_S = 300.0  # only reached when something is broken


@dataclass(frozen=True, slots=True)
class Row:
    """One line: our figure, what it is compared with, their ratio, and what is aimed at."""

    what: str
    ours: str
    other: str = ""
    ratio: float | None = None
    aim: str = ""


def print_table(rows: Sequence[Row]) -> None:
    head = ("what", "ours", "other", "ratio", "aim")
    lines = [
        (r.what, r.ours, r.other, "" if r.ratio is None else f"{r.ratio:.2f}", r.aim) for r in rows
    ]
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    for line in (head, tuple("-" * width for width in widths), *lines):
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)))


def spread(values: Sequence[float], unit: str, scale: float = 1.0, digits: int = 0) -> str:
    """``812 ms (790–850)``: the median, and the range it came from."""
    shown = [f"{v * scale:.{digits}f}" for v in (median(values), min(values), max(values))]
    return f"{shown[0]} {unit} ({shown[1]}–{shown[2]})"


def child(script: str, *arguments: object) -> str:
    """Run one of the scripts beside this file to its end; what it printed."""
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    # An installed program has its bytecode beside it; the first round writes it here.
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    ended = subprocess.run(
        command,
        env=kept,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    if ended.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def make_inputs(folder: Path) -> tuple[Path, Path]:
    """``figure.png`` and ``dance.mp4``, as packaging/run.sh makes them."""
    maker = HERE.parent.parent / "packaging" / "make_inputs.py"
    subprocess.run([sys.executable, str(maker), str(folder)], check=True, timeout=LIMIT_S)
    return folder / "figure.png", folder / "dance.mp4"
