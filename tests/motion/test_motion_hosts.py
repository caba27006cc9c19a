"""Where an address leads is told however it is written."""

from __future__ import annotations

import pytest

from kling_desktop.motion.hosts import Reach, is_only_local, reach_of
from kling_desktop.motion.limits import is_web_link

LOOPBACK = ("127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "１２７.0.0.1", "::1")
LOOPBACK_6 = ("::ffff:127.0.0.1", "64:ff9b::7f00:1")
PRIVATE = ("10.1.2.3", "0300.0250.1.1", "192.168.257", "192.0.2.1", "240.0.0.1", "2001:db8::1")
PUBLIC = ("8.8.8.8", "0x08.8.8.8", "2606:4700::1", "64:ff9b::808:808")
NAMES = ("example.com", "0x.example", "1.2.3.4.5", "08.1.1.1", "256.1.1.1", "a.1", "", "1..2")


@pytest.mark.parametrize("address", LOOPBACK + LOOPBACK_6)
def test_every_spelling_of_this_computer(address: str) -> None:
    assert reach_of(address) is Reach.LOOPBACK


@pytest.mark.parametrize("address", PRIVATE)
def test_every_spelling_of_an_inner_address(address: str) -> None:
    assert reach_of(address) is Reach.PRIVATE


@pytest.mark.parametrize("address", PUBLIC + NAMES)
def test_public_addresses_and_names_are_neither(address: str) -> None:
    assert reach_of(address) is None


@pytest.mark.parametrize(
    "host",
    [
        *LOOPBACK,
        *PRIVATE[:5],
        "nas",
        "fritz.box",
        "x.home.arpa",
        "a.corp",
        "x.onion",
        "printer.local",
    ],
)
def test_a_callback_to_it_is_only_local(host: str) -> None:
    assert is_only_local(f"https://{host}/hook")


@pytest.mark.parametrize("host", ["example.com", "homearpa.net", "my-corp.com", "8.8.8.8"])
def test_a_callback_to_a_public_host_is_not(host: str) -> None:
    assert not is_only_local(f"https://{host}/hook")


def test_a_port_that_no_host_has_makes_no_link() -> None:
    assert is_web_link("https://example.com:65535/a")
    assert not is_web_link("https://example.com:99999/a")
