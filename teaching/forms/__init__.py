"""Forms of teaching. One module a subject."""
