"""Where things lie on this computer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from .. import durable
from .errors import Reason, StoreUnwritable
from .files import unwritable
from .volumes import unmounted_above

APP_FOLDER = "kling-desktop"  # below the system's folders for data and cache
VIDEOS_FOLDER = "Kling Desktop"  # below the system's videos folder: people see this name
PROFILES = ("account", "sandbox")  # paid jobs and sandbox jobs live in different libraries
_PRIVATE = 0o700


@dataclass(frozen=True)
class ProfilePaths:
    """The files of one library. Nothing exists before ``create()``."""

    folder: Path
    cache_folder: Path  # can be rebuilt: thumbnails, facts

    @property
    def journal_file(self) -> Path:
        return self.folder / "journal.sqlite"

    @property
    def witness_file(self) -> Path:
        return self.folder / "witness.jsonl"

    @property
    def draft_file(self) -> Path:
        return self.folder / "draft.json"

    @property
    def waved_file(self) -> Path:
        return self.folder / "waved.json"

    @property
    def aside_file(self) -> Path:
        return self.folder / "aside.json"

    @property
    def lock_file(self) -> Path:
        return self.folder / "lock"

    @property
    def beside_journal(self) -> tuple[Path, ...]:
        """Files that are written only where there is a journal."""
        return self.witness_file, self.draft_file, self.waved_file

    @property
    def inputs_folder(self) -> Path:
        """Copies of pasted pictures and converted inputs, which have no file of their own."""
        return self.folder / "inputs"

    @property
    def begun_folder(self) -> Path:
        """Where it is noted which files are being written for the person, elsewhere."""
        return self.folder / "begun"

    @property
    def sandbox_folder(self) -> Path:
        """What the embedded sandbox keeps: its tasks and its results."""
        return self.folder / "sandbox"

    def create(self) -> None:
        """Make the folders, for their owner only on POSIX (0700). Raises StoreUnwritable."""
        make_private(self.folder.parent, tighten=False)
        for folder in (self.folder, self.cache_folder, self.inputs_folder, self.sandbox_folder):
            make_private(folder, tighten=True)


@dataclass(frozen=True)
class DataPaths:
    """The program's folders: the system's own, or all below one folder (``--data-dir``)."""

    root: Path
    cache_root: Path
    default_videos_folder: Path
    log_folder: Path

    @classmethod
    def default(cls) -> DataPaths:
        """Where this system wants data, cache, videos and logs. Raises StoreUnwritable."""
        with _at_home(Path("~")):
            return cls(
                root=platformdirs.user_data_path(APP_FOLDER, appauthor=False),
                cache_root=platformdirs.user_cache_path(APP_FOLDER, appauthor=False),
                default_videos_folder=platformdirs.user_videos_path() / VIDEOS_FOLDER,
                log_folder=platformdirs.user_log_path(APP_FOLDER, appauthor=False),
            )

    @classmethod
    def at(cls, folder: Path) -> DataPaths:
        """Everything below ``folder``, videos too. Raises StoreUnwritable; OSError."""
        root = whole(folder)
        return cls(root, root / "cache", root / "videos", root / "logs")

    @classmethod
    def of(cls, data_dir: Path | None) -> DataPaths:
        """As the person chose (``--data-dir``). Raises StoreUnwritable; OSError."""
        return cls.at(data_dir) if data_dir else cls.default()

    @property
    def settings_file(self) -> Path:
        return self.root / "settings.json"

    @property
    def is_used(self) -> bool:
        """Whether something of the program's was ever kept here. Blocks."""
        kept = (self.settings_file, *(self.profile(name).folder for name in PROFILES))
        return any(map(os.path.lexists, kept))

    def create(self) -> None:
        """The folder that all else is in. Raises StoreUnwritable."""
        if not self.is_used:
            _must_be_mounted(self.root)
        make_private(self.root, tighten=False)

    def profile(self, name: str) -> ProfilePaths:
        """``name`` is one of PROFILES; ValueError for others."""
        if name not in PROFILES:
            raise ValueError(f"no such profile: {name}")
        return ProfilePaths(folder=self.root / name, cache_folder=self.cache_root / name)


def whole(folder: Path) -> Path:
    """From a root on. Raises StoreUnwritable, and OSError where the working folder is gone."""
    with _at_home(folder):
        return folder.expanduser().absolute()


@contextmanager
def _at_home(place: Path) -> Iterator[None]:
    """Raises StoreUnwritable where the system knows none, as for a user without an entry."""
    try:
        yield
    except RuntimeError as error:
        raise StoreUnwritable(place, Reason.NO_HOME, str(error)) from error


def _must_be_mounted(folder: Path) -> None:
    """What is made in the place of a disk that is away is lost to sight once it is there."""
    if (mount_point := unmounted_above(folder)) is not None:
        raise StoreUnwritable(mount_point, Reason.NOT_MOUNTED)


def make_private(folder: Path, *, tighten: bool) -> None:
    """``tighten``: also close a folder that exists already (never one that a person chose)."""
    if not os.path.isdir(folder):
        _must_be_mounted(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=_PRIVATE, exist_ok=True)
        if tighten and os.name == "posix":
            durable.make_private(folder, _PRIVATE)
    except (FileExistsError, NotADirectoryError) as error:
        odd = next(p for p in (folder, *folder.parents) if os.path.lexists(p) and not p.is_dir())
        raise StoreUnwritable(odd, Reason.NOT_A_FOLDER, error.strerror or "") from error
    except OSError as error:
        raise unwritable(folder, error) from error
