"""Benchmarks: each prints a table and writes the same figures to var/bench/. `python -m bench` runs all three."""
