"""What the service itself says of a task, word for word: ``video_id`` is the key to what follows.

Nothing here is decided by it: how a job stands is told by ``JobState``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from .reading import Amount, Id, Line, Link


@dataclass(frozen=True, slots=True)
class Said:
    """None: it never said so."""

    video_id: Id | None = None
    state: Line | None = None
    duration_s: Amount | None = None
    success: bool | None = None
    video_url: Link | None = None  # without its query, where signatures are

    def then(self, later: Said) -> Said:
        """With what a later answer tells; what that leaves out stays.

        How the task stands is told by one answer alone: an earlier "processing" is over.
        """
        told = {f.name: getattr(later, f.name) for f in fields(self)}
        stands = {"state": later.state, "success": later.success}
        kept = asdict(self) if stands == _UNTOLD else {**asdict(self), **stands}
        return Said(**{**kept, **{k: v for k, v in told.items() if v is not None}})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


_UNTOLD = {"state": None, "success": None}
NOTHING = Said()
