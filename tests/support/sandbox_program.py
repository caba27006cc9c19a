"""``kling-desktop sandbox`` for which no test waits longer than it must.

It renders what this run of tests has rendered before no more, and takes no time besides.

python sandbox_program.py FOLDER sandbox [--data-dir DIR] …
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from kling_desktop.cli import main
    from kling_desktop.sandbox import service
    from kling_desktop.sandbox.worker import Worker
    from support.rendered_once import reusing

    service.DEFAULT_SECONDS = 0.0
    Worker._wait_child = reusing(Path(sys.argv[1]))  # type: ignore[method-assign]
    sys.exit(main(sys.argv[2:]))
