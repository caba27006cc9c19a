"""Compose: the two wells, the settings of a draft, what is wrong with it, and Generate."""
