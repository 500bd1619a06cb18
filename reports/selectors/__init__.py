"""Reads of reports: each of one consistent moment."""
