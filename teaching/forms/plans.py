"""Forms of plans and programmes: filters, the table of a plan as it was typed, remarks, texts."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from teaching.enums import ApprovalState
from teaching.models import APPROVAL_LABELS, PlanItem
from teaching.rules import PLAN_COLUMNS, PlanRow
from teaching.selectors.plans import MISSING
from university.models import Department, Semester

STATE_CHOICES = [
    ("", _("all")),
    (MISSING, _("no plan")),
    *((state.value, APPROVAL_LABELS[state]) for state in ApprovalState),
]


class PlanFilter(forms.Form):
    """Semester, state and department of a list of plans. What is no choice is as if it were not chosen."""

    show = forms.CharField(required=False, widget=forms.HiddenInput)
    semester = forms.ChoiceField(label=_("Semester"), required=False)
    state = forms.ChoiceField(label=_("State of the plan"), required=False, choices=STATE_CHOICES)
    department = forms.ChoiceField(label=_("Department"), required=False)

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        show: str,
        semesters: Sequence[Semester],
        current: Semester,
        departments: Sequence[Department],
        with_state: bool,
    ) -> None:
        self._semesters = {str(semester.pk): semester for semester in semesters}
        chosen = str(data.get("semester", ""))
        self.chosen_semester = self._semesters.get(chosen, current)
        states = {value for value, _label in STATE_CHOICES}
        state = str(data.get("state", ""))
        self.chosen_state = state if with_state and state in states else ""
        by_id = {str(department.pk): department for department in departments}
        department = str(data.get("department", ""))
        self.chosen_department = by_id[department].pk if department in by_id else None
        super().__init__(
            {
                "show": show,
                "semester": str(self.chosen_semester.pk),
                "state": self.chosen_state,
                "department": str(self.chosen_department or ""),
            }
        )
        self._offer("semester", [(key, str(semester)) for key, semester in self._semesters.items()])
        if not with_state:
            del self.fields["state"]
        if len(departments) < 2:
            del self.fields["department"]
        else:
            self._offer("department", [("", _("all")), *((key, str(one)) for key, one in by_id.items())])

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def is_narrowed(self) -> bool:
        return bool(self.chosen_state or self.chosen_department)


def typed_rows(sent: QueryDict) -> list[PlanRow]:
    """The table of a plan as a form sent it: each column's name as often as there are rows."""
    columns = [sent.getlist(column) for column in (*PLAN_COLUMNS, "id")]
    height = max((len(column) for column in columns), default=0)
    padded = [[*column, *[""] * (height - len(column))] for column in columns]
    return [PlanRow(*cells) for cells in zip(*padded, strict=True)]


def rows_of(items: Sequence[PlanItem]) -> list[PlanRow]:
    """The items of a plan as texts for the same form."""
    return [
        PlanRow(
            week=str(item.week or ""),
            module=str(item.module or ""),
            topic=item.topic,
            hours=str(item.hours),
            kinds=", ".join(item.work_kinds),
            self_study=item.self_study,
            literature=item.literature,
            id=str(item.pk),
        )
        for item in items
    ]


def version_of(sent: Mapping[str, Any]) -> int:
    """The version that a page showed; -1, which no row has, where the field is missing or absurd."""
    text = str(sent.get("version", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def decision_of(sent: Mapping[str, Any]) -> ApprovalState:
    """What the button that was pressed says: approve, else return (which needs remarks)."""
    return ApprovalState.APPROVED if sent.get("decision") == "approve" else ApprovalState.RETURNED


def ids_of(texts: Sequence[str]) -> list[int]:
    """Ids out of checkboxes; what is none is left out."""
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 16]


class PlanImportForm(forms.Form):
    """A table from outside: a file or pasted text."""

    file = forms.FileField(label=_("XLSX or CSV file"), required=False)
    text = forms.CharField(
        label=_("Or a table copied from Excel or Word"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )


class ProgrammeForm(forms.Form):
    """Texts and file of a working programme (§3.5d)."""

    means = forms.CharField(
        label=_("Fund of assessment means"), required=False, widget=forms.Textarea(attrs={"rows": 8}), max_length=20000
    )
    criteria = forms.CharField(
        label=_("Criteria of assessment"), required=False, widget=forms.Textarea(attrs={"rows": 10}), max_length=20000
    )
    file = forms.FileField(label=_("The whole programme: PDF or DOCX, up to 10 MB"), required=False)
    drop_file = forms.BooleanField(label=_("Take the file away"), required=False)
