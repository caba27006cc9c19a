"""The Queue under the Stage."""

from kling_desktop.ui.queue.panel import QueuePanel

__all__ = ["QueuePanel"]
