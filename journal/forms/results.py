"""Forms of exams, sheets, slips, commissions, state exams and graduation papers."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django import forms
from django.db.models import Q
from django.forms.boundfield import BoundWidget
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import Student, Teacher
from ejournal.lib.clock import moment_of
from ejournal.lib.numbers import plain_number
from journal.enums import SheetState
from journal.models import SHEET_STATE_LABELS, Commission, StateExam, Thesis
from journal.selectors.results import DIFFERS
from journal.services.attestations import Graded
from journal.services.results import Entry
from teaching.models import Course
from university.models import Group, Room, Unit


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class TeacherChoice(forms.ModelChoiceField):
    """Teachers by name."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.user.get_full_name())


class TeachersChoice(forms.ModelMultipleChoiceField):
    """Several teachers by name."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.user.get_full_name())


class StudentChoice(forms.ModelChoiceField):
    """Students by name."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.user.get_full_name())


def examiners_of(course: Course, on: date) -> Any:
    """Who may examine in a course: teachers of its department, and who keeps a journal of it."""
    return (
        Teacher.objects.filter(
            Q(department_id=course.department_id) | Q(workloads__workload__course=course) | Q(pk=course.lead_id)
        )
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))
        .select_related("user")
        .distinct()
        .order_by("user__sort_key", "pk")
    )


class GroupSearch(forms.Form):
    """A group by a part of its name."""

    group = forms.CharField(label=_("Group"), max_length=60)


class ExamForm(forms.Form):
    """When and where an exam is held, and by whom."""

    attempt = forms.TypedChoiceField(label=_("Attempt"), coerce=int)
    day = _day(_("Day"))
    starts = forms.TimeField(label=_("Begins at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=15, max_value=480, initial=120)
    room = forms.ModelChoiceField(
        label=_("Auditorium"), queryset=Room.objects.order_by("code", "pk"), required=False, empty_label="—"
    )
    examiner = TeacherChoice(label=_("Examiner"), queryset=Teacher.objects.none())

    def __init__(self, *args: Any, course: Course, attempts: int, on: date, **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.fields["attempt"].choices = [(n, str(n)) for n in range(1, attempts + 1)]  # type: ignore[attr-defined]
        self.fields["examiner"].queryset = examiners_of(course, on)  # type: ignore[attr-defined]

    @property
    def starts_at(self) -> datetime:
        return moment_of(self.cleaned_data["day"], self.cleaned_data["starts"])

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.cleaned_data["minutes"])


class ReasonForm(forms.Form):
    """Why; that it is there is judged by the service."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class SheetFilter(forms.Form):
    """Which sheets."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("all")),
            *[(state.value, SHEET_STATE_LABELS[state]) for state in SheetState],
            (DIFFERS, _("needs a correction")),
        ],
    )


class SheetForm(forms.Form):
    """Opening a sheet: whose points it takes and before whom."""

    attempt = forms.TypedChoiceField(label=_("Attempt"), coerce=int)
    examiner = TeacherChoice(
        label=_("Examiner"),
        queryset=Teacher.objects.none(),
        required=False,
        empty_label=_("of the timetable, else the lead teacher"),
    )
    commission = forms.ModelChoiceField(
        label=_("Commission, for the last attempt"), queryset=Commission.objects.none(), required=False, empty_label="—"
    )

    def __init__(self, *args: Any, course: Course, attempts: int, on: date, **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.fields["attempt"].choices = [(n, str(n)) for n in range(1, attempts + 1)]  # type: ignore[attr-defined]
        self.fields["examiner"].queryset = examiners_of(course, on)  # type: ignore[attr-defined]
        commissions = Commission.objects.filter(unit_id=course.group.unit_id)
        self.fields["commission"].queryset = commissions  # type: ignore[attr-defined]


class SlipForm(SheetForm):
    """An individual slip."""

    valid_until = _day(_("Valid until"))

    def __init__(self, *args: Any, **extra: Any) -> None:
        super().__init__(*args, **extra)
        del self.fields["attempt"]


class AdmissionForm(forms.Form):
    """Admit a student of a sheet or not."""

    student = StudentChoice(label=_("Student"), queryset=Student.objects.none())
    admitted = forms.TypedChoiceField(
        label=_("Admission"),
        coerce=lambda value: value == "yes",
        choices=[("no", _("not admitted")), ("yes", _("admitted"))],
    )
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args: Any, sheet_id: int, **extra: Any) -> None:
        super().__init__(*args, **extra)
        listed = Student.objects.filter(results__sheet_id=sheet_id).select_related("user")
        self.fields["student"].queryset = listed.order_by("user__sort_key", "pk")  # type: ignore[attr-defined]


class CommissionForm(forms.Form):
    """A commission by an order; its people are teachers of the unit."""

    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), empty_label=None)
    name = forms.CharField(label=_("Name"), max_length=200)
    order_number = forms.CharField(label=_("Order number"), max_length=60)
    order_date = _day(_("Order date"))
    chair = TeacherChoice(
        label=_("Chair"),
        queryset=Teacher.objects.none(),
        empty_label="—",
        help_text=_("A member, whether ticked below or not."),
    )
    members = TeachersChoice(label=_("Members"), queryset=Teacher.objects.none(), widget=forms.CheckboxSelectMultiple())

    def __init__(self, *args: Any, unit_ids: frozenset[int], on: date, **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.fields["unit"].queryset = Unit.objects.filter(pk__in=unit_ids)  # type: ignore[attr-defined]
        teachers = (
            Teacher.objects.filter(department__unit_id__in=unit_ids)
            .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))
            .select_related("user", "department")
            .order_by("user__sort_key", "pk")
        )
        self.fields["chair"].queryset = teachers  # type: ignore[attr-defined]
        by_department = teachers.order_by("department__sort_key", "department_id", "user__sort_key", "pk")
        self.fields["members"].queryset = by_department  # type: ignore[attr-defined]

    @cached_property
    def departments(self) -> list[tuple[str, list[BoundWidget], int]]:
        """The boxes of members by department: its name, its boxes, how many of them are ticked."""
        found = []
        for department, boxes in groupby(self["members"].subwidgets, lambda box: box.data["value"].instance.department):
            listed = list(boxes)
            found.append((department.name, listed, sum(1 for box in listed if box.data["selected"])))
        return found

    def clean_members(self) -> list[Teacher]:
        """Those ticked, and the chair."""
        ticked, chair = list(self.cleaned_data["members"]), self.cleaned_data.get("chair")
        return ticked if chair is None or chair in ticked else [*ticked, chair]


class AttestationForm(forms.Form):
    """A state exam of a group, or the graduation paper of one of its students."""

    student = StudentChoice(
        label=_("Student"),
        queryset=Student.objects.none(),
        required=False,
        empty_label=_("the whole group: a state exam"),
    )
    title = forms.CharField(label=_("State exam, or theme of the graduation paper"), max_length=300)
    supervisor = TeacherChoice(
        label=_("Supervisor of the graduation paper"), queryset=Teacher.objects.none(), required=False, empty_label="—"
    )
    commission = forms.ModelChoiceField(label=_("Commission"), queryset=Commission.objects.none(), empty_label="—")
    held_on = _day(_("Day"))

    def __init__(self, *args: Any, group: Group, students: Iterable[Student], on: date, **extra: Any) -> None:
        super().__init__(*args, **extra)
        listed = Student.objects.filter(pk__in=[one.pk for one in students]).select_related("user")
        self.fields["student"].queryset = listed.order_by("user__sort_key", "pk")  # type: ignore[attr-defined]
        commissions = Commission.objects.filter(unit_id=group.unit_id)
        self.fields["commission"].queryset = commissions  # type: ignore[attr-defined]
        self.fields["supervisor"].queryset = (  # type: ignore[attr-defined]
            Teacher.objects.filter(department__unit_id=group.unit_id)
            .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))
            .select_related("user")
            .order_by("user__sort_key", "pk")
        )


def read_entries(sent: QueryDict, student_ids: Iterable[int]) -> list[Entry]:
    """What changed in the fields of a sheet: `p<student>` what is typed, `v<student>` what was shown."""
    found = []
    for student_id in student_ids:
        shown, typed = sent.get(f"v{student_id}"), sent.get(f"p{student_id}")
        if shown is None or typed is None or plain_number(typed) == shown:
            continue
        found.append(Entry(student_id, plain_number(typed), shown))
    return found


def read_attested(sent: QueryDict, letter: str, rows: Iterable[StateExam | Thesis]) -> list[Graded]:
    """What is typed for the rows of a page that are open: `<letter><id>` the points, `<letter>v<id>` the version."""
    found = []
    for row in rows:
        version, typed = sent.get(f"{letter}v{row.pk}", ""), plain_number(sent.get(f"{letter}{row.pk}", ""))
        if row.closed_at is None and typed and version.isascii() and version.isdecimal() and len(version) < 9:
            found.append(Graded(row.pk, typed, int(version)))
    return found
