"""Job: anything that takes long, with its state in PostgreSQL and a page that shows its progress."""
