"""Everything Qt: the window, its panels, its dialogs and its looks. Widgets decide nothing."""

from kling_desktop.ui.guard import install

install()
