"""Looks at a folder on disks that come and go. Prints as JSON what was found each time."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from support.mounts import mount, unmount

from kling_desktop.engine.videos_place import look_at
from kling_desktop.store.volumes import Volume, volume_of


def main(folder: Path) -> None:
    place = folder / "a disk"  # mountinfo writes the space as an octal number
    place.mkdir()
    seen: dict[str, object] = {}

    def look(name: str, at: Path, kept: Volume | None) -> None:
        why, _volume = look_at(at, kept)
        seen[name] = why

    before = volume_of(place)
    mount(place)
    (place / "videos").mkdir()
    chosen = volume_of(place)
    seen["mount point"] = chosen.mount_point == str(place)
    look("mounted", place, chosen)
    look("below it", place / "videos", chosen)
    look("chosen before it was mounted", place, before)
    seen["learned"] = look_at(place, before)[1] == chosen
    unmount(place)
    look("unplugged", place, chosen)
    look("nothing below", place / "videos", chosen)
    (place / "videos").mkdir()
    look("made by somebody", place / "videos", chosen)
    (place / "videos").rmdir()
    mount(place)
    look("back", place, chosen)
    unmount(place)

    mount(place, "host:/one")
    share = volume_of(place)
    seen["tells no name"] = "host" not in share.name
    unmount(place)
    mount(place, "host:/two")
    look("another share", place, share)
    look("nothing was known of it", place, chosen)
    unmount(place)
    mount(place, "host:/one")
    look("the same share", place, share)

    link = folder / "link"
    link.symlink_to(place)
    by_link = volume_of(link)
    seen["through a link"] = by_link == share
    unmount(place)
    look("unplugged behind a link", link, by_link)
    link.unlink()
    link.symlink_to(folder)
    look("a link led elsewhere", link, by_link)
    print(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
