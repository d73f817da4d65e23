"""Spreadsheets, however they were made."""
