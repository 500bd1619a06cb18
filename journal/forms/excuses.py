"""Forms of excuses."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from journal.enums import ExcuseKind
from journal.models import EXCUSE_LABELS
from teaching.forms.orders import day_input, students_of_books
from university.models import Unit


class ExcuseFilter(forms.Form):
    """Which excuses the list shows."""

    q = forms.CharField(label=gettext_lazy("Name or record book"), required=False, max_length=100)


class ExcuseForm(forms.Form):
    """A paper that excuses absences, and whom it names beside those that were ticked."""

    unit = forms.ModelChoiceField(label=gettext_lazy("Unit"), queryset=Unit.objects.none(), empty_label=None)
    kind = forms.ChoiceField(
        label=gettext_lazy("Reason"), choices=[(kind.value, EXCUSE_LABELS[kind]) for kind in ExcuseKind]
    )
    starts_on = forms.DateField(label=gettext_lazy("First day"), widget=day_input())
    ends_on = forms.DateField(label=gettext_lazy("Last day"), widget=day_input())
    document_number = forms.CharField(
        label=gettext_lazy("Document number"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    issuer = forms.CharField(label=gettext_lazy("Issued by"), required=False, max_length=200)
    issued_on = forms.DateField(label=gettext_lazy("Issued on"), required=False, widget=day_input())
    approved_by = forms.CharField(label=gettext_lazy("Approved by"), max_length=200)
    books = forms.CharField(
        label=gettext_lazy("Record book numbers"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Beside those that are ticked: one on each line, or with commas between."),
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=300)
    paper = forms.FileField(
        label=gettext_lazy("Scan of the paper"),
        required=False,
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
        help_text=gettext_lazy("PDF, JPEG or PNG, at most 5 MB. Only your office can open it."),
    )

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["unit"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = units
        if len(units) == 1:
            field.initial = units[0]
            field.widget = field.hidden_widget()

    def clean_books(self) -> list[int]:
        """Ids of the students with these record books; unknown ones are named."""
        return students_of_books(self.cleaned_data["books"])


class WithdrawExcuseForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why it is withdrawn"), max_length=300)
