"""Whether this computer can show the letters of a name: a bare one has none for East Asia."""

from __future__ import annotations

import re
from functools import cache

from PySide6.QtGui import QFontDatabase

_SYSTEM = QFontDatabase.WritingSystem
# A script's letters, and a writing system that a font for them names. Unified ideographs are in
# the fonts of each of the others.
_IDEOGRAPHS = (_SYSTEM.SimplifiedChinese, _SYSTEM.TraditionalChinese, _SYSTEM.Japanese)
_SCRIPTS: tuple[tuple[re.Pattern[str], tuple[QFontDatabase.WritingSystem, ...]], ...] = (
    (re.compile("[\u3041-\u30ff]"), (_SYSTEM.Japanese,)),
    (re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"), _IDEOGRAPHS),
    (re.compile("[\u1100-\u11ff\uac00-\ud7af]"), (_SYSTEM.Korean,)),
)


def can_be_shown(text: str) -> bool:
    """False where some letters would be blank, as no font here has them."""
    wanted = (systems for letters, systems in _SCRIPTS if letters.search(text))
    return all(map(_has_font, wanted))


@cache
def _has_font(systems: tuple[QFontDatabase.WritingSystem, ...]) -> bool:
    """Of any of them. A list of jobs asks thousands of times."""
    return any(QFontDatabase.families(one) for one in systems)
