"""Requests to reopen lessons: which cells need one, who sees which, what waits for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import Rights, rights_of
from ejournal.lib.clock import day_of
from journal.enums import ReopeningState
from journal.models import ChangeEvent, Reopening
from journal.rules import window_ends_on
from journal.selectors.roster import Pupil, rosters
from teaching.enums import LessonState
from teaching.models import Lesson, Workload, WorkloadTeacher, keeping
from university.selectors import policies

# Lessons of a journal that have begun, each with whether a closed module or its deadline lies over it.
_LESSONS = """
SELECT l.id, l.date, l.state, l.topic, l.pair, l.starts_at <= %(now)s,
       EXISTS (SELECT 1 FROM journal_modulesheet s JOIN university_module mo ON mo.id = s.module_id
               WHERE s.course_id = %(course)s AND s.state = 'closed' AND l.date BETWEEN mo.starts_on AND mo.ends_on)
       OR coalesce(journal_deadline(%(course)s, l.date, %(today)s) < %(today)s, false)
FROM teaching_lessonworkload lw JOIN teaching_lesson l ON l.id = lw.lesson_id
WHERE lw.workload_id = %(journal)s AND (%(lessons)s::bigint[] IS NULL OR l.id = ANY (%(lessons)s::bigint[]))
ORDER BY l.starts_at, l.id
"""


@dataclass(frozen=True, slots=True)
class Lockable:
    """A lesson that may be named in a request. `is_locked`: it cannot be filled as it is, and was held."""

    lesson_id: int
    day: date
    pair: int | None
    topic: str
    is_locked: bool


def lessons_to_reopen(workload: Workload, *, now: datetime, lessons: Sequence[int] | None = None) -> list[Lockable]:
    """The lessons of a journal (or some of them) by time, each with whether it is locked. Two queries."""
    today = day_of(now)
    unit_id = workload.course.group.unit_id
    days = policies("filling_window_days", on=today, unit_id=unit_id)["filling_window_days"]
    with connection.cursor() as cursor:
        cursor.execute(
            _LESSONS,
            {
                "journal": workload.id,
                "course": workload.course_id,
                "lessons": None if lessons is None else list(lessons),
                "today": today,
                "now": now,
            },
        )
        rows = cursor.fetchall()
    return [
        Lockable(
            lesson_id,
            day,
            pair,
            topic,
            has_begun
            and state not in (LessonState.CANCELLED, LessonState.NOT_HELD)
            and (is_closed or today > window_ends_on(day, window_days=days)),
        )
        for lesson_id, day, state, topic, pair, has_begun, is_closed in rows
    ]


def locked_lessons(workload: Workload, lessons: Sequence[int], *, now: datetime) -> dict[int, bool]:
    """Of some lessons those of the journal, each with whether it is locked."""
    return {one.lesson_id: one.is_locked for one in lessons_to_reopen(workload, now=now, lessons=lessons)}


def pupils_to_reopen(workload: Workload) -> list[Pupil]:
    """Everybody who stood on the journal's list in its semester."""
    semester = workload.course.semester
    return rosters([workload], since=semester.starts_on, until=semester.ends_on)[workload.id]


def reopenings_visible_to(user: User, *, on: date) -> QuerySet[Reopening]:
    """Requests of the journals that a person keeps, of his department or unit; all for the study office, the
    leadership and the administrator."""
    rights = rights_of(user, on=on)
    found = Reopening.objects.select_related(
        "workload__course__discipline", "workload__course__group__unit", "workload__subgroup", "asked_by"
    )
    if rights.sees_everything or rights.has(Role.ADMINISTRATOR):
        return found
    seen = Q(asked_by=user) | Q(
        Exists(WorkloadTeacher.objects.filter(keeping(on), workload=OuterRef("workload"), teacher__user_id=user.id))
    )
    if rights.has(Role.HEAD):
        seen |= Q(workload__department_id__in=rights.department_ids)
    if rights.has(Role.DEAN, Role.DEANS_OFFICE):
        seen |= Q(workload__course__group__unit_id__in=rights.unit_ids)
    return found.filter(seen)


def waiting_for(rights: Rights) -> QuerySet[Reopening]:
    """Requests whose next step is this person's: `permissions.may_decide`, as one question."""
    step = Q(pk__in=[])
    if rights.has(Role.HEAD):
        step |= Q(state=ReopeningState.ASKED, asker_is_head=False, workload__department_id__in=rights.department_ids)
    of_unit = Q(workload__course__group__unit_id__in=rights.unit_ids)
    if rights.has(Role.DEAN):
        step |= Q(of_unit, state=ReopeningState.ASKED, asker_is_head=True)
    if rights.has(Role.DEAN, Role.DEANS_OFFICE):
        step |= Q(of_unit, state=ReopeningState.APPROVED) & ~Q(head_id=rights.user_id)
    return Reopening.objects.filter(step).exclude(asked_by_id=rights.user_id)


def reopening_list(user: User, *, show: str, on: date) -> QuerySet[Reopening]:
    """What a person sees, the newest first. `show`: `waiting` (for him), `open`, or everything."""
    found = reopenings_visible_to(user, on=on)
    if show == "waiting":
        found = found.filter(pk__in=waiting_for(rights_of(user, on=on)).values("pk"))
    elif show == "open":
        found = found.filter(state=ReopeningState.OPEN)
    return found.annotate(
        lesson_count=Count("lessons", distinct=True), student_count=Count("students", distinct=True)
    ).order_by("-asked_at", "-id")


@dataclass(frozen=True, slots=True)
class DoneUnder:
    """A mark that was made or changed under a reopening."""

    lesson: Lesson
    student: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReopeningPage:
    """What the page of a request shows: what it names, what was done under it, the steps it has taken."""

    lessons: Sequence[Lesson]
    students: Sequence[str]
    done: Sequence[DoneUnder]
    steps: Sequence[tuple[str, str, datetime, str]]  # state, who, when, what was said


_DONE = """
SELECT m.lesson_id, trim(u.last_name || ' ' || u.first_name), e.at
FROM journal_reopeninglesson rl
JOIN journal_reopeningstudent rs ON rs.reopening_id = rl.reopening_id
JOIN journal_mark m ON m.lesson_id = rl.lesson_id AND m.student_id = rs.student_id
JOIN accounts_student s ON s.id = m.student_id JOIN accounts_user u ON u.id = s.user_id
JOIN LATERAL (
    SELECT m.at WHERE m.source = 'correction'
    UNION
    SELECT x.at FROM journal_changeevent x
    WHERE x.entity = 'journal_mark' AND x.entity_id = m.id AND x.source = 'correction'
) e ON e.at >= %(since)s AND e.at < %(until)s
WHERE rl.reopening_id = %(reopening)s
ORDER BY e.at, m.lesson_id, u.sort_key
LIMIT 200
"""


def reopening_page(reopening: Reopening) -> ReopeningPage:
    """Five queries for any number of lessons and students."""
    lessons = list(Lesson.objects.filter(reopenings__reopening=reopening).order_by("starts_at", "id"))
    named = reopening.students.select_related("student__user").order_by("student__user__sort_key", "student_id")
    by_id = {lesson.id: lesson for lesson in lessons}
    done: list[DoneUnder] = []
    if reopening.opened_at is not None:
        with connection.cursor() as cursor:
            until = reopening.ended_at or reopening.until
            cursor.execute(_DONE, {"reopening": reopening.pk, "since": reopening.opened_at, "until": until})
            done = [DoneUnder(by_id[lesson_id], name, at) for lesson_id, name, at in cursor.fetchall()]
    return ReopeningPage(lessons, [one.student.user.get_full_name() for one in named], done, _steps(reopening))


def _steps(reopening: Reopening) -> list[tuple[str, str, datetime, str]]:
    """What became of the request, by its history: the first step is the asking itself."""
    events = list(
        ChangeEvent.objects.filter(entity="journal_reopening", entity_id=reopening.pk).order_by("version", "id")
    )
    people = User.objects.in_bulk({event.by_id for event in events if event.by_id is not None})
    steps = [(ReopeningState.ASKED.value, reopening.asked_by.get_full_name(), reopening.asked_at, "")]
    for event in events:
        state = (event.after or {}).get("state", "")
        who = people[event.by_id].get_full_name() if event.by_id in people else ""
        # Time acts by itself.
        steps.append((state, "" if state == ReopeningState.EXPIRED else who, event.at, event.reason))
    return steps


def changed_under(lesson_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """The cells (lesson, student) that were changed under a reopening, each with its number; the last, of several.
    One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT m.lesson_id, m.student_id, max(r.id)
            FROM journal_reopening r
            JOIN journal_reopeninglesson rl ON rl.reopening_id = r.id AND rl.lesson_id = ANY (%(lessons)s::bigint[])
            JOIN journal_reopeningstudent rs ON rs.reopening_id = r.id
            JOIN journal_mark m ON m.lesson_id = rl.lesson_id AND m.student_id = rs.student_id
            CROSS JOIN LATERAL (
                SELECT m.source, m.at
                UNION ALL
                SELECT e.source, e.at FROM journal_changeevent e
                WHERE e.entity = 'journal_mark' AND e.entity_id = m.id
            ) made
            WHERE made.source = 'correction' AND made.at >= r.opened_at AND made.at < coalesce(r.ended_at, r.until)
            GROUP BY m.lesson_id, m.student_id
            """,
            {"lessons": list(lesson_ids)},
        )
        return {(lesson, student): number for lesson, student, number in cursor.fetchall()}
