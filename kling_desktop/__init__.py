"""Kling Desktop: the person in a picture performs the movement of a clip."""

__version__ = "0.1.0"
