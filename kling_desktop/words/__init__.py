"""Words for people: one table that turns codes and values into sentences.

The window and the command line both use it. Nothing below this room holds an English sentence
for a person. Texts go through a translate function that is handed in; no Qt here.
"""

from __future__ import annotations

from .account import AccountWords
from .base import ErrorText, FindingText, Translate, identity
from .commands import CommandWords
from .holds import HoldWords
from .ledger import LedgerWords
from .saved import SavedWords
from .showing import ShowingWords
from .starting import StartingWords

__all__ = ["ErrorText", "FindingText", "Translate", "Words", "identity"]


class Words(
    AccountWords,
    LedgerWords,
    CommandWords,
    SavedWords,
    HoldWords,
    StartingWords,
    ShowingWords,
):
    """All sentences. ``Words()`` speaks English; the window hands in Qt's translation."""
