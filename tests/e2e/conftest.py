"""What the end-to-end tests share: inputs, environments, the desktop."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.desktop import Desktop, clean_environment, missing_programs
from support.media import make_clip, make_picture
from support.program import WITHOUT_QT, Served, serve_sandbox


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``figure.png`` and ``dance.mp4``."""
    folder = tmp_path_factory.mktemp("inputs")
    make_picture(folder / "figure.png")
    make_clip(folder / "dance.mp4")
    return folder


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """The program's folder; what the program makes below it lies elsewhere than the home.

    Without the recipe, so that saved videos are, byte for byte, what the service made; and going
    round, so that no machine is too slow to find a video playing.
    """
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "settings.json").write_text('{"write_recipe": false, "loop": true}', encoding="ascii")
    return folder


@pytest.fixture
def plain_env(tmp_path: Path) -> dict[str, str]:
    """No display, no D-Bus, no tokens; and importing Qt ends the program."""
    env = clean_environment(tmp_path / "home")
    env["PYTHONPATH"] = str(WITHOUT_QT)
    return env


@pytest.fixture(scope="session")
def desktop() -> Iterator[Desktop]:
    """One desktop for all window tests of this run."""
    missing = missing_programs()
    if missing and os.environ.get("KLING_E2E") != "required":
        pytest.skip(f"needs {', '.join(missing)}; bash tests/run.sh installs them")
    assert not missing, f"the desktop lacks {missing}"
    with Desktop() as desktop:
        yield desktop


@pytest.fixture
def served(plain_env: dict[str, str], tmp_path: Path) -> Iterator[Served]:
    """A sandbox of its own, as the service is: other process, other folder."""
    served = serve_sandbox(plain_env, tmp_path / "server")
    with served.child:
        yield served
