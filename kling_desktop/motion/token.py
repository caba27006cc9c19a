"""The two secrets, told apart by their shape, and the box they travel in."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NoReturn
from weakref import WeakValueDictionary


class TokenKind(StrEnum):
    """Which of the service's two secrets."""

    API = "api"  # 32 hex characters: generate, poll
    ACCOUNT = "account"  # platform-v1- and 64 hex: upload, balance, ledger


class Token:
    """A secret that does not show itself: ``repr``, ``str`` and pickling reveal nothing."""

    __slots__ = ("__weakref__", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        _ALIVE[id(self)] = self

    def reveal(self) -> str:
        """The secret itself. Only for the Authorization header and the keyring."""
        return self._text

    @property
    def hint(self) -> str:
        """The last four characters, by which a person recognises it."""
        return self._text[-4:]

    def __repr__(self) -> str:
        return "Token(…)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Token) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a token is never written down")


_ALIVE: WeakValueDictionary[int, Token] = WeakValueDictionary()
_LEAST_LETTERS = 8  # fewer may be any word


def known_secrets() -> list[str]:
    """Of every token that is held: only to take them out of a text. The longest come first."""
    texts = {token.reveal() for token in _ALIVE.values()}
    return sorted((t for t in texts if len(t) >= _LEAST_LETTERS), key=len, reverse=True)


_API_SHAPE = re.compile(r"[0-9a-fA-F]{32}")
_ACCOUNT_SHAPE = re.compile(r"platform-v1-[0-9a-fA-F]{64}")
_WRAPPING = " \t\r\n\v\f\u00a0\u200b\ufeff\"'`“”‘’<>,;"


def clean_token(text: str) -> str:
    """Strip what comes along when a token is copied: quotes, white space, a leading ``Bearer``."""
    text = text.strip(_WRAPPING)
    text = re.sub(r"^(authorization\s*:\s*)?bearer\s+", "", text, flags=re.IGNORECASE)
    return text.strip(_WRAPPING)


def token_kind(text: str) -> TokenKind | None:
    """Recognise a cleaned token by its shape; None where it has neither."""
    if _ACCOUNT_SHAPE.fullmatch(text):
        return TokenKind.ACCOUNT
    if _API_SHAPE.fullmatch(text):
        return TokenKind.API
    return None
