"""Verbs on teaching: the load, the timetable, lessons."""
