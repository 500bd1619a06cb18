"""Calendar-thematic plans and working programmes of the demo: given, waiting, returned and missing ones."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from accounts.models import User
from ejournal.demo.words import topic_of, work_kinds_of
from ejournal.lib.clock import day_of, moment_of
from messaging.services import mark_read
from teaching.enums import ApprovalState
from teaching.models import (
    Lesson,
    LessonItem,
    Plan,
    PlanItem,
    Workload,
    WorkloadTeacher,
    not_ended,
)
from teaching.rules import PAIR_HOURS, PlanLine
from teaching.selectors.plan_fact import LOST
from teaching.services.approvals import decide_plan, decide_programme
from teaching.services.plans import begin_plan, save_plan, submit_plan
from teaching.services.programmes import begin_programme, save_programme, submit_programme
from university.models import Semester
from university.rules import week_number

LATE = 12  # journals of the department whose plans wait for its head at most
REMARKS = "5-темадан баштап өз алдынча иштер көрсөтүлгөн эмес. Адабияттарды 2020-жылдан кийинкилер менен толуктаңыз."
MEANS = (
    "Учурдагы текшерүү: оозеки суроо, тест (20 суроо), практикалык тапшырмалар.\n"
    "Аралык текшерүү: ар бир модулдун аягында жазуу иши (3 суроо) же тест (40 суроо).\n"
    "Өз алдынча иш: реферат, доклад, жеке тапшырма."
)
CRITERIA = (
    "5 — тема толук ачылды, мисалдар келтирилди, кошумча суроолорго так жооп берилди;\n"
    "4 — тема ачылды, бирок айрым так эместиктер бар;\n"
    "3 — негизги түшүнүктөр айтылды, далилдер толук эмес;\n"
    "2 — тема ачылган жок же жооп берилген жок."
)


def make_plans(semester: Semester, *, workload: Workload, now: datetime) -> None:
    """Plans in the department of the scene's journal, as they would stand in the middle of a semester.

    The journals of `teacher` and `colleague` have approved plans, by which their past lessons were given, but for
    the last of each: that of `teacher` has no plan yet, that of `colleague` came back with remarks. Of the others
    in the department some wait for `head`, some have none.
    """
    made_at = min(now, moment_of(semester.starts_on - timedelta(days=6), time(10)))
    head = User.objects.get(username="head")
    teacher, colleague = User.objects.get(username="teacher"), User.objects.get(username="colleague")
    own = _journals_of(teacher, semester, first=workload)
    colleagues = [
        journal for journal in _journals_of(colleague, semester) if journal.department_id == workload.department_id
    ]
    # The last that is not parallel to the first: parallel journals have one plan.
    apart = [one for one in colleagues if _subject(one) != _subject(colleagues[0])][-1:]
    for journal in apart:
        if returned := _plan(journal, by=colleague, at=made_at):
            decide_plan(plan_id=returned.pk, decision=ApprovalState.RETURNED, remarks=REMARKS, by=head, now=now)
    approved = [*own[: max(1, len(own) - 1)], *colleagues]
    others = (
        WorkloadTeacher.objects.filter(
            not_ended(day_of(now)),
            workload__department_id=workload.department_id,
            workload__course__semester=semester,
        )
        .exclude(teacher__user__in=[head, teacher, colleague])
        .order_by("teacher__staff_number")
        .values_list("teacher__user_id", flat=True)
    )
    late: list[Workload] = []
    for place, user_id in enumerate(dict.fromkeys(others)):
        theirs = [
            one
            for one in _journals_of(User.objects.get(pk=user_id), semester)
            if one.department_id == workload.department_id
        ]
        # Of ten teachers six have their plans approved, two sent them late, two have none.
        if place % 10 < 6:
            approved += theirs
        elif place % 10 < 8:
            late += theirs
    plans = [plan for journal in approved if (plan := _plan(journal, by=_keeper(journal), at=made_at))]
    for plan in plans:
        if plan.department_id == workload.department_id:
            decide_plan(plan_id=plan.pk, decision=ApprovalState.APPROVED, remarks="", by=head, now=made_at)
    mark_read(head, now=made_at)
    _link_lessons(plans)
    for journal in late[:LATE]:
        _plan(journal, by=_keeper(journal), at=now - timedelta(days=2))
    _programmes(semester, workload=workload, waiting=_journals_of(colleague, semester), head=head, at=made_at)


def _journals_of(user: User, semester: Semester, first: Workload | None = None) -> list[Workload]:
    """A person's journals of a semester, by number, one of them first."""
    journals = Workload.objects.filter(teachers__teacher__user=user, course__semester=semester).select_related(
        "course__discipline", "course__semester", "department"
    )
    return sorted(journals, key=lambda journal: (first is None or journal.pk != first.pk, journal.number))


def _subject(journal: Workload) -> tuple[int, str]:
    return journal.course.discipline_id, journal.kind


def _keeper(journal: Workload) -> User:
    link = WorkloadTeacher.objects.filter(workload=journal).select_related("teacher__user").order_by("-starts_on")[0]
    return link.teacher.user


def _plan(journal: Workload, *, by: User, at: datetime) -> Plan | None:
    """A submitted plan of a journal; None where it shares one that is there already."""
    if Workload.objects.filter(pk=journal.pk, planned__isnull=False).exists():
        return None
    plan = begin_plan(workload=journal, by=by, now=at)
    plan = save_plan(plan_id=plan.pk, lines=list(_lines(journal)), version=plan.version, by=by, now=at)
    submit_plan(plan_id=plan.pk, version=plan.version, by=by, now=at)
    return plan


def _lines(journal: Workload) -> Iterable[PlanLine]:
    """A line for each pair; what growing the demo writes into the lessons is the topic of the same number."""
    semester = journal.course.semester
    pairs = (journal.hours + PAIR_HOURS - 1) // PAIR_HOURS
    weeks = week_number(semester.ends_on, semester_starts_on=semester.starts_on)
    for ordinal in range(1, pairs + 1):
        yield PlanLine(
            week=min(weeks, (ordinal - 1) * weeks // pairs + 1),
            module=1 if ordinal * 2 <= pairs + 1 else 2,
            topic=topic_of(journal.kind, ordinal),
            hours=min(PAIR_HOURS, journal.hours - PAIR_HOURS * (ordinal - 1)),
            kinds=tuple(work_kinds_of(journal.kind, (ordinal * 7 % 20) / 20)),
            self_study=f"Конспект: {ordinal}-тема боюнча суроолорго жооп" if ordinal % 3 == 0 else "",
            literature=f"Негизги окуу китеби, {ordinal * 9 - 8}–{ordinal * 9}-беттер",
        )


def _link_lessons(plans: Iterable[Plan]) -> None:
    """Lessons that were filled with the topic of an item gave it."""
    ids = [plan.pk for plan in plans]
    items = {(item.plan_id, item.topic): item for item in PlanItem.objects.filter(plan__in=ids)}
    lessons = (
        Lesson.objects.filter(workloads__workload__planned__plan__in=ids)
        .exclude(topic="")
        .exclude(state__in=LOST)
        .values_list("id", "topic", "workloads__workload__planned__plan_id")
        .distinct()
    )
    LessonItem.objects.bulk_create(
        [
            LessonItem(lesson_id=lesson_id, item=items[plan_id, topic], hours=items[plan_id, topic].hours)
            for lesson_id, topic, plan_id in lessons
            if (plan_id, topic) in items
        ]
    )


def _programmes(semester: Semester, *, workload: Workload, waiting: list[Workload], head: User, at: datetime) -> None:
    """The criteria of the scene's discipline, approved; another discipline's wait for the head."""
    others = [
        journal
        for journal in [*waiting, *Workload.objects.filter(department=workload.department, course__semester=semester)]
        if journal.department_id == workload.department_id
        and journal.course.discipline_id != workload.course.discipline_id
        and _keeper(journal) != head
    ]
    for journal in [workload, *others[:1]]:
        by = _keeper(journal)
        programme = begin_programme(workload=journal, by=by, now=at)
        programme = save_programme(
            programme_id=programme.pk,
            means=MEANS,
            criteria=CRITERIA,
            upload=None,
            drop_file=False,
            version=programme.version,
            by=by,
            now=at,
        )
        submit_programme(programme_id=programme.pk, version=programme.version, by=by, now=at)
        if journal is workload:
            decide_programme(programme_id=programme.pk, decision=ApprovalState.APPROVED, remarks="", by=head, now=at)
