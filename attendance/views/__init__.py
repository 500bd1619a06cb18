"""Pages of attendance, one module a subject."""
