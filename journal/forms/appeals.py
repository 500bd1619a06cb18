"""Forms of appeals: a student's word on a mark, a teacher's answer."""

from typing import Any

from django import forms

from journal.enums import AppealKind, Presence
from journal.rules import MAX_INT, MAX_LATE_MINUTES

MAX_TEXT = 500


class AppealForm(forms.Form):
    """What is wrong; whether a kind needs its words is the service's question."""

    kind = forms.ChoiceField(choices=[(kind.value, kind.value) for kind in AppealKind])
    text = forms.CharField(required=False, max_length=MAX_TEXT)


class AnswerForm(forms.Form):
    """What is done with an appeal: the mark that a yes gives, the words of a no, the request of a locked cell."""

    act = forms.ChoiceField(choices=[(act, act) for act in ("grant", "refuse", "reopen", "withdraw")])
    presence = forms.ChoiceField(required=False, choices=[(one.value, one.value) for one in Presence])
    grade = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, choices=[(str(grade), str(grade)) for grade in range(6)]
    )
    late_minutes = forms.IntegerField(required=False, min_value=1, max_value=MAX_LATE_MINUTES)
    version = forms.IntegerField(required=False, min_value=0, max_value=MAX_INT)
    answer = forms.CharField(required=False, max_length=MAX_TEXT)
    why = forms.CharField(required=False, max_length=300)
    paper = forms.FileField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("act") == "grant":
            for name in ("presence", "version"):
                if cleaned.get(name) in (None, "") and name not in self.errors:
                    self.add_error(name, self.fields["act"].error_messages["required"])
        return cleaned
