"""The person's settings: one dataclass with defaults, units and bounds, and its file."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated

from ..motion.left_out import Damage, LeftOut, Saved
from ..motion.money import LimitCredits
from ..motion.reading import Clamped, FilePath, Within, choice, read
from ..motion.request import Mode, Orientation
from .errors import StoreUnwritable
from .saved import SavedObject
from .volumes import Volume

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ChosenDisk:
    """The volume that a folder was on when it was chosen, or first seen."""

    folder: FilePath
    volume: Volume


@dataclass(frozen=True)
class Settings:
    """Immutable; change with ``dataclasses.replace`` and save. Never holds a token.

    Each field's unit and bounds, or its choices, stand in its type.
    """

    theme: Annotated[str, choice("system", "light", "dark")] = "system"
    videos_folder: FilePath | None = None  # None: DataPaths.default_videos_folder
    videos_disk: ChosenDisk | None = None  # of the folder above; of another one it tells nothing
    jobs_at_once: Annotated[int, Within("jobs", 1, 8, whole=True)] = 2
    ask_above_credits: LimitCredits | None = 20.0  # None: never ask
    day_limit_credits: LimitCredits | None = None  # None: no limit
    clean_metadata: bool = True  # take place, camera and author out of what is uploaded
    large_images: bool = False  # send pictures of more than 10 MB as they are
    write_recipe: bool = True  # write settings and prompt into the saved video
    library_visible: bool = True
    queue_visible: bool = True
    window_geometry: str = ""  # of the window alone: JSON with its places and columns
    last_mode: Mode = Mode.STANDARD
    last_orientation: Orientation = Orientation.VIDEO
    last_model: str | None = None  # None: the service chooses
    volume: Annotated[float, Clamped("share", 0.0, 1.0)] = 1.0
    muted: bool = False
    loop: bool = False
    first_run_done: bool = False
    letters_told: bool = False  # that this computer has no font for Chinese, Japanese, Korean
    profile: Annotated[str, choice("", "account", "sandbox")] = ""  # "": not chosen yet
    language: str = "system"  # or a code such as "de"


_NAMES = frozenset(f.name for f in fields(Settings))
# What bounds the money that is spent: the usual value is no answer where one of these is damaged.
LIMITS = frozenset({"ask_above_credits", "day_limit_credits"})
_UNREAD = "unreadable"  # kept in the file in the place of a number until the person gives one


class SettingsStore:
    """One JSON file that people may read and edit. Not thread-safe: one owner."""

    def __init__(self, file: Path) -> None:
        self._saved = SavedObject(file, Saved.SETTINGS)
        self.unread_limits: frozenset[str] = frozenset()

    @property
    def left_out(self) -> LeftOut | None:
        """What the last ``load`` could not read; the defaults are in its place."""
        return self._saved.left_out

    def load(self) -> Settings:
        """The settings, defaults where a key is missing or makes no sense. Never raises.

        A damaged file is set aside as ``<name>.damaged``, one that is damaged in part copied so.
        Of ``unread_limits`` nobody knows what they were, until ``save`` is told of others.
        """
        kept, left_out = self._saved.load(), list[str]()
        settings = read(Settings, kept, left_out)
        self._saved.note([name for name in left_out if kept[name] != _UNREAD])
        lost = self.left_out is not None and self.left_out.damage is not Damage.PART
        self.unread_limits = LIMITS if lost else LIMITS & set(left_out)
        if self.left_out is not None and self.left_out.damage is Damage.WHOLE:
            self._keep_unread(settings)
        return settings

    def _keep_unread(self, settings: Settings) -> None:
        """At once: the next start finds no damaged file any more."""
        try:
            self.save(settings)
        except StoreUnwritable as error:
            _log.warning("that limits were lost could not be kept: %s", error)

    def save(self, settings: Settings) -> None:
        """Whole or not at all, within the bounds; raises StoreUnwritable, ValueError.

        Keys of a newer version, which this one does not know, are kept.
        """
        unread = dict.fromkeys(self.unread_limits, _UNREAD)
        self._saved.save(asdict(clamped(settings)) | unread, known=_NAMES)

    def amend(self, settings: Settings, name: str) -> None:
        """This one setting alone: the others stay as another program may have written them.

        Raises StoreUnwritable.
        """
        self._saved.save({name: asdict(settings)[name]}, known=frozenset({name}))


def clamped(settings: Settings) -> Settings:
    """The same within bounds and choices. Raises ValueError for a limit that is none."""
    left_out: list[str] = []
    found = read(Settings, asdict(settings), left_out)
    if lost := LIMITS & set(left_out):
        raise ValueError(f"no limit that could be read again: {sorted(lost)}")
    return found
