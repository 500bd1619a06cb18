"""Appeals of the scene's group to `teacher`: one to answer, one past its day, one that waits for a reopening, one
granted, one refused (§4.2)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from accounts.models import Student
from ejournal.demo.cast import Scene
from ejournal.lib.clock import day_of
from journal.enums import AppealKind, Presence
from journal.models import ExcuseCover, Mark
from journal.services.appeals import grant_appeal, make_appeal, refuse_appeal, reopen_for_appeal

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WINDOW = 7  # days in which a cell is filled
WITHIN = 14  # days in which a mark is appealed against


def appeal_to_teacher(scene: Scene, *, now: datetime) -> int:
    """How many appeals stand; fewer where the scene's marks of the last two weeks give no more."""
    student, fellow = (Student.objects.get(user__username=name) for name in ("student", "fellow"))
    taken: set[int] = set()

    def find(of: Student, *, since: int, until: int, fits: Callable[[Mark], bool]) -> Mark | None:
        """A free mark of a student at a lesson of so many to so many days ago: of the scene's own journal, whose
        department `head` has, where there is one; the newest."""
        today = day_of(now)
        excused = set(ExcuseCover.objects.filter(student=of).values_list("lesson_id", flat=True))
        marks = (
            Mark.objects.filter(
                student=of,
                workload__teachers__teacher=scene.teacher,
                presence__isnull=False,
                lesson__date__range=(today - since * DAY, today - until * DAY),
                at__lte=now - 6 * HOUR,
            )
            .exclude(lesson_id__in=excused)
            .exclude(pk__in=taken)
            .order_by("-lesson__starts_at", "id")
            .distinct()
        )
        free = [mark for mark in marks if fits(mark)]
        found = next((mark for mark in free if mark.workload_id == scene.workload.pk), free[0] if free else None)
        if found is not None:
            taken.add(found.pk)
        return found

    def absent(mark: Mark) -> bool:
        return mark.presence == Presence.ABSENT and mark.grade is None

    def graded(mark: Mark) -> bool:
        return mark.presence == Presence.PRESENT and mark.grade is not None and mark.grade < 5

    def present(mark: Mark) -> bool:
        return mark.presence == Presence.PRESENT and mark.grade != 5

    teacher = scene.teacher.user
    made = 0
    if mark := find(student, since=WINDOW - 1, until=0, fits=absent):
        _say(mark, AppealKind.SCANNED, "", now=now - 2 * HOUR)
        made += 1
    elif mark := find(student, since=WINDOW - 1, until=0, fits=present):
        _say(mark, AppealKind.OTHER, "Тактада жооп бердим, бирок баа коюлбай калыптыр.", now=now - 2 * HOUR)
        made += 1
    if mark := find(student, since=WINDOW - 1, until=0, fits=present):
        appeal = _say(mark, AppealKind.GRADE, "Жообум толук болчу, текшерип коёсузбу?", now=now - 5 * HOUR)
        grant_appeal(
            appeal_id=appeal,
            presence=Presence.PRESENT,
            grade=4 if mark.grade is None else mark.grade + 1,
            late_minutes=None,
            version=mark.version,
            answer="Кайра карап чыктым: туура айтасың.",
            by=teacher,
            now=now - 4 * HOUR,
        )
        made += 1
    if mark := find(student, since=WITHIN - 1, until=1, fits=graded):
        appeal = _say(mark, AppealKind.GRADE, "Тестке дагы бир балл кошулбай калгандай.", now=now - 5 * HOUR)
        answer = "Үчүнчү суроонун жообу туура эмес: баа өзгөрбөйт. Консультацияга кел."
        refuse_appeal(appeal_id=appeal, answer=answer, by=teacher, now=now - 3 * HOUR)
        made += 1
    # Past the days for filling: `head` decides whether the lesson is opened.
    if mark := find(fellow, since=WITHIN, until=WINDOW + 1, fits=lambda one: True):
        appeal = _say(mark, AppealKind.OTHER, "Лабораториялык ишти ошол күнү тапшыргам.", now=now - 26 * HOUR)
        why = "Иш убагында тапшырылган, журналга жазылбай калган"
        reopen_for_appeal(appeal_id=appeal, why=why, by=teacher, now=now - timedelta(minutes=10))
        made += 1
    # Said five days ago: past the days for an answer, so `head` sees it too.
    if mark := find(fellow, since=WITHIN - 2, until=6, fits=lambda one: one.at <= now - 5 * DAY):
        _say(mark, AppealKind.OTHER, "Докладымды коргогом, бирок журналда көрүнбөйт.", now=now - 5 * DAY)
        made += 1
    return made


def _say(mark: Mark, kind: AppealKind, text: str, *, now: datetime) -> int:
    student = Student.objects.select_related("user").get(pk=mark.student_id)
    made = make_appeal(lesson_id=mark.lesson_id, student=student, kind=kind, text=text, by=student.user, now=now)
    return int(made.pk)
