"""Writing a name into a picture with fonts that have its letters. Worker side.

The program's own font first, then those of the system. What no font here has is left out: a row of
boxes tells nobody anything.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_PACKAGE = Path(__file__).resolve().parent.parent
_OWN_PLACES = (_PACKAGE / "resources", _PACKAGE.parent / "resources")
_OWN = Path("fonts") / "Inter-Medium.ttf"
_ENDINGS = frozenset({".ttf", ".otf", ".ttc"})
# Parts of file names, the likeliest to have what is wanted first; all others come behind.
_LIKELY = (
    *("wqy", "notosanscjk", "sourcehansans", "pingfang", "hiragino", "msyh", "yugoth", "malgun"),
    *("notosansjp", "notosanssc", "notosanskr", "droidsansfallback", "ipag", "takao", "nanum"),
    *("notoemoji", "symbola", "seguisym", "dejavusans.", "notosans-regular", "unifont"),
    *("arialuni", "arial unicode", "seguiemj", "notocoloremoji", "apple color emoji"),
)
_MOST_FONTS = 600  # files; one that has some hundred has what it has in the likely ones
_NOBODYS = "\U0010fffd"  # a private character: what is drawn for it is what is drawn for none
_STRIKE_PX = 109  # the one size that colour fonts of bitmaps come in
_UNSEEN = frozenset({"Cf", "Cc", "Mn", "Me", "Sk"})  # joiners, variants, tones: no box of their own


class _Face:
    """One font in one size, and what it has."""

    def __init__(self, font: Font, scale: float = 1.0) -> None:
        self.font = font
        self.scale = scale  # a font of bitmaps is drawn in its own size, then made smaller
        self._none = _drawn(font, _NOBODYS)
        self._has: dict[str, bool] = {}

    def has(self, letter: str) -> bool:
        if letter not in self._has:
            mask = _drawn(self.font, letter)
            self._has[letter] = mask is not None and mask != self._none
        return self._has[letter]


def drawn_name(text: str, size_px: int, color: str, ground: str) -> Image.Image:
    """One line in a picture as wide as it needs, its middle at half the height.

    A letter that no font here has is not drawn.
    """
    height_px = size_px * 2
    parts = list(_parts(" ".join(text.split()), size_px))
    widths = [_width(face, part) for face, part in parts]
    line = Image.new("RGB", (max(1, sum(widths)), height_px), ground)
    left = 0
    for (face, part), width in zip(parts, widths, strict=True):
        if face.scale == 1.0:
            pen = ImageDraw.Draw(line)
            pen.text((left, height_px // 2), part, fill=color, font=face.font, anchor="lm")
        else:
            line.paste(_small_strike(face, part, (width, height_px), ground), (left, 0))
        left += width
    return line


def lacks(text: str, size_px: int) -> bool:
    """Whether some of its letters are in no font here."""
    return any(
        not letter.isspace()
        and unicodedata.category(letter) not in _UNSEEN
        and _face_for(letter, size_px) is None
        for letter in text
    )


def _parts(text: str, size_px: int) -> Iterator[tuple[_Face, str]]:
    """Runs of letters, each with a font that has them all."""
    run, face = "", _own_face(size_px)
    for letter in text:
        wanted = face if letter == " " else _face_for(letter, size_px)
        if wanted is None:
            continue
        if wanted is not face and run:
            yield face, run
            run = ""
        run, face = run + letter, wanted
    if run:
        yield face, run


def _face_for(letter: str, size_px: int) -> _Face | None:
    own = _own_face(size_px)
    if own.has(letter):
        return own
    if unicodedata.category(letter) in _UNSEEN:
        return None
    return next((face for face in _system_faces(size_px) if face.has(letter)), None)


def _width(face: _Face, text: str) -> int:
    return round(face.font.getlength(text) * face.scale)


def _small_strike(face: _Face, text: str, size: tuple[int, int], ground: str) -> Image.Image:
    tall = round(size[1] / face.scale)
    large = Image.new("RGB", (max(1, round(size[0] / face.scale)), tall), ground)
    pen = ImageDraw.Draw(large)
    pen.text((0, tall // 2), text, font=face.font, anchor="lm", embedded_color=True)
    return large.resize((max(1, size[0]), size[1]), Image.Resampling.LANCZOS)


def _drawn(font: Font, letter: str) -> tuple[tuple[int, int], bytes] | None:
    """What is seen of it; None: nothing is."""
    try:
        mask = font.getmask(letter)
    except (OSError, ValueError):  # a broken font has nothing
        return None
    if not mask.size[0] or not mask.size[1] or mask.getbbox() is None:
        return None
    return mask.size, bytes(mask)


@cache
def _own_face(size_px: int) -> _Face:
    """The program's own; where it was packed without it, Pillow's."""
    for place in _OWN_PLACES:
        if (place / _OWN).is_file():
            return _Face(ImageFont.truetype(os.fspath(place / _OWN), size_px))
    return _Face(ImageFont.load_default(size_px))


@cache
def _opened(path: str, size_px: int) -> _Face | None:
    for size, scale in ((size_px, 1.0), (_STRIKE_PX, size_px / _STRIKE_PX)):
        try:
            return _Face(ImageFont.truetype(path, size), scale)
        except (OSError, ValueError):  # no font, or none in this size
            continue
    return None


def _system_faces(size_px: int) -> Iterator[_Face]:
    for path in _system_fonts():
        if (face := _opened(path, size_px)) is not None:
            yield face


@cache
def _system_fonts() -> tuple[str, ...]:
    found: list[str] = []
    for folder in _font_folders():
        for place, _folders, names in os.walk(folder):
            found += [
                os.path.join(place, name)
                for name in names
                if os.path.splitext(name)[1].lower() in _ENDINGS
            ]
    return tuple(sorted(found, key=_rank)[:_MOST_FONTS])


def _rank(path: str) -> tuple[int, str]:
    name = os.path.basename(path).lower()
    likely = (number for number, part in enumerate(_LIKELY) if part in name)
    return next(likely, len(_LIKELY)), path


def _font_folders() -> list[str]:
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", home)
        own = os.path.join(local, "Microsoft", "Windows", "Fonts")
        return [os.path.join(os.environ.get("WINDIR", r"C:\Windows"), "Fonts"), own]
    if sys.platform == "darwin":
        places = ["/System/Library/Fonts", "/Library/Fonts"]
        return [*places, os.path.join(home, "Library", "Fonts")]
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    own_data = os.environ.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share")
    places = [place for place in [own_data, *shared.split(":")] if os.path.isabs(place)]
    return [*(os.path.join(place, "fonts") for place in places), os.path.join(home, ".fonts")]
