"""What sales people do with documents: drafts, entry, lessons, imports."""
