"""Answers that never come: how a client is brought to give one up without waiting for minutes."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from kling_desktop.remote.http import Exchange

GIVEN_UP_AFTER_S = 0.4


def give_up_soon(patch: pytest.MonkeyPatch, client: ModuleType) -> None:
    """From now on ``client``, a module of ``remote``, waits only so long for the next byte.

    Its deadlines stay as they are: they count from the start of a call, and how long a request
    needs to get out is up to the machine.
    """

    def impatient(*values: Any, **named: Any) -> Exchange:
        return Exchange(*values, **{**named, "read_timeout_s": GIVEN_UP_AFTER_S})

    patch.setattr(client, "Exchange", impatient)
