"""Verbs on the university's structure."""
