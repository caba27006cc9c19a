"""The person's settings while the program runs."""

from __future__ import annotations

import logging
from dataclasses import replace

from ..store.errors import StoreError
from ..store.settings import ChosenDisk, Settings, SettingsStore, clamped
from .events import Event

_log = logging.getLogger(__name__)


class Preferences:
    """The person's settings, kept in one file; whoever needs a value asks for it anew."""

    def __init__(self, store: SettingsStore) -> None:
        self._store = store
        self.value: Settings = store.load()
        self.left_out = store.left_out
        self.changed: Event[Settings] = Event()

    @property
    def unread_limits(self) -> frozenset[str]:
        """Names of limits that could not be read, and that the person did not set again since."""
        return self._store.unread_limits

    def change(self, **values: object) -> str | None:
        """Set some values and save; the reason where they could not be saved.

        Raises ValueError for a limit that is none; then nothing was set.
        """
        self.value = clamped(replace(self.value, **values))  # type: ignore[arg-type]  # checked
        self._store.unread_limits -= values.keys()  # now the person has said what they are
        self.changed.emit(self.value)
        try:
            self._store.save(self.value)
        except StoreError as error:
            return str(error)
        self.left_out = None  # the file is whole again
        return None

    def learn(self, disk: ChosenDisk) -> None:
        """What was seen, and not said by the person: no other setting is written with it."""
        self.value = replace(self.value, videos_disk=disk)
        try:
            self._store.amend(self.value, "videos_disk")
        except StoreError as error:  # it is learned again at the next start
            _log.warning("the disk of the videos folder could not be kept: %s", error)
