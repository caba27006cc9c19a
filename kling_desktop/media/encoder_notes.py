"""What encoders themselves write of their settings into a stream: known word for word.

Anything else that stands under an encoder's mark may be anybody's text. Pure Python.
"""

from __future__ import annotations

import re

_MARK_BYTES = 16  # ISO 14496-10, user data unregistered: a UUID, then what its owner likes
_X264 = bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef")
_X265 = bytes.fromhex("2ca2de09b51747dbbb55a4fe7fc2fc4e")
_HEADS = {
    _X264: re.compile(
        r"x264 - core \d{1,4}(?: r\d{1,5}M?(?: [0-9a-f]{7,10}M?)?)? - H\.264/MPEG-4 AVC codec"
        r" - Copy(?:left|right) 2003-20\d\d - http://www\.videolan\.org/x264\.html - options:"
    ),
    _X265: re.compile(
        r"x265 \(build \d{1,3}\) - \d{1,2}\.\d{1,2}(?:\+\d{1,4})?(?:-[0-9a-f]{7,12})?"
        r":\[(?:Linux|Windows|Mac OS X|Unix)\]\[(?:GCC|clang|MSVC) [\d.]{1,12}\]\[(?:32|64) bit\]"
        r" (?:8|10|12)bit(?:\+(?:8|10|12)bit)* - H\.265/HEVC codec"
        r" - Copyright 2013-20\d\d \(c\) Multicoreware, Inc - http://x265\.org - options:"
    ),
}
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_NUMBERS = re.compile(r"[\d=.,:/_()+-]*")
_X264_WORDS = (
    "cabac ref deblock x analyse me dia hex umh esa tesa subme psy rd mixed range chroma trellis"
    " dct cqm deadzone fast pskip qp offset threads lookahead sliced slices nr decimate interlaced"
    " tff bff bluray compat stitchable constrained intra fake frame packing bframes b pyramid adapt"
    " bias direct weightb open gop weightp keyint infinite min scenecut refresh rc mbtree bitrate"
    " ratetol inf crf abr cbr cqp pass qcomp qpmin qpmax qpstep vbv maxrate bufsize max nal hrd"
    " none vbr filler cplxblur qblur ip ratio pb aq zones slice size mbs bitdepth lossless"
)
_X265_WORDS = (
    "cpuid frame-threads numa-pools wpp pmode pme psnr ssim log-level bitdepth"
    " input-csp fps input-res x interlace total-frames level-idc high-tier uhd-bd ref"
    " allow-non-conformance repeat-headers annexb aud eob eos hrd info hash temporal-layers"
    " open-gop min-keyint keyint gop-lookahead bframes b-adapt b-pyramid bframe-bias rc-lookahead"
    " lookahead-slices scenecut hist-scenecut hist-threshold radl splice intra-refresh ctu"
    " min-cu-size rect amp"
    " max-tu-size tu-inter-depth tu-intra-depth limit-tu rdoq-level dynamic-rd ssim-rd signhide"
    " tskip nr-intra nr-inter constrained-intra strong-intra-smoothing max-merge limit-refs"
    " limit-modes me subme merange temporal-mvp frame-dup hme weightp weightb analyze-src-pics"
    " deblock sao sao-non-deblock rd selective-sao early-skip rskip fast-intra tskip-fast"
    " cu-lossless b-intra splitrd-skip rdpenalty psy-rd psy-rdoq rd-refine lossless cbqpoffs"
    " crqpoffs rc crf cqp abr bitrate qcomp qpstep qp stats-write stats-read cplxblur qblur ipratio"
    " pbratio aq-mode aq-strength cutree zone-count strict-cbr qg-size rc-grain qpmax qpmin"
    " const-vbv vbv-maxrate vbv-bufsize vbv-init min-vbv-fullness max-vbv-fullness crf-max crf-min"
    " sar overscan videoformat range colorprim transfer colormatrix chromaloc chromaloc-top"
    " chromaloc-bottom display-window"
    " master-display cll min-luma max-luma log max-poc-lsb vui-timing-info vui-hrd-info slices"
    " opt-qp-pps opt-ref-list-length-pps multi-pass-opt-rps scenecut-bias opt-cu-delta-qp aq-motion"
    " hdr opt dhdr idr-recovery-sei analysis-reuse-level analysis-save-reuse-level"
    " analysis-load-reuse-level scale-factor refine-intra refine-inter refine-mv"
    " refine-ctu-distortion limit-sao ctu-info lowpass-dct refine-analysis-type copy-pic"
    " max-ausize-factor dynamic-refine single-sei hevc-aq svt field qp-adaptation-range"
    " scenecut-aware-qp conformance-window-offsets right bottom decoder-max-rate"
    " vbv-live-multi-pass mcstf sbrc frame-rc rskip-mode rskip-edge-threshold"
)
_WORDS = {_X264: frozenset(_X264_WORDS.split()), _X265: frozenset(_X265_WORDS.split())}


def is_encoders_own(payload: bytes) -> bool:
    """Whether a user data message is an encoder's note of its settings, and nothing beside it."""
    mark, text = payload[:_MARK_BYTES], payload[_MARK_BYTES:].removesuffix(b"\0")
    head = _HEADS.get(mark)
    found = head.match(text.decode("latin-1")) if head is not None else None
    if found is None:
        return False
    settings = text[found.end() :].decode("latin-1").split()
    return all(_is_setting(setting, _WORDS[mark]) for setting in settings)


def _is_setting(setting: str, known: frozenset[str]) -> bool:
    words = {word.removeprefix("no-") for word in _WORD.findall(setting)}
    numbers = _WORD.sub("", setting)
    return bool(words) and words <= known and _NUMBERS.fullmatch(numbers) is not None
