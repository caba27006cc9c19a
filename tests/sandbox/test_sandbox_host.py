"""The sandbox answers to its own name alone: a page of the web cannot lead its name here."""

from __future__ import annotations

import pytest
import requests
from support.waiting import PATIENCE_S

from kling_desktop.sandbox import Sandbox


def status_of(sandbox: Sandbox, host: str) -> int:
    url = f"{sandbox.address}/api/v1/services/kling"
    return requests.get(url, headers={"Host": host}, timeout=PATIENCE_S).status_code


def port_of(sandbox: Sandbox) -> str:
    return sandbox.address.rpartition(":")[2]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LocalHost", "[::1]"])
def test_it_answers_to_its_own_names(sandbox: Sandbox, name: str) -> None:
    assert status_of(sandbox, f"{name}:{port_of(sandbox)}") == 200


@pytest.mark.parametrize(
    "host", ["evil.example:{}", "localhost", "127.0.0.1:1", "{}", "a@localhost:{}"]
)
def test_it_answers_to_no_other(sandbox: Sandbox, host: str) -> None:
    seen = status_of(sandbox, host.format(port_of(sandbox)))
    assert seen == 421
