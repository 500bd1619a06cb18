"""Writes of the reports: the department's own journal."""
