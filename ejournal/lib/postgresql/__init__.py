"""Django's PostgreSQL backend, with a pool that knows without a question which of its connections still live."""
