"""Waiting for the password store: it is said, and a minute at most."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from ..engine.engine import Engine
from ..engine.events import is_set_within
from ..engine.identity import Identity
from ..engine.password_store import PasswordStore
from ..engine.problems import untold
from ..motion.account import AccountState, StoreProblem, StoreWish
from ..motion.token import Token, TokenKind
from ..store.secrets import Secrets
from ..words import Words
from .codes import Exit, Refusal
from .output import Sink
from .patience import with_store_s


@contextmanager
def said_of_store(engine: Engine, sink: Sink) -> Iterator[None]:
    """While it lasts, that the store does not answer is said."""

    def on_account(state: AccountState) -> None:
        if state.silent_store is StoreWish.READ:
            sink.say(Words().waits_for_token(state))

    engine.account.changed.connect(on_account)
    on_account(engine.account.state)
    try:
        yield
    finally:
        engine.account.changed.disconnect(on_account)


async def told(engine: Engine, kinds: set[TokenKind], patience_s: float) -> None:
    """Until these tokens are known, or that there is none. Raises Refusal."""
    if engine.account.awaited & kinds:
        await is_set_within(engine.account.tokens_told, with_store_s(patience_s))
    if engine.account.awaited & kinds:
        state = engine.account.state
        raise store_refusal(state.token_store, state.store_problem)


def store_refusal(store: str | None, problem: StoreProblem | None = None) -> Refusal:
    """Nothing was sent without a token."""
    return Refusal(untold(store, problem), Exit.TOKEN)


async def own_tokens(
    secrets: Secrets, holder: Identity, say: Callable[[str], None], patience_s: float
) -> Mapping[TokenKind, Token | None]:
    """This process's own, for the addresses at which another one works. Raises Refusal."""
    hosts = {TokenKind.API: holder.api, TokenKind.ACCOUNT: holder.platform}
    store = PasswordStore(secrets)

    read = {kind: partial(secrets.read, kind, host) for kind, host in hosts.items()}

    def on_silent(_none: None) -> None:
        if store.silent is not None:
            say(Words().waits_for_token(AccountState(token_store=store.name)))

    if all(secrets.at_hand(kind, host)[0] for kind, host in hosts.items()):
        return {kind: secrets.at_hand(kind, host)[1] for kind, host in hosts.items()}
    store.changed.connect(on_silent)
    try:
        async with asyncio.timeout(with_store_s(patience_s)):
            tokens = await store.ask(StoreWish.READ, read)
    except TimeoutError:
        raise store_refusal(store.name) from None
    if store.problem is not None:
        raise store_refusal(store.name, store.problem)
    return tokens
