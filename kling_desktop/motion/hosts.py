"""What kind of host an address names, as far as that can be told without asking for it."""

from __future__ import annotations

import ipaddress
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
        "192.168.0.0/16",
        "224.0.0.0/4",
        "255.255.255.255/32",
        "::/128",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
# Of names that no public server answers for.
_LOCAL_ENDINGS = ("localhost", "local", "internal", "lan", "home", "test", "invalid")


class Reach(StrEnum):
    """From where an address can be reached."""

    LOOPBACK = "loopback"  # from this computer alone
    PRIVATE = "private"  # from its own network alone


def reach_of(address: str) -> Reach | None:
    """Of a literal address; None of a public one, and of a name."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return None
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if any(ip in network for network in _LOOPBACK):
        return Reach.LOOPBACK
    return Reach.PRIVATE if any(ip in network for network in _PRIVATE) else None


def is_only_local(url: str) -> bool:
    """Whether a service elsewhere surely cannot reach this web link's host."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    if ":" in host or reach_of(host) is not None:
        return reach_of(host) is not None
    last = host.rpartition(".")[2]
    return "." not in host or last in _LOCAL_ENDINGS
