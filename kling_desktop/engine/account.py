"""The person's account: tokens, what they open, the balance and the price rules."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..motion.account import AccountState, Connection, ConnectResult, StoreWish
from ..motion.price import PriceRules
from ..motion.reading import UnixTime, Unreadable, parsed_object, read
from ..motion.token import Token, TokenKind
from ..remote.errors import NotSent, RemoteError
from ..remote.platform import Platform
from ..steady import steady_s
from ..store.secrets import Kept, Secrets
from .account_names import AccountNames
from .connectivity import Connectivity, Reach, Reached, reach_of
from .events import Event, is_set_within
from .identity import owner_of
from .kept_values import TOKENS_KEPT_IN, KeptValues
from .password_store import PasswordStore
from .problems import longer_pause_s
from .service import Service
from .token_trial import TokenTrial, is_listed
from .workers import Workers

PRICE_KEY = "price.rules"
REFRESH_EVERY_S = 15 * 60.0  # balance and price: they change by other programs, too
PRICE_IS_FRESH_S = 60.0  # what is sent is held against a list no older than this
PRICE_AGAIN_S = 60.0  # after it did not come within that time
# The password store's own time: what needs no token does not wait longer for it, nor does a person
# who connects or disconnects.
STORE_AT_START_S, STORE_WITHIN_S = 0.5, 3.0
PRICE_WITHIN_S = 10.0  # a job that is taken up does not wait longer for the price list


@dataclass(frozen=True, slots=True)
class _ReadAt:
    """Kept beside the service's price rules."""

    read_at: UnixTime


class Account:
    """Connects, tests, and keeps what is known of the account up to date."""

    def __init__(
        self,
        service: Service,
        secrets: Secrets,
        kept: KeptValues,
        workers: Workers,
        connectivity: Connectivity,
    ) -> None:
        self._service = service
        self._secrets = secrets
        self._store = PasswordStore(secrets)
        self._kept = kept
        self.names = AccountNames(kept)
        self._workers = workers
        self._connectivity = connectivity
        self._trial = TokenTrial(service, workers, secrets)
        self._refused: Connection | None = None
        self._in_use: tuple[Token | None, Token | None] = (None, None)
        # Of the tokens in use, as far as the service told: one account's (None: not told yet).
        self._are_one: bool | None = None
        self.tokens_number = 0  # counts the changes of tokens in this run
        self._not_before: dict[str, float] = {}  # by figure, on the monotonic clock
        self.from_environment = False  # then the tokens are not this program's to change
        self.awaited: frozenset[TokenKind] = frozenset()  # the password store has not told them yet
        self.tokens_told = asyncio.Event()  # nothing is awaited
        self._at_store: list[asyncio.Task[Any]] = []  # reading and keeping, not removing
        self._pricing = asyncio.Lock()
        self.price_rules: PriceRules | None = None
        self.state = AccountState()
        self.changed: Event[AccountState] = Event()
        self.accepted: Event[ConnectResult] = Event()  # tokens that the service accepted
        self.arrived: Event[None] = Event()  # tokens that were awaited, or the word that none is
        self._store.changed.connect(self._on_store)
        connectivity.changed.connect(self._on_online_changed)
        connectivity.silence_changed.connect(self._on_online_changed)

    async def open(self, fixed: tuple[Token, Token] | None) -> None:
        """Take the tokens from the password store, or the sandbox's own. No network.

        A store that does not answer at once is not waited for: see ``awaited``.
        """
        await self._load_price()
        if fixed is not None:
            await self._use(*fixed)
            self.tokens_told.set()
            return
        self.from_environment = any(self._secrets.from_environment(kind) for kind in TokenKind)
        at_hand = {kind: self._secrets.at_hand(kind, self._host(kind)) for kind in TokenKind}
        self.awaited = frozenset(kind for kind, (known, _) in at_hand.items() if not known)
        await self._use(at_hand[TokenKind.API][1], at_hand[TokenKind.ACCOUNT][1])
        self._begin_reading()
        if self.awaited:
            await is_set_within(self.tokens_told, STORE_AT_START_S)

    def _host(self, kind: TokenKind) -> str:
        hosts = self._service.hosts
        return hosts.api if kind is TokenKind.API else hosts.platform

    def _begin_reading(self) -> None:
        self.tokens_told.clear()
        self._at_store.append(self._workers.spawn(self._read_tokens(), "tokens of the store"))

    async def _read_tokens(self) -> None:
        """However late: what waited for them goes on by itself."""
        kept = bool(await self._kept.read(TOKENS_KEPT_IN))
        kinds = [kind for kind in TokenKind if kind in self.awaited]
        read = {kind: partial(self._secrets.read, kind, self._host(kind), kept) for kind in kinds}
        found = await self._store.ask(StoreWish.READ, read)
        if found:
            is_there = any(token is not None for token in found.values())
            if self._store.name and (is_there or len(found) == len(read)):
                self._kept.keep(TOKENS_KEPT_IN, self._store.name if is_there else "")
            self.awaited -= found.keys()
            tokens = {**self._service.tokens, **found}
            api, account = (tokens[kind] for kind in TokenKind)
            await self._use(api, account, also=self._in_use[0] is not None)
            self.arrived.emit(None)
        self.tokens_told.set()
        self._on_store(None)

    async def ask_store_again(self) -> None:
        """The person's word, who perhaps unlocked it since."""
        problem = self._store.problem
        if problem is not None and problem.wish is StoreWish.READ:
            self._begin_reading()
        elif problem is not None:
            await self._ask_store(problem.wish, self._store.failed)

    def _leave_store(self, *, kept: bool = True) -> None:
        """What it was to tell or to keep is not wanted any more; not ``kept``: it has none."""
        if not kept:
            self._kept.keep(TOKENS_KEPT_IN, "")
        for task in self._at_store:
            task.cancel()
        self._at_store.clear()
        self._store.forget_problem()
        self.awaited = frozenset()
        self.tokens_told.set()

    async def _ask_store(
        self, wish: StoreWish, questions: Mapping[TokenKind, Callable[[], object]]
    ) -> dict[TokenKind, object] | None:
        """What it answered soon; None: it goes on however long it takes."""
        task = self._workers.spawn(self._store.ask(wish, questions), f"password store: {wish}")
        if wish is not StoreWish.REMOVE:
            self._at_store.append(task)
        await asyncio.wait({task}, timeout=STORE_WITHIN_S)
        if not task.done():
            return None
        return {} if task.cancelled() else task.result()

    def _on_store(self, _none: None) -> None:
        silent = self._store.silent
        if silent is StoreWish.READ and not self.awaited:
            silent = None  # what it has not told is not needed: the tokens came another way
        problem, name = self._store.problem, self._store.name
        self._set(silent_store=silent, store_problem=problem, token_store=name)

    async def refresh(self) -> None:
        """Balance and price, as far as the tokens allow. Never raises."""
        await self.refresh_price()
        await self.refresh_balance()

    async def refresh_balance(self) -> None:
        platform, number = self._service.platform(), self.tokens_number
        if platform is None or self._is_to_wait("balance"):
            return
        try:
            balance = await self._workers.call(platform.balance)
        except NotSent:
            await self._connectivity.ask()  # of this host alone, or is there no network at all?
            return
        except RemoteError as error:
            self._put_off("balance", error)
            return  # an old figure is better than none; its age is in the state
        self._connectivity.reached()
        if balance.application_id is None or number != self.tokens_number:
            return  # it names no application and so says nothing, or is another account's
        if await self._is_of_both(platform):
            await self.learn(balance.user_id, balance.application_id, balance.name)
        if number != self.tokens_number:
            return
        self._set(
            balance_credits=balance.remaining_credits,
            account_name=balance.name or self.state.account_name,
            balance_read_at=time.time(),
        )

    async def _is_of_both(self, platform: Platform) -> bool:
        """Whether what the account token tells of its account is true of the API token's."""
        (api, _), number = self._in_use, self.tokens_number
        if self._are_one is None and api is not None:
            listed = await is_listed(self._workers, platform, api)
            if number == self.tokens_number and listed:
                self._are_one = True
        return number == self.tokens_number and (api is None or self._are_one is True)

    async def refresh_price(self) -> None:
        if self._is_to_wait("price"):
            return
        try:
            rules = await self._workers.call(self._service.public_platform().price)
        except RemoteError as error:
            self._put_off("price", error)
            return  # the estimate stays marked as one
        self.price_rules = rules
        kept = json.dumps({"read_at": time.time(), **rules.to_json()})
        self._kept.keep(PRICE_KEY, kept)
        self._set(price_read_at=time.time())

    async def fresh(self) -> None:
        """As ``fresh_price``, and the balance besides: what a person who generates is told."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PRICE_WITHIN_S):
                await self.refresh_balance()
        await self.fresh_price()

    async def fresh_price(self) -> None:
        """Read the price list again where it is old. A host that does not answer changes nothing.

        One reading serves all jobs that are sent within a minute.
        """
        async with self._pricing:
            age_s = time.time() - (self.state.price_read_at or 0.0)
            if not 0 <= age_s < PRICE_IS_FRESH_S:
                try:
                    async with asyncio.timeout(PRICE_WITHIN_S):
                        await self.refresh_price()
                except TimeoutError:  # the next job does not wait for it, too
                    self._not_before["price"] = steady_s() + PRICE_AGAIN_S

    def _is_to_wait(self, figure: str) -> bool:
        """Whether the service asked not to be asked for this figure yet."""
        return steady_s() < self._not_before.get(figure, 0.0)

    def _put_off(self, figure: str, error: RemoteError) -> None:
        self._not_before[figure] = steady_s() + longer_pause_s(0.0, error)

    async def test(self, account_text: str, api_text: str) -> ConnectResult:
        """Try both fields for free; nothing is kept."""
        return (await self._trial.run(account_text, api_text)).result

    async def connect(
        self, account_text: str, api_text: str, *, this_run: bool = False
    ) -> ConnectResult:
        """Try both fields and keep what was accepted. ``this_run``: not in the password store."""
        tried = await self._trial.run(account_text, api_text)
        result, api = tried.result, tried.api
        if not result.can_generate:
            return result
        account = tried.account or await self._account_token_of(api)
        self._leave_store()
        given = {TokenKind.API: api, TokenKind.ACCOUNT: account}
        tokens = {kind: token for kind, token in given.items() if token is not None}
        for kind, token in tokens.items():
            self._secrets.for_this_run(kind, self._host(kind), token)
        self._refused = None
        await self._use(api, account, (owner := result.account).user_id, owner.application_id)
        await self.learn(owner.user_id, owner.application_id, owner.name)
        self.accepted.emit(result)
        if this_run:
            result = replace(result, kept_in=None)
        else:
            result = await self._keep(tokens, result)
        await self.refresh()
        return result

    async def _keep(self, tokens: dict[TokenKind, Token], result: ConnectResult) -> ConnectResult:
        """Put them into the store, which may want the person's password first."""
        keep: dict[TokenKind, Callable[[], object]] = {
            kind: partial(self._secrets.keep, kind, self._host(kind), token)
            for kind, token in tokens.items()
        }
        keep.setdefault(TokenKind.ACCOUNT, self._remove_let_go)
        went = await self._ask_store(StoreWish.KEEP, keep)
        self._set(token_store=(name := self._store.name))
        if went is None:
            return replace(result, kept_in=None, silent_store=True)
        unkept = any(went.get(kind) is not Kept.IN_STORE for kind in tokens)
        self._kept.keep(TOKENS_KEPT_IN, "" if unkept else name or "")
        return replace(result, kept_in=None if unkept else name, unkept_by=name if unkept else None)

    def _remove_let_go(self) -> None:
        """The account token, where it is not to be used any more."""
        host = self._host(TokenKind.ACCOUNT)
        if self._secrets.at_hand(TokenKind.ACCOUNT, host) == (True, None):  # none
            self._secrets.remove(TokenKind.ACCOUNT, host)

    def for_this_run_only(self) -> None:
        """The tokens in use stay out of a store that has not taken them yet."""
        for kind in TokenKind:
            self._secrets.keep_out(kind, self._host(kind))
        self._leave_store(kept=False)

    async def _account_token_of(self, api: Token | None) -> Token | None:
        """The account token in use, where the new API token is one of its account's.

        Another account's is let go: pictures would be uploaded there, and its balance be shown.
        """
        platform, (_, account) = self._service.platform(), self._in_use
        if platform is None or api is None:
            return None
        listed = await is_listed(self._workers, platform, api)
        if listed is False:  # where it is not told, the next run may ask again
            self._secrets.for_this_run(TokenKind.ACCOUNT, self._host(TokenKind.ACCOUNT), None)
        return account if listed else None

    async def disconnect(self) -> None:
        """Forget both tokens: here at once, in the password store when it answers."""
        for kind in TokenKind:
            self._secrets.for_this_run(kind, self._host(kind), None)
        self._refused = None
        self._leave_store(kept=False)
        await self._use(None, None)
        remove = {kind: partial(self._secrets.remove, kind, self._host(kind)) for kind in TokenKind}
        await self._ask_store(StoreWish.REMOVE, remove)

    def refused(self, how: Connection | None) -> None:
        """The tokens in use cannot be used as they are; None: nothing was said of them."""
        self._refused = how or self._refused
        self._set()

    def trusted(self) -> None:
        """The person wants the token tried again."""
        self._refused = None
        self._set()

    async def reach(self) -> Reached:
        """One small free request to each host: whether the service itself answers."""
        generation = self._service.generation()
        api, why = Reach.ODD, None
        if generation is not None:
            api, why = await self._reach(generation.check_token)
        platform, why_not_there = await self._reach(self._service.public_platform().price)
        return Reached(api, platform, why or why_not_there)

    async def _reach(self, call: Callable[[], object]) -> tuple[Reach, NotSent | None]:
        try:
            await self._workers.call(call)
        except RemoteError as error:
            return reach_of(error), error if isinstance(error, NotSent) else None
        return Reach.SERVICE, None

    async def _use(
        self,
        api: Token | None,
        account: Token | None,
        user_id: str | None = None,
        application_id: str | None = None,
        *,
        also: bool = False,
    ) -> None:
        """``also``: the API token is the one in use, so it is still the same account's."""
        if also:
            self._in_use = (api, account)
        # Without any token nothing is sent; the same ones may come back.
        if (api, account) != self._in_use and (api, account) != (None, None):
            self._in_use = (api, account)
            self._are_one = None
            self.tokens_number += 1
            self.state = replace(self.state, user_id=user_id, application_id=application_id)
        self._service.use(api, account)
        self._not_before.clear()  # what was asked of another token
        self._set(
            has_api_token=api is not None,
            has_account_token=account is not None,
            api_token_hint=api.hint if api else "",
            account_token_hint=account.hint if account else "",
            token_store=self._store.name,
            balance_credits=self.state.balance_credits if account else None,
            account_name=self.state.account_name if account else "",
        )

    async def identify(self, known_tasks: Sequence[str]) -> None:
        """Learn whose tokens these are, of the account token or of a record of a known task.

        ``state.user_id`` stays None where neither tells, or the tokens are ``two_accounts``'.
        Raises RemoteError where nothing answers.
        """
        number = self.tokens_number
        clients = self._service.generation(), self._service.platform()
        owner = await self._workers.call(owner_of, *clients, known_tasks)
        if number == self.tokens_number:
            self._are_one = False if owner.two_accounts else self._are_one
            await self.learn(owner.user_id, owner.application_id, owner.name)

    @property
    def is_one_account(self) -> bool:
        """Whether both tokens are there, and shown to belong together."""
        return self._are_one is True

    @property
    def two_accounts(self) -> bool:
        """Whether the tokens in use are known to be two accounts': nothing is sent with them."""
        return self._are_one is False

    async def learn(self, user_id: str | None, application_id: str | None, name: str = "") -> None:
        """Ids of the account in use, by which the history can be asked after a lost answer."""
        if user_id and name:
            await self.names.keep(user_id, name)
        for key, value in (("user_id", user_id), ("application_id", application_id)):
            if value and value != getattr(self.state, key):
                self._kept.keep(key, value)
                self._set(**{key: value})

    async def _load_price(self) -> None:
        text = await self._kept.read(PRICE_KEY)
        try:
            data = parsed_object(text)
            rules, read_at = read(PriceRules, data), read(_ReadAt, data).read_at
        except Unreadable:  # the service is asked again anyway
            self.price_rules = None
        else:
            self.price_rules = rules
            self.state = replace(self.state, price_read_at=read_at)

    def _set(self, **changes: object) -> None:
        state = replace(self.state, **changes)  # type: ignore[arg-type]  # names are checked there
        trouble = self._connectivity.problem
        state = replace(state, connection=self._connection(state), offline_error=trouble)
        if state != self.state:
            self.state = state
            self.changed.emit(state)

    def _connection(self, state: AccountState) -> Connection:
        if self._service.hosts.sandbox:
            return Connection.SANDBOX
        if not state.has_api_token:
            awaits = Connection.STORE_UNREAD if state.store_problem else Connection.AWAITS_STORE
            return awaits if TokenKind.API in self.awaited else Connection.NOT_CONNECTED
        if self._refused is not None:
            return self._refused
        if self._connectivity.online:
            return Connection.SILENT if self._connectivity.silent else Connection.ONLINE
        return Connection.PAGE if self._connectivity.meets_page else Connection.OFFLINE

    def _on_online_changed(self, _online: bool) -> None:
        self._set()
