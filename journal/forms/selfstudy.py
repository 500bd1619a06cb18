"""Forms of self-study: a task, what is handed in, teams, points."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from ejournal.lib.numbers import plain_number
from ejournal.lib.papers import MAX_BYTES
from journal.enums import TaskKind
from journal.models import TASK_KIND_LABELS, SelfStudyTask
from journal.rules import points_text
from journal.selectors.selfstudy import GradeRow
from journal.services.selfstudy import MOST_TEAMS, Typed, Upload
from journal.services.selfstudy_marks import Grade
from teaching.forms.orders import day_input
from teaching.models import PlanItem

_ACCEPTED = ".pdf,.jpg,.jpeg,.png"


def _file(label: Any) -> forms.FileField:
    return forms.FileField(
        label=label,
        required=False,
        allow_empty_file=True,
        max_length=200,
        widget=forms.ClearableFileInput(attrs={"accept": _ACCEPTED}),
        help_text=gettext_lazy("PDF, JPEG or PNG, at most 5 MB."),
    )


def _upload(sent: Any) -> Upload | None:
    # One byte more than is kept says that the file is too large; the rest is never read.
    return Upload(sent.name, sent.read(MAX_BYTES + 1)) if sent else None


class TaskForm(forms.Form):
    """A task as its teacher writes it; `version` is what he saw (0: a new one)."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    text = forms.CharField(
        label=gettext_lazy("What is to be done"), required=False, max_length=4000, widget=forms.Textarea({"rows": 6})
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("How it is done"), choices=[(kind.value, TASK_KIND_LABELS[kind]) for kind in TaskKind]
    )
    maximum = forms.DecimalField(
        label=gettext_lazy("Maximum points"), min_value=0, max_value=100, max_digits=5, decimal_places=2, localize=False
    )
    due_on = forms.DateField(label=gettext_lazy("Until"), widget=day_input())
    file = _file(gettext_lazy("File of the task"))
    plan_item = forms.ModelChoiceField(PlanItem.objects.none(), required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(initial=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, items: Iterable[PlanItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["plan_item"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = PlanItem.objects.filter(pk__in=[item.pk for item in items])

    @property
    def typed(self) -> Typed:
        found = self.cleaned_data
        return Typed(
            title=found["title"],
            text=found["text"],
            kind=TaskKind(found["kind"]),
            maximum=found["maximum"],
            due_on=found["due_on"],
            plan_item=found["plan_item"],
        )

    @property
    def upload(self) -> Upload | None:
        return _upload(self.cleaned_data["file"])


def values_of_task(task: SelfStudyTask) -> dict[str, Any]:
    """What the form of a task begins with."""
    return {
        "title": task.title,
        "text": task.text,
        "kind": task.kind,
        "maximum": points_text(task.maximum),
        "due_on": task.due_on,
        "plan_item": task.plan_item_id,
        "version": task.version,
    }


def values_of_item(item: PlanItem) -> dict[str, Any]:
    """What the form of a new task takes from a line of the plan."""
    return {"title": item.topic[:200], "text": item.self_study, "plan_item": item.pk, "version": 0}


class WithdrawTaskForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why it is withdrawn"), max_length=300)


class HandInForm(forms.Form):
    """What a student hands in."""

    text = forms.CharField(
        label=gettext_lazy("Answer"), required=False, max_length=10_000, widget=forms.Textarea({"rows": 6})
    )
    file = _file(gettext_lazy("File"))

    @property
    def upload(self) -> Upload | None:
        return _upload(self.cleaned_data["file"])


def read_teams(sent: QueryDict, student_ids: Iterable[int]) -> dict[int, int]:
    """By student, the number typed for him; 0, which no team has, for what is no number."""
    found = {}
    for student_id in student_ids:
        text = sent.get(f"t{student_id}", "").strip()
        if text:
            number = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
            found[student_id] = number if number <= MOST_TEAMS else 0
    return found


def read_grades(sent: QueryDict, rows: Iterable[GradeRow]) -> list[Grade]:
    """What changed in a form of points: for each student his own field, else the one of his team.

    `v<student>` is the version and the points that were shown: who left a field alone says nothing about it.
    """
    grades = []
    for row in rows:
        version, _, shown = sent.get(f"v{row.student_id}", "").partition(":")
        if not (version.isascii() and version.isdecimal() and len(version) < 9):
            continue
        typed = plain_number(sent.get(f"p{row.student_id}", ""))
        if typed == shown and row.team is not None and (of_team := plain_number(sent.get(f"g{row.team}", ""))):
            typed = of_team
        if typed != shown:
            grades.append(Grade(row.student_id, typed, int(version), sent.get("reason", "").strip()))
    return grades


def shown_of(row: GradeRow) -> str:
    """The points of a row as they stand in its field."""
    return points_text(row.mark.points) if row.mark is not None else ""
