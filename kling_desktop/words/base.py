"""What all groups of sentences share."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

Translate = Callable[[str], str]

_FIRST_STRONG, _POP = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_RIGHT_TO_LEFT = frozenset({"R", "AL"})  # Unicode's bidirectional classes


def identity(text: str) -> str:
    return text


def isolated(text: str) -> str:
    """A right-to-left name for the middle of a sentence, which it must not turn round."""
    if any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in text):
        return f"{_FIRST_STRONG}{text}{_POP}"
    return text


@dataclass(frozen=True, slots=True)
class FindingText:
    """A finding as a sentence, and the labels of the buttons that mend it."""

    text: str
    action: str | None = None
    other: str | None = None  # of ``Finding.also``
    lead: str = ""  # the beginning of ``text`` that a card may set in bold


@dataclass(frozen=True, slots=True)
class ErrorText:
    """What happened, whether money was involved, and what to do."""

    title: str
    hint: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.title} {self.hint}".strip()


class Speaker:
    """Holds the translate function."""

    def __init__(self, tr: Translate = identity) -> None:
        self._tr = tr

    def fill(self, text: str, **values: object) -> str:
        """Translate, then put the values in."""
        return self._tr(text).format(**values)
