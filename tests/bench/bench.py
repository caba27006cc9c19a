"""The figures of the program, by hand: ``python tests/bench/bench.py [start] [transfer] …``.

Every figure is a median of interleaved rounds beside something it can be compared with, taken in
the same run. Not a test: nothing here passes or fails. Linux (it reads /proc).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

import gaps
import media
import stage
import start_up
import transfers
import waits
from figures import Row, print_table

PARTS: dict[str, Callable[[int], list[Row]]] = {
    "start": start_up.measure,
    "transfer": transfers.measure,
    "gaps": gaps.measure,
    "waits": waits.measure,
    "stage": stage.measure,
    "media": media.measure,
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all")
    options.add_argument("--rounds", type=int, default=7, help="of each measurement (default 7)")
    given = options.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    rows: list[Row] = []
    for name, measure in PARTS.items():
        if not given.parts or name in given.parts:
            print(f"measuring: {name} …", file=sys.stderr)
            rows += measure(given.rounds)
    print_table(rows)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
