"""The Stage: plays the saved video, alone or beside its reference."""
