"""Whether a program that does another one's work would do it at its address and for its account.

The one that has the library tells how it works; the one that asks holds that against its own
surroundings. No token goes through the door: both make a keyed hash of a fresh number with theirs.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..motion.job import JobError
from ..motion.reading import Line
from ..motion.token import Token, TokenKind
from ..remote.errors import RefusalKind, Refused, RemoteError
from ..remote.generation import Generation
from ..remote.platform import Platform
from ..remote.wire import MAX_BATCH_IDS
from .problems import job_error
from .service import BASE_URLS, Hosts, Service, hosts_from_environment

# What ``remote/way``, requests and OpenSSL read: which way, and whom it trusts.
NETWORK_VARIABLES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)
TOLD_TASKS = 10  # by one of these an API token of the same account is recognised


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose tokens they are, as far as the service tells."""

    user_id: str | None = None
    application_id: str | None = None
    name: str = ""
    two_accounts: bool = False  # the API token is another account's than the account token


def owner_of(
    generation: Generation | None, platform: Platform | None, known_tasks: Sequence[str]
) -> Owner:
    """Who pays, and owns what is uploaded. Free; blocks. Raises RemoteError where nothing answers.

    What the account token tells of itself is believed of both only where the service shows that
    they belong together: by its list of API tokens, or a known task that both may read.
    """
    if platform is None:
        return _told_by_tasks(generation, known_tasks)
    account = _told_by_account(platform)
    if generation is None:
        return account
    listed = platform.owns(generation.token)
    if listed:
        return account
    payer = _told_by_tasks(generation, known_tasks)
    if payer.user_id is not None and account.user_id is not None:
        return account if payer.user_id == account.user_id else Owner(two_accounts=True)
    if listed is None or _is_refused(generation):  # what is no token is no account's
        return payer
    return Owner(two_accounts=True)


def _is_refused(generation: Generation) -> bool:
    try:
        generation.check_token()
    except Refused as error:
        return error.kind is RefusalKind.TOKEN
    return False


def _told_by_account(platform: Platform) -> Owner:
    balance = platform.balance()
    if balance.user_id is not None:
        return Owner(balance.user_id, balance.application_id, balance.name)
    me = platform.me()
    return Owner(me.user_id, balance.application_id, me.name)


def _told_by_tasks(generation: Generation | None, known_tasks: Sequence[str]) -> Owner:
    """From any record that the API token may read."""
    if generation is None or not known_tasks:
        return Owner()
    records = generation.retrieve_batch(list(known_tasks)[:MAX_BATCH_IDS]).values()
    owners = [Owner(r.user_id, r.application_id) for r in records if r.user_id]
    return owners[0] if owners else Owner()


@dataclass(frozen=True, slots=True)
class Identity:
    """How a program works, told to another one. Proofs and ``network``: hex of keyed hashes."""

    number: Line  # fresh, from whoever asks
    api: Line
    platform: Line
    network: Line
    api_proof: Line | None = None  # None: it has no token of this kind
    account_proof: Line | None = None
    user_id: Line | None = None
    task_ids: tuple[Line, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def works_as(self, other: Identity) -> bool:
        """Whether nothing changed that bears on where the work goes and who pays."""
        return replace(self, user_id=None, task_ids=()) == replace(other, user_id=None, task_ids=())

    def proof(self, kind: TokenKind) -> str | None:
        return self.api_proof if kind is TokenKind.API else self.account_proof


def fresh_number() -> str:
    return secrets.token_hex(16)


def identity(
    number: str,
    hosts: Hosts,
    tokens: Mapping[TokenKind, Token | None],
    *,
    user_id: str | None = None,
    task_ids: Sequence[str] = (),
    environ: Mapping[str, str] = os.environ,
) -> Identity:
    """How this process works, with these tokens."""
    return Identity(
        number,
        hosts.api,
        hosts.platform,
        _network(number, environ),
        _proof(tokens[TokenKind.API], number, TokenKind.API),
        _proof(tokens[TokenKind.ACCOUNT], number, TokenKind.ACCOUNT),
        user_id,
        tuple(task_ids[:TOLD_TASKS]),
    )


def why_not(
    holder: Identity,
    tokens: Mapping[TokenKind, Token | None],
    environ: Mapping[str, str] = os.environ,
) -> JobError | None:
    """Why the holder must not do this process's work; None where it may. Blocks.

    ``tokens``: this process's own, for the holder's addresses.

    What this process has no address, token or network setting of its own for is the holder's.
    Raises BadLink for an unusable base URL in the environment.
    """
    hosts = hosts_from_environment(environ)
    for (variable, _default), ours, theirs in zip(
        BASE_URLS, (hosts.api, hosts.platform), (holder.api, holder.platform), strict=True
    ):
        if environ.get(variable) and ours != theirs:
            return job_error("other_address", values={"own": ours, "other": theirs})
    if _network_values(environ) and _network(holder.number, environ) != holder.network:
        return job_error("other_network")
    if all(_is_the_same(holder, kind, token) for kind, token in tokens.items()):
        return None
    return None if _is_one_account(holder, tokens) else job_error("other_program_account")


def _is_the_same(holder: Identity, kind: TokenKind, token: Token | None) -> bool:
    own, theirs = _proof(token, holder.number, kind), holder.proof(kind)
    if own is None:
        return True
    return theirs is not None and hmac.compare_digest(theirs.encode(), own.encode())


def _is_one_account(holder: Identity, tokens: Mapping[TokenKind, Token | None]) -> bool:
    """Other tokens of one ``user_id`` are the same account. What cannot be told is not."""
    service = Service(Hosts(holder.api, holder.platform))
    service.use(tokens[TokenKind.API], tokens[TokenKind.ACCOUNT])
    try:
        found = owner_of(service.generation(), service.platform(), holder.task_ids)
    except RemoteError:
        return False
    finally:
        service.close()
    return found.user_id is not None and found.user_id == holder.user_id


def _proof(token: Token | None, number: str, kind: TokenKind) -> str | None:
    if token is None:
        return None
    text = f"kling-desktop {kind.value} {number}"
    return hmac.new(token.reveal().encode(), text.encode(), hashlib.sha256).hexdigest()


def _network_values(environ: Mapping[str, str]) -> dict[str, str]:
    """Upper and lower case are read alike, the lower first, as requests does."""
    found = {}
    for name in NETWORK_VARIABLES:
        if value := environ.get(name.lower()) or environ.get(name):
            found[name] = value
    return found


def _network(number: str, environ: Mapping[str, str]) -> str:
    """A proxy's address may hold a password: it does not go through the door either."""
    values = sorted(_network_values(environ).items())
    return hmac.new(number.encode(), repr(values).encode(), hashlib.sha256).hexdigest()
