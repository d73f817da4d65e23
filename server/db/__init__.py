"""Storage: the only place that knows SQL. SQLite and PostgreSQL, one set of tables, one set of functions."""
