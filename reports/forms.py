"""What the reader of the ledger may choose, and the forms of the department's own journal."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.selectors.hours import Ledger, LedgerChoice
from reports.selectors.hours_sql import GROUPINGS
from university.models import LESSON_KIND_LABELS


def read_choice(query: Mapping[str, Any], *, groupings: tuple[str, ...] = tuple(GROUPINGS)) -> LedgerChoice:
    """The choice of an address; what is no choice leaves open."""

    def number(name: str) -> int | None:
        written = str(query.get(name, ""))
        return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else None

    by, kind = str(query.get("by", "")), str(query.get("kind", ""))
    return LedgerChoice(
        by=by if by in groupings else groupings[0],
        semester=number("semester"),
        unit=number("unit"),
        department=number("department"),
        kind=kind if kind in {str(known) for known in LESSON_KIND_LABELS} else "",
        only_short=bool(query.get("short")),
    )


class LedgerFilter(forms.Form):
    """Choices are those that came with the ledger: nothing of another scope can be learnt from them."""

    by = forms.CharField(widget=forms.HiddenInput)
    semester = forms.ChoiceField(label=_("Semester"))
    unit = forms.ChoiceField(label=_("Unit"), required=False)
    department = forms.ChoiceField(label=_("Department"), required=False)
    kind = forms.ChoiceField(label=_("Kind of lesson"), required=False)
    short = forms.BooleanField(label=_("Only where hours are short"), required=False)

    def __init__(self, choice: LedgerChoice, ledger: Ledger) -> None:
        super().__init__(
            initial={
                "by": choice.by,
                "semester": ledger.semester_id,
                "unit": choice.unit,
                "department": choice.department,
                "kind": choice.kind,
                "short": choice.only_short,
            }
        )
        for name, found in (
            ("semester", ledger.semesters),
            ("unit", ledger.units),
            ("department", ledger.departments),
            ("kind", [(kind.value, label) for kind, label in LESSON_KIND_LABELS.items()]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            if len(found) < 2 and name in ("unit", "department"):
                del self.fields[name]
            else:
                field.choices = list(found) if name == "semester" else [("", _("all")), *found]


class BookFileForm(forms.Form):
    """A file of the department's own journal."""

    file = forms.FileField(label=_("File (XLSX or CSV)"))
    whole = forms.BooleanField(
        label=_("The months in the file are entered whole: what is missing was not held"), required=False
    )
