"""Who issued a certificate, out of its DER bytes: Python tells that only of what it verified
itself, and on Windows and macOS the system does that."""

from __future__ import annotations

_VERSION = 0xA0
_ORGANISATION, _NAME = b"\x55\x04\x0a", b"\x55\x04\x03"  # 2.5.4.10 and 2.5.4.3
_CODECS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}


def issuer_of(der: bytes) -> str:
    """``Let's Encrypt, R3``: organisation and name; empty where it tells neither."""
    try:
        (_, certificate), *_rest = _parts(der)
        (_, signed), *_rest = _parts(certificate)
        fields = [part for part in _parts(signed) if part[0] != _VERSION]
        issuer = fields[2][1]  # after serial number and algorithm
        found = dict(_named(issuer))
    except (ValueError, IndexError):
        return ""
    names = (found.get(kind, "") for kind in (_ORGANISATION, _NAME))
    return ", ".join(dict.fromkeys(filter(None, names)))


def _named(issuer: bytes) -> list[tuple[bytes, str]]:
    """Each attribute of a distinguished name, in its order."""
    found: list[tuple[bytes, str]] = []
    for _kind, several in _parts(issuer):
        for _kind, attribute in _parts(several):
            (_, oid), (kind, value) = _parts(attribute)[:2]
            found.append((oid, value.decode(_CODECS.get(kind, "utf-8"), "replace")))
    return found


def _parts(data: bytes) -> list[tuple[int, bytes]]:
    """Tag and content of each element. Raises IndexError or ValueError where it is cut."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + length > len(data):
            raise ValueError("cut")
        found.append((tag, data[at : at + length]))
        at += length
    return found
