"""Kill processes at any moment under load, then count what was lost and what was doubled. It must be nothing."""
