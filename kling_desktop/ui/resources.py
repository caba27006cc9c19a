"""Where the fonts, icons and other files that come with the program lie."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def _root() -> Path:
    installed = _PACKAGE / "resources"
    return installed if installed.is_dir() else _PACKAGE.parent / "resources"


def resource_path(name: str) -> Path:
    """The file ``name`` ("icons/plus.svg"), in an installed package or in a source checkout.

    Raises FileNotFoundError where the program was packed without it.
    """
    path = _root() / name
    if not path.exists():
        raise FileNotFoundError(f"resource missing: {name}")
    return path
