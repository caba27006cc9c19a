"""What is known of the person's account: who answered, what is left, what things cost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .job import JobError


class Connection(StrEnum):
    """How the program stands to the service; the badge in the top bar."""

    NOT_CONNECTED = "not_connected"  # no token
    AWAITS_STORE = "awaits_store"  # the password store has not said yet whether there is one
    STORE_UNREAD = "store_unread"  # it answered with an error: whether there is one is not known
    ONLINE = "online"
    OFFLINE = "offline"  # the host cannot be reached; goes on by itself
    SILENT = "silent"  # it is there, and does not say how the jobs at it stand
    PAGE = "page"  # offline: a page of something in between answers, perhaps to sign in
    TOKEN_REFUSED = "token_refused"
    TWO_ACCOUNTS = "two_accounts"  # the tokens belong to two: nothing is sent with them
    SANDBOX = "sandbox"


# What is there may not, or must not, be used: another token helps.
UNUSABLE = frozenset({Connection.TOKEN_REFUSED, Connection.TWO_ACCOUNTS})


class StoreWish(StrEnum):
    """What is wanted of the password store, and has no answer yet."""

    READ = "read"  # the tokens, at the start
    KEEP = "keep"  # a token that was connected, and is used already
    REMOVE = "remove"  # a token that is not used any more


class StoreFault(StrEnum):
    """Why a password store that answered did not do what was wanted."""

    LOCKED = "locked"  # and nobody unlocked it
    AWAY = "away"  # its program is not there any more
    ODD = "odd"  # an error of its own, or another token than it was given


@dataclass(frozen=True, slots=True)
class StoreProblem:
    """It is not known whether a token is kept there, or one was not kept, or is there still."""

    wish: StoreWish
    fault: StoreFault


@dataclass(frozen=True, slots=True)
class AccountState:
    """A snapshot for the top bar, Compose and Settings. Never holds a token."""

    connection: Connection = Connection.NOT_CONNECTED
    has_api_token: bool = False
    has_account_token: bool = False
    api_token_hint: str = ""  # the last four characters
    account_token_hint: str = ""
    account_name: str = ""
    balance_credits: float | None = None
    token_store: str | None = None  # the password store's real name; None: this run only
    offline_error: JobError | None = None  # why it is, where that is known
    silent_store: StoreWish | None = None  # it is waited for; ``token_store`` may not be known yet
    store_problem: StoreProblem | None = None
    user_id: str | None = None
    application_id: str | None = None
    balance_read_at: float | None = None
    price_read_at: float | None = None  # when the service's own price rules were read

    @property
    def awaits_token(self) -> bool:
        """Whether the password store has to say first if there is an API token."""
        return self.connection in (Connection.AWAITS_STORE, Connection.STORE_UNREAD)

    @property
    def can_generate(self) -> bool:
        return self.has_api_token and self.connection not in UNUSABLE

    @property
    def can_upload(self) -> bool:
        return self.has_account_token

    @property
    def takes_links_alone(self) -> bool:
        """An API token by itself, and no password store that may still tell the other one."""
        problem = self.store_problem
        untold = self.silent_store is StoreWish.READ or (
            problem is not None and problem.wish is StoreWish.READ
        )
        return self.can_generate and not self.has_account_token and not untold


class TokenOutcome(StrEnum):
    """What a test of one token field showed."""

    EMPTY = "empty"
    ACCEPTED = "accepted"
    FOUND = "found"  # an API token found through the account token
    NOT_FOUND = "not_found"  # the account has no API token yet
    REFUSED = "refused"
    WRONG_SHAPE = "wrong_shape"
    WRONG_FIELD = "wrong_field"  # the other kind of token
    OTHER_ACCOUNT = "other_account"  # good, but not one of the account token's account
    UNREACHABLE = "unreachable"
    UNCLEAR = "unclear"  # an answer that says neither


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """The outcome for one field, with what answered."""

    outcome: TokenOutcome
    name: str = ""  # of the account or of the API token
    balance_credits: float | None = None
    message: str = ""  # the service's own words
    host: str = ""
    why: str = ""  # why it was not reached, as a code
    at: str = ""  # what on the way that is about
    user_id: str | None = None  # whose token it is, where the service told
    application_id: str | None = None

    @property
    def good(self) -> bool:
        return self.outcome in (TokenOutcome.ACCEPTED, TokenOutcome.FOUND)


@dataclass(frozen=True, slots=True)
class ConnectResult:
    """What testing or connecting showed."""

    account: TokenCheck
    api: TokenCheck
    kept_in: str | None = None  # the password store's name; None: this run only
    silent_store: bool = False  # it has not answered whether it keeps what was connected
    unkept_by: str | None = None  # the password store that did not take it

    @property
    def can_generate(self) -> bool:
        return self.api.good
