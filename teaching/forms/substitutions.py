"""What a head writes of an absence and of a replacement, and what the two teachers answer (§3.5h)."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Teacher
from teaching.enums import AbsenceKind, Answer
from teaching.models import ABSENCE_LABELS, Workload


def day_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class TeacherChoice(forms.ModelChoiceField):
    """Teachers by name, told apart by position and staff number."""

    def label_from_instance(self, obj: Any) -> str:
        return " · ".join(part for part in (obj.user.get_full_name(), obj.position, obj.staff_number) if part)


class JournalChoice(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        group = obj.course.group.name + (f"/{obj.subgroup.number}" if obj.subgroup is not None else "")
        return f"{obj.course.discipline.name} · {obj.get_kind_display()} · {group}"


class AbsenceForm(forms.Form):
    """A teacher of the head's department, from a day to a day, with the valid reason."""

    teacher = TeacherChoice(label=_("Teacher"), queryset=Teacher.objects.none())
    starts_on = forms.DateField(label=_("First day"), widget=day_input())
    ends_on = forms.DateField(label=_("Last day"), widget=day_input())
    kind = forms.ChoiceField(label=_("Valid reason"), choices=[(k.value, ABSENCE_LABELS[k]) for k in AbsenceKind])
    details = forms.CharField(
        label=_("Details"), required=False, max_length=300, help_text=_("Needed where the reason is another one.")
    )
    document_number = forms.CharField(label=_("Number of the document"), required=False, max_length=60)

    def __init__(self, *args: Any, teachers: QuerySet[Teacher], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["teacher"].queryset = teachers  # type: ignore[attr-defined]


class LastDayForm(forms.Form):
    """The teacher returns earlier."""

    last_day = forms.DateField(label=_("Last day of the absence"), widget=day_input())


class NamingForm(forms.Form):
    """What goes with the choices: a teacher for all open lessons, a note, the consent to a busy one."""

    note = forms.CharField(
        label=_("Note for the substitute"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Topic, page of the book, what to ask: it stands on the substitute's first page."),
    )


class AnswerForm(forms.Form):
    """Confirm or object; the absent teacher may leave a note."""

    answer = forms.ChoiceField(choices=[(Answer.CONFIRMED.value, ""), (Answer.OBJECTED.value, "")])
    text = forms.CharField(required=False, max_length=300)
    note = forms.CharField(required=False, max_length=500)


class PredecessorForm(forms.Form):
    """Whose journals pass on, and whom of another department to offer as successor."""

    teacher = TeacherChoice(label=_("Who keeps the journals now"), queryset=Teacher.objects.none(), required=False)
    q = forms.CharField(label=_("Successor of another department: name or staff number"), required=False, max_length=80)

    def __init__(self, *args: Any, teachers: QuerySet[Teacher], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["teacher"].queryset = teachers  # type: ignore[attr-defined]


class ReplacementForm(forms.Form):
    """Which journals pass to whom, from when, by which order."""

    journals = JournalChoice(
        label=_("Journals"), queryset=Workload.objects.none(), widget=forms.CheckboxSelectMultiple()
    )
    successor = TeacherChoice(label=_("Successor"), queryset=Teacher.objects.none())
    from_date = forms.DateField(label=_("From the day"), widget=day_input())
    order_number = forms.CharField(label=_("Number of the order"), max_length=60)
    order_date = forms.DateField(label=_("Date of the order"), widget=day_input())
    reason = forms.CharField(label=_("Reason"), required=False, max_length=300)

    def __init__(self, *args: Any, journals: QuerySet[Workload], successors: QuerySet[Teacher], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["journals"].queryset = journals  # type: ignore[attr-defined]
        self.fields["successor"].queryset = successors  # type: ignore[attr-defined]
