"""Reads of the journal: lists, the grid, the lesson, the history of a cell."""
