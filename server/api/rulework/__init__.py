"""The API of rules: drafts, lanes, backtests, exemptions, reports."""
