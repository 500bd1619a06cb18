"""Forms about students and their orders."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Student
from teaching.enums import OrderKind, StudentState
from teaching.models import ORDER_LABELS, STUDENT_STATE_LABELS
from teaching.rules import COURSE_KINDS, PLACING_KINDS
from teaching.services.orders import Newcomer
from university.models import Group

PLACE_KINDS = [kind for kind in OrderKind if kind not in COURSE_KINDS]


def day_input() -> forms.DateInput:
    """A day as the browser's own picker takes it."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def students_of_books(text: str) -> list[int]:
    """Ids of the students with the record books that were typed or pasted; ValidationError names unknown ones."""
    typed = [part.strip() for part in re.split(r"[\n,;]+", text) if part.strip()]
    found = dict(Student.objects.filter(record_book__in=typed).values_list("record_book", "id"))
    unknown = [book for book in typed if book not in found]
    if unknown:
        raise ValidationError(_("Nobody has this record book: %(books)s.") % {"books": ", ".join(unknown[:10])})
    return list(found.values())


class StudentFilter(forms.Form):
    """Which students the list shows."""

    q = forms.CharField(label=gettext_lazy("Name or record book"), required=False, max_length=100)
    group = forms.CharField(label=gettext_lazy("Group"), required=False, max_length=60)
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", gettext_lazy("all")), *((s.value, STUDENT_STATE_LABELS[s]) for s in StudentState)],
    )


class OrderFilter(forms.Form):
    """Which orders the register shows."""

    number = forms.CharField(label=gettext_lazy("Order number"), required=False, max_length=60)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        required=False,
        choices=[("", gettext_lazy("all")), *((k.value, ORDER_LABELS[k]) for k in OrderKind)],
    )


class PaperForm(forms.Form):
    """The paper itself: its number and date, the day from which it holds, what it rests on."""

    number = forms.CharField(
        label=gettext_lazy("Order number"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    date = forms.DateField(label=gettext_lazy("Order date"), widget=day_input())
    effective_on = forms.DateField(label=gettext_lazy("In force from"), widget=day_input())
    text = forms.CharField(
        label=gettext_lazy("Basis"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("An application, a medical paper, the minutes of a commission."),
    )


class OrderForm(PaperForm):
    """An order of one kind: the paper, where it leads, and whom it names beside those that were ticked."""

    until = forms.DateField(label=gettext_lazy("Until"), required=False, widget=day_input())
    to_group = forms.ModelChoiceField(
        label=gettext_lazy("To the group"), required=False, queryset=Group.objects.none(), empty_label="—"
    )
    subgroup = forms.IntegerField(
        label=gettext_lazy("Subgroup"), required=False, min_value=1, max_value=9, widget=forms.NumberInput()
    )
    books = forms.CharField(
        label=gettext_lazy("Record book numbers"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Beside those that are ticked: one on each line, or with commas between."),
    )
    newcomers = forms.CharField(
        label=gettext_lazy("New students"),
        required=False,
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "One on each line: record book number; surname; given name; patronymic. "
            "They get no login before the dean's office issues it."
        ),
    )

    def __init__(self, *args: Any, kind: OrderKind, groups: QuerySet[Group], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        keep = {"number", "date", "effective_on", "text"}
        if kind == OrderKind.LEAVE:
            keep.add("until")
        if kind in PLACING_KINDS:
            keep |= {"to_group", "subgroup"}
        if kind == OrderKind.SUBGROUP:
            keep.add("subgroup")
        keep.add("newcomers" if kind == OrderKind.ENROL else "books")
        if kind == OrderKind.ENROL:
            keep.add("books")
        for name in set(self.fields) - keep:
            del self.fields[name]
        if "to_group" in self.fields:
            field = self.fields["to_group"]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = groups.order_by("sort_key", "id")
            if kind == OrderKind.RETURN:
                field.empty_label = _("the group he left")
            else:
                field.required = True
        if kind in {OrderKind.SUBGROUP}:
            self.fields["subgroup"].required = True

    def clean_books(self) -> list[int]:
        """Ids of the students with these record books; unknown ones are named."""
        return students_of_books(self.cleaned_data["books"])

    def clean_newcomers(self) -> tuple[Newcomer, ...]:
        """Lines of new students; one that is too short is named."""
        made = []
        for line in self.cleaned_data["newcomers"].splitlines():
            if not line.strip():
                continue
            parts = [" ".join(part.split()) for part in re.split(r"[;\t]", line)]
            if not 3 <= len(parts) <= 4 or not all(parts[:3]):
                raise ValidationError(_("Not understood: %(line)s") % {"line": line.strip()[:80]})
            if len(parts[0]) > 40 or any(len(part) > 200 for part in parts):
                raise ValidationError(_("Too long: %(line)s") % {"line": line.strip()[:80]})
            made.append(Newcomer(*parts))
        return tuple(made)


class CourseStudentForm(PaperForm):
    """One student's place in a course: chosen, taken again, exempt, or ended."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What"),
        choices=[
            (kind.value, ORDER_LABELS[kind])
            for kind in (OrderKind.ELECTIVE, OrderKind.REPEAT, OrderKind.EXEMPT, OrderKind.COURSE_END)
        ],
    )
    book = forms.CharField(
        label=gettext_lazy("Record book number"),
        max_length=40,
        help_text=gettext_lazy("Of any group and unit."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    subgroup = forms.IntegerField(label=gettext_lazy("Subgroup"), required=False, min_value=1, max_value=9)
    field_order = ("kind", "book", "subgroup", "number", "date", "effective_on", "text")

    def clean_book(self) -> int:
        """The student's id."""
        student = Student.objects.filter(record_book=self.cleaned_data["book"].strip()).first()
        if student is None:
            raise ValidationError(_("Nobody has this record book."))
        return student.pk


def starting_paper(today: date) -> dict[str, str]:
    """What a paper begins with: dated today, in force from today."""
    return {"date": today.isoformat(), "effective_on": today.isoformat()}
