"""Forms of corrections of closed sheets."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ejournal.lib.papers import KINDS
from journal.forms.results import read_entries
from journal.services.results import Entry


class CorrectionForm(forms.Form):
    """Why, with the document; what is to stand in the sheet is typed beside it."""

    why = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    paper = forms.FileField(
        label=_("Document"),
        required=False,
        help_text=_("PDF, JPEG or PNG, at most 5 MB. Only those who decide see it."),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(KINDS)}),
    )


class CorrectionDecisionForm(forms.Form):
    """A yes or a no with what is said; `shown` is the digest of what the page said would stand there."""

    act = forms.ChoiceField(choices=[(act, act) for act in ("approve", "refuse", "withdraw")])
    reason = forms.CharField(max_length=300, required=False, label=_("What you say to it"))
    shown = forms.CharField(max_length=64, required=False)

    def clean_reason(self) -> Any:
        return self.cleaned_data["reason"].strip()


def read_corrected(sent: QueryDict, student_ids: Iterable[int]) -> list[Entry]:
    """As `read_entries`; `a<student>` ticked says that he was wrongly not admitted, whatever is typed for him."""
    listed = list(student_ids)
    typed = {entry.student_id: entry for entry in read_entries(sent, listed)}
    found = []
    for student_id in listed:
        entry = typed.get(student_id)
        if f"a{student_id}" in sent:
            found.append(replace(entry or Entry(student_id, "", ""), admits=True))
        elif entry is not None:
            found.append(entry)
    return found
