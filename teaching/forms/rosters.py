"""What is said about a list, and the answer."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from teaching.enums import ReportKind
from teaching.models import REPORT_LABELS
from teaching.selectors.rosters import Member


class ReportForm(forms.Form):
    """Something is wrong with a list. A student of the list, or the name of who is missing."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is wrong"), choices=[(k.value, REPORT_LABELS[k]) for k in ReportKind]
    )
    student = forms.TypedChoiceField(
        label=gettext_lazy("Student of the list"), required=False, coerce=int, empty_value=None
    )
    typed_name = forms.CharField(
        label=gettext_lazy("Who is missing"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Surname and given name, where somebody is missing."),
    )
    text = forms.CharField(label=gettext_lazy("Remark"), required=False, max_length=500)

    def __init__(self, *args: Any, members: Sequence[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["student"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", "—"), *((member.student_id, member.name) for member in members)]


class AnswerForm(forms.Form):
    """What was done about a report."""

    answer = forms.CharField(label=gettext_lazy("Answer"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
