"""What the window and the command line share to bring an engine up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..motion.token import Token
from ..store.errors import StoreError
from ..store.lock import FolderLock
from ..store.paths import DataPaths
from ..store.secrets import Secrets
from ..store.settings import Settings, SettingsStore
from .engine import Engine, EngineOptions
from .events import Event
from .service import Hosts, hosts_from_environment

ACCOUNT, SANDBOX = "account", "sandbox"  # the two libraries: paid jobs and trials never mix
SANDBOX_VIDEOS = "Sandbox"  # a folder of their own below the videos folder


class Preferences:
    """The person's settings, kept in one file; whoever needs a value asks for it anew."""

    def __init__(self, store: SettingsStore) -> None:
        self._store = store
        self.value: Settings = store.load()
        self.problem = store.problem
        self.changed: Event[Settings] = Event()

    def change(self, **values: object) -> str | None:
        """Set some values and save; the reason where they could not be saved."""
        self.value = replace(self.value, **values)  # type: ignore[arg-type]  # checked by replace
        self.changed.emit(self.value)
        try:
            self._store.save(self.value)
        except StoreError as error:
            return str(error)
        return None


class Home:
    """One data folder: its settings, its libraries, its locks."""

    def __init__(self, data_dir: Path | None) -> None:
        self.paths = DataPaths.at(data_dir) if data_dir else DataPaths.default()
        self.preferences = Preferences(SettingsStore(self.paths.settings_file))
        self.secrets = Secrets()

    def videos_folder(self, profile: str) -> Path:
        chosen = self.preferences.value.videos_folder
        folder = Path(chosen) if chosen else self.paths.default_videos_folder
        return folder / SANDBOX_VIDEOS if profile == SANDBOX else folder

    def lock(self, profile: str) -> FolderLock:
        """One lock a library, "one program per library". Raises StoreUnwritable."""
        paths = self.paths.profile(profile)
        paths.create()
        return FolderLock(paths.lock_file)

    def account_engine(self) -> Engine:
        """Raises JournalError, StoreUnwritable, and BadLink for an unusable base URL."""
        return self._engine(ACCOUNT, hosts_from_environment(), None)

    def sandbox_engine(self, address: str, tokens: tuple[Token, Token]) -> Engine:
        """An engine on an embedded sandbox that was started already."""
        return self._engine(SANDBOX, Hosts(address, address, sandbox=True), tokens)

    def _engine(self, profile: str, hosts: Hosts, tokens: tuple[Token, Token] | None) -> Engine:
        return Engine(
            EngineOptions(
                paths=self.paths.profile(profile),
                hosts=hosts,
                videos_folder=lambda: self.videos_folder(profile),
                day_limit_credits=lambda: self.preferences.value.day_limit_credits,
                clean_metadata=lambda: self.preferences.value.clean_metadata,
                jobs_at_once=lambda: self.preferences.value.jobs_at_once,
                secrets=self.secrets,
                fixed_tokens=tokens,
            )
        )
