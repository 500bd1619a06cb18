"""Chance that is none: numbers that follow from a seed and a name, the same on every machine and in every year."""

import hashlib


class Draws:
    """A row of draws for one thing (a lesson, a student); each draw is used once, in order."""

    __slots__ = ("_at", "_bytes")

    def __init__(self, *name: object, size: int = 8) -> None:
        self._bytes = hashlib.shake_128("|".join(map(str, name)).encode()).digest(4 * size)
        self._at = 0

    def next(self) -> float:
        """The next draw, from 0 up to but without 1."""
        start = self._at
        self._at = start + 4
        return int.from_bytes(self._bytes[start : start + 4], "little") / 4294967296


def draw(*name: object) -> float:
    """One draw for a name, from 0 up to but without 1."""
    return int.from_bytes(hashlib.shake_128("|".join(map(str, name)).encode()).digest(4), "little") / 4294967296
