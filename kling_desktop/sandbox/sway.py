"""How the clip moves, told from small grey copies of its frames."""

from __future__ import annotations

import av
from PIL import Image, ImageChops

_GRID_W, _GRID_H = 48, 27  # enough to see where a body moves, small enough for plain Python
_QUIET = 3  # grey levels of difference that are noise
_FOLLOW = 0.35  # how fast the picture follows what moves, 0 to 1 a frame
_BRISK = 18.0  # mean difference at which a clip counts as moving with full energy
_MAX_SHIFT = 3  # cells searched for a shift of the whole frame
_DRIFT_LEAK = 0.9  # a shift of the whole frame is forgotten at this rate


class Sway:
    """Where the motion is, frame by frame. All values lie in -1 to 1, energy in 0 to 1."""

    def __init__(self) -> None:
        self.x = 0.0  # where it moves: left to right
        self.y = 0.0  # top to bottom
        self.lean = 0.0  # upper half against lower half
        self.energy = 0.0  # how much
        self._drift_x = 0.0
        self._drift_y = 0.0
        self._before: Image.Image | None = None

    def see(self, frame: av.VideoFrame) -> None:
        """Take in the clip's next frame."""
        now = _small_grey(frame)
        before, self._before = self._before, now
        if before is None:
            return
        moved = ImageChops.difference(now, before).point(lambda v: max(0, v - _QUIET))
        columns = _sums(moved, (_GRID_W, 1))
        rows = _sums(moved, (1, _GRID_H))
        top = _sums(moved.crop((0, 0, _GRID_W, _GRID_H // 2)), (_GRID_W, 1))
        bottom = _sums(moved.crop((0, _GRID_H // 2, _GRID_W, _GRID_H)), (_GRID_W, 1))
        self._drift_x = _DRIFT_LEAK * self._drift_x + _shift(before, now, (_GRID_W, 1))
        self._drift_y = _DRIFT_LEAK * self._drift_y + _shift(before, now, (1, _GRID_H))
        energy = min(1.0, sum(rows) / len(rows) / _BRISK)
        self._follow("energy", energy)
        self._follow("x", _clamp(1.3 * _centre(columns) + self._drift_x / _MAX_SHIFT))
        self._follow("y", _clamp(1.3 * _centre(rows) + self._drift_y / _MAX_SHIFT))
        self._follow("lean", _clamp(_centre(top) - _centre(bottom)))

    def _follow(self, name: str, target: float) -> None:
        value = getattr(self, name)
        setattr(self, name, value + _FOLLOW * (target - value))


def _small_grey(frame: av.VideoFrame) -> Image.Image:
    small = frame.reformat(width=_GRID_W, height=_GRID_H, format="gray")
    plane = small.planes[0]
    grey = Image.frombytes("L", (_GRID_W, _GRID_H), bytes(plane), "raw", "L", plane.line_size)
    turn = getattr(frame, "rotation", 0)  # degrees, as the clip's display matrix has it
    return grey.rotate(turn, expand=True).resize((_GRID_W, _GRID_H)) if turn else grey


def _sums(grey: Image.Image, size: tuple[int, int]) -> bytes:
    return grey.resize(size, Image.Resampling.BOX).tobytes()


def _centre(weights: bytes) -> float:
    """The centre of mass of a row of weights, -1 to 1; 0 where there is none."""
    total = sum(weights)
    if not total:
        return 0.0
    middle = (len(weights) - 1) / 2
    return sum(w * (i - middle) for i, w in enumerate(weights)) / total / middle


def _shift(before: Image.Image, now: Image.Image, size: tuple[int, int]) -> int:
    """By how many cells the whole frame moved along one axis: the best match of the profiles."""
    old, new = _sums(before, size), _sums(now, size)
    count = len(old) - 2 * _MAX_SHIFT

    def mismatch(by: int) -> int:
        pairs = zip(old[_MAX_SHIFT:], new[_MAX_SHIFT + by : _MAX_SHIFT + by + count], strict=False)
        return sum(abs(a - b) for a, b in pairs)

    return min(range(-_MAX_SHIFT, _MAX_SHIFT + 1), key=lambda by: (mismatch(by), abs(by)))


def _clamp(value: float) -> float:
    return max(-1.0, min(1.0, value))
