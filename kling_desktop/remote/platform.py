"""The platform host: uploads, account, balance, price, ledger. Blocking; run it in a worker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from ..motion.price import PriceRules
from ..motion.token import Token
from .answers import as_id, read_json
from .bodies import FileBody
from .errors import (
    BadLink,
    ContactLost,
    RefusalKind,
    Refused,
    UnclearAnswer,
)
from .http import Exchange, Http, checked_base_url
from .links import checked_link, host_of, is_loopback_host
from .wire import (
    AccountInfo,
    ApiCredential,
    Balance,
    UsageItem,
    by_usefulness,
    read_account,
    read_balance,
    read_count,
    read_credentials,
    read_file_url,
    read_listed,
    read_price,
    read_usage,
)

API_ROOT = "/api/v1"
MAX_UPLOAD_BYTES = 104_857_600  # the service's limit; above it the edge may hang
UPLOAD_ANSWER_S = 120.0  # after the last byte the service still stores the file
UPLOAD_DEADLINE_S = 2 * 3600.0  # 100 MiB at 15 kB/s
PAGE_ITEMS = 100  # what the vendor's own pages ask for
MAX_PAGES = 20
_JSON = {"Accept": "application/json"}


class Platform:
    """``platform.acedata.cloud`` with an account token; ``price`` needs none.

    Raises the errors of ``remote.errors`` alone.
    """

    def __init__(self, http: Http, base_url: str, token: Token | None) -> None:
        self._http = http
        # Some write the address with the root of the API, some without.
        self._base_url = checked_base_url(base_url).removesuffix(API_ROOT)
        self._token = token

    def upload(
        self,
        path: str,
        *,
        file_name: str,
        mime: str,
        on_progress: Callable[[int, int], None] | None = None,
        stop: threading.Event | None = None,
        sha256: str | None = None,
    ) -> str:
        """Send a file and return its public link.

        ``on_progress`` gets (bytes handed to the network, bytes in all), for each block.
        ``sha256``: the content that is meant; LocalFileError("changed") where it is another one.
        Raises LocalFileError, Refused(TOO_LARGE) before anything is sent, Stopped and the rest.
        """
        body = FileBody(
            path, file_name=file_name, mime=mime, on_progress=on_progress, sha256=sha256
        )
        try:
            if body.size_bytes > MAX_UPLOAD_BYTES:
                host = host_of(self._base_url)
                raise Refused("file_too_large", kind=RefusalKind.TOO_LARGE, host=host)
            answer = self._http.call(self._upload_exchange(body, stop))
        finally:
            body.close()
        link = read_file_url(read_json(answer, self._token, detailed=True))
        try:
            loopback = is_loopback_host(host_of(self._base_url))
            return checked_link(link, allow_loopback=loopback)
        except BadLink:
            raise UnclearAnswer("bad_file_url", http_status=answer.status) from None

    def _upload_exchange(self, body: FileBody, stop: threading.Event | None) -> Exchange:
        return Exchange(
            "POST",
            f"{self._base_url}{API_ROOT}/files/",  # without the slash it answers a redirect
            token=self._needed_token(),
            headers=_JSON,
            body=body,
            stop=stop,
            read_timeout_s=UPLOAD_ANSWER_S,
            deadline_s=UPLOAD_DEADLINE_S,
            fresh=True,
        )

    def me(self) -> AccountInfo:
        """Free check of the account token: who it belongs to."""
        return read_account(self._get("/platform-tokens/me/", {}))

    def credentials(self) -> list[ApiCredential]:
        """The API tokens of the account, those for Kling first."""
        return self._credentials_and_whole()[0]

    def owns(self, token: Token) -> bool | None:
        """Whether an API token is one of the account's; None where its lists do not tell.

        Nor do they where the account token may not see them. Raises RemoteError.
        """
        try:
            credentials, whole = self._credentials_and_whole()
        except Refused:
            return None
        if any(credential.token == token for credential in credentials):
            return True
        return False if whole else None

    def _credentials_and_whole(self) -> tuple[list[ApiCredential], bool]:
        """Also whether these are all: a list may be paged, and its tokens masked."""
        found: dict[Token, ApiCredential] = {}
        applications, whole = self._applications()
        for application in by_usefulness(applications):
            application_id = as_id(application.get("id"))
            if application_id is None:
                whole = False
                continue
            rows, all_rows = self._listed("/credentials/", {"application_id": application_id})
            read = read_credentials(rows, application_id)
            whole = whole and all_rows and len(read) == len(rows)
            for credential in read:
                found.setdefault(credential.token, credential)
        return list(found.values()), whole

    def balance(self) -> Balance:
        """What is left for Kling videos, in credits."""
        return read_balance(self._applications()[0])

    def price(self) -> PriceRules:
        """The service's own price rules; public, sent without a token."""
        return read_price(self._get("/services/kling", {}, public=True))

    def usage(self, *, since: float) -> list[UsageItem]:
        """What calls really cost since a Unix time; kept for 60 days by the service."""
        return self.usage_and_whole(since=since)[0]

    def usage_and_whole(self, *, since: float) -> tuple[list[UsageItem], bool]:
        """As ``usage``; also whether it is all there is, so that what is missing was not charged.

        A trace that stands there twice (noted, then settled) counts with the larger amount.
        """
        start = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = {"perspective": "billing", "limit": str(PAGE_ITEMS), "created_at_from": start}
        rows, whole = self._listed("/usage/apis/", query)
        found: dict[str, UsageItem] = {}
        for item in read_usage(rows):
            known = found.get(item.trace_id)
            if known is None or known.deducted_credits < item.deducted_credits:
                found[item.trace_id] = item
        return list(found.values()), whole

    def _applications(self) -> tuple[list[Mapping[str, object]], bool]:
        query = {"user_id": "me", "affiliation": "owner", "limit": str(PAGE_ITEMS)}
        return self._listed("/applications/", query)

    def _listed(
        self, path: str, query: Mapping[str, str]
    ) -> tuple[list[Mapping[str, object]], bool]:
        """A list to its end: an empty page, or as many rows as it counts; and whether that came.

        A page that is not full is not the last one: the service may give fewer than it is asked
        for, so the next one begins where this one ended.
        """
        rows: list[Mapping[str, object]] = []
        last: list[Mapping[str, object]] = []
        most = 0.0
        for _page in range(MAX_PAGES):
            offset = {"offset": str(len(rows))} if rows else {}
            data = self._get(path, {**query, **offset})
            page, most = read_listed(data), max(most, read_count(data))
            if page == last and page:  # a service that passes over the offset
                return rows, 0 < most <= len(rows) or len(rows) < PAGE_ITEMS
            rows += page
            if not page or 0 < most <= len(rows):
                return rows, most <= len(rows)
            last = page
        return rows, False

    def _get(self, path: str, params: Mapping[str, str], *, public: bool = False) -> object:
        exchange = Exchange(
            "GET",
            self._base_url + API_ROOT + path,
            token=None if public else self._needed_token(),
            headers=_JSON,
            params=params,
        )
        try:
            answer = self._http.call(exchange)
        except ContactLost as lost:
            if lost.code != "reset":  # what a connection kept too long looks like
                raise
            answer = self._http.call(exchange)
        return read_json(answer, self._token, detailed=True)

    def _needed_token(self) -> Token:
        if self._token is None:
            raise Refused("no_token", kind=RefusalKind.TOKEN, host=host_of(self._base_url))
        return self._token
