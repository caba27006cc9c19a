"""Where the service is, and the clients made with the tokens in memory."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..motion.token import Token, TokenKind
from ..remote.answers import http_date
from ..remote.generation import Generation
from ..remote.http import Http
from ..remote.links import checked_base_url, is_loopback_host
from ..remote.platform import Platform
from ..steady import steady_s

API_URL = "https://api.acedata.cloud"
PLATFORM_URL = "https://platform.acedata.cloud"
# The variables of the environment that name another address, and what is used without them.
BASE_URLS = (
    ("ACEDATACLOUD_API_BASE_URL", API_URL),
    ("ACEDATACLOUD_PLATFORM_BASE_URL", PLATFORM_URL),
)


@dataclass(frozen=True, slots=True)
class Hosts:
    """Base URLs of the two hosts, already checked."""

    api: str = API_URL
    platform: str = PLATFORM_URL
    sandbox: bool = False

    @property
    def is_loopback(self) -> bool:
        """The service itself is on this computer: then its links may be, too."""
        return is_loopback_host(urlsplit(self.api).hostname or "")


def hosts_from_environment(environ: Mapping[str, str] = os.environ) -> Hosts:
    """Base URLs as the vendor's clients read them. Raises BadLink where one cannot be used."""
    api, platform = (checked_base_url(environ.get(name) or usual) for name, usual in BASE_URLS)
    return Hosts(api, platform)


class Service:
    """The two clients. Replaced as a whole when tokens change; never shows a token."""

    def __init__(self, hosts: Hosts) -> None:
        self.hosts = hosts
        self.http = Http()
        self._api_token: Token | None = None
        self._account_token: Token | None = None

    def use(self, api_token: Token | None, account_token: Token | None) -> None:
        self._api_token, self._account_token = api_token, account_token

    @property
    def tokens(self) -> dict[TokenKind, Token | None]:
        return {TokenKind.API: self._api_token, TokenKind.ACCOUNT: self._account_token}

    @property
    def has_api_token(self) -> bool:
        return self._api_token is not None

    @property
    def has_account_token(self) -> bool:
        return self._account_token is not None

    def generation(self) -> Generation | None:
        """The client for generating and polling; None without an API token."""
        if self._api_token is None:
            return None
        return Generation(self.http, self.hosts.api, self._api_token)

    def platform(self) -> Platform | None:
        """The client for uploads, balance and ledger; None without an account token."""
        if self._account_token is None:
            return None
        return Platform(self.http, self.hosts.platform, self._account_token)

    def public_platform(self) -> Platform:
        """The client for what needs no token: the price."""
        return Platform(self.http, self.hosts.platform, None)

    def time_there(self) -> float | None:
        """The service's clock, Unix seconds, whatever ours is set to; None before an answer."""
        text, came_at = self.http.last_dated
        theirs = http_date(text or "")
        return None if theirs is None else theirs + steady_s() - came_at

    def clock_skew_s(self) -> float | None:
        """The service's clock minus ours as it is now; None before the first answer."""
        there = self.time_there()
        return None if there is None else there - time.time()

    def close(self) -> None:
        self.http.close()
