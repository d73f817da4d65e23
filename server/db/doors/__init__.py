"""What channels, platforms' calls and pulls left behind."""
