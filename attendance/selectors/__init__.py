"""What attendance reads, one module a subject."""
