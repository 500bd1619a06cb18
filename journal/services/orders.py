"""Orders about students, with what the journal knows: closed modules, marks that are there (§4.3, §7.5).

`teaching` judges and writes the order; here stands what must hold around it, on both sides of the write.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from ejournal.lib import locks
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from journal.enums import SheetState, Source
from journal.models import ModuleSheet
from messaging.services import notify
from teaching.enums import OrderKind
from teaching.models import ORDER_LABELS, StudentOrder, StudentOrderLine, WorkloadTeacher, in_force
from teaching.selectors.students import offices_of
from teaching.services.orders import OrderDraft, Problem, judge_order, refuse, write_order
from teaching.services.snapshots import courses_touched, still_stands, take_back
from university.models import Semester

# Marks that say something of a student who, as the lists are now, did not belong to that lesson.
_OFF_THE_ROLL = """
SELECT trim(concat_ws(' ', u.last_name, u.first_name, u.patronymic)), l.date, d.name
FROM journal_mark m
JOIN teaching_lesson l ON l.id = m.lesson_id
JOIN teaching_workload w ON w.id = m.workload_id
JOIN teaching_course c ON c.id = w.course_id
JOIN university_discipline d ON d.id = c.discipline_id
JOIN accounts_student s ON s.id = m.student_id
JOIN accounts_user u ON u.id = s.user_id
WHERE m.student_id = ANY (%(students)s) AND l.date >= %(since)s AND m.presence IS NOT NULL
  AND NOT EXISTS (
    SELECT 1 FROM teaching_courseenrolment e
    WHERE e.course_id = w.course_id AND e.student_id = m.student_id AND e.basis <> 'exempt'
      AND e.starts_on <= l.date AND (e.ends_on IS NULL OR e.ends_on >= l.date)
      AND (w.subgroup_id IS NULL OR w.subgroup_id = e.subgroup_id))
ORDER BY u.sort_key, s.id, l.date DESC
"""

# A roll that was taken has a row for everybody on it: who comes onto it afterwards gets an empty one, "nobody has
# looked", which the teacher fills or leaves.
_OPEN_CELLS = """
INSERT INTO journal_mark (lesson_id, student_id, workload_id, version, by_id, at, source, request_id, reason)
SELECT DISTINCT ON (l.id, e.student_id)
       l.id, e.student_id, w.id, 1, %(by)s, %(now)s, %(source)s, %(request)s, %(reason)s
FROM teaching_courseenrolment e
JOIN teaching_workload w ON w.course_id = e.course_id AND (w.subgroup_id IS NULL OR w.subgroup_id = e.subgroup_id)
JOIN teaching_lessonworkload lw ON lw.workload_id = w.id
JOIN teaching_lesson l ON l.id = lw.lesson_id AND l.roll_taken_at IS NOT NULL AND l.date >= %(since)s
 AND l.date >= e.starts_on AND (e.ends_on IS NULL OR l.date <= e.ends_on)
WHERE e.student_id = ANY (%(students)s) AND e.course_id = ANY (%(courses)s) AND e.basis <> 'exempt'
ORDER BY l.id, e.student_id, w.id
ON CONFLICT (lesson_id, student_id) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an order did, or would do: the order with its lines, and how many lists it touches."""

    order: StudentOrder
    lines: list[StudentOrderLine]
    courses: int


def carry_out_order(*, draft: OrderDraft, reach: Collection[int] | None, by: User, now: datetime) -> StudentOrder:
    """Make an order and let every list follow it from its day on, for all its students or for none (§7.5).

    `reach`: ids of the units whose students the actor manages; None: all. Refused, besides what `judge_order`
    refuses: `module_closed` (423) where a list would change on days of a closed module, `marks_after` where marks
    of later days would stand for somebody who was not on the list; both say the first day that is possible.
    Teachers of the lists, the students and the office that receives them are told.
    """
    with transaction.atomic():
        outcome = _carry_out(draft, reach=reach, by=by, now=now)
        _tell(outcome, now=now)
    return outcome.order


def preview_order(*, draft: OrderDraft, reach: Collection[int] | None, by: User, now: datetime) -> Outcome:
    """What the order would do: it is carried out, looked at and rolled back. Refused as `carry_out_order` is."""
    with transaction.atomic():
        outcome = _carry_out(draft, reach=reach, by=by, now=now)
        transaction.set_rollback(True)
    return outcome


def _carry_out(draft: OrderDraft, *, reach: Collection[int] | None, by: User, now: datetime) -> Outcome:
    judged = judge_order(draft, reach=reach, now=now)
    _refuse_closed(judged.course_ids, since=draft.effective_on)
    order = write_order(judged, by=by, now=now)
    lines = lines_of(order)
    courses = set().union(*(courses_touched(line.undo) for line in lines))
    _settle_marks(lines, courses, since=draft.effective_on, number=order.number, by=by, now=now)
    return Outcome(order, lines, len(courses))


def lines_of(order: StudentOrder) -> list[StudentOrderLine]:
    """The lines of an order in the order of the alphabet."""
    return list(
        order.lines.select_related("student__user", "from_group", "to_group", "subgroup").order_by(
            "student__user__sort_key", "student_id"
        )
    )


def withdraw_order(*, order: StudentOrder, by: User, now: datetime) -> None:
    """Take an order back: the lists are as if it had never been, the order stays in the register as withdrawn.

    Only while nothing rests on it: `already_withdrawn` (409), `later_order` where a later order names one of its
    students, `rests_on_it` where what it wrote was changed since, `module_closed` (423), `marks_after`.
    """
    with transaction.atomic():
        semesters = Semester.objects.filter(ends_on__gte=order.effective_on).values_list("id", flat=True)
        locks.share_courses(semester_ids=semesters, course_ids=[])
        order = StudentOrder.objects.select_for_update(of=("self",)).select_related("course").get(pk=order.pk)
        if order.withdrawn_at is not None:
            raise Refusal(_("The order is withdrawn already."), code="already_withdrawn", status=409)
        lines = lines_of(order)
        students = [line.student_id for line in lines]
        courses = set().union(*(courses_touched(line.undo) for line in lines))
        locks.own_courses(semester_ids=semesters, course_ids=courses)
        later = StudentOrderLine.objects.filter(
            student_id__in=students, order_id__gt=order.pk, order__withdrawn_at__isnull=True
        ).select_related("student__user", "order")
        refuse(
            [
                Problem(
                    line.student.user.get_full_name(),
                    "later_order",
                    _("Order %(number)s came after it: withdraw that first.") % {"number": line.order.number},
                )
                for line in later
            ]
        )
        refuse(
            [
                Problem(line.student.user.get_full_name(), "rests_on_it", _("What the order wrote was changed since."))
                for line in lines
                if not still_stands(line.undo)
            ]
        )
        _refuse_closed(courses, since=order.effective_on)
        for line in lines:
            take_back(line.undo)
        order.withdrawn_by, order.withdrawn_at = by, now
        order.save(update_fields=["withdrawn_by", "withdrawn_at"])
        _settle_marks(lines, courses, since=order.effective_on, number=order.number, by=by, now=now)
        _tell(Outcome(order, lines, len(courses)), now=now)


def _refuse_closed(course_ids: Iterable[int], *, since: date) -> None:
    """Law 3, said before the trigger says it: no list changes on days of a closed module."""
    sheets = list(
        ModuleSheet.objects.filter(state=SheetState.CLOSED, course_id__in=list(course_ids), module__ends_on__gte=since)
        .select_related("module", "course__discipline", "course__group")
        .order_by("-module__ends_on", "course__discipline__sort_key", "course_id")
    )
    if not sheets:
        return
    first = sheets[0]
    raise Refusal(
        _(
            "Module %(module)s of %(course)s is closed: lists change only from %(day)s on. "
            "Choose a later day, or have the module reopened."
        )
        % {
            "module": first.module.number,
            "course": f"{first.course.discipline.name}, {first.course.group.name}",
            "day": date_format(first.module.ends_on + timedelta(days=1), "SHORT_DATE_FORMAT"),
        },
        code="module_closed",
        status=423,
        problems=[
            Problem(
                f"{sheet.course.discipline.name}, {sheet.course.group.name}",
                "module_closed",
                _("module %(number)s is closed") % {"number": sheet.module.number},
            )
            for sheet in sheets
        ],
    )


def _settle_marks(
    lines: list[StudentOrderLine], courses: set[int], *, since: date, number: str, by: User, now: datetime
) -> None:
    """No mark may be left without a place on the list; taken rolls get their empty cells for who is new on them."""
    students = [line.student_id for line in lines]
    with connection.cursor() as cursor:
        cursor.execute(_OFF_THE_ROLL, {"students": students, "since": since})
        found = cursor.fetchall()
        if found:
            last = max(day for _name, day, _discipline in found)
            problems = [
                Problem(name, "marks_after", f"{date_format(day, 'SHORT_DATE_FORMAT')}, {discipline}")
                for name, day, discipline in found
            ]
            raise Refusal(
                _(
                    "There are marks of days on which the student would not be on the list. The first day that is "
                    "possible is %(day)s; earlier only after the teachers have emptied those cells."
                )
                % {"day": date_format(last + timedelta(days=1), "SHORT_DATE_FORMAT")},
                code="marks_after",
                problems=problems,
                first_day=(last + timedelta(days=1)).isoformat(),
            )
        cursor.execute(
            _OPEN_CELLS,
            {
                "students": students,
                "courses": sorted(courses),
                "since": since,
                "by": by.id,
                "now": now,
                "source": Source.WEB.value,
                "request": request_id(),
                "reason": number[:300],
            },
        )


def _tell(outcome: Outcome, *, now: datetime) -> None:
    """The students, the teachers whose lists change, and the office to which somebody comes."""
    order, lines = outcome.order, outcome.lines
    event = f"order:{order.pk}:{'withdrawn' if order.withdrawn_at else 'made'}"
    facts: dict[str, Any] = {
        "number": order.number,
        "kind": ORDER_LABELS[OrderKind(order.kind)],
        "day": order.effective_on,
    }

    def said(sentence: str) -> str:
        return sentence % {**facts, "day": date_format(facts["day"], "SHORT_DATE_FORMAT")}

    withdrawn = order.withdrawn_at is not None
    notify(
        [line.student.user for line in lines],
        kind="order",
        text=lambda: said(
            _("Order %(number)s (%(kind)s) is withdrawn.")
            if withdrawn
            else _("Order %(number)s: %(kind)s, from %(day)s on.")
        ),
        url=reverse("cabinet"),
        event=event,
        now=now,
    )
    touched = set().union(*(courses_touched(line.undo) for line in lines))
    keepers = (
        WorkloadTeacher.objects.filter(in_force(max(day_of(now), order.effective_on)), workload__course__in=touched)
        .order_by("teacher__user_id", F("workload__course__group__sort_key"))
        .distinct("teacher__user_id")
        .select_related("teacher__user")
    )
    notify(
        [keeper.teacher.user for keeper in keepers],
        kind="order",
        text=lambda: said(
            _("Order %(number)s (%(kind)s) is withdrawn: your lists are as before it.")
            if withdrawn
            else _("Order %(number)s (%(kind)s) changes your lists from %(day)s on.")
        ),
        url=reverse("journals"),
        event=event,
        now=now,
    )
    receiving = {
        line.to_group.unit_id for line in lines if line.to_group is not None and line.to_group.unit_id != order.unit_id
    }
    if receiving:
        notify(
            offices_of(receiving, on=day_of(now)),
            kind="order",
            text=lambda: said(
                _("Order %(number)s of another unit (%(kind)s) is withdrawn.")
                if withdrawn
                else _("Order %(number)s of another unit brings students to you from %(day)s on.")
            ),
            url=reverse("order", args=[order.pk]),
            event=event,
            now=now,
        )
