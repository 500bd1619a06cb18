"""The hours ledger on pages and as a workbook (§2.10)."""

from io import BytesIO
from urllib.parse import urlencode

import xlsxwriter
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.permissions import Rights
from ejournal.lib import clock
from reports.access import get_group_for_hours, get_hours_scope, get_teacher_for_hours
from reports.forms import LedgerFilter, read_choice
from reports.rules import Outlook
from reports.selectors.hours import EXPORTED, Ledger, LedgerChoice, hours_ledger, teacher_hours
from reports.selectors.hours_sql import GROUPINGS

PAGE_SIZE = 50


class _Window(Paginator):
    """Pages of which SQL has read one: the count comes with the window."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger.rows, PAGE_SIZE)
        self.__dict__["count"] = ledger.count


def _groupings(rights: Rights) -> tuple[str, ...]:
    """A teacher without an office reads lines alone: sums over colleagues are not his."""
    if rights.sees_everything or rights.unit_ids or rights.department_ids:
        return tuple(GROUPINGS)
    return ("line", "discipline", "group") if rights.group_ids else ("line",)


def _query(choice: LedgerChoice, **changed: str) -> str:
    asked = {
        "by": choice.by,
        "semester": choice.semester,
        "unit": choice.unit,
        "department": choice.department,
        "kind": choice.kind,
        "short": "on" if choice.only_short else "",
        **changed,
    }
    return urlencode({name: value for name, value in asked.items() if value})


@require_safe
def hours(request: HttpRequest) -> HttpResponse:
    """The ledger of the reader's scope, a page at a time. One statement."""
    now = clock.now()
    assert isinstance(request.user, User)
    rights = get_hours_scope(request.user, now=now)
    groupings = _groupings(rights)
    choice = read_choice(request.GET, groupings=groupings)
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 6 else 1
    ledger = hours_ledger(rights, choice, limit=PAGE_SIZE, offset=(max(number, 1) - 1) * PAGE_SIZE, now=now)
    window = _Window(ledger)
    words = {
        "line": _("By journal"),
        "group": _("By group"),
        "discipline": _("By discipline"),
        "department": _("By department"),
        "teacher": _("By teacher"),
    }
    return render(
        request,
        "reports/hours.html",
        {
            "ledger": ledger,
            "rows": ledger.rows,
            "by": choice.by,
            "page_obj": window.page(min(max(number, 1), window.num_pages)),
            "form": LedgerFilter(choice, ledger),
            "querystring": _query(choice),
            "reset_url": f"?{urlencode({'by': choice.by})}",
            "tabs": [
                {"label": words[by], "url": f"?{_query(choice, by=by)}", "active": by == choice.by, "count": None}
                for by in groupings
            ],
            "own_hours": rights.teacher_id,
        },
    )


@require_safe
def hours_export(request: HttpRequest) -> HttpResponse:
    """The filtered rows, all of them, as XLSX."""
    now = clock.now()
    assert isinstance(request.user, User)
    rights = get_hours_scope(request.user, now=now)
    choice = read_choice(request.GET, groupings=_groupings(rights))
    ledger = hours_ledger(rights, choice, limit=EXPORTED, now=now)
    response = HttpResponse(
        _workbook(ledger, by=choice.by),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    response["Content-Disposition"] = f'attachment; filename="hours-{clock.day_of(now):%Y-%m-%d}.xlsx"'
    response["Cache-Control"] = "private, no-store"
    return response


def _workbook(ledger: Ledger, *, by: str) -> bytes:
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet(_("Hours"))
        bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        day = workbook.add_format({"num_format": "dd.mm.yyyy"})
        names = [_("Discipline"), _("Group"), _("Subgroup"), _("Kind of lesson")] if by == "line" else [_("Name")]
        figures = [
            _("Curriculum"),
            _("Workload"),
            _("Timetable"),
            _("Timetable so far"),
            _("Held"),
            _("Recorded"),
            _("Lost"),
            _("Made up"),
            _("Difference"),
            _("Short by the end"),
            _("Short by"),
        ]
        sheet.freeze_panes(1, len(names))
        sheet.set_column(0, 0, 44)
        sheet.set_column(1, len(names) + len(figures), 13)
        for column, heading in enumerate(names + figures):
            sheet.write_string(0, column, heading, bold)
        for number, row in enumerate(ledger.rows, start=1):
            texts = (
                [row.discipline, row.group, str(row.subgroup or ""), row.kind] if by == "line" else [row.name.strip()]
            )
            for column, text in enumerate(texts):
                # Never a formula, whatever a name begins with.
                sheet.write_string(number, column, text)
            short = row.forecast.hours if row.forecast.outlook == Outlook.SHORT else 0
            hours_of_row = (
                row.curriculum,
                row.workload,
                row.timetable,
                row.passed,
                row.held,
                row.recorded,
                row.lost,
                row.made_up,
                row.difference,
                short,
            )
            for column, value in enumerate(hours_of_row, start=len(texts)):
                if value is not None:
                    sheet.write_number(number, column, value)
            if row.forecast.by is not None:
                sheet.write_datetime(number, len(texts) + len(hours_of_row), row.forecast.by, day)
    return content.getvalue()


@require_safe
def hours_teacher(request: HttpRequest, teacher_id: int) -> HttpResponse:
    """A teacher's hours by month and kind: own, as a substitute, given away (§3.5h)."""
    now = clock.now()
    assert isinstance(request.user, User)
    teacher = get_teacher_for_hours(request.user, teacher_id, now=now)
    semester = read_choice(request.GET).semester
    semester_id, semesters, months = teacher_hours(teacher.pk, semester_id=semester, now=now)
    return render(
        request,
        "reports/hours_teacher.html",
        {
            "teacher": teacher,
            "months": months,
            "semesters": semesters,
            "semester_id": semester_id,
            "total": {
                name: sum(getattr(month, name) for month in months)
                for name in ("own", "substituted", "given_away", "credited", "lost", "unrecorded")
            },
        },
    )


@require_safe
def hours_group(request: HttpRequest, group_id: int) -> HttpResponse:
    """The ledger of one group: each of its disciplines by kind."""
    now = clock.now()
    assert isinstance(request.user, User)
    group, rights = get_group_for_hours(request.user, group_id, now=now)
    chosen = read_choice(request.GET)
    ledger = hours_ledger(rights, LedgerChoice(semester=chosen.semester, group=group.pk), limit=EXPORTED, now=now)
    return render(request, "reports/hours_group.html", {"group": group, "ledger": ledger, "rows": ledger.rows})
