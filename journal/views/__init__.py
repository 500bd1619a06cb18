"""Doors of the journal for browsers."""
