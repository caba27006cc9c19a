"""The larger view of the picture: crop it, or add edges, freely or in the clip's shape."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QWidget

from kling_desktop.motion.facts import ImageFacts
from kling_desktop.motion.fitting import aspect_box
from kling_desktop.motion.input import Input
from kling_desktop.motion.limits import ASPECT_MARGIN, IMAGE_MAX_ASPECT, IMAGE_MIN_ASPECT
from kling_desktop.motion.request import WHOLE_BOX, WHOLE_IMAGE, ImageEdit, takes_all
from kling_desktop.ui.theme import set_property
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets import Segmented, Sheet

from .preview import Preview

WIDTH_PX = 700
_TAKEN_PX = 290  # of the window's height, by everything but the preview
_ALIKE = 0.01  # aspects that differ by less are the same


class PictureEditor(Sheet):
    """Give it the picture by ``set_picture``; ``applied`` carries the edit."""

    applied = Signal(object)  # ImageEdit

    def __init__(self, parent: QWidget, value: Input, clip_aspect: float | None) -> None:
        super().__init__(parent, tr("Shape of the picture"), width_px=WIDTH_PX)
        facts = value.original
        assert isinstance(facts, ImageFacts)  # asked for with such a picture only
        self._facts = facts
        self._clip_aspect = clip_aspect
        self._edit = value.image_edit
        self._preview = Preview(self)
        self._preview.fit_window(self.parentWidget() or self, _TAKEN_PX)
        self._preview.set_note(tr("Reading the picture…"))
        self._choice = Segmented(self._options(), self)
        self._choice.setAccessibleName("Shape")
        self._hint = QLabel(self)
        self._hint.setTextFormat(Qt.TextFormat.PlainText)
        self._hint.setWordWrap(True)
        set_property(self._hint, "role", "small")
        for part in (self._preview, self._choice, self._hint):
            self.body.addWidget(part)
        self.footer.addStretch(1)
        self.add_button(tr("Cancel")).clicked.connect(self.reject)
        done = self.add_button(tr("Use this shape"), "primary")
        done.setAccessibleName("Use this shape")
        done.clicked.connect(self._on_done)
        self._choice.set_value(self._choice_of(self._edit))
        self._choice.value_changed.connect(self._on_choice)
        self._preview.box_changed.connect(self._on_box)

    def edit(self) -> ImageEdit:
        return self._edit

    def set_picture(self, image: QImage) -> None:
        """The whole picture, upright; a null one cannot be shown."""
        if image.isNull():
            self._preview.set_note(tr("The picture could not be read."))
            return
        self._preview.set_image(image)
        self._show_box()

    def _options(self) -> list[tuple[str, str, str]]:
        options = [("whole", tr("Whole"), "Whole"), ("crop", tr("Crop"), "Crop freely")]
        if self._clip_aspect is not None:
            options.append(("match", tr("Crop like the clip"), "Crop like the clip"))
            options.append(("pad", tr("Edges like the clip"), "Edges like the clip"))
        elif self._edit.pad_to_aspect is not None:
            options.append(("pad", tr("Add edges"), "Add edges"))
        return options

    def _choice_of(self, edit: ImageEdit) -> str:
        if edit.pad_to_aspect is not None:
            return "pad"
        if edit.crop is None:
            return "whole"
        width, height = edit.crop[2] * self._facts.width_px, edit.crop[3] * self._facts.height_px
        if self._clip_aspect is not None and abs(width / height / self._clip_aspect - 1) < _ALIKE:
            return "match"
        return "crop"

    def _on_choice(self, choice: str) -> None:
        if choice == "whole":
            self._edit = WHOLE_IMAGE
        elif choice == "crop":
            self._edit = ImageEdit(crop=self._edit.crop)
        elif choice == "match" and self._clip_aspect is not None:
            self._edit = ImageEdit(crop=aspect_box(self._facts, _allowed(self._clip_aspect)))
        elif self._clip_aspect is not None:
            self._edit = ImageEdit(pad_to_aspect=_allowed(self._clip_aspect))
        self._show_box()

    def _show_box(self) -> None:
        choice = self._choice.value()
        locked = self._clip_aspect if choice == "match" else None
        box = (self._edit.crop or WHOLE_BOX) if choice in ("crop", "match") else None
        self._preview.set_box(box, _allowed(locked) if locked is not None else None)
        self._hint.setText(
            tr("Plain edges are put around the picture; nothing is cut off.")
            if choice == "pad"
            else tr("Head and body should stay clearly visible.")
        )

    def _on_box(self, box: tuple[float, float, float, float]) -> None:
        self._edit = ImageEdit(crop=None if takes_all(box) else box)

    def _on_done(self) -> None:
        self.applied.emit(self._edit)
        self.accept()


def _allowed(aspect: float) -> float:
    """A clip may be narrower or wider than a picture may."""
    return min(max(aspect, IMAGE_MIN_ASPECT * ASPECT_MARGIN), IMAGE_MAX_ASPECT / ASPECT_MARGIN)
