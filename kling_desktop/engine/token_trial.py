"""Trying what was pasted into the two token fields: free, and nothing is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..motion.account import ConnectResult, TokenCheck, TokenOutcome
from ..motion.token import Token, TokenKind, clean_token, token_kind
from ..remote.errors import NotSent, RefusalKind, Refused, RemoteError
from ..remote.generation import Generation
from ..remote.platform import Platform
from ..remote.wire import ApiCredential
from ..store.secrets import Secrets
from .service import Service
from .workers import Workers

_REFUSED = (RefusalKind.TOKEN, RefusalKind.PERMISSION, RefusalKind.TOKEN_MISMATCHED)


@dataclass(frozen=True, slots=True)
class Tried:
    """What was found, and the tokens that were accepted."""

    result: ConnectResult
    api: Token | None
    account: Token | None


async def is_listed(workers: Workers, platform: Platform, api: Token) -> bool | None:
    """Whether an API token is one of the account's; None where that is not told now."""
    try:
        return await workers.call(platform.owns, api)
    except RemoteError:
        return None


class TokenTrial:
    """Runs on the loop's thread."""

    def __init__(self, service: Service, workers: Workers, secrets: Secrets) -> None:
        self._service = service
        self._workers = workers
        self._secrets = secrets

    async def run(self, account_text: str, api_text: str) -> Tried:
        """For free; an API token that was not given is looked for through the account token."""
        account_text, api_text = clean_token(account_text), clean_token(api_text)
        account_check, found = await self._try_account(account_text)
        account = Token(account_text) if account_check.good else None
        if api_text or account is None:
            api = Token(api_text) if api_text else None
            api_check = await self._try_api(api_text)
        else:
            api = found.token if found else None
            api_check = await self._found_check(found)
        if account is not None and api is not None and api_check.good:
            account_check, api_check = await self._try_both(account, api, account_check, api_check)
        result = ConnectResult(account_check, api_check, self._secrets.known_name)
        return Tried(result, api if api_check.good else None, account)

    async def _try_both(
        self, account: Token, api: Token, account_check: TokenCheck, api_check: TokenCheck
    ) -> tuple[TokenCheck, TokenCheck]:
        """Two tokens of two accounts are none to connect with; who pays is told by one's own."""
        if api_check.outcome is TokenOutcome.FOUND:
            return account_check, api_check
        platform = Platform(self._service.http, self._service.hosts.platform, account)
        listed = await is_listed(self._workers, platform, api)
        if listed is False:
            return account_check, TokenCheck(TokenOutcome.OTHER_ACCOUNT)
        if listed is None:
            account_check = replace(account_check, user_id=None, application_id=None)
        return account_check, api_check

    async def _found_check(self, found: ApiCredential | None) -> TokenCheck:
        if found is None:
            return TokenCheck(TokenOutcome.NOT_FOUND)
        check = await self._try_api(found.token.reveal())
        if check.good:
            return TokenCheck(TokenOutcome.FOUND, name=found.name)
        return check

    async def _try_account(self, text: str) -> tuple[TokenCheck, ApiCredential | None]:
        shape = _shape(text, TokenKind.ACCOUNT)
        if shape is not None:
            return shape, None
        hosts = self._service.hosts
        platform = Platform(self._service.http, hosts.platform, Token(text))
        try:
            me = await self._workers.call(platform.me)
            balance = await self._workers.call(platform.balance)
            credentials = await self._workers.call(platform.credentials)
        except RemoteError as error:
            return _failed(error), None
        check = TokenCheck(
            TokenOutcome.ACCEPTED,
            me.name or balance.name,
            balance.remaining_credits,
            user_id=me.user_id or balance.user_id,
            application_id=balance.application_id,
        )
        return check, credentials[0] if credentials else None

    async def _try_api(self, text: str) -> TokenCheck:
        shape = _shape(text, TokenKind.API)
        if shape is not None:
            return shape
        generation = Generation(self._service.http, self._service.hosts.api, Token(text))
        try:
            await self._workers.call(generation.check_token)
        except RemoteError as error:
            return _failed(error)
        return TokenCheck(TokenOutcome.ACCEPTED)


def _shape(text: str, wanted: TokenKind) -> TokenCheck | None:
    """What the shape alone tells: None where it is right and has to be tried."""
    if not text:
        return TokenCheck(TokenOutcome.EMPTY)
    kind = token_kind(text)
    if kind is wanted:
        return None
    if kind is not None:
        return TokenCheck(TokenOutcome.WRONG_FIELD)
    return TokenCheck(TokenOutcome.WRONG_SHAPE)


def _failed(error: RemoteError) -> TokenCheck:
    if isinstance(error, Refused) and error.kind in _REFUSED:
        return TokenCheck(TokenOutcome.REFUSED, message=error.message, host=error.host)
    if isinstance(error, NotSent):
        return TokenCheck(TokenOutcome.UNREACHABLE, host=error.host, why=error.code, at=error.at)
    return TokenCheck(TokenOutcome.UNCLEAR, message=error.message, host=error.host)
