"""A clock that nobody can set and that counts sleep: waits, pauses and patience run on it.

The calendar's clock (``time.time``) serves a person's day, the ledger, showing and the history.
"""

from __future__ import annotations

import sys
import time

if sys.platform == "linux":

    def steady_s() -> float:
        """Seconds since some moment; CLOCK_MONOTONIC stands still in sleep (clock_gettime(2))."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

elif sys.platform == "darwin":

    def steady_s() -> float:
        """Seconds since some moment. ``time.monotonic`` is mach_absolute_time, which stands still
        in sleep; CLOCK_MONOTONIC goes on (clock_gettime(3))."""
        return time.clock_gettime(time.CLOCK_MONOTONIC)

else:

    def steady_s() -> float:
        """Seconds since some moment; on Windows this clock counts sleep."""
        return time.monotonic()
