"""Helpers for tests; imported as ``support.<module>``."""
