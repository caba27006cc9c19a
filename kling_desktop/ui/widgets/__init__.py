"""Small widgets that every panel uses."""

from kling_desktop.ui.widgets.badge import Badge, Pill
from kling_desktop.ui.widgets.banner import Banner
from kling_desktop.ui.widgets.confirm import Confirm, confirm
from kling_desktop.ui.widgets.elided_label import ElidedLabel
from kling_desktop.ui.widgets.icon_button import IconButton
from kling_desktop.ui.widgets.progress_line import ProgressLine
from kling_desktop.ui.widgets.segmented import Segmented
from kling_desktop.ui.widgets.sheet import Sheet
from kling_desktop.ui.widgets.tooltip import plain_tooltip
from kling_desktop.ui.widgets.unbroken import unbroken

__all__ = [
    "Badge",
    "Banner",
    "Confirm",
    "ElidedLabel",
    "IconButton",
    "Pill",
    "ProgressLine",
    "Segmented",
    "Sheet",
    "confirm",
    "plain_tooltip",
    "unbroken",
]
