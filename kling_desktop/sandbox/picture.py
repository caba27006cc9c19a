"""The person's picture, moved by the clip and marked as a sandbox result."""

from __future__ import annotations

import av
from PIL import Image, ImageDraw, ImageFont, ImageOps

from .sway import Sway

LABEL = "SANDBOX · not made by Kling"
_WORK_SHORT_PX = 540  # frames are turned at this size and enlarged by the scaler: four times faster
_MARGIN = 0.2  # mirrored border around the picture, so that no edge shows when it moves
_ZOOM = 1.04
_PAN = 0.13  # at most, of the picture's size
_SHEAR = 0.10
_BREATHE = 0.07  # zoom at full energy
_LABEL_PART = 0.045  # height of the letters, of the frame's shorter side


class MovingPicture:
    """Draws the picture as it stands at one moment of the clip."""

    def __init__(self, picture: Image.Image, short_px: int) -> None:
        self.size = _even_size(picture.size, short_px)
        work_px = min(short_px, _WORK_SHORT_PX)
        self._work = _even_size(picture.size, work_px)
        picture = picture.resize(self._work, Image.Resampling.LANCZOS)
        self._border = (round(self._work[0] * _MARGIN), round(self._work[1] * _MARGIN))
        self._canvas = _with_mirrored_border(picture, self._border)
        self._label = _draw_label(self._work)

    def frame(self, sway: Sway) -> av.VideoFrame:
        """The next frame, in the size of the result."""
        width, height = self._work
        scale = 1 / (_ZOOM + _BREATHE * sway.energy)
        shear = _SHEAR * sway.lean
        centre_x = self._border[0] + width / 2 - _PAN * width * sway.x
        centre_y = self._border[1] + height / 2 - _PAN * height * sway.y
        # Output to input: x' = a·x + b·y + c, y' = e·y + f, around the middle of the frame.
        moved = self._canvas.transform(
            self._work,
            Image.Transform.AFFINE,
            (
                scale,
                shear,
                centre_x - scale * width / 2 - shear * height / 2,
                0.0,
                scale,
                centre_y - scale * height / 2,
            ),
            resample=Image.Resampling.BILINEAR,
        )
        inset = round(height * 0.02)
        place = (inset, height - self._label.height - inset)
        moved.paste(self._label, place, self._label)
        frame: av.VideoFrame = av.VideoFrame.from_image(moved)  # type: ignore[no-untyped-call]  # PyAV's stub lacks types here
        return frame.reformat(width=self.size[0], height=self.size[1], format="yuv420p")


def _even_size(size: tuple[int, int], short_px: int) -> tuple[int, int]:
    """The picture's proportions with the given shorter side; both sides even, as H.264 needs."""
    factor = short_px / min(size)
    width, height = (max(2, 2 * round(side * factor / 2)) for side in size)
    return width, height


def _with_mirrored_border(picture: Image.Image, border: tuple[int, int]) -> Image.Image:
    width, height = picture.size
    left, top = border
    canvas = Image.new("RGB", (width + 2 * left, height + 2 * top))
    across, down = ImageOps.mirror(picture), ImageOps.flip(picture)
    both = ImageOps.flip(across)
    for column, x in enumerate((left - width, left, left + width)):
        for row, y in enumerate((top - height, top, top + height)):
            tile = (picture, across, down, both)[(column != 1) + 2 * (row != 1)]
            canvas.paste(tile, (x, y))
    return canvas


def _draw_label(size: tuple[int, int]) -> Image.Image:
    letters_px = max(12, round(min(size) * _LABEL_PART))
    font = ImageFont.load_default(size=letters_px)
    left, top, right, bottom = font.getbbox(LABEL)
    pad = letters_px // 2
    box = (round(right - left) + 2 * pad, round(bottom - top) + 2 * pad)
    label = Image.new("RGBA", box, (0, 0, 0, 0))
    draw = ImageDraw.Draw(label)
    draw.rounded_rectangle((0, 0, box[0] - 1, box[1] - 1), radius=pad, fill=(0, 0, 0, 185))
    draw.text((pad - left, pad - top), LABEL, font=font, fill=(255, 190, 90, 255))
    return label
