"""The person's settings: one dataclass with defaults, units and bounds, and its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..motion.request import Mode, Orientation
from .errors import StoreUnwritable
from .files import set_aside, unwritable, write_whole


class StoreProblem(StrEnum):
    """What was wrong with a file that was read."""

    DAMAGED = "damaged"  # set aside; defaults are used
    UNREADABLE = "unreadable"  # there, but the system refuses it; defaults are used


def _number(
    default: float | None, unit: str, low: float, high: float, *, optional: bool = False
) -> Any:
    bounds = {"unit": unit, "min": low, "max": high, "optional": optional}
    return field(default=default, metadata=bounds)


def _choice(default: str, *choices: str) -> Any:
    return field(default=default, metadata={"choices": choices})


@dataclass(frozen=True)
class Settings:
    """Immutable; change with ``dataclasses.replace`` and save. Never holds a token.

    Each field's unit and bounds (or choices) are in its metadata: unit, min, max, choices.
    """

    theme: str = _choice("system", "system", "light", "dark")
    videos_folder: str | None = None  # None: DataPaths.default_videos_folder
    jobs_at_once: int = _number(2, "jobs", 1, 8)
    ask_above_credits: float | None = _number(
        20.0, "credits", 0.0, 1e6, optional=True
    )  # None: never ask
    day_limit_credits: float | None = _number(
        None, "credits", 0.0, 1e6, optional=True
    )  # None: no limit
    clean_metadata: bool = True  # take place, camera and author out of what is uploaded
    write_recipe: bool = True  # write settings and prompt into the saved video
    library_visible: bool = True
    queue_visible: bool = True
    window_geometry: str = ""  # base64 of what the window system gave
    last_mode: Mode = Mode.STANDARD
    last_orientation: Orientation = Orientation.VIDEO
    last_model: str | None = None  # None: the service chooses
    volume: float = _number(1.0, "share", 0.0, 1.0)
    muted: bool = False
    loop: bool = False
    first_run_done: bool = False
    profile: str = _choice("", "", "account", "sandbox")  # "": not chosen yet
    language: str = "system"  # or a code such as "de"


_FIELDS: Mapping[str, Field[Any]] = {f.name: f for f in fields(Settings)}


class _DamagedError(Exception):
    """The file is no JSON object."""


class SettingsStore:
    """One JSON file that people may read and edit. Not thread-safe: one owner."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.problem: StoreProblem | None = None  # of the last ``load()``

    def load(self) -> Settings:
        """The settings, defaults where a key is missing or makes no sense. Never raises.

        A damaged file is set aside as ``<name>.damaged``; ``problem`` tells.
        """
        self.problem = None
        try:
            return from_json(self._read())
        except OSError:
            self.problem = StoreProblem.UNREADABLE
        except _DamagedError:
            self.problem = StoreProblem.DAMAGED
            try:
                set_aside(self._file)
            except StoreUnwritable:  # it stays where it is, and ``save`` will not write over it
                pass
        return Settings()

    def save(self, settings: Settings) -> None:
        """Whole or not at all, clamped to the bounds; raises StoreUnwritable.

        Keys of a newer version, which this one does not know, are kept.
        """
        try:
            old = self._read()
        except OSError as error:
            raise unwritable(self._file, error) from error
        except _DamagedError:
            set_aside(self._file)
            old = {}
        unknown = {key: value for key, value in old.items() if key not in _FIELDS}
        text = json.dumps({**asdict(clamped(settings)), **unknown}, indent=2)
        write_whole(self._file, text.encode("ascii"))

    def _read(self) -> Mapping[str, Any]:
        """Raises OSError, _DamagedError."""
        try:
            data = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError) as error:
            raise _DamagedError from error
        if not isinstance(data, dict):
            raise _DamagedError
        return data


def from_json(data: Mapping[str, Any]) -> Settings:
    """Settings out of what a file says; whatever makes no sense becomes the default."""
    values: dict[str, Any] = {
        name: _read_value(f, data[name]) for name, f in _FIELDS.items() if name in data
    }
    return Settings(**values)


def clamped(settings: Settings) -> Settings:
    """The same within bounds and choices."""
    return from_json(asdict(settings))


def _read_value(f: Field[Any], value: object) -> object:
    """One field's value within its bounds, or its default."""
    if isinstance(f.default, StrEnum):
        kinds = type(f.default)
        return kinds(value) if value in [kind.value for kind in kinds] else f.default
    if "min" in f.metadata:
        return _read_number(f, value)
    if value is None and f.default is None:
        return None
    kind = str if f.default is None else type(f.default)
    if type(value) is not kind or value not in f.metadata.get("choices", (value,)):
        return f.default
    return value


def _read_number(f: Field[Any], value: object) -> object:
    if value is None and f.metadata["optional"]:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # NaN
        return f.default
    inside = min(max(value, f.metadata["min"]), f.metadata["max"])
    return int(inside) if isinstance(f.default, int) else float(inside)
