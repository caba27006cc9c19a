"""How long a command waits where nothing goes on."""

from __future__ import annotations

from typing import Annotated

from ..motion.reading import Within

PATIENCE_S = 300.0  # issue 9: five minutes
STORE_PATIENCE_S = 60.0  # issue 9: a minute, for a password store that does not answer
PATIENCE_AT_MOST_S = 7 * 24 * 3600.0  # a script over the holidays
Patience = Annotated[float, Within("seconds", 0.0, PATIENCE_AT_MOST_S)]


def with_store_s(patience_s: float) -> float:
    """How long a command waits for it that waits so long for everything else."""
    return min(patience_s, STORE_PATIENCE_S)
