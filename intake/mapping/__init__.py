"""Channel templates: a platform's record → canonical JSON, by a declarative map that a person edits in the browser."""
