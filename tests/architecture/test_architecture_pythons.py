"""pyproject.toml says once which Pythons the program runs on; the set-up goes by that."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from support.waiting import PATIENCE_S

REPOSITORY = Path(__file__).parents[2]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OLDEST, BEYOND = (int(bound.rpartition(".")[2]) for bound in PROJECT["requires-python"].split(","))
FITTING = f"Python 3.{OLDEST} to 3.{BEYOND - 1}"


class Machine:
    """A PATH with nothing but the tools of the set-up and the Pythons that are put there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for tool in ("bash", "sort"):
            (folder / tool).symlink_to(str(shutil.which(tool)))

    def add(self, name: str, answer: str) -> None:
        program = self.folder / name
        program.write_text(f"#!/bin/sh\n{answer}\n")
        program.chmod(0o755)

    def find_python(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", ". packaging/setup.sh; find_python"],
            cwd=REPOSITORY,
            env={"PATH": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("minor", range(OLDEST, BEYOND))
def test_the_systems_own_python_is_taken_where_it_fits(machine: Machine, minor: int) -> None:
    machine.add("python3", f"echo 3.{minor}.1")
    machine.add(f"python3.{OLDEST}", f"echo 3.{OLDEST}.1")
    assert machine.find_python().stdout == f"{machine.folder}/python3\n"


@pytest.mark.parametrize("minor", range(OLDEST, BEYOND))
def test_else_the_newest_that_fits(machine: Machine, minor: int) -> None:
    machine.add("python3", f"echo 3.{OLDEST - 1}.9")
    for each in (*range(OLDEST, minor + 1), BEYOND):
        machine.add(f"python3.{each}", f"echo 3.{each}.0")
    assert machine.find_python().stdout == f"{machine.folder}/python3.{minor}\n"


def test_where_none_fits_what_is_needed_is_said_and_every_python_that_is_here(
    machine: Machine,
) -> None:
    machine.add("python3", "echo 3.9.2")
    machine.add("python3.9", "echo 3.9.2")
    machine.add("python3.10", "echo 3.10.12")
    machine.add(f"python3.{OLDEST}", "exit 127")
    machine.add(f"python3.{BEYOND}", f"echo 3.{BEYOND}.0")
    machine.add("python3-config", "echo no Python")
    ended = machine.find_python()
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"Error: {FITTING} is needed. Found here: python3 (3.9.2), python3.9 (3.9.2), "
        f"python3.10 (3.10.12), python3.{OLDEST} (does not start), "
        f"python3.{BEYOND} (3.{BEYOND}.0). Install one that fits and run this again.\n"
    )


def test_where_there_is_no_python_that_is_said(machine: Machine) -> None:
    ended = machine.find_python()
    assert ended.returncode == 1
    assert f"{FITTING} is needed. Found here: none." in ended.stderr


def test_the_readme_says_the_same() -> None:
    assert FITTING in (REPOSITORY / "README.md").read_text(encoding="utf-8")
