"""What kind of host an address names, as far as that can be told without asking for it."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from enum import StrEnum
from urllib.parse import urlsplit

# Deliberately not ``is_global``: 198.18.0.0/15 is what VPN programs with made-up addresses
# ("fake IP") resolve every name to, and people use those.
_LOOPBACK = tuple(ipaddress.ip_network(n) for n in ("127.0.0.0/8", "::1/128"))
_PRIVATE = tuple(
    ipaddress.ip_network(n)
    for n in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "fc00::/7",
        "fe80::/10",
        "2001:db8::/32",
        "fec0::/10",
        "ff00::/8",
    )
)
# Of names that no public server answers for.
# RFC 6761, 6762, 7686, 8375 and ICANN's names for inner networks; fritz.box is a router's.
_LOCAL_ENDINGS = (
    *(
        "localhost",
        "local",
        "internal",
        "lan",
        "home",
        "corp",
        "mail",
        "test",
        "invalid",
        "example",
    ),
    *("onion", "home.arpa", "fritz.box"),
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
_IPV4_PARTS = 4
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)


class Reach(StrEnum):
    """From where an address can be reached."""

    LOOPBACK = "loopback"  # from this computer alone
    PRIVATE = "private"  # from its own network alone


def reach_of(address: str) -> Reach | None:
    """Of a literal address, however it is written; None of a public one, and of a name."""
    ip = _address(address)
    if ip is None:
        return None
    if any(ip in network for network in _LOOPBACK):
        return Reach.LOOPBACK
    return Reach.PRIVATE if any(ip in network for network in _PRIVATE) else None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """None of a name."""
    text = unicodedata.normalize("NFKC", text).split("%")[0]
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        return _ipv4(text)
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else ip.ipv4_mapped
    return inner or ip


def _ipv4(text: str) -> ipaddress.IPv4Address | None:
    """As browsers and C libraries read it (WHATWG URL): 127.1, 0x7f.1, 0177.0.0.1."""
    parts = text.split(".")
    if len(parts) > _IPV4_PARTS or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    try:
        *firsts, last = (_number(part) for part in parts)
        shift = 8 * (_IPV4_PARTS - len(firsts))
        if last >= 1 << shift or any(first > 255 for first in firsts):
            return None
        return ipaddress.IPv4Address(int.from_bytes(bytes(firsts), "big") << shift | last)
    except ValueError:
        return None


def _number(text: str) -> int:
    if text.lower().startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if len(text) > 1 and text.startswith("0") else 10)


def is_only_local(url: str) -> bool:
    """Whether a service elsewhere surely cannot reach this web link's host."""
    host = unicodedata.normalize("NFKC", urlsplit(url).hostname or "").rstrip(".").lower()
    if ":" in host or _address(host) is not None:
        return reach_of(host) is not None
    return "." not in host or f".{host}".endswith(tuple(f".{end}" for end in _LOCAL_ENDINGS))
