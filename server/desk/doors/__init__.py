"""What arrives without a person: channels, calls, pulls, dropped files."""
