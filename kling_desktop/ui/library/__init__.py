"""The Library on the right."""

from kling_desktop.ui.library.panel import LibraryPanel

__all__ = ["LibraryPanel"]
