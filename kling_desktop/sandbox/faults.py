"""Things that go wrong on purpose: words in a prompt, and a test interface."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ROUTES = frozenset(
    {"motion", "tasks", "files", "price", "balance", "ledger", "credentials", "download", "me"}
)

# kind -> whether the request is processed before the fault shows, unless ``after`` says otherwise.
# Those with a whole answer take until=<threading.Event>: before it is set, nothing is answered.
KINDS: Mapping[str, bool] = {
    # status=400, code="bad_request", message="…", headers={}; task_id="…" is named besides, and
    # with names_task=True (and after=True) the task that was accepted
    "refuse_json": False,
    "html": False,  # status=502
    "status": False,  # status=500, with an empty body
    "redirect": False,  # location="…", status=302
    "wrong_json": False,  # body=<any JSON value>
    "deep_json": False,  # depth=5000
    "huge": False,  # a body without an end
    "hang": False,  # no answer until the sandbox stops
    "cut_before": False,  # the connection is reset, nothing was processed
    "cut_after": True,  # processed, then reset without an answer
    "cut_middle": True,  # half of the body under its full Content-Length
    "slow": True,  # delay_s=0.05 between chunks of chunk_bytes=1024
    "wrong_length": True,  # extra_bytes=1000 more in Content-Length than in the body
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong. ``after``: only once the request has been processed."""

    kind: str
    after: bool
    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def make(cls, kind: str, **values: Any) -> Fault:
        """Raises ValueError for a kind that does not exist, or an ``until`` that is no event."""
        if not isinstance(values.get("until", threading.Event()), threading.Event):
            raise ValueError("until is an event of this process")
        if kind not in KINDS:
            raise ValueError(f"no fault of the kind {kind!r}; there are {sorted(KINDS)}")
        after = bool(values.pop("after", KINDS[kind]))
        return cls(kind, after, values)


@dataclass(slots=True)
class _Planned:
    fault: Fault
    times: int | None


class Faults:
    """What the next requests of a route will meet, in the order added. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: dict[str, list[_Planned]] = {}
        self._forced_shapes: dict[str, str] = {}

    def add(self, route: str, kind: str, times: int | None = 1, **values: Any) -> None:
        """Plan a fault for the next ``times`` requests; None: until ``clear()``.

        ``after=True`` among the values lets the request be processed (accepted, charged) first.
        Raises ValueError for an unknown route or kind.
        """
        if route not in ROUTES:
            raise ValueError(f"no route {route!r}; there are {sorted(ROUTES)}")
        if times is not None and times < 1:
            raise ValueError("times is at least 1")
        planned = _Planned(Fault.make(kind, **values), times)
        with self._lock:
            self._planned.setdefault(route, []).append(planned)

    def force_shape(self, *, running: str | None = None, finished: str | None = None) -> None:
        """Give every record one shape: see RUNNING_SHAPES, FINISHED_SHAPES and ODD_SHAPES.

        None: varied.
        """
        from .shapes import FINISHED_SHAPES, ODD_SHAPES, RUNNING_SHAPES

        ended = (None, *FINISHED_SHAPES, *ODD_SHAPES)
        if running not in (None, *RUNNING_SHAPES) or finished not in ended:
            raise ValueError(f"no such shape: {running or finished}")
        wanted = {"running": running, "finished": finished}
        with self._lock:
            self._forced_shapes = {key: name for key, name in wanted.items() if name}

    def forced_shape(self, which: str) -> str | None:
        with self._lock:
            return self._forced_shapes.get(which)

    def take(self, route: str) -> Fault | None:
        """The fault that the present request of this route meets, and count it off."""
        with self._lock:
            waiting = self._planned.get(route)
            if not waiting:
                return None
            first = waiting[0]
            if first.times is not None:
                first.times -= 1
                if first.times <= 0:
                    waiting.pop(0)
            return first.fault

    def is_planned(self, route: str) -> bool:
        """Whether the next request of this route meets one."""
        with self._lock:
            return bool(self._planned.get(route))

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._planned.clear()
            self._forced_shapes.clear()
