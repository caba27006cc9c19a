"""The sheets: each is opened with ``open()`` and tells by signals what was wished."""
