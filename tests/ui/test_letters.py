"""Where no font has the letters of a name, it is said, and said once."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QFontDatabase, QRawFont
from window_scene import told_by

from kling_desktop.ui.letters import can_be_shown
from kling_desktop.ui.resources import resource_path

PROGRAM = Path(__file__).with_name("bare_fonts_program.py")
BARE = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>"""


def test_a_bare_computer_says_once_that_it_lacks_the_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "fonts.conf"
    fonts = resource_path("fonts/LICENSE-Inter.txt").parent
    config.write_text(BARE.format(fonts=fonts, cache=tmp_path / "cache"), encoding="utf-8")
    monkeypatch.setenv("FONTCONFIG_FILE", str(config))
    assert told_by(PROGRAM, tmp_path) == {"said": [True, False]}


@pytest.mark.parametrize("text", ["夜の踊り", "踊り", "舞蹈", "춤"])
def test_what_is_told_of_letters_is_what_the_fonts_here_have(qapp: object, text: str) -> None:
    families = QFontDatabase.families()
    fonts = [QRawFont.fromFont(QFontDatabase.font(one, "", 12)) for one in families]
    assert can_be_shown(text) is any(
        all(font.supportsCharacter(ord(letter)) for letter in text) for font in fonts
    )


def test_other_letters_are_never_said_to_be_missing(qapp: object) -> None:
    assert can_be_shown("astronaut × meadow, Łódź, Ελλάδα")
