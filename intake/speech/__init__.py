"""Orders as people say and type them."""
