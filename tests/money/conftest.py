"""The engine's world, for the tests about money."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "engine"))

from engine_fixtures import clip, picture, sandbox, world  # noqa: F401  # fixtures
