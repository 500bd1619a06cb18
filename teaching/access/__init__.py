"""Doors of teaching: each fetches what an address names and authorises; a stranger gets 404, a reader who writes 403.

One module a subject; everything is imported from here.
"""

from teaching.access.students import get_student

__all__ = ["get_student"]
