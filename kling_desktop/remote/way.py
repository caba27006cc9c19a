"""Which way requests leave this computer, and whom they trust, as its surroundings say."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .errors import NotSent
from .links import host_of, is_loopback_host

# A file of certificates: in the place of all others, as requests has it; or OpenSSL's own.
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
SYSTEM_BUNDLE = "SSL_CERT_FILE"
SYSTEM_FOLDER = "SSL_CERT_DIR"  # OpenSSL's, too: a folder in the place of the system's
OF_BUNDLE = frozenset({"bundle_missing", "bundle_unreadable"})  # codes that tell of such a file
_SCHEMES = frozenset({"http", "https", "socks4", "socks4a", "socks5", "socks5h"})
_ANY_SOCKS = re.compile("^socks://", re.IGNORECASE)  # as desktops write it
_ODD = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True)
class Way:
    """To one host. A proxy's address may hold a password: only ``proxy`` is to be shown."""

    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy: str = ""  # proxy.example.com:8080; empty: none
    proxy_from: str = ""  # a variable of the environment; empty: the system's settings
    bundle: str = ""
    bundle_from: str = ""  # a variable of the environment

    @property
    def resolves_here(self) -> bool:
        """Whether this computer looks the host's name up, and not the proxy."""
        return self.proxies.get("all", "").lower().startswith(("socks5:", "socks4:"))

    def bundle_fault(self, environ: Mapping[str, str] = os.environ) -> tuple[str, str] | None:
        """Why nobody can be trusted, where certificates are named that are not there: the error's
        code, and the variable that names them."""
        folder = environ.get(SYSTEM_FOLDER, "")
        if self.bundle and os.path.isdir(self.bundle):
            return None if os.listdir(self.bundle) else ("bundle_unreadable", self.bundle_from)
        if not folder or self.bundle:
            return None
        if not os.path.isdir(folder):
            return "bundle_missing", SYSTEM_FOLDER
        return None if os.listdir(folder) else ("bundle_unreadable", SYSTEM_FOLDER)

    @property
    def verify(self) -> str | bool:
        """As requests wants it told."""
        return self.bundle if self.bundle_from in BUNDLES else True  # what the system trusts


def way_to(url: str, environ: Mapping[str, str] = os.environ) -> Way:
    """The way to a host; never through a proxy to this computer itself.

    Raises NotSent where a proxy's address is none, or a file of certificates is not there.
    """
    host = host_of(url)
    is_secure = url.lower().startswith("https:")
    bundle_from, bundle = _bundle(environ, host) if is_secure else ("", "")
    if is_loopback_host(host):
        return Way(bundle=bundle, bundle_from=bundle_from)
    from requests.utils import get_environ_proxies, select_proxy

    proxies = get_environ_proxies(url)
    found = select_proxy(url, proxies) or proxies.get("socks")
    if not found:
        return Way(bundle=bundle, bundle_from=bundle_from)
    name = _variable(found, environ)
    proxy_url = _ANY_SOCKS.sub("socks5h://", found)
    proxy = _shown(proxy_url)
    if not proxy:
        raise NotSent("proxy_malformed", host=host, at=name)
    return Way({"all": proxy_url}, proxy, name, bundle, bundle_from)


def _bundle(environ: Mapping[str, str], host: str) -> tuple[str, str]:
    """The variable that counts, and what it names."""
    name = next((name for name in (*BUNDLES, SYSTEM_BUNDLE) if environ.get(name)), "")
    if name and not os.path.exists(environ[name]):
        raise NotSent("bundle_missing", host=host, at=name)
    return name, environ.get(name, "")


def _variable(proxy_url: str, environ: Mapping[str, str]) -> str:
    """Which one names this proxy; the lower case is read first, as urllib does."""
    names = (f"{kind}_proxy" for kind in ("https", "http", "all", "socks"))
    spelled = (each for name in names for each in (name, name.upper()))
    return next((name for name in spelled if environ.get(name) == proxy_url), "")


def _shown(proxy_url: str) -> str:
    """Without name and password; empty where it is no address of a proxy."""
    try:
        parts = urlsplit(proxy_url if "://" in proxy_url else f"http://{proxy_url}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    half = "://" not in proxy_url and ":/" in proxy_url  # http:/proxy
    if not host or half or _ODD.search(proxy_url) or parts.scheme.lower() not in _SCHEMES:
        return ""
    return host if port is None else f"{host}:{port}"
