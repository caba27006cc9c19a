"""Connecting, end to end: a paste, a service in another process, a real Secret Service."""

from __future__ import annotations

from pathlib import Path

import pytest
import secretstorage
from jeepney.io.blocking import open_dbus_connection
from support.desktop import Desktop
from support.driver import connect, drag, file_manager, open_window
from support.program import Served, files_holding
from support.waiting import wait_for

pytestmark = pytest.mark.e2e

API_TOKEN, ACCOUNT_TOKEN = "ACEDATACLOUD_API_TOKEN", "ACEDATACLOUD_PLATFORM_TOKEN"


def kept_secrets(desktop: Desktop) -> set[str]:
    """Every secret of this program in the desktop's password store."""
    with open_dbus_connection(desktop.env["DBUS_SESSION_BUS_ADDRESS"]) as bus:
        collection = secretstorage.get_default_collection(bus)
        items = collection.search_items({"service": "kling-desktop"})
        return {item.get_secret().decode() for item in items}


def test_one_pasted_token_connects_and_is_kept_in_the_password_store_alone(
    desktop: Desktop, served: Served, inputs: Path, data_dir: Path
) -> None:
    api, account = served.env[API_TOKEN], served.env[ACCOUNT_TOKEN]
    with open_window(desktop, "--data-dir", data_dir, env=served.addresses) as window:
        connect(window, account)
        wait_for(lambda: {api, account} <= kept_secrets(desktop), "both tokens in the store")
        window.close()
    assert [files_holding(data_dir, token) for token in (api, account)] == [[], []]

    # The next start finds them there, and a job runs on the account.
    with open_window(desktop, "--data-dir", data_dir, env=served.addresses) as window:
        window.wait_until_open()
        files = inputs / "figure.png", inputs / "dance.mp4"
        with file_manager(desktop, *files) as source:
            drag(window, source, "All files", window.frame)
            window.press("Generate…")
        window.item("Library", "figure × dance, Standard, Done")
        window.close()
    assert [files_holding(data_dir, token) for token in (api, account)] == [[], []]


def test_wrong_token_is_refused_and_not_kept(
    desktop: Desktop, served: Served, data_dir: Path
) -> None:
    wrong = "platform-v1-" + "0" * 64
    with open_window(desktop, "--data-dir", data_dir, env=served.addresses) as window:
        connect(window, wrong)
        window.find("label", "…", lambda node: "refused" in node.name or "not" in node.name)
        assert wrong not in kept_secrets(desktop)
