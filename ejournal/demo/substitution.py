"""Who is away and who stands in: a finished substitution of last month, and one teacher who is ill now (§3.5h)."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from django.db.models import Count, Q, QuerySet

from accounts.models import Teacher, User
from ejournal.demo.cast import LOGINS, Scene
from ejournal.lib.clock import moment_of
from teaching.enums import AbsenceKind, Answer, LessonState
from teaching.models import Lesson, Substitution, TeacherAbsence
from teaching.selectors.absences import lessons_of_absence
from teaching.selectors.substitutes import engagements
from teaching.services.substitutions import answer_substitution, name_substitutes, record_absence

NOTE = "Китептин 4-главасы; 3–7-маселелерди тактада чыгарышсын."
LONG_AGO, LATELY = timedelta(days=35), timedelta(days=14)
ILL_FOR = timedelta(days=9)


def stand_in_last_month(scene: Scene, *, now: datetime) -> None:
    """A colleague's day was covered, by `teacher` first. Before the semester grows, so that they fill it, too."""
    for absent in _others(scene, since=now - LONG_AGO, until=now - LATELY):
        lesson = _coming(absent, since=now - LONG_AGO, until=now - LATELY).first()
        if lesson is None or not _is_free(scene.teacher, lesson):
            continue
        before = moment_of(lesson.date - timedelta(days=1), time(10, 0))
        absence = _away(absent, lesson, days=1, kind=AbsenceKind.TRIP, document="38-К", now=before)
        pairs = [
            (one, scene.teacher if _is_free(scene.teacher, one) else scene.colleague)
            for one in lessons_of_absence(absence)
        ]
        for one in _name(absence, pairs, now=before):
            _confirm(one, one.substitute.user, now=before + timedelta(hours=1))
            _confirm(one, absent.user, now=before + timedelta(hours=2))
        return


def somebody_is_ill(scene: Scene, *, now: datetime) -> None:
    """Of a department: one lesson waits for `teacher`'s answer, to one `colleague` objects, one is confirmed, and the
    rest wait for `head`."""
    for absent in _others(scene, since=now, until=now + ILL_FOR):
        lessons = list(_coming(absent, since=now, until=now + ILL_FOR))
        if len(lessons) < 4:
            continue
        absence = _away(
            absent, lessons[0], days=ILL_FOR.days + 1, kind=AbsenceKind.ILLNESS, document="ЭН-2041", now=now
        )
        lessons = list(lessons_of_absence(absence))
        third = _others(scene, since=now, until=now + ILL_FOR)
        for substitute in (scene.teacher, scene.colleague, next(one for one in third if one != absent)):
            # The first lesson stays without anybody: there is something to do for the head.
            free = next((one for one in lessons[1:] if _is_free(substitute, one)), None)
            if free is None:
                continue
            lessons.remove(free)
            for one in _name(absence, [(free, substitute)], now=now):
                _answer(one, scene, now=now)
        return


def _others(scene: Scene, *, since: datetime, until: datetime) -> Iterator[Teacher]:
    """Teachers of the head's department outside the cast, those with most lessons in some days first."""
    meets = Q(lessons__starts_at__gt=since, lessons__starts_at__lt=until, lessons__state=LessonState.PLANNED)
    teachers = (
        Teacher.objects.filter(department=scene.workload.department)
        .exclude(user__username__in=LOGINS)
        .exclude(pk__in=TeacherAbsence.objects.living().values("teacher"))
        .annotate(coming=Count("lessons", filter=meets, distinct=True))
        .select_related("user")
        .order_by("-coming", "staff_number")
    )
    return iter(teachers)


def _coming(teacher: Teacher, *, since: datetime, until: datetime) -> QuerySet[Lesson]:
    return Lesson.objects.filter(
        teacher=teacher, starts_at__gt=since, starts_at__lt=until, state=LessonState.PLANNED
    ).order_by("starts_at", "id")


def _is_free(teacher: Teacher, lesson: Lesson) -> bool:
    return not engagements([teacher.pk], days=[lesson.date]).is_busy(teacher.pk, lesson)


def _head() -> User:
    return User.objects.get(username="head")


def _away(
    absent: Teacher, first: Lesson, *, days: int, kind: AbsenceKind, document: str, now: datetime
) -> TeacherAbsence:
    return record_absence(
        teacher=absent,
        starts_on=first.date,
        ends_on=first.date + timedelta(days=days - 1),
        kind=kind,
        details="",
        document_number=document,
        by=_head(),
        now=now,
    )


def _name(absence: TeacherAbsence, pairs: list[tuple[Lesson, Teacher]], *, now: datetime) -> list[Substitution]:
    return name_substitutes(
        absence=absence,
        choices={lesson.pk: teacher.pk for lesson, teacher in pairs},
        note=NOTE,
        accepts_busy=True,
        by=_head(),
        now=now,
    )


def _confirm(one: Substitution, user: User, *, now: datetime) -> None:
    answer_substitution(substitution=one, answer=Answer.CONFIRMED, text="", note=None, by=user, now=now)


def _answer(one: Substitution, scene: Scene, *, now: datetime) -> None:
    if one.substitute == scene.colleague:
        answer_substitution(
            substitution=one,
            answer=Answer.OBJECTED,
            text="Ал күнү олимпиаданын калыстар тобундамын",
            note=None,
            by=scene.colleague.user,
            now=now,
        )
    elif one.substitute != scene.teacher:
        _confirm(one, one.substitute.user, now=now)
        _confirm(one, one.lesson.teacher.user, now=now)
