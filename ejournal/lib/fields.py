"""Columns that several apps share."""

from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Concat

from ejournal.lib.sorting import ALPHABET, CODES


class _Translate(Func):
    function = "translate"
    output_field = models.CharField()


def kyrgyz_sort_key(*columns: str) -> models.GeneratedField:
    """A stored column by which rows sort in the Kyrgyz alphabet: the named columns, one space apart."""
    parts: list[F | Value] = []
    for column in columns:
        if parts:
            parts.append(Value(" "))
        parts.append(F(column))
    text = Concat(*parts) if len(parts) > 1 else parts[0]
    return models.GeneratedField(
        expression=_Translate(text, Value(ALPHABET), Value(CODES)),
        output_field=models.CharField(max_length=700, db_collation="C"),
        db_persist=True,
    )
