"""The two secrets: told apart by their shape, cleaned, and never shown."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_desktop.motion.token import Token, TokenKind, clean_token, token_kind

API = "0123456789abcdefABCDEF0123456789"
ACCOUNT = "platform-v1-" + "0a" * 32


@pytest.mark.parametrize(
    "wrapping",
    [
        "{}",
        "  {}\r\n",
        '"{}"',
        "'{}'",
        "“{}”",
        "`{}`",
        "Bearer {}",
        "bearer\t{}",
        "BEARER  {} ",
        '"Bearer {}"',
        "Authorization: Bearer {}",
        "authorization : bearer {}",
        "\ufeff{}\u200b",
        "\u00a0{}\u00a0",
        "<{}>",
        "{},",
        "Bearer '{}'",
    ],
)
@pytest.mark.parametrize(("token", "kind"), [(API, TokenKind.API), (ACCOUNT, TokenKind.ACCOUNT)])
def test_a_token_is_recognised_whatever_was_copied_along(
    wrapping: str, token: str, kind: TokenKind
) -> None:
    cleaned = clean_token(wrapping.format(token))
    assert cleaned == token
    assert token_kind(cleaned) is kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bearer",
        API[:-1],
        API + "0",
        API.replace("a", "g"),
        ACCOUNT[:-1],
        ACCOUNT + "0",
        ACCOUNT.replace("v1", "v2"),
        ACCOUNT.upper(),
        f"{API}\n",
        f"{API} {API}",
        "٠" * 32,  # digits, but not these
    ],
)
def test_what_has_neither_shape_is_neither(text: str) -> None:
    assert token_kind(text) is None


@given(st.text(max_size=80))
def test_cleaning_never_raises_and_cleaning_twice_changes_no_token(text: str) -> None:
    once = clean_token(text)
    if token_kind(once) is not None:
        assert clean_token(once) == once


def test_a_token_does_not_show_itself() -> None:
    token = Token(API)
    shown = [repr(token), str(token), f"{token}", f"{token!r}", f"{[token]}"]
    assert not any(API[:8] in text for text in shown)


def test_a_token_cannot_be_written_down() -> None:
    token = Token(API)
    with pytest.raises(TypeError):
        pickle.dumps(token)
    with pytest.raises(TypeError):
        copy.deepcopy(token)
    with pytest.raises(TypeError):
        json.dumps({"token": token})
    assert not hasattr(token, "__dict__")


def test_its_hint_is_its_last_four_characters() -> None:
    assert Token(API).hint == API[-4:]


def test_tokens_compare_by_their_text() -> None:
    assert Token(API) == Token(API)
    assert hash(Token(API)) == hash(Token(API))
    assert Token(API) != Token(ACCOUNT)
    assert Token(API) != API
    assert Token(API).reveal() == API
