"""Addresses of what lies on a phone, in an archive or on a share, as desktops hand them over.

GNOME's file system in user space shows most of them as files; whether one is there is for whoever
reads it to find out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

# Of GNOME and of KDE; other schemes are links that do not work.
_PHONES = ("mtp", "gphoto2", "afc", "camera", "ptp", "kdeconnect", "obexftp", "bluetooth")
_ARCHIVES = ("archive", "zip", "tar", "ar", "rar", "sevenz", "iso", "krarc")
_SHARES = ("smb", "sftp", "fish", "nfs", "dav", "davs", "google-drive", "gdrive", "onedrive")
_OTHERS = ("imap", "imaps", "mailbox", "trash", "recent", "recentlyused", "desktop", "content")
_ELSEWHERE = re.compile(
    rf"({'|'.join((*_PHONES, *_ARCHIVES, *_SHARES, *_OTHERS))}):/", re.IGNORECASE
)
_BY_HOST = frozenset({"mtp", "gphoto2", "afc", "archive", "sftp", "google-drive"})


def is_elsewhere(text: str) -> bool:
    return _ELSEWHERE.match(text) is not None


def mounted_path(text: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """Where GNOME shows it as a file, if it does; None for what it never shows."""
    folder = environ.get("XDG_RUNTIME_DIR", "")
    try:
        parts = urlsplit(text)
    except ValueError:  # mtp://[usb:001,007]/: as older systems name a phone
        return None
    scheme, path = parts.scheme.lower(), unquote(parts.path).lstrip("/")
    if not folder or "@" in parts.netloc or not parts.netloc or "\0" in path:
        return None
    host = quote(unquote(parts.netloc), safe="")
    if scheme in _BY_HOST:
        mount = f"{scheme}:host={host}"
    elif scheme == "smb" and path:
        share, _slash, path = path.partition("/")
        mount = f"smb-share:server={host.lower()},share={quote(share.lower(), safe='')}"
    else:
        return None
    return os.path.normpath(os.path.join(folder, "gvfs", mount, path))
