"""An absent teacher and who teaches instead, lesson by lesson (§3.5h, §4.3).

Locks in this order: the absence's row, then the semesters and the courses of the lessons. Naming shares the courses;
whoever takes a right away owns them, so that a mark that is being saved is either in before or refused after.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Teacher, User
from ejournal.lib.errors import Refusal
from ejournal.lib.locks import own_course, share_courses
from messaging.services import notify
from teaching.enums import AbsenceKind, Answer, LessonState
from teaching.models import ABSENCE_LABELS, Course, Lesson, LessonWorkload, Substitution, TeacherAbsence
from teaching.selectors.absences import lessons_of_absence
from teaching.selectors.substitutes import NOT_MEETING, engagements
from teaching.selectors.timetable import ATTENDING

LONGEST = timedelta(days=366)

# What the database says of a lesson that is locked, by its constraint: code, status, sentence.
_LOCKS = {
    "journal_module_closed": ("module_closed", 423, lambda: _("The module is closed: nothing under it changes.")),
    "journal_substitution_filled": (
        "lesson_filled",
        422,
        lambda: _("The substitute has filled this lesson already: the substitution stays."),
    ),
    "teaching_substitution_one": (
        "already_named",
        409,
        lambda: _("A substitute is named for this lesson already. Withdraw that first."),
    ),
    "teaching_absence_no_overlap": (
        "absence_overlaps",
        422,
        lambda: _("Another absence of this teacher is recorded on some of these days."),
    ),
}


@contextmanager
def locks_as_refusals(where: str = "") -> Iterator[None]:
    """Turn what a named constraint or trigger says into a refusal. `where` names the lesson, for people."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if name not in _LOCKS:
            raise
        code, status, sentence = _LOCKS[name]
        raise Refusal(f"{where}: {sentence()}" if where else sentence(), code=code, status=status) from error


@transaction.atomic
def record_absence(
    *,
    teacher: Teacher,
    starts_on: date,
    ends_on: date,
    kind: AbsenceKind,
    details: str,
    document_number: str,
    by: User,
    now: datetime,
) -> TeacherAbsence:
    """Note that a teacher is away for a valid reason. Who may is the door's question.

    Refused: `bad_dates` (the last day before the first, or more than a year), `details_missing` (another reason
    without a word), `contract_ended`, `absence_overlaps`.
    """
    if ends_on < starts_on or ends_on - starts_on > LONGEST:
        raise Refusal(_("The last day lies before the first, or more than a year after it."), code="bad_dates")
    if kind == AbsenceKind.OTHER and not details.strip():
        raise Refusal(_("Write what the valid reason is."), code="details_missing")
    if teacher.ends_on is not None and teacher.ends_on < starts_on:
        raise Refusal(_("The teacher does not work here any more on that day."), code="contract_ended")
    with locks_as_refusals():
        return TeacherAbsence.objects.create(
            teacher=teacher,
            starts_on=starts_on,
            ends_on=ends_on,
            kind=kind,
            details=details.strip(),
            document_number=document_number.strip(),
            recorded_by=by,
            recorded_at=now,
        )


@transaction.atomic
def end_absence(*, absence: TeacherAbsence, last_day: date, by: User, now: datetime) -> int:
    """The teacher returns earlier: the absence ends on `last_day`; substitutions of later lessons that have not begun
    are withdrawn. How many. Refused: `not_living`, `bad_dates` (not within the absence, or not earlier)."""
    absence = _living_absence(absence)
    if not absence.starts_on <= last_day < absence.ends_on:
        raise Refusal(_("The last day must lie within the absence and before its present end."), code="bad_dates")
    coming = _coming(absence.substitutions.all(), now=now).filter(lesson__date__gt=last_day)
    ended = _withdraw(coming, now=now)
    absence.ends_on = last_day
    absence.save(update_fields=["ends_on"])
    return ended


@transaction.atomic
def withdraw_absence(*, absence: TeacherAbsence, by: User, now: datetime) -> int:
    """It was recorded by mistake. Refused: `not_living`; `absence_taught`, once a substitute's lesson has begun."""
    absence = _living_absence(absence)
    if absence.substitutions.filter(withdrawn_at__isnull=True, lesson__starts_at__lte=now).exists():
        raise Refusal(
            _("A substitute's lesson has begun already: end the absence instead of withdrawing it."),
            code="absence_taught",
        )
    ended = _withdraw(_coming(absence.substitutions.all(), now=now), now=now)
    absence.withdrawn_at = now
    absence.save(update_fields=["withdrawn_at"])
    return ended


@transaction.atomic
def name_substitutes(
    *,
    absence: TeacherAbsence,
    choices: Mapping[int, int],
    note: str,
    accepts_busy: bool,
    by: User,
    now: datetime,
) -> list[Substitution]:
    """Name a substitute for some or all lessons of an absence: `choices` are lesson → teacher, by id. All or nothing.

    A lesson of a stream is one lesson. Both teachers and the students of coming lessons are told.
    Refused: `nobody_chosen`, `not_living`, `not_in_absence` (another teacher's, another day's), `lesson_cancelled`,
    `lesson_filled`, `module_closed` (423), `already_named` (409), `unknown_teacher`, `same_teacher`,
    `contract_ended`, `substitute_absent`; `substitute_busy` unless `accepts_busy`.
    """
    if not choices:
        raise Refusal(_("Choose a substitute for at least one lesson."), code="nobody_chosen")
    absence = _living_absence(absence)
    places = _places(choices)
    share_courses(semester_ids=[semester for semester, _ in places], course_ids=[course for _, course in places])
    lessons = list(Lesson.objects.filter(pk__in=choices).order_by("starts_at", "id"))
    mine = set(lessons_of_absence(absence).filter(pk__in=choices).values_list("pk", flat=True))
    if len(lessons) < len(choices):
        raise Refusal(_("This lesson is none of the absent teacher's."), code="not_in_absence")
    teachers = Teacher.objects.select_related("user").in_bulk(set(choices.values()))
    busy = engagements(list(teachers), days=[lesson.date for lesson in lessons])
    occupied = []
    for lesson in lessons:
        _judge_lesson(lesson, is_mine=lesson.pk in mine)
        teacher = teachers.get(choices[lesson.pk])
        _judge_substitute(teacher, absence, lesson)
        assert teacher is not None
        if busy.is_absent(teacher.pk, lesson.date):
            raise Refusal(
                _("%(teacher)s is away on %(day)s.")
                % {"teacher": teacher.user.get_short_name(), "day": _short(lesson.date)},
                code="substitute_absent",
            )
        if busy.is_busy(teacher.pk, lesson) or _twice_at_once(lesson, lessons, choices):
            occupied.append(f"{label(lesson)} – {teacher.user.get_short_name()}")
    if occupied and not accepts_busy:
        raise Refusal(
            _("At that time the substitute holds another lesson: %(lessons)s. Confirm that it is meant so.")
            % {"lessons": "; ".join(occupied)},
            code="substitute_busy",
        )
    named = []
    for lesson in lessons:
        with locks_as_refusals(label(lesson)):
            named.append(
                Substitution.objects.create(
                    lesson=lesson,
                    substitute=teachers[choices[lesson.pk]],
                    absence=absence,
                    reason=reason_of(absence),
                    note=note.strip(),
                    named_by=by,
                    named_at=now,
                )
            )
    _tell_named(absence, named, now=now)
    return named


@transaction.atomic
def answer_substitution(
    *, substitution: Substitution, answer: Answer, text: str, note: str | None, by: User, now: datetime
) -> Substitution:
    """One of the two teachers confirms or objects (§3.5h, "is agreed between the teachers"). It stands meanwhile;
    of an objection the one who named is told. `note`: what the absent teacher leaves to the substitute (None: as
    it was). Refused: `not_living`, `not_yours`, `objection_without_reason`.
    """
    one = _living_substitution(substitution)
    text = text.strip()
    if answer == Answer.OBJECTED and not text:
        raise Refusal(_("Say why you object."), code="objection_without_reason")
    if one.substitute.user_id == by.pk:
        one.substitute_answer, one.substitute_answer_text, one.substitute_answered_at = answer, text, now
    elif one.lesson.teacher.user_id == by.pk:
        one.teacher_answer, one.teacher_answer_text, one.teacher_answered_at = answer, text, now
        if note is not None:
            one.note = note.strip()
    else:
        raise Refusal(_("This substitution is another teacher's."), code="not_yours")
    one.save()
    if answer == Answer.OBJECTED:
        facts = {"who": by.get_short_name(), "lesson": label(one.lesson)}
        notify(
            [one.named_by],
            kind="substitution",
            text=lambda: _("%(who)s objects to the substitution of %(lesson)s.") % facts,
            url=reverse("absence", args=[one.absence_id]) if one.absence_id else reverse("absences"),
            now=now,
        )
    return one


@transaction.atomic
def withdraw_substitution(*, substitution: Substitution, by: User, now: datetime) -> None:
    """The right on the lesson ends at once. Refused: `not_living`, `lesson_filled` by the substitute,
    `module_closed` (423)."""
    if substitution.absence_id is not None:
        TeacherAbsence.objects.select_for_update(no_key=True).get(pk=substitution.absence_id)
    if not _withdraw(Substitution.objects.filter(pk=substitution.pk), now=now):
        raise _not_living()


def reason_of(absence: TeacherAbsence) -> str:
    """The reason as it stays with each lesson, in the language of the house."""
    words = str(ABSENCE_LABELS[AbsenceKind(absence.kind)])
    return f"{words}: {absence.details}"[:300] if absence.details else words


def label(lesson: Lesson) -> str:
    """A lesson as a sentence names it: day and pair."""
    if lesson.pair is None:
        return _short(lesson.date)
    return _("%(day)s, pair %(pair)s") % {"day": _short(lesson.date), "pair": lesson.pair}


def withdraw_coming(substitutions: Sequence[int], *, now: datetime) -> int:
    """Withdraw those of some substitutions whose lesson has not begun: a journal gets another keeper."""
    return _withdraw(_coming(Substitution.objects.filter(pk__in=substitutions), now=now), now=now)


def _short(day: date) -> str:
    return date_format(day, "d.m.Y")


def _not_living() -> Refusal:
    return Refusal(_("It was withdrawn meanwhile. Load the page again."), code="not_living", status=409)


def _living_absence(absence: TeacherAbsence) -> TeacherAbsence:
    """The absence under its lock, read anew."""
    found = (
        TeacherAbsence.objects.living()
        .select_for_update(of=("self",), no_key=True)
        .select_related("teacher__user")
        .filter(pk=absence.pk)
        .first()
    )
    if found is None:
        raise _not_living()
    return found


def _living_substitution(substitution: Substitution) -> Substitution:
    found = (
        Substitution.objects.living()
        .select_for_update(of=("self",), no_key=True)
        .select_related("lesson__teacher__user", "substitute__user", "named_by")
        .filter(pk=substitution.pk)
        .first()
    )
    if found is None:
        raise _not_living()
    return found


def _places(lesson_ids: Collection[int]) -> list[tuple[int, int]]:
    """Semesters and courses that lessons serve, for the locks, in the order in which they are taken."""
    return sorted(
        set(Course.objects.filter(workloads__lessons__lesson_id__in=lesson_ids).values_list("semester_id", "id"))
    )


def _judge_lesson(lesson: Lesson, *, is_mine: bool) -> None:
    if lesson.state in NOT_MEETING:
        raise Refusal(
            _("%(lesson)s: the lesson does not take place.") % {"lesson": label(lesson)}, code="lesson_cancelled"
        )
    if not is_mine:
        raise Refusal(_("This lesson is none of the absent teacher's."), code="not_in_absence")
    if lesson.state == LessonState.HELD or lesson.roll_taken_at is not None:
        raise Refusal(_("%(lesson)s: the lesson is filled already.") % {"lesson": label(lesson)}, code="lesson_filled")


def _judge_substitute(teacher: Teacher | None, absence: TeacherAbsence, lesson: Lesson) -> None:
    if teacher is None or not teacher.user.is_active:
        raise Refusal(_("There is no such teacher."), code="unknown_teacher")
    if teacher.pk == absence.teacher_id:
        raise Refusal(_("The absent teacher cannot stand in for himself."), code="same_teacher")
    if teacher.ends_on is not None and teacher.ends_on < lesson.date:
        raise Refusal(_("The teacher does not work here any more on that day."), code="contract_ended")


def _twice_at_once(lesson: Lesson, lessons: Sequence[Lesson], choices: Mapping[int, int]) -> bool:
    """Whether the same choice names him for another lesson of that time."""
    return any(
        other.pk != lesson.pk
        and choices[other.pk] == choices[lesson.pk]
        and other.starts_at < lesson.ends_at
        and other.ends_at > lesson.starts_at
        for other in lessons
    )


def _coming(substitutions: QuerySet[Substitution], *, now: datetime) -> QuerySet[Substitution]:
    return substitutions.filter(withdrawn_at__isnull=True, lesson__starts_at__gt=now)


def _withdraw(substitutions: QuerySet[Substitution], *, now: datetime) -> int:
    """Own the courses of the lessons, read anew, take the rights away, tell those concerned."""
    for semester_id, course_id in _places(list(substitutions.values_list("lesson_id", flat=True))):
        own_course(semester_id=semester_id, course_id=course_id)
    found = list(
        substitutions.filter(withdrawn_at__isnull=True).select_related("lesson__teacher__user", "substitute__user")
    )
    for one in found:
        with locks_as_refusals(label(one.lesson)):
            Substitution.objects.filter(pk=one.pk).update(withdrawn_at=now)
    for one in found:
        notify(
            [one.substitute.user, one.lesson.teacher.user],
            kind="substitution",
            text=partial(_withdrawn_text, one.lesson),
            url=reverse("substitutions"),
            event=f"substitution:withdrawn:{one.pk}",
            now=now,
        )
    _tell_students([one for one in found if one.lesson.starts_at > now], event="withdrawn", now=now)
    return len(found)


def _tell_named(absence: TeacherAbsence, named: Sequence[Substitution], *, now: datetime) -> None:
    """A line for each substitute and for the absent teacher, however many lessons; one a lesson for its students."""
    by_substitute: dict[int, list[Substitution]] = defaultdict(list)
    for one in named:
        by_substitute[one.substitute_id].append(one)
    absent = absence.teacher.user
    for lessons in by_substitute.values():
        substitute, first = lessons[0].substitute.user, lessons[0]
        notify(
            [substitute],
            kind="substitution",
            text=partial(_named_text, absent.get_short_name(), len(lessons), first.lesson),
            url=reverse("substitutions"),
            event=f"substitution:named:{first.pk}",
            now=now,
        )
        notify(
            [absent],
            kind="substitution",
            text=partial(_stands_in_text, substitute.get_short_name(), len(lessons)),
            url=reverse("substitutions"),
            event=f"substitution:for:{first.pk}",
            now=now,
        )
    _tell_students([one for one in named if one.lesson.starts_at > now], event="students", now=now)


def _tell_students(substitutions: Sequence[Substitution], *, event: str, now: datetime) -> None:
    """The students of each lesson learn who teaches: the substitute, or after a withdrawal the teacher himself."""
    people: dict[int, dict[int, User]] = defaultdict(dict)
    disciplines: dict[int, str] = {}
    enrolment = "workload__course__enrolments__"
    rows = LessonWorkload.objects.filter(
        Q(**{f"{enrolment}ends_on__isnull": True}) | Q(**{f"{enrolment}ends_on__gte": F("lesson__date")}),
        Q(workload__subgroup__isnull=True) | Q(workload__subgroup=F(f"{enrolment}subgroup")),
        lesson__in=[one.lesson_id for one in substitutions],
        **{f"{enrolment}starts_on__lte": F("lesson__date"), f"{enrolment}basis__in": ATTENDING},
    ).values_list("lesson_id", "workload__course__discipline__name", f"{enrolment}student__user_id")
    found = list(rows)
    users = User.objects.in_bulk({user_id for _, _, user_id in found})
    for lesson_id, discipline, user_id in found:
        people[lesson_id][user_id] = users[user_id]
        disciplines[lesson_id] = discipline
    for one in substitutions:
        if one.lesson_id not in people:
            continue
        teacher = one.lesson.teacher.user if event == "withdrawn" else one.substitute.user
        notify(
            people[one.lesson_id].values(),
            kind="substitution",
            text=partial(_student_text, disciplines[one.lesson_id], one.lesson, teacher.get_short_name()),
            url=reverse("cabinet"),
            event=f"substitution:{event}:{one.pk}",
            now=now,
        )


# Each is put into its reader's language by `notify`.
def _withdrawn_text(lesson: Lesson) -> str:
    return _("The substitution of %(lesson)s is withdrawn.") % {"lesson": label(lesson)}


def _named_text(absent: str, count: int, first: Lesson) -> str:
    return ngettext(
        "You stand in for %(teacher)s in %(count)s lesson, on %(lesson)s. Confirm or object.",
        "You stand in for %(teacher)s in %(count)s lessons, the first on %(lesson)s. Confirm or object.",
        count,
    ) % {"teacher": absent, "count": count, "lesson": label(first)}


def _stands_in_text(substitute: str, count: int) -> str:
    return ngettext(
        "%(substitute)s stands in for you in %(count)s lesson. Confirm or object.",
        "%(substitute)s stands in for you in %(count)s lessons. Confirm or object.",
        count,
    ) % {"substitute": substitute, "count": count}


def _student_text(discipline: str, lesson: Lesson, teacher: str) -> str:
    return _("%(discipline)s, %(lesson)s: the lesson is given by %(teacher)s.") % {
        "discipline": discipline,
        "lesson": label(lesson),
        "teacher": teacher,
    }
