"""A journal that passes to another teacher for good: the same journal goes on from a day (§3.2, §3.5h)."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Teacher, User
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from ejournal.lib.locks import own_semesters
from messaging.services import notify
from teaching.enums import LessonState
from teaching.models import (
    Course,
    Lesson,
    LessonWorkload,
    Replacement,
    Substitution,
    Workload,
    WorkloadTeacher,
    in_force,
)
from teaching.services.substitutions import locks_as_refusals, withdraw_coming
from teaching.services.timetable import first_free_day
from teaching.services.timetable_lessons import generate_lessons


@transaction.atomic
def replace_teacher(
    *,
    workload_ids: Collection[int],
    successor: Teacher,
    from_date: date,
    order_number: str,
    order_date: date,
    reason: str,
    by: User,
    now: datetime,
) -> list[Replacement]:
    """Pass journals of one semester to a successor from a day on; nothing of the past changes.

    The predecessor keeps them to the day before, with his rights on each; then the successor keeps them, the open
    filling window of the last lessons included. Coming lessons follow, those moved by an order too. Substitutions
    of coming lessons are withdrawn: their teacher is not away. The successor leads the course where the predecessor
    led it and keeps nothing more of it.
    Refused: `nothing_chosen`, `several_semesters`, `semester_over`, `past_date`, `day_begun` (a lesson of that day has
    begun), `order_missing`, `contract_ended`, `same_teacher`, `no_keeper`, `succession_planned`, `part_of_stream`,
    `module_closed` (423).
    """
    semester_ids = set(Workload.objects.filter(pk__in=workload_ids).values_list("course__semester_id", flat=True))
    if not semester_ids:
        raise Refusal(_("Choose at least one journal."), code="nothing_chosen")
    own_semesters(semester_ids)
    workloads = list(
        Workload.objects.filter(pk__in=workload_ids)
        .select_related("course__semester__year", "course__discipline", "course__group")
        .order_by("pk")
    )
    if len(semester_ids) > 1:
        raise Refusal(_("Choose journals of one semester."), code="several_semesters")
    semester = workloads[0].course.semester
    if not order_number.strip():
        raise Refusal(_("Write the number of the order."), code="order_missing")
    _judge_day(workloads, from_date, now=now)
    if (successor.ends_on is not None and successor.ends_on < from_date) or not successor.user.is_active:
        raise Refusal(_("The teacher does not work here any more on that day."), code="contract_ended")
    keepers = _keepers(workloads, from_date)
    for workload in workloads:
        if keepers[workload.pk].teacher_id == successor.pk:
            raise Refusal(
                _("%(teacher)s keeps this journal already: %(journal)s.")
                % {"teacher": successor.user.get_short_name(), "journal": _label(workload)},
                code="same_teacher",
            )
    _judge_streams(workloads, keepers, from_date)

    made = []
    for workload in workloads:
        row = keepers[workload.pk]
        predecessor = row.teacher
        if row.starts_on == from_date:
            # He never began: nothing rests on the row.
            row.teacher = successor
            row.save(update_fields=["teacher"])
        else:
            until = row.ends_on
            row.ends_on = from_date - timedelta(days=1)
            row.save(update_fields=["ends_on"])
            WorkloadTeacher.objects.create(workload=workload, teacher=successor, starts_on=from_date, ends_on=until)
        made.append(
            Replacement.objects.create(
                workload=workload,
                predecessor=predecessor,
                successor=successor,
                from_date=from_date,
                order_number=order_number.strip(),
                order_date=order_date,
                reason=reason.strip(),
                made_by=by,
                made_at=now,
            )
        )
    ids = [workload.pk for workload in workloads]
    _withdraw_substitutions(ids, from_date, now=now)
    with locks_as_refusals():
        generate_lessons(semester, by=by, now=now, workload_ids=ids)
        _pass_ordered_lessons(ids, successor, from_date, by=by, now=now)
    _pass_lead(made)
    _tell(made, successor, from_date, now=now)
    return made


def _label(workload: Workload) -> str:
    return f"{workload.course.discipline.name}, {workload.course.group.name}"


def _judge_day(workloads: list[Workload], from_date: date, *, now: datetime) -> None:
    if from_date < day_of(now):
        raise Refusal(_("A journal passes on today or later: the past stays as it was."), code="past_date")
    if from_date > workloads[0].course.semester.ends_on:
        raise Refusal(
            _("The semester %(semester)s is over by then.") % {"semester": str(workloads[0].course.semester)},
            code="semester_over",
        )
    if from_date < first_free_day([workload.pk for workload in workloads], now=now):
        raise Refusal(_("A lesson of today has begun already: choose tomorrow."), code="day_begun")


def _keepers(workloads: list[Workload], day: date) -> dict[int, WorkloadTeacher]:
    rows = list(
        WorkloadTeacher.objects.filter(workload__in=workloads)
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day))
        .select_related("teacher__user")
        .order_by("starts_on")
    )
    if any(row.starts_on > day for row in rows):
        raise Refusal(
            _("Another teacher is to take one of these journals over later. Choose a day after that."),
            code="succession_planned",
        )
    keepers = {row.workload_id: row for row in rows}
    for workload in workloads:
        if workload.pk not in keepers:
            raise Refusal(
                _("Nobody keeps this journal on that day: %(journal)s.") % {"journal": _label(workload)},
                code="no_keeper",
            )
    return keepers


def _judge_streams(workloads: list[Workload], keepers: dict[int, WorkloadTeacher], day: date) -> None:
    """Groups that sit together have one teacher: their journals pass on together."""
    chosen = {workload.pk for workload in workloads}
    for workload in workloads:
        if not workload.stream:
            continue
        beside = (
            WorkloadTeacher.objects.filter(
                in_force(day),
                workload__stream=workload.stream,
                workload__course__semester_id=workload.course.semester_id,
                teacher_id=keepers[workload.pk].teacher_id,
            )
            .exclude(workload__in=chosen)
            .select_related("workload__course__group", "workload__course__discipline")
            .first()
        )
        if beside is not None:
            raise Refusal(
                _("This group sits in the same lessons: choose its journal too: %(journal)s.")
                % {"journal": _label(beside.workload)},
                code="part_of_stream",
            )


def _withdraw_substitutions(workload_ids: list[int], from_date: date, *, now: datetime) -> None:
    coming = Substitution.objects.living().filter(
        lesson__workloads__workload__in=workload_ids, lesson__date__gte=from_date
    )
    withdraw_coming(list(coming.values_list("pk", flat=True)), now=now)


def _pass_ordered_lessons(
    workload_ids: list[int], successor: Teacher, from_date: date, *, by: User, now: datetime
) -> None:
    """Moved and make-up lessons rest on an order, not on a line: the timetable leaves them alone."""
    served = LessonWorkload.objects.filter(lesson=OuterRef("pk"), workload__in=workload_ids)
    Lesson.objects.filter(
        Exists(served),
        Exists(LessonWorkload.objects.filter(lesson=OuterRef("pk"), change__isnull=False)),
        date__gte=from_date,
        starts_at__gt=now,
        state=LessonState.PLANNED,
    ).exclude(teacher=successor).update(
        teacher=successor, version=F("version") + 1, changed_by=by, changed_at=now, request_id=request_id()
    )


def _pass_lead(made: list[Replacement]) -> None:
    for replacement in made:
        keeps_more = WorkloadTeacher.objects.filter(
            in_force(replacement.from_date),
            workload__course=replacement.workload.course_id,
            teacher=replacement.predecessor_id,
        )
        Course.objects.filter(
            ~Exists(keeps_more), pk=replacement.workload.course_id, lead=replacement.predecessor_id
        ).update(lead=replacement.successor_id)


def _tell(made: list[Replacement], successor: Teacher, from_date: date, *, now: datetime) -> None:
    """Both teachers; the students see the name in their timetable."""
    count, day = len(made), date_format(from_date, "d.m.Y")
    notify(
        [successor.user],
        kind="replacement",
        text=lambda: (
            ngettext(
                "From %(day)s on you keep %(count)s journal that another teacher kept.",
                "From %(day)s on you keep %(count)s journals that another teacher kept.",
                count,
            )
            % {"day": day, "count": count}
        ),
        url=reverse("journals"),
        event=f"replacement:{made[0].pk}",
        now=now,
    )
    notify(
        {replacement.predecessor.user_id: replacement.predecessor.user for replacement in made}.values(),
        kind="replacement",
        text=lambda: (
            ngettext(
                "%(count)s journal passes on to %(teacher)s from %(day)s on.",
                "%(count)s journals pass on to %(teacher)s from %(day)s on.",
                count,
            )
            % {"day": day, "count": count, "teacher": successor.user.get_short_name()}
        ),
        url=reverse("journals"),
        event=f"replacement:{made[0].pk}",
        now=now,
    )
