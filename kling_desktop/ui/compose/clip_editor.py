"""The larger view of a clip: its frames, the part, the crop, and the picture laid over it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QWidget

from kling_desktop.motion.facts import VideoFacts
from kling_desktop.motion.input import Input
from kling_desktop.motion.request import WHOLE_BOX, ClipEdit, takes_all
from kling_desktop.ui.stage.clip_player import ClipPlayer
from kling_desktop.ui.theme import SPACE_8, SPACE_12, set_property
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets import IconButton, Sheet
from kling_desktop.ui.widgets.check_box import CheckBox
from kling_desktop.ui.widgets.spoken import percent, tell_value

from .preview import Preview
from .trim_strip import WIDE_HEIGHT_PX, TrimStrip

WIDTH_PX = 760
_TAKEN_PX = 350  # of the window's height, by everything but the preview
_OPACITY = 50  # per cent, to begin with
_OPACITY_WIDTH_PX = 120
_MS_PER_S = 1000.0


class ClipEditor(Sheet):
    """Give it frames by ``set_frame`` as ``frame_wanted`` asks; ``applied`` carries the edit."""

    applied = Signal(object)  # ClipEdit
    frame_wanted = Signal(float)  # seconds

    def __init__(self, parent: QWidget, value: Input, limit_s: float) -> None:
        super().__init__(parent, tr("Part of the clip"), width_px=WIDTH_PX)
        facts = value.original
        assert isinstance(facts, VideoFacts)  # the strip is there for such clips only
        self._facts = facts
        self._path = value.source.path or "" if value.source else ""
        self._edit = value.clip_edit
        self._limit_s = limit_s
        self._over = QImage()
        self._player: ClipPlayer | None = None
        self._build(value)
        self._connect()
        self._show_part()
        self._crop.setChecked(value.clip_edit.crop is not None)
        self.hidden.connect(self._stop_playing)
        QTimer.singleShot(0, self, self._show_start)

    def edit(self) -> ClipEdit:
        return self._edit

    def set_cuts(self, times_s: tuple[float, ...]) -> None:
        self._strip.set_cuts(times_s)

    def set_frame(self, image: QImage) -> None:
        """The frame that was asked for; a null one cannot be shown."""
        if self._player is not None:
            return
        self._preview.set_image(image)
        if image.isNull():
            self._preview.set_note(tr("This frame could not be read."))
        if self._crop.isChecked() and self._preview.box() is None:
            self._preview.set_box(self._edit.crop or WHOLE_BOX)

    def set_picture(self, image: QImage) -> None:
        """The reference image, to be laid over the clip."""
        self._over = image
        self._compare.setEnabled(not image.isNull())
        self._show_over()

    # building

    def _build(self, value: Input) -> None:
        self._preview = Preview(self)
        self._preview.fit_window(self.parentWidget() or self, _TAKEN_PX)
        self._strip = TrimStrip(self, height_px=WIDE_HEIGHT_PX)
        self._strip.set_clip(self._facts, self._edit)
        self._strip.set_pictures(value.strip)
        self._strip.set_limit_s(self._limit_s)
        self.body.addWidget(self._preview)
        self.body.addLayout(self._transport())
        self.body.addWidget(self._strip)
        self.body.addLayout(self._figures())
        self.footer.addStretch(1)
        cancel = self.add_button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        done = self.add_button(tr("Use this part"), "primary")
        done.setAccessibleName("Use this part")
        done.clicked.connect(self._on_done)
        self.initial_focus = self._strip.start

    def _transport(self) -> QHBoxLayout:
        self._play = IconButton("play", "Play part", tr("Play this part (Space)"), self)
        self._time = self._label("numbers")
        self._crop = CheckBox(tr("Crop"), self)
        self._compare = CheckBox(tr("Lay the picture over it"), self)
        self._compare.setEnabled(False)
        self._opacity = QSlider(Qt.Orientation.Horizontal, self)
        self._opacity.setAccessibleName("Opacity")
        self._opacity.setRange(0, 100)
        self._opacity.setValue(_OPACITY)
        tell_value(self._opacity, percent(_OPACITY / 100))
        self._opacity.setFixedWidth(_OPACITY_WIDTH_PX)
        self._opacity.setEnabled(False)
        row = QHBoxLayout()
        row.setSpacing(SPACE_12)
        row.addWidget(self._play)
        row.addWidget(self._time)
        row.addStretch(1)
        for part in (self._crop, self._compare, self._opacity):
            row.addWidget(part)
        return row

    def _figures(self) -> QHBoxLayout:
        self._length = self._label("numbers")
        self._start_here = QPushButton(tr("Start here (I)"), self)
        self._end_here = QPushButton(tr("End here (O)"), self)
        self._whole = QPushButton(tr("Whole clip"), self)
        row = QHBoxLayout()
        row.setSpacing(SPACE_8)
        row.addWidget(self._length)
        row.addStretch(1)
        for button in (self._start_here, self._end_here, self._whole):
            button.setAutoDefault(False)
            row.addWidget(button)
        return row

    def _label(self, role: str) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        set_property(label, "role", role)
        return label

    def _connect(self) -> None:
        self._strip.edited.connect(self._on_edited)
        self._strip.sought.connect(self._seek)
        self._preview.box_changed.connect(self._on_box)
        self._crop.toggled.connect(self._on_crop)
        self._compare.toggled.connect(self._show_over)
        self._opacity.valueChanged.connect(self._show_over)
        self._play.clicked.connect(self._toggle_play)
        self._start_here.clicked.connect(self._strip.start_here)
        self._end_here.clicked.connect(self._strip.end_here)
        self._whole.clicked.connect(self._on_whole)

    # what happened

    def _on_edited(self, edit: ClipEdit) -> None:
        """The edge that moved is what is looked at."""
        before, self._edit = self._edit, replace(edit, crop=self._edit.crop)
        self._show_part()
        start_moved = before.start_s != edit.start_s
        span = self._strip.span()
        self._seek(span.start_s if start_moved else (span.last - 1) / span.fps)

    def _show_start(self) -> None:
        self._seek(self._strip.span().start_s)

    def _seek(self, time_s: float) -> None:
        self._stop_playing()
        self._show_time(time_s)
        self.frame_wanted.emit(time_s)

    def _show_time(self, time_s: float) -> None:
        self._strip.set_playhead(time_s)
        frame = round(time_s * self._strip.span().fps)
        text = tr("{time} · frame {frame}").format(time=words.timecode(time_s), frame=frame)
        self._time.setText(text)

    def _show_part(self) -> None:
        length, limit = words.seconds(self._strip.span().length_s), words.seconds(self._limit_s)
        text = tr("{length} of at most {limit}").format(length=length, limit=limit)
        self._length.setText(text)
        set_property(self._length, "role", "bad" if self._strip.is_too_long() else "numbers")
        self._whole.setEnabled(not self._strip.span().is_whole)

    def _show_over(self) -> None:
        self._opacity.setEnabled(self._compare.isChecked())
        tell_value(self._opacity, percent(self._opacity.value() / 100), moved=True)
        share = self._opacity.value() / 100 if self._compare.isChecked() else 0.0
        self._preview.set_over(self._over, share)

    def _on_box(self, box: tuple[float, float, float, float]) -> None:
        self._edit = replace(self._edit, crop=None if takes_all(box) else box)

    def _on_crop(self, wanted: bool) -> None:
        if not wanted:
            self._edit = replace(self._edit, crop=None)
        self._preview.set_box((self._edit.crop or WHOLE_BOX) if wanted else None)

    def _on_whole(self) -> None:
        whole = ClipEdit(crop=self._edit.crop)
        self._strip.set_clip(self._facts, whole)
        self._on_edited(whole)

    def _on_done(self) -> None:
        self.applied.emit(self._edit)
        self.accept()

    # playing

    def _toggle_play(self) -> None:
        if self._player is not None:
            self._stop_playing()
            return
        self._player = player = ClipPlayer(
            self._path, audible=True, fps=self._strip.span().fps, parent=self
        )
        player.loaded.connect(self._on_loaded)
        player.frame_shown.connect(self._on_frame_shown)
        player.failed.connect(self._on_play_failed)
        self._play.set_icon_name("pause")
        player.open()

    def _stop_playing(self) -> None:
        if self._player is not None:
            self._player.close()
            self._player = None
            self._play.set_icon_name("play")

    def _on_loaded(self) -> None:
        if self._player is not None:
            self._player.seek(self._strip.span().start_s * _MS_PER_S)
            self._player.play()

    def _on_frame_shown(self) -> None:
        """Just the part: at its end it stops on the last frame."""
        player, span = self._player, self._strip.span()
        if player is None or player.image is None:
            return
        time_s = player.position_ms / _MS_PER_S
        if time_s < span.start_s - 1 / span.fps:
            return  # the first frame, before the seek arrived
        if time_s >= span.end_s:
            self._seek((span.last - 1) / span.fps)
            return
        self._preview.set_image(player.image)
        self._show_time(time_s)

    def _on_play_failed(self, _reason: str) -> None:
        self._stop_playing()
        self._time.setText(tr("This clip cannot be played here; its frames can be shown."))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            self._toggle_play()
        elif event.key() in (Qt.Key.Key_I, Qt.Key.Key_O) and not event.modifiers():
            press = event.key() == Qt.Key.Key_I
            (self._strip.start_here if press else self._strip.end_here)()
        else:
            super().keyPressEvent(event)
