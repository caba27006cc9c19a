"""Another program that is not done with its file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exporting(path: Path) -> Iterator[None]:
    """Another program that goes on writing to the file."""
    over = threading.Event()

    def export() -> None:
        while not over.wait(0.02):
            with path.open("ab") as file:
                file.write(b"\0" * 64)

    writing = threading.Thread(target=export)
    writing.start()
    try:
        yield
    finally:
        over.set()
        writing.join()
