"""Spending: the ledger as figures, a plot and a table."""

from kling_desktop.ui.ledger.sheet import LedgerSheet

__all__ = ["LedgerSheet"]
