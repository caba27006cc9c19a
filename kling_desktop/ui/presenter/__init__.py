"""Joins the panels to the engine: signals become use cases, announcements become views.

Panels know no engine, the engine knows no panel; everything between stands here, a file for each
part of the window. A presenter lives as long as the window; ``attach`` gives it another engine.
"""
