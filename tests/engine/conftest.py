"""The engine's world."""

from __future__ import annotations

from engine_fixtures import clip, no_store, picture, sandbox, world  # noqa: F401  # fixtures
