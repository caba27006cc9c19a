"""One data folder: where its settings, its two libraries and its locks are. Light to import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..store.errors import Reason, StoreUnwritable
from ..store.lock import FolderLock
from ..store.paths import DataPaths
from ..store.secrets import Secrets
from ..store.settings import SettingsStore
from .preferences import Preferences

if TYPE_CHECKING:
    from ..motion.token import Token
    from .engine import Engine
    from .service import Hosts

ACCOUNT, SANDBOX = "account", "sandbox"  # the two libraries: paid jobs and trials never mix
SANDBOX_VIDEOS = "Sandbox"  # a folder of their own below the videos folder


class Home:
    """One data folder: its settings, its libraries, its locks."""

    def __init__(self, data_dir: Path | None) -> None:
        self._is_given = data_dir is not None
        self.paths = DataPaths.of(data_dir)
        self.preferences = Preferences(SettingsStore(self.paths.settings_file))
        self.secrets = Secrets()
        self._locks: dict[str, FolderLock] = {}
        self.tells_recipe = True  # the command line saves what the service served, byte for byte

    def must_be_used(self) -> None:
        """Where only what is there is asked for. Raises StoreUnwritable, of a given place alone."""
        if self._is_given and not self.paths.is_used:
            raise StoreUnwritable(self.paths.root, Reason.NO_LIBRARY)

    def videos_folder(self, profile: str) -> Path:
        chosen = self.preferences.value.videos_folder
        folder = Path(chosen) if chosen else self.paths.default_videos_folder
        return folder / SANDBOX_VIDEOS if profile == SANDBOX else folder

    def lock(self, profile: str) -> FolderLock:
        """One lock a library, "one program per library". Raises StoreUnwritable."""
        self.paths.create()
        paths = self.paths.profile(profile)
        paths.create()
        return self._locks.setdefault(profile, FolderLock(paths.lock_file))

    def _is_still_ours(self, profile: str) -> bool:
        """Raises StoreUnwritable."""
        lock = self._locks.get(profile)
        return lock is None or lock.is_still_ours()

    def account_engine(self) -> Engine:
        """Raises JournalError, StoreUnwritable, and BadLink for an unusable base URL."""
        from .service import hosts_from_environment

        return self._engine(ACCOUNT, hosts_from_environment(), None)

    def sandbox_engine(self, address: str, tokens: tuple[Token, Token]) -> Engine:
        """An engine on an embedded sandbox that was started already."""
        from .service import Hosts

        return self._engine(SANDBOX, Hosts(address, address, sandbox=True), tokens)

    def _engine(self, profile: str, hosts: Hosts, tokens: tuple[Token, Token] | None) -> Engine:
        # Imported here: the window is on the screen before the engine is read from the disk.
        from .engine import Engine, EngineOptions

        return Engine(
            EngineOptions(
                paths=self.paths.profile(profile),
                hosts=hosts,
                is_still_ours=lambda: self._is_still_ours(profile),
                videos_folder=lambda: self.videos_folder(profile),
                preferences=self.preferences,
                day_limit_credits=lambda: self.preferences.value.day_limit_credits,
                ask_above_credits=lambda: self.preferences.value.ask_above_credits,
                unread_limits=lambda: self.preferences.unread_limits,
                clean_metadata=lambda: self.preferences.value.clean_metadata,
                large_images=lambda: self.preferences.value.large_images,
                write_recipe=lambda: self.tells_recipe and self.preferences.value.write_recipe,
                jobs_at_once=lambda: self.preferences.value.jobs_at_once,
                secrets=self.secrets,
                fixed_tokens=tokens,
            )
        )
