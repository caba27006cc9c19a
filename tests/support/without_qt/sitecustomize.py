"""On PYTHONPATH, this ends any Python program, and its helper processes, that imports Qt."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

EXIT_CODE = 99  # no exit code of the program
QT = {"PySide6", "shiboken6", "qasync"}


class NoQt(MetaPathFinder):
    """Asked before every other finder."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in QT:
            os.write(2, f"Qt was imported: {fullname}\n".encode())
            os._exit(EXIT_CODE)  # not an ImportError: a program could live with that
        return None


sys.meta_path.insert(0, NoQt())
