"""The commands without a window, on the same engine. No Qt here."""
