"""The service over HTTP. Blocking and thread-agnostic: no Qt, no asyncio, no database.

Importing this package or ``remote.errors`` stays light: requests is loaded at the first call.
"""
