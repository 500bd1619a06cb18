"""Forms of the load."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ejournal.loading.difference import ENDABLE
from ejournal.loading.uploads import MAX_BYTES
from university.models import Unit


class FilesInput(forms.ClearableFileInput):
    """Several files at once: a workbook, or a sheet a file."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A list of uploaded files, none of them empty."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files]


class UploadForm(forms.Form):
    workbook = FilesField(
        label=_("Workbook (XLSX), or CSV files of one sheet each"),
        help_text=_("Up to %(limit)s MB. Nothing is loaded yet: you will see what would change.")
        % {"limit": MAX_BYTES // 2**20},
        widget=FilesInput(attrs={"accept": ".xlsx,.csv,.txt", "class": "form-control"}),
    )


class LoadForm(forms.Form):
    """Agreement to a difference. `confirm` is asked for only where something would shrink."""

    shown = forms.CharField(widget=forms.HiddenInput, max_length=64)
    confirm = forms.BooleanField(
        required=False, label=_("I have seen what would end or be left without students or lessons, and want it so.")
    )
    end_students = forms.BooleanField(
        required=False, label=_("End the places of the students whom the file does not name. Their marks stay.")
    )
    end_workload = forms.BooleanField(
        required=False,
        label=_("End the workloads that the file does not name: their coming lessons go. What was written stays."),
    )

    def ends(self) -> list[str]:
        """The sheets of which what is gone shall end."""
        return [key.value for key in ENDABLE if self.cleaned_data[f"end_{key.value}"]]


class RolloverForm:
    """Which unit, which year, which last day: what is not offered falls back on the first, and the coming year."""

    def __init__(self, given: QueryDict, *, units: Sequence[Unit], years: Sequence[str], coming: str) -> None:
        self.units, self.years = units, years
        self.unit = next((unit for unit in units if str(unit.pk) == given.get("unit", "")), units[0])
        self.year = next((year for year in years if year == given.get("year", "")), coming)
        self._last_day = given.get("last_day", "")

    def last_day(self, today: date) -> date:
        """The day on which graduating groups end: as typed, else the last of June before the year begins."""
        try:
            return date.fromisoformat(self._last_day)
        except ValueError:
            return max(today, date(int(self.year[:4]), 6, 30))
