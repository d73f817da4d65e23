"""Documents, drafts, labels and what was learned from corrections."""
