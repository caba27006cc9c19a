"""Why the window does not open, and what to do."""

from __future__ import annotations

from .base import Speaker

STARTING: dict[str, tuple[str, str]] = {
    "start_not_a_folder": (
        "Something else stands where the data folder should be: {file}. Nothing was sent.",
        "Rename it or move it away, then try again.",
    ),
    "start_foreign": (
        "{file} belongs to {owner}, and you may not write there. This happens when the program was "
        "started as another user once, as with sudo. Nothing was sent.",
        "Give it back to yourself, then try again. In a terminal: {command}",
    ),
    "start_read_only": (
        "You may not write here, or the disk takes no changes: {file}. Nothing was sent.",
        "Check who may write there, or choose another folder with --data-dir, then try again.",
    ),
    "start_disk_full": (
        "There is no room on the disk for {file}. Nothing was sent.",
        "Make room, then try again.",
    ),
    "start_missing": (
        "This is not there, or was moved away: {file}. Nothing was sent.",
        "Bring it back, or choose another folder with --data-dir, then try again.",
    ),
    "folder_taken": (
        "Something else stands where a folder of the program should be: {file}. Nothing was sent.",
        "Rename it or move it away, then try again.",
    ),
    "start_silent": (
        "Kling Desktop is running already, but does not answer. Nothing was sent from here.",
        "Look for its window. If that does not answer either, end it, then try again.",
    ),
    "start_no_home": (
        "The system does not tell where {file} is: it knows no such home folder. Nothing was sent.",
        "Set HOME, or choose a folder with --data-dir by its whole path, then try again.",
    ),
    "no_library": (
        "There is no library in {file}, and none was made. Nothing was sent.",
        "If it lies on another disk, mount that first; else check what --data-dir says.",
    ),
    "not_mounted": (
        "The disk that belongs to {file} is not mounted: nothing was made there. Nothing was sent.",
        "Mount it, then try again.",
    ),
    "start_failed": (
        "This program made a mistake of its own and could not start. Nothing was sent or deleted.",
        "Try again. If it stays so, please report it.",
    ),
    "start_io": (
        "The data folder cannot be used: {file} ({message}). Nothing was sent.",
        "Check the disk, then try again.",
    ),
}


class StartingWords(Speaker):
    """What this computer lacks, said once."""

    def no_font(self) -> str:
        """Of a bare system."""
        return self._tr(
            "This computer has no font for Chinese, Japanese or Korean letters: they are left "
            "blank. Install one (on Debian and Ubuntu fonts-wqy-microhei) and start the program "
            "again."
        )
