"""The outside world: one small file per system, one registry; knows neither our tables nor Flask."""
