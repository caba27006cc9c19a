"""What stays on this computer: the journal, settings, the draft, tokens' entries, the lock."""
