"""What a file is, by its first bytes alone: cheap enough while a file is dragged over a window."""

from __future__ import annotations

from kling_desktop.plain_file import plain

RAW = "raw"  # of a camera
HEAD_BYTES = 4096  # one page: covers every signature below, and is one read from the disk

# Brands in ``ftyp`` that mean a picture in the ISO container (HEIF and AVIF registrations, MP4RA).
PICTURE_BRANDS = {
    b"heic": "heif",
    b"heix": "heif",
    b"heim": "heif",
    b"heis": "heif",
    b"hevc": "heif",
    b"hevx": "heif",
    b"mif1": "heif",
    b"mif2": "heif",
    b"msf1": "heif",
    b"avif": "avif",
    b"avis": "avif",
    b"crx ": RAW,  # Canon
}
# First boxes that a QuickTime file without ``ftyp`` may begin with.
_QUICKTIME_BOXES = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_PICTURE_HEADS = (
    (b"FUJIFILMCCD-RAW", RAW),
    (b"IIU\x00", RAW),  # Panasonic, Leica
    (b"IIRO", RAW),  # Olympus, OM System
    (b"IIRS", RAW),
    (b"MMOR", RAW),
    (b"FOVb", RAW),  # Sigma
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
)
_VIDEO_HEADS = (
    (b"\x00\x00\x01\xba", "mpeg"),
    (b"\x00\x00\x01\xb3", "mpeg"),
    (b"FLV\x01", "flv"),
    (b"DKIF\0\0", "ivf"),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01", "mxf"),  # SMPTE 377: the key of its first partition
    (b"\x1f\x07\x00", "dv"),  # the header block of a DIF sequence, 525 or 625 lines
    (b"\0\0\0\x01\x67", "h264"),  # bare streams: what comes first says what it is
    (b"\0\0\0\x01\x09", "h264"),
    (b"\0\0\0\x01\x06", "h264"),
    (b"\0\0\0\x01\x40\x01", "hevc"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
)
TS_PACKET_BYTES = 188  # ISO 13818-1; 192 with the time code that cameras put in front
_TS_LAYOUTS = ((0, 188), (4, 192))


def sniff(path: str) -> str | None:
    """``"image"``, ``"video"`` or None. Reads at most 4 KiB, never raises, any thread."""
    kind = kind_of(read_head(path))
    return kind[0] if kind else None


def read_head(path: str) -> bytes:
    """The first bytes of a plain file; nothing where it can't be read. Doesn't wait on pipes."""
    try:
        with open(path, "rb", buffering=0, opener=plain) as file:
            return file.read(HEAD_BYTES)
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return b""


def kind_of(head: bytes) -> tuple[str, str] | None:
    """``("image" or "video", format)`` from the first bytes, or None."""
    for signature, name in _PICTURE_HEADS:
        if head.startswith(signature):
            return "image", name
    for signature, name in _VIDEO_HEADS:
        if head.startswith(signature):
            return "video", name
    return _riff(head) or _bmp(head) or _iso(head) or _later(head)


def _later(head: bytes) -> tuple[str, str] | None:
    return _matroska(head) or _ogg(head) or _transport_stream(head)


def _ogg(head: bytes) -> tuple[str, str] | None:
    if not head.startswith(b"OggS"):
        return None
    return ("video", "ogg") if b"theora" in head or b"OVP80" in head else None  # else sound


def _riff(head: bytes) -> tuple[str, str] | None:
    if head[:4] != b"RIFF":
        return None
    return {b"WEBP": ("image", "webp"), b"AVI ": ("video", "avi")}.get(head[8:12])


def _bmp(head: bytes) -> tuple[str, str] | None:
    # "BM" alone begins many a text; the reserved field behind the size is always zero.
    if head[:2] == b"BM" and len(head) >= 18 and head[6:10] == b"\0\0\0\0":
        return "image", "bmp"
    return None


def _iso(head: bytes) -> tuple[str, str] | None:
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in PICTURE_BRANDS:
            return "image", PICTURE_BRANDS[brand]
        if brand in (b"M4A ", b"M4B "):  # sound alone
            return None
        return "video", "mov" if brand == b"qt  " else "mp4"
    if head[4:8] in _QUICKTIME_BOXES:
        return "video", "mov"
    return None


def _matroska(head: bytes) -> tuple[str, str] | None:
    if not head.startswith(b"\x1a\x45\xdf\xa3"):  # EBML; its DocType stands within the first bytes
        return None
    return "video", "webm" if b"webm" in head[:64] else "matroska"


def _transport_stream(head: bytes) -> tuple[str, str] | None:
    for first, step in _TS_LAYOUTS:
        marks = head[first : first + step * 4 : step]
        if marks == b"GGGG":  # 0x47 begins every packet
            return "video", "mpegts"
    return None
