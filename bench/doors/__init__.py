"""The doors and outlets, measured: `make bench-doors`."""
