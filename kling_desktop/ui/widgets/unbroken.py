"""Sentences on the screen: a figure and its unit stay on one line."""

from __future__ import annotations

import re

NO_BREAK = "\N{NO-BREAK SPACE}"
_FIGURE = re.compile(r"(\d) (?=(?:credits|s|min|KB|MB|GB|%)(?!\w))")


def unbroken(text: str) -> str:
    """``text`` for a label that wraps: no line ends between ``12.40`` and ``credits``.

    Nor does one begin with the dot between two figures.
    """
    return _FIGURE.sub(rf"\1{NO_BREAK}", text).replace(" ·", f"{NO_BREAK}·")
