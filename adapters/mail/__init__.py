"""Notices by e-mail to people who sit in no chat group."""
