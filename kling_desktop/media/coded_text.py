"""Whether coded pictures or sound end in text: decoders pass over what stands behind the last bit.

Where the last bit is cannot be seen without decoding all in front of it. Coded data is as good as
random; text of any language is not, so it is told by how unlikely it would be. Pure Python.
"""

from __future__ import annotations

import re
from collections import Counter

_TAIL_BYTES = 256
_LEAST_LETTERS = 6  # a plain area ends in one or two letters, again and again
_MOST_OF_ONE = (4, 4, 1, 1, 1)  # that count: plain sound is the same bits again and again
_FEW_LEFT_BYTES = 4  # behind the text, where it counts as the end
# How much more likely each is in a text than in random bytes, in bits: in one of ASCII, of letters
# of two bytes of UTF-8, and of three.
_WEIGHTS = (
    (rb"[\w .,:+/@-]", (1.65, -0.9, -1.5)),
    (rb"[!-~]", (-0.36, -0.85, -0.85)),
    (rb"\xc2\xb0", (11.0, 4.8, 4.8)),  # the sign of degrees
    (rb"[\xc3-\xdf][\x80-\xbf]", (0.0, 4.8, 0.0)),
    (rb"[\xe0-\xef][\x80-\xbf]{2}", (1.0, 1.0, 7.7)),
)
_RUN = re.compile(rb"(?:" + b"|".join(letter for letter, _ in _WEIGHTS) + rb"){4,}")
_LETTERS = re.compile(b"|".join(b"(" + letter + b")" for letter, _ in _WEIGHTS))
# A run of so many bits comes up by chance once in 2 ** bits places. A long clip ends 20,000 slices
# and packets of sound, and those are read from each of a byte's bits on.
_AT_THE_END_BITS, _ANYWHERE_BITS = 27.0, 33.0
_LETTER = rb"[\w .,:+/@-]"
_WIDE = re.compile(
    rb"(?:LETTER\x00){5,}|(?:\x00LETTER){5,}|(?:[\x10-\x4f]\x04){5,}|(?:\x04[\x10-\x4f]){5,}"
    rb"|(?:[\x41-\x9f\xa1-\xf6]\x30){5,}|(?:\x30[\x41-\x9f\xa1-\xf6]){5,}".replace(
        b"LETTER", _LETTER
    )
)


def ends_in_text(data: bytes) -> bool:
    """In ASCII or UTF-8 of any alphabet, or in UTF-16 of a few."""
    tail = data[-_TAIL_BYTES:].rstrip(b"\x80\0")
    if any(len(set(found.group())) >= _LEAST_LETTERS for found in _WIDE.finditer(tail)):
        return True
    return any(_is_text(found, len(tail)) for found in _RUN.finditer(tail))


def holds_text(data: bytes) -> bool:
    """Anywhere in it: for data that is little, and whose loss is little."""
    return any(_weighs(found) >= _AT_THE_END_BITS for found in _RUN.finditer(data))


def _is_text(run: re.Match[bytes], end: int) -> bool:
    ends_it = end - run.end() <= _FEW_LEFT_BYTES
    return _weighs(run) >= (_AT_THE_END_BITS if ends_it else _ANYWHERE_BITS)


def _weighs(run: re.Match[bytes]) -> float:
    """How much more likely it is as a text, in bits."""
    letters = Counter((found.group(), found.lastindex or 1) for found in _LETTERS.finditer(run[0]))
    if len(letters) < _LEAST_LETTERS:
        return 0.0
    weights = [
        [weight * min(count, _MOST_OF_ONE[which - 1]) for weight in _WEIGHTS[which - 1][1]]
        for (_, which), count in letters.items()
    ]
    return max(map(sum, zip(*weights, strict=True)))
