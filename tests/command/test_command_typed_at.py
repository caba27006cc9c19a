"""Of a person's words the last counts: a command's is as old as its start."""

from __future__ import annotations

import argparse

import pytest

from kling_desktop import cli
from kling_desktop.command import run as commands_run
from kling_desktop.command.commands import Command
from kling_desktop.command.typed import command_of


@pytest.mark.parametrize(
    "typed",
    [
        ["resume"],
        ["generate", "--image", "https://a.example/p.png", "--video", "https://a.example/c"],
    ],
)
def test_a_command_is_typed_before_all_that_has_to_be_imported(
    monkeypatch: pytest.MonkeyPatch, typed: list[str]
) -> None:
    found: list[Command] = []

    def run(options: argparse.Namespace) -> int:
        found.append(command_of(options, list))
        return 0

    monkeypatch.setattr(cli, "TYPED_AT", 1_000_000.0)
    monkeypatch.setattr(commands_run, "run", run)
    assert cli.main(typed) == 0
    assert [command.typed_at for command in found] == [1_000_000.0]
