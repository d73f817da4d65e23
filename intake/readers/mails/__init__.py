"""Mails, however they were packed."""
