"""Forms of requests to reopen lessons."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ejournal.lib.papers import KINDS


class ReopeningForm(forms.Form):
    """Why, with a paper; lessons and students are ticked beside it."""

    why = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    paper = forms.FileField(
        label=_("Document"),
        required=False,
        help_text=_("PDF, JPEG or PNG, at most 5 MB. Only those who decide see it."),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(KINDS)}),
    )


class DecisionForm(forms.Form):
    """A yes or a no with what is said; that a no needs its reason is judged by the service."""

    act = forms.ChoiceField(choices=[(act, act) for act in ("approve", "refuse", "withdraw", "end")])
    reason = forms.CharField(max_length=300, required=False, label=_("What you say to it"))

    def clean_reason(self) -> Any:
        return self.cleaned_data["reason"].strip()
