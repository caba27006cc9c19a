"""Sentences on the screen: where their lines may end, and where not."""

from __future__ import annotations

import re

NO_BREAK = "\N{NO-BREAK SPACE}"
MAY_BREAK = "\N{ZERO WIDTH SPACE}"
_PATH_CHARS = 64  # two lines and a half of a narrow panel
_FIGURE = re.compile(r"(\d) (?=(?:credits|s|min|KB|MB|GB|%)(?!\w))")


def unbroken(text: str) -> str:
    """``text`` for a label that wraps: no line ends between ``12.40`` and ``credits``.

    Nor does one begin with the dot between two figures.
    """
    return _FIGURE.sub(rf"\1{NO_BREAK}", text).replace(" ·", f"{NO_BREAK}·")


def breakable(path: str) -> str:
    """The beginning and the end of a path; a line may end behind each part of it."""
    if len(path) > _PATH_CHARS:
        half = (_PATH_CHARS - 1) // 2
        path = f"{path[:half]}…{path[-half:]}"
    for separator in "/\\":
        path = path.replace(separator, separator + MAY_BREAK)
    return path
