"""Rule bundles, changes, pauses, backtests and what rules were worth."""
