"""The department's own journal: entered by the head, compared with the electronic one, settled (§1.4)."""

import re
from datetime import date

from django.contrib import messages
from django.core import signing
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from reports.access import get_book, get_book_for_writing, get_book_keeper, get_hours_scope
from reports.enums import BookDifference
from reports.forms import BookFileForm
from reports.selectors.book import (
    book_days,
    book_journals,
    differences_for,
    is_whole,
    workloads_named,
)
from reports.services.book import Entry, enter_book_month, import_book, settle_difference
from reports.services.book_file import FILE_LIMIT, BookProblem, BookRow, read_book_file, read_day
from reports.views.months import read_month
from university.models import Semester
from university.selectors import semester_on

PAGE_SIZE = 30
SHOWN_MINUTES = 30  # so long a file that was looked at may still be entered
_SALT = "reports.department-book"
_TICKED = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.([1-9]?)")


@require_safe
def department_book(request: HttpRequest) -> HttpResponse:
    """The journals of the head's department, with what of the book is entered."""
    now = clock.now()
    assert isinstance(request.user, User)
    rights = get_book_keeper(request.user, now=now)
    found = book_journals(rights.department_ids, semester=semester_on(clock.day_of(now)))
    page_obj = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "reports/department_book.html", {"page_obj": page_obj, "form": BookFileForm()})


@never_cache
@require_http_methods(["GET", "POST"])
def department_book_month(request: HttpRequest, journal_id: int) -> HttpResponse:
    """A journal's month in the book: the lessons of the timetable to be ticked, and other days to be written."""
    now = clock.now()
    assert isinstance(request.user, User)
    if request.method == "POST":
        door = get_book_for_writing(request.user, journal_id, now=now)
    else:
        door = get_book(request.user, journal_id, now=now)
    semester = door.workload.course.semester
    months = _months(semester)
    if request.GET.get("month"):
        month = read_month(request.GET["month"])
    else:
        today = clock.day_of(now)
        month = max([one for one in months if one <= today] or months[:1])
    last = _last(month)
    status, other = 200, ""
    if request.method == "POST":
        other = request.POST.get("other", "")
        try:
            entries = _ticked(request.POST.getlist("held")) | _written(other)
            enter_book_month(
                workload=door.workload,
                month=month,
                entries=entries,
                is_whole=bool(request.POST.get("whole")),
                by=request.user,
                now=now,
            )
        except Refusal as refusal:
            messages.error(request, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("The month of the department's journal is saved."))
            return redirect(f"{request.path}?month={month:%Y-%m}")
    return render(
        request,
        "reports/department_book_month.html",
        {
            "door": door,
            "journal": door.workload,
            "month": month,
            "months": [(f"{one:%Y-%m}", date_format(one, "F Y")) for one in months],
            "month_key": f"{month:%Y-%m}",
            "days": book_days(door.workload, first=month, last=last),
            "today": clock.day_of(now),
            "is_whole": is_whole(door.workload, month),
            "other": other,
        },
        status=status,
    )


def _months(semester: Semester) -> list[date]:
    month, months = semester.starts_on.replace(day=1), []
    while month <= semester.ends_on:
        months.append(month)
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return months


def _last(month: date) -> date:
    return date.fromordinal(date(month.year + month.month // 12, month.month % 12 + 1, 1).toordinal() - 1)


def _ticked(values: list[str]) -> set[Entry]:
    entries: set[Entry] = set()
    for value in values:
        found = _TICKED.fullmatch(value)
        day = read_day(found[1]) if found else None
        if found is None or day is None:
            raise Refusal(_("This list cannot be read. Load the page again."), code="malformed")
        entries.add((day, int(found[2]) if found[2] else None))
    return entries


def _written(text: str) -> set[Entry]:
    entries: set[Entry] = set()
    for written in re.split(r"[\s,;]+", text.strip()):
        if not written:
            continue
        day = read_day(written)
        if day is None:
            raise Refusal(_("«%(day)s» is no date: write it as 04.11.2026.") % {"day": written[:40]}, code="bad_date")
        entries.add((day, None))
    return entries


@never_cache
@require_POST
def department_book_import(request: HttpRequest) -> HttpResponse:
    """A file of the book: first what it says is shown, with all errors; then all of it is entered, or nothing."""
    now = clock.now()
    assert isinstance(request.user, User)
    rights = get_book_keeper(request.user, now=now)
    shown = request.POST.get("shown", "")
    if shown:
        return _enter(request, request.user, shown)
    form = BookFileForm(request.POST, request.FILES)
    rows: list[BookRow] = []
    problems: list[BookProblem] = []
    status = 422
    if form.is_valid():
        today = clock.day_of(now)
        try:
            rows, problems = read_book_file(
                form.cleaned_data["file"].read(FILE_LIMIT + 1),
                known=workloads_named(rights.department_ids, semester=semester_on(today)),
                today=today,
            )
        except Refusal as refusal:
            form.add_error("file", str(refusal))
            status = refusal.status
        else:
            status = 422 if problems else 200
    signed = ""
    if rows and not problems:
        signed = signing.dumps(
            {
                "by": request.user.pk,
                "whole": form.cleaned_data["whole"],
                "rows": [(row.workload_id, row.day.isoformat(), row.pair) for row in rows],
            },
            salt=_SALT,
            compress=True,
        )
    return render(
        request,
        "reports/department_book_import.html",
        {"form": form, "rows": rows, "problems": problems, "shown": signed},
        status=status,
    )


def _enter(request: HttpRequest, user: User, shown: str) -> HttpResponse:
    now = clock.now()
    rights = get_book_keeper(user, now=now)
    try:
        read = signing.loads(shown, salt=_SALT, max_age=SHOWN_MINUTES * 60)
    except signing.BadSignature:
        read = {"by": None}
    if read["by"] != user.pk:
        raise Refusal(_("What was shown is too old, or not yours: choose the file again."), code="upload_gone")
    entered = import_book(
        entries=[(workload_id, date.fromisoformat(day), pair) for workload_id, day, pair in read["rows"]],
        department_ids=rights.department_ids,
        whole_months=read["whole"],
        by=user,
        now=now,
    )
    messages.success(
        request, _("Entered from the file: %(count)s. The others stood there already.") % {"count": entered}
    )
    return redirect("department_book_differences")


@never_cache
@require_safe
def department_book_differences(request: HttpRequest) -> HttpResponse:
    """Where the books disagree, in the journals that the person may read; the open ones first."""
    now = clock.now()
    assert isinstance(request.user, User)
    rights = get_hours_scope(request.user, now=now)
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 6 else 1
    found = differences_for(rights, limit=PAGE_SIZE, offset=(max(number, 1) - 1) * PAGE_SIZE, today=clock.day_of(now))
    window = Paginator(found.rows, PAGE_SIZE)
    window.__dict__["count"] = found.count
    return render(
        request,
        "reports/department_book_differences.html",
        {
            "found": found,
            "rows": [(row, row.department_id in rights.department_ids) for row in found.rows],
            "page_obj": window.page(min(max(number, 1), window.num_pages)),
            "keeps_book": bool(rights.department_ids),
        },
    )


@require_POST
def department_book_settle(request: HttpRequest, journal_id: int) -> HttpResponse:
    """Settle one difference with a remark."""
    now = clock.now()
    assert isinstance(request.user, User)
    door = get_book_for_writing(request.user, journal_id, now=now)
    day = read_day(request.POST.get("date", ""))
    other = request.POST.get("other_date", "")
    other_day = read_day(other) if other else None
    kind = request.POST.get("kind", "")
    if day is None or kind not in set(BookDifference) or (other and other_day is None):
        raise Refusal(_("This list cannot be read. Load the page again."), code="malformed")
    try:
        settle_difference(
            workload=door.workload,
            kind=BookDifference(kind),
            day=day,
            other_day=other_day,
            remark=request.POST.get("remark", ""),
            by=request.user,
            now=now,
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The difference is settled; the teacher is told."))
    return redirect("department_book_differences")
