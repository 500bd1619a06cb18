"""Self-study of the demo: tasks of `teacher`'s journals that are graded, handed in, overdue and still to do."""

from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import Student
from ejournal.demo.cast import Scene
from ejournal.lib.clock import day_of
from ejournal.lib.pdf import render_pdf
from journal.enums import SheetState, TaskKind
from journal.models import ModuleSheet, SelfStudyTask
from journal.services.selfstudy import Typed, Upload, give_task, hand_in, set_teams
from journal.services.selfstudy_marks import Grade, grade_task
from teaching.models import CourseEnrolment, Workload
from university.models import Module

PAPER = "<h1>Өз алдынча иш</h1><p>Үлгү: студент тапшырган жооп.</p>"
TEAM = 4


def give_tasks(scene: Scene, *, now: datetime) -> None:
    """Four tasks of the scene's journal: one graded, one of teams, one to do, one overdue; as far as the open
    module of the day has room for them."""
    workload = scene.workload
    module = _open_module(workload, now=now)
    if module is None:
        return
    teacher = scene.teacher.user
    student = Student.objects.select_related("user").get(user__username="student")
    fellow = Student.objects.select_related("user").get(user__username="fellow")
    today = day_of(now)
    group = list(
        CourseEnrolment.objects.filter(course=workload.course, ends_on=None)
        .order_by("student__user__sort_key", "student_id")
        .values_list("student_id", flat=True)
    )

    def give(title: str, text: str, kind: TaskKind, maximum: int, *, given: int, due: int) -> SelfStudyTask:
        day = min(max(today + timedelta(days=due), module.starts_on), module.ends_on)
        at = now - timedelta(days=given)
        typed = Typed(title=title, text=text, kind=kind, maximum=Decimal(maximum), due_on=max(day, day_of(at)))
        return give_task(workload=workload, typed=typed, by=teacher, now=at)

    graded = give(
        "Реферат: колдонуу тармактары",
        "5–7 бет, үч булактан кем эмес. Титулдук барак, мазмун, корутунду, адабияттар.",
        TaskKind.INDIVIDUAL,
        10,
        given=16,
        due=-6,
    )
    for position, one in enumerate((student, fellow)):
        hand_in(
            task_id=graded.pk,
            student=one,
            text="Реферат тиркелди." if position == 0 else "Рефератты кечиктирдим, кечирим сурайм.",
            file=Upload("реферат.pdf", render_pdf(PAPER)) if position == 0 else None,
            by=one.user,
            now=now - timedelta(days=8 - 4 * position),
        )
    points = ["9", "7.5", "10", "6", "8.25"]
    grades = [Grade(pk, points[place % 5], 0) for place, pk in enumerate(group) if place % 6 or pk == student.pk]
    grade_task(task_id=graded.pk, grades=grades, by=teacher, now=now - timedelta(days=3))

    together = give(
        "Топтук долбоор: презентация",
        "Тема бөлүштүрүлдү. Ар бир мүчө өз бөлүгүн айтат; презентация PDF түрүндө тапшырылат.",
        TaskKind.COLLECTIVE,
        15,
        given=7,
        due=5,
    )
    teams = {pk: place // TEAM + 1 for place, pk in enumerate(group)}
    set_teams(task_id=together.pk, teams=teams, by=teacher, now=now - timedelta(days=7))
    hand_in(
        task_id=together.pk,
        student=student,
        text="Презентациянын биринчи варианты.",
        file=Upload("презентация.pdf", render_pdf(PAPER)),
        by=student.user,
        now=now - timedelta(days=1),
    )
    give("Маселелер жыйнагы, 12–18", "Чыгарылышы толук жазылсын.", TaskKind.INDIVIDUAL, 5, given=2, due=9)
    give("Конспект: негизги түшүнүктөр", "", TaskKind.INDIVIDUAL, 5, given=9, due=-1)


def _open_module(workload: Workload, *, now: datetime) -> Module | None:
    """The module of today, unless its sheet is closed."""
    today = day_of(now)
    module = Module.objects.filter(semester=workload.course.semester, starts_on__lte=today, ends_on__gte=today).first()
    closed = ModuleSheet.objects.filter(course=workload.course, module=module, state=SheetState.CLOSED)
    return None if module is None or closed.exists() else module
