"""Enter the department's own journal, and settle where it disagrees with the electronic one (§1.4)."""

import calendar
from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from messaging.services import notify
from reports.enums import BookDifference, EntrySource
from reports.models import BookRemark, DepartmentBookEntry, DepartmentBookMonth
from reports.selectors.book import differences_of
from teaching.models import Workload, in_force

REMARK_LENGTH = 300

# A day and a pair; the pair is None where the book names none.
Entry = tuple[date, int | None]


def enter_book_month(
    *, workload: Workload, month: date, entries: Collection[Entry], is_whole: bool, by: User, now: datetime
) -> None:
    """Make a journal's month of the book what the head gives. `month` is its first day.

    Refused: a day outside the month (`not_in_month`), a day to come (`day_to_come`).
    """
    last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    for day, _pair in sorted(entries, key=lambda entry: entry[0]):
        if not month <= day <= last:
            raise Refusal(
                _("%(day)s does not lie in this month.") % {"day": date_format(day, "SHORT_DATE_FORMAT")},
                code="not_in_month",
            )
        _refuse_to_come(day, now)
    with transaction.atomic():
        _hold(workload.id)
        standing = {
            (entry.date, entry.pair): entry.id
            for entry in DepartmentBookEntry.objects.filter(workload=workload, date__range=(month, last))
        }
        DepartmentBookEntry.objects.filter(
            pk__in=[pk for entry, pk in standing.items() if entry not in entries]
        ).delete()
        DepartmentBookEntry.objects.bulk_create(
            DepartmentBookEntry(
                workload=workload, date=day, pair=pair, source=EntrySource.PAGE, entered_by=by, entered_at=now
            )
            for day, pair in set(entries) - set(standing)
        )
        if is_whole:
            DepartmentBookMonth.objects.get_or_create(
                workload=workload, month=month, defaults={"entered_by": by, "entered_at": now}
            )
        else:
            DepartmentBookMonth.objects.filter(workload=workload, month=month).delete()


def import_book(
    *,
    entries: Iterable[tuple[int, date, int | None]],
    department_ids: frozenset[int],
    whole_months: bool,
    by: User,
    now: datetime,
) -> int:
    """Add entries (workload's id, day, pair) to the book; how many were new. All of them or none.

    `whole_months`: every month of a journal that the file names is declared entered. Refused: a journal that is not
    of the departments (`not_your_journal`, 403), a day to come (`day_to_come`).
    """
    asked = list(entries)
    named = {workload_id for workload_id, _day, _pair in asked}
    for _workload, day, _pair in asked:
        _refuse_to_come(day, now)
    with transaction.atomic():
        own = set(
            Workload.objects.select_for_update(no_key=True)
            .filter(pk__in=named, department_id__in=department_ids)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        if own != named:
            raise Refusal(
                _("A journal of the file does not belong to your department."), code="not_your_journal", status=403
            )
        before = DepartmentBookEntry.objects.filter(workload_id__in=own).count()
        DepartmentBookEntry.objects.bulk_create(
            [
                DepartmentBookEntry(
                    workload_id=workload_id,
                    date=day,
                    pair=pair,
                    source=EntrySource.FILE,
                    entered_by=by,
                    entered_at=now,
                )
                for workload_id, day, pair in asked
            ],
            ignore_conflicts=True,
        )
        if whole_months:
            DepartmentBookMonth.objects.bulk_create(
                [
                    DepartmentBookMonth(workload_id=workload_id, month=month, entered_by=by, entered_at=now)
                    for workload_id, month in sorted({(one[0], one[1].replace(day=1)) for one in asked})
                ],
                ignore_conflicts=True,
            )
        return DepartmentBookEntry.objects.filter(workload_id__in=own).count() - before


def settle_difference(
    *,
    workload: Workload,
    kind: BookDifference,
    day: date,
    other_day: date | None,
    remark: str,
    by: User,
    now: datetime,
) -> BookRemark:
    """Say how a difference came about; who keeps the journal is told.

    Refused: an empty remark (`remark_missing`), a difference that is none any more (`difference_gone`, 409), one
    that is settled already (`already_settled`, 409).
    """
    remark = " ".join(remark.split())
    if not remark:
        raise Refusal(_("Write how the difference came about."), code="remark_missing")
    if len(remark) > REMARK_LENGTH:
        raise Refusal(
            _("The remark is longer than %(limit)s characters.") % {"limit": REMARK_LENGTH}, code="remark_too_long"
        )
    with transaction.atomic():
        _hold(workload.id)
        standing = [
            one
            for one in differences_of(workload.id).rows
            if (one.kind, one.day, one.other_day) == (kind, day, other_day)
        ]
        if not standing:
            raise Refusal(
                _("The books agree about this day by now. Load the page again."), code="difference_gone", status=409
            )
        if standing[0].settled_at is not None:
            raise Refusal(_("This difference is settled already."), code="already_settled", status=409)
        settled = BookRemark.objects.create(
            workload=workload,
            date=day,
            other_date=other_day,
            kind=kind,
            remark=remark,
            settled_by=by,
            settled_at=now,
        )
        discipline = workload.course.discipline.name
        notify(
            User.objects.filter(
                in_force(day_of(now), "teacher__workloads__"), teacher__workloads__workload=workload
            ).exclude(pk=by.pk),
            kind="department_book",
            text=lambda: (
                _("%(discipline)s, %(day)s: the department's journal and yours disagree. %(remark)s")
                % {"discipline": discipline, "day": date_format(day, "SHORT_DATE_FORMAT"), "remark": remark}
            ),
            url=reverse("department_book_differences"),
            event=f"book-remark-{settled.pk}",
            now=now,
        )
    return settled


def _hold(workload_id: int) -> None:
    """One after the other: two heads (one is acting) must not each settle or enter the same month."""
    Workload.objects.select_for_update(no_key=True).get(pk=workload_id)


def _refuse_to_come(day: date, now: datetime) -> None:
    if day > day_of(now):
        raise Refusal(
            _("%(day)s is still to come: nothing can have been held.") % {"day": date_format(day, "SHORT_DATE_FORMAT")},
            code="day_to_come",
        )
