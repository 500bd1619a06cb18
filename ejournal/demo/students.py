"""Students who came, went and changed groups this semester, and what the teachers say of their lists (§7.5)."""

from datetime import date, datetime, time, timedelta

from accounts.models import GroupEnrolment, Student, User
from ejournal.demo.cast import LOGINS, Scene
from ejournal.lib.clock import day_of, moment_of
from journal.services import carry_out_order
from teaching.enums import OrderKind, ReportKind
from teaching.models import Workload, WorkloadTeacher, in_force
from teaching.selectors.rosters import standing_list
from teaching.services.orders import OrderDraft
from teaching.services.rosters import confirm_list, report_list
from university.models import Group, Semester

WEEKS_AFTER_START = {"transfer": 2, "leave": 3, "expel": 2, "reinstate": 5, "subgroup": 3}
CONFIRMED_SHARE = 3  # of so many journals of the unit one is not confirmed yet


def make_orders(scene: Scene, semester: Semester, *, now: datetime) -> int:
    """The semester's orders of the scene's dean's office, each on its day; before there are marks. How many."""
    office = User.objects.get(username="office")
    reach = frozenset({scene.group.unit_id})
    groups = _groups_beside(scene, semester)
    people = [student for group in groups for student in _ordinary(group, semester)[:3]]
    if len(groups) < 2 or len(people) < 4:
        return 0
    moved, on_leave, back = people[0], people[1], people[3]
    divided = _divided(scene, semester)
    made = 0

    def carry_out(number: str, kind: OrderKind, weeks: int, student: Student, text: str, **more: object) -> None:
        nonlocal made
        day = semester.starts_on + timedelta(weeks=weeks)
        if day > day_of(now):
            return
        carry_out_order(
            draft=OrderDraft(
                kind=kind,
                number=number,
                date=_working(day - timedelta(days=2)),
                effective_on=day,
                students=(student.pk,),
                text=text,
                **more,  # type: ignore[arg-type]
            ),
            reach=reach,
            by=office,
            now=moment_of(day, time(9, 30)),
        )
        made += 1

    weeks = WEEKS_AFTER_START
    carry_out("118-С", OrderKind.TRANSFER, weeks["transfer"], moved, "Студенттин арызы", to_group=groups[1])
    carry_out(
        "124-С",
        OrderKind.LEAVE,
        weeks["leave"],
        on_leave,
        "Дарыгердик комиссиянын корутундусу",
        until=semester.starts_on + timedelta(days=365),
    )
    carry_out("121-С", OrderKind.EXPEL, weeks["expel"], back, "Келишимдин шарты аткарылган жок")
    carry_out("139-С", OrderKind.REINSTATE, weeks["reinstate"], back, "Төлөм аткарылды", to_group=groups[1])
    if divided is not None:
        student, number = divided
        carry_out("126-С", OrderKind.SUBGROUP, weeks["subgroup"], student, "Кафедранын сунушу", subgroup=number)
    return made


def speak_of_lists(scene: Scene, *, now: datetime) -> int:
    """Most lists of the unit are confirmed; the colleague reports one. How many were confirmed."""
    today = day_of(now)
    journals = (
        WorkloadTeacher.objects.filter(
            in_force(today),
            workload__course__semester=scene.workload.course.semester,
            workload__course__group__unit=scene.group.unit,
        )
        .exclude(teacher=scene.teacher)
        .select_related("workload__course__group", "teacher__user")
        .order_by("workload__number")[:60]
    )
    confirmed = 0
    for place, row in enumerate(journals):
        shown = [member.student_id for member in standing_list(row.workload, on=today)]
        if shown and place % CONFIRMED_SHARE:
            confirm_list(workload=row.workload, shown=shown, by=row.teacher.user, now=now - timedelta(days=9))
            confirmed += 1
    theirs = (
        Workload.objects.filter(course=scene.workload.course, teachers__teacher=scene.colleague)
        .select_related("course__group", "course__discipline")
        .order_by("number")
        .first()
    )
    if theirs is not None:
        report_list(
            workload=theirs,
            kind=ReportKind.MISSING,
            student_id=None,
            typed_name="Мамытов Эрбол",
            text="Үчүнчү жумадан бери сабакка келет, тизмеде жок.",
            by=scene.colleague.user,
            now=now - timedelta(hours=26),
        )
    return confirmed


def _working(day: date) -> date:
    return day - timedelta(days=max(0, day.isoweekday() - 5))


def _groups_beside(scene: Scene, semester: Semester) -> list[Group]:
    """Other groups of the unit and intake that are taught: the scene's own list stays whole."""
    return list(
        Group.objects.filter(unit=scene.group.unit, courses__semester=semester)
        .exclude(pk=scene.group.pk)
        .distinct()
        .order_by("sort_key", "id")[:2]
    )


def _ordinary(group: Group, semester: Semester) -> list[Student]:
    """Students of a group from the middle of its list who are not of the cast."""
    return list(
        Student.objects.filter(group_enrolments__group=group, group_enrolments__ends_on=None)
        .filter(group_enrolments__starts_on__lte=semester.starts_on)
        .exclude(user__username__in=LOGINS)
        .select_related("user")
        .order_by("user__sort_key", "id")
        .distinct()[4:]
    )


def _divided(scene: Scene, semester: Semester) -> tuple[Student, int] | None:
    """A student of a divided group of the unit, and the other subgroup's number."""
    place = (
        GroupEnrolment.objects.filter(
            group__unit=scene.group.unit, subgroup__number=1, ends_on=None, starts_on__lte=semester.starts_on
        )
        .filter(group__subgroups__number=2)
        .exclude(student__user__username__in=LOGINS)
        .exclude(group=scene.group)
        .select_related("student__user")
        .order_by("-group__sort_key", "student__user__sort_key", "id")
        .first()
    )
    return (place.student, 2) if place is not None else None
