"""Verbs of attendance, one module a subject."""
