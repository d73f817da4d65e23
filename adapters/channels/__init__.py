"""Room to be furnished; see docs/architecture.md."""
