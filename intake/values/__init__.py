"""Letters to typed values: amounts, units, days, scripts."""
