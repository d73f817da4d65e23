"""Outlets that tell people: files, robots, messages; fed by dispatch."""
