"""The sound of one clip: opened when it is wanted, on the device that is the default now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QAudioOutput, QMediaDevices, QMediaPlayer

LOUDNESS_EXPONENT = 3  # the usual taper of a fader: half way sounds half as loud


class ClipSound(QObject):
    """Gives a player its audio output as long as the clip is audible."""

    def __init__(self, audible: bool, parent: QObject) -> None:
        super().__init__(parent)
        self._audible = audible
        self._volume, self._muted = 1.0, False
        self._player: QMediaPlayer | None = None
        self._audio: QAudioOutput | None = None
        self._devices: QMediaDevices | None = None

    def attach(self, player: QMediaPlayer) -> None:
        self._player = player
        if self._audible:
            self._open()

    def detach(self) -> None:
        if self._player is not None:
            self._player.setAudioOutput(None)  # type: ignore[arg-type] # documented, not in stub
            self._player = None

    def set_audible(self, audible: bool) -> None:
        """A clip that is not audible is muted; one that never was has no output at all."""
        self._audible = audible
        if audible and self._audio is None and self._player is not None:
            self._open()
        self._apply()

    def set_volume(self, volume: float, muted: bool) -> None:
        """``volume`` is 0 to 1 as a person sets it."""
        self._volume, self._muted = volume, muted
        self._apply()

    def _apply(self) -> None:
        if self._audio is not None:
            self._audio.setVolume(self._volume**LOUDNESS_EXPONENT)
            self._audio.setMuted(self._muted or not self._audible)

    def _open(self) -> None:
        from PySide6.QtMultimedia import QAudioOutput, QMediaDevices

        if self._player is None:
            return
        self._audio = QAudioOutput(self)
        self._apply()
        self._player.setAudioOutput(self._audio)
        # Qt stays on the device it began with; people plug in headphones.
        self._devices = QMediaDevices(self)
        self._devices.audioOutputsChanged.connect(self._on_audio_outputs_changed)

    def _on_audio_outputs_changed(self) -> None:
        from PySide6.QtMultimedia import QMediaDevices

        if self._audio is not None:
            self._audio.setDevice(QMediaDevices.defaultAudioOutput())
