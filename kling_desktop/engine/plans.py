"""What is wished of the two inputs, in the words of the media helper."""

from __future__ import annotations

from dataclasses import dataclass

from ..media.fitted import ClipPlan, ImagePlan
from ..motion.request import WHOLE_CLIP, WHOLE_IMAGE, ClipEdit, Draft, ImageEdit, MotionRequest


@dataclass(frozen=True, slots=True)
class Wish:
    """How the inputs are to be made; the same for the look at a draft and for its job."""

    image_edit: ImageEdit = WHOLE_IMAGE
    clip_edit: ClipEdit = WHOLE_CLIP
    fit: bool = True
    large_images: bool = False  # up to the vendor's limit of today, instead of the older one
    clean_metadata: bool = True  # take out place, camera and author before the upload

    @classmethod
    def of(
        cls, request: Draft | MotionRequest, *, clean_metadata: bool, large_images: bool = False
    ) -> Wish:
        edits = request.image_edit, request.video_edit
        return cls(*edits, request.fit, large_images, clean_metadata)

    @property
    def image_plan(self) -> ImagePlan:
        return ImagePlan(
            crop=self.image_edit.crop,
            pad_to_aspect=self.image_edit.pad_to_aspect,
            clean_metadata=self.clean_metadata,
            fit=self.fit,
            large=self.large_images,
        )

    @property
    def clip_plan(self) -> ClipPlan:
        return ClipPlan(
            start_s=self.clip_edit.start_s,
            end_s=self.clip_edit.end_s,
            crop=self.clip_edit.crop,
            clean_metadata=self.clean_metadata,
            fit=self.fit,
        )
