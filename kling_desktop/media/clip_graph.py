"""FFmpeg's filters between decoding and encoding a clip's picture. Worker side."""

from __future__ import annotations

from av.video.frame import VideoFrame
from PIL import Image

from .clip_colors import Chain, laid_on_white, made_plain
from .clip_look import ClipLook
from .clip_sight import NO_EDGES, shown_size
from .clip_work import Shape, contained
from .filter_pipe import ChainFor

_TURNS: dict[Image.Transpose | None, tuple[tuple[str, str], ...]] = {
    None: (),
    Image.Transpose.ROTATE_270: (("transpose", "clock"),),  # Pillow's angles run the other way
    Image.Transpose.ROTATE_90: (("transpose", "cclock"),),
    Image.Transpose.ROTATE_180: (("hflip", ""), ("vflip", "")),
    Image.Transpose.FLIP_LEFT_RIGHT: (("hflip", ""),),
    Image.Transpose.FLIP_TOP_BOTTOM: (("vflip", ""),),
    Image.Transpose.TRANSPOSE: (("transpose", "cclock_flip"),),
    Image.Transpose.TRANSVERSE: (("transpose", "clock_flip"),),
}


def fitting_chain(look: ClipLook, shape: Shape, *, deinterlace: bool) -> ChainFor:
    """Deinterlace, turn upright, crop, scale and tone-map, pad: in this order."""

    def chain_for(frame: VideoFrame) -> Chain:
        chain: Chain = [("bwdif", "mode=send_frame")] if deinterlace else []
        if look.edges != NO_EDGES and frame_size(frame) == look.coded_size:
            left, top, _, _ = look.edges
            width, height = shown_size(look.coded_size, look.edges)
            chain.append(("crop", f"{width}:{height}:{left}:{top}:exact=1"))
        chain += _TURNS[look.turn[1]]
        size = (frame.height, frame.width) if look.turn[0] in (90, 270) else frame_size(frame)
        if look.edges != NO_EDGES and frame_size(frame) == look.coded_size:
            size = look.upright_size
        inner = shape.size
        if size != look.upright_size:  # its size changes on the way: contained, never stretched
            inner = contained(size, look.upright_aspect, shape.size)
        elif shape.crop is not None:
            left, top, width, height = shape.crop
            chain.append(("crop", f"{width}:{height}:{left}:{top}:exact=1"))
            size = (width, height)
        chain += laid_on_white(frame)
        chain += made_plain(frame, size, inner)
        if inner != shape.size:
            sides = f"{shape.size[0]}:{shape.size[1]}"
            chain.append(("pad", f"{sides}:(ow-iw)/2:(oh-ih)/2:black"))
        if shape.box != shape.size:
            chain.append(("pad", f"{shape.box[0]}:{shape.box[1]}:(ow-iw)/2:(oh-ih)/2:black"))
        # Without the file's own rotation, captions and light data: they have been applied.
        return [*chain, ("setsar", "1"), ("sidedata", "mode=delete")]

    return chain_for


def frame_size(frame: VideoFrame) -> tuple[int, int]:
    return frame.width, frame.height
