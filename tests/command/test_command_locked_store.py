"""A command beside a real password store that is locked, with nobody to unlock it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import secretstorage
from command_line import Shell
from jeepney.io.blocking import open_dbus_connection
from side_by_side import Folder
from support.desktop import Session

TOKENS = ("ACEDATACLOUD_API_TOKEN", "ACEDATACLOUD_PLATFORM_TOKEN")


@pytest.fixture(scope="module")
def bus() -> Iterator[dict[str, str]]:
    """Without a screen its prompt fails at once, as if it had been dismissed."""
    with Session() as session:
        address = session.env["DBUS_SESSION_BUS_ADDRESS"]
        with open_dbus_connection(address) as connection:
            secretstorage.get_default_collection(connection).lock()
        yield {"DBUS_SESSION_BUS_ADDRESS": address}


def test_generate_says_why_and_ends_with_5_at_once(
    shell: Shell, bus: dict[str, str], picture: Path, clip: Path
) -> None:
    shell.env |= bus
    ended = shell.run("generate", "--image", picture, "--video", clip, "--json")
    assert (ended.code, ended.error["code"]) == (5, "store_unread")
    assert "GNOME Keyring could not be read: it is locked, and was not unlocked." in ended.err
    assert "Nothing was sent. Unlock it and repeat the command." in ended.err
    assert "ACEDATACLOUD_API_TOKEN gives a token without it." in ended.err
    assert shell.run("jobs").out == ""


def test_what_is_unfinished_waits_and_resume_ends_with_5(
    folder: Folder, bus: dict[str, str]
) -> None:
    folder.leave_queued("left")
    folder.end_what_runs()
    beside = replace(folder, env={**folder.env, **bus})
    with beside.command("resume", without=TOKENS) as resume:
        (job,) = folder.ended(resume, 5)
    assert (job["state"], job["error"]["code"]) == ("queued", "store_unread")
    assert folder.tasks("left") == []
