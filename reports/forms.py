"""What the reader of the ledger may choose, and the forms of the department's own journal."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from reports.enums import BookDifference
from reports.models import DIFFERENCE_LABELS
from reports.selectors.book import DifferenceChoice, Summary
from reports.selectors.control import ControlChoice, Filling
from reports.selectors.hours import DEFAULT_ORDER, Ledger, LedgerChoice
from reports.selectors.hours_sql import GROUPINGS, ORDERS
from teaching.rules import tidy
from university.models import LESSON_KIND_LABELS

WORDS_LENGTH = 100


def read_choice(query: Mapping[str, Any], *, groupings: tuple[str, ...] = tuple(GROUPINGS)) -> LedgerChoice:
    """The choice of an address; what is no choice leaves open."""

    def number(name: str) -> int | None:
        written = str(query.get(name, ""))
        return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else None

    by, kind = str(query.get("by", "")), str(query.get("kind", ""))
    sort = str(query.get("sort", ""))
    order = sort.removeprefix("-")
    return LedgerChoice(
        by=by if by in groupings else groupings[0],
        semester=number("semester"),
        unit=number("unit"),
        department=number("department"),
        kind=kind if kind in {str(known) for known in LESSON_KIND_LABELS} else "",
        only_short=bool(query.get("short")),
        words=tidy("".join(letter for letter in str(query.get("q", "")) if letter != "\0"))[:WORDS_LENGTH],
        order=order if order in ORDERS else DEFAULT_ORDER,
        is_reversed=order in ORDERS and sort.startswith("-"),
    )


def read_control_choice(query: Mapping[str, Any], *, month: date, last: date) -> ControlChoice:
    """What an address chooses of the scope in a month; what is no choice leaves open."""
    numbers = (str(query.get(name, "")) for name in ("unit", "department", "teacher"))
    chosen = [int(one) if one.isascii() and one.isdigit() and len(one) < 10 else None for one in numbers]
    return ControlChoice(month, last, *chosen)


class ControlFilter(forms.Form):
    """Choices are those of the reader's own lessons of the month: nothing of another scope can be learnt."""

    show = forms.CharField(widget=forms.HiddenInput, required=False)
    month = forms.CharField(widget=forms.HiddenInput, required=False)
    teacher = forms.IntegerField(widget=forms.HiddenInput, required=False)
    unit = forms.ChoiceField(label=_("Unit"), required=False)
    department = forms.ChoiceField(label=_("Department"), required=False)

    def __init__(self, choice: ControlChoice, filling: Filling, *, show: str, month: str) -> None:
        super().__init__(
            initial={
                "show": show,
                "month": month,
                "teacher": choice.teacher,
                "unit": choice.unit,
                "department": choice.department,
            }
        )
        if not show:
            del self.fields["show"]
        if not month:
            del self.fields["month"]
        if choice.teacher is None:
            del self.fields["teacher"]
        for name, found in (("unit", filling.units), ("department", filling.departments)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            if len(found) < 2 and not getattr(choice, name):
                del self.fields[name]
            else:
                field.choices = [("", _("all")), *found]


def written_order(choice: LedgerChoice) -> str:
    """The order of a choice as an address writes it; "" for the usual one."""
    if choice.order == DEFAULT_ORDER and not choice.is_reversed:
        return ""
    return ("-" if choice.is_reversed else "") + choice.order


class LedgerFilter(forms.Form):
    """Choices are those that came with the ledger: nothing of another scope can be learnt from them."""

    by = forms.CharField(widget=forms.HiddenInput)
    sort = forms.CharField(widget=forms.HiddenInput, required=False)
    q = forms.CharField(label=_("Discipline or group"), required=False, max_length=WORDS_LENGTH)
    semester = forms.ChoiceField(label=_("Semester"))
    unit = forms.ChoiceField(label=_("Unit"), required=False)
    department = forms.ChoiceField(label=_("Department"), required=False)
    kind = forms.ChoiceField(label=_("Kind of lesson"), required=False)
    short = forms.BooleanField(label=_("Only where hours are short"), required=False)

    def __init__(self, choice: LedgerChoice, ledger: Ledger) -> None:
        super().__init__(
            initial={
                "by": choice.by,
                "sort": written_order(choice),
                "q": choice.words,
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


def read_difference_choice(query: Mapping[str, Any]) -> DifferenceChoice:
    """Which differences an address asks for; what is no choice leaves open."""
    department, kind, state = (str(query.get(name, "")) for name in ("department", "kind", "state"))
    known = department.isascii() and department.isdigit() and len(department) < 10
    return DifferenceChoice(
        department=int(department) if known else None,
        kind=BookDifference(kind) if kind in set(BookDifference) else None,
        is_settled={"open": False, "settled": True}.get(state),
    )


class DifferenceFilter(forms.Form):
    """Departments are those in whose journals the reader has a difference."""

    department = forms.ChoiceField(label=_("Department"), required=False)
    kind = forms.ChoiceField(label=_("Difference"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)

    def __init__(self, choice: DifferenceChoice, summary: Summary) -> None:
        state = "" if choice.is_settled is None else "settled" if choice.is_settled else "open"
        super().__init__(initial={"department": choice.department, "kind": choice.kind, "state": state})
        for name, found in (
            ("department", [(one.id, one.name) for one in summary.departments]),
            ("kind", [(kind.value, label) for kind, label in DIFFERENCE_LABELS.items()]),
            ("state", [("open", pgettext("differences", "open")), ("settled", pgettext("differences", "settled"))]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            if len(found) < 2:
                del self.fields[name]
            else:
                field.choices = [("", _("all")), *found]


class BookFileForm(forms.Form):
    """A file of the department's own journal."""

    file = forms.FileField(label=_("File (XLSX or CSV)"))
    whole = forms.BooleanField(
        label=_("The months in the file are entered whole: what is missing was not held"), required=False
    )
