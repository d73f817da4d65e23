"""Text messages to customers and people, by template; each vendor is one file."""
