"""PostgreSQL: the only place that speaks to a database."""
