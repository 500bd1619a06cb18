"""Doors of reports for browsers."""
