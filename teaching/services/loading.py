"""Bulk writes of teaching: courses, workloads, who keeps them, who is enrolled (§3.2, §3.3).

They run inside the load's transaction, under the semesters' exclusive locks, and take only lines that are new
or differ. Students are enrolled by set-based statements: a university has six courses a student.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q

from accounts.models import Teacher
from accounts.services.loading import Move
from teaching.enums import EnrolmentBasis
from teaching.models import Course, CourseEnrolment, Slot, Workload, WorkloadTeacher
from teaching.rules import TaughtHours, lead_of
from university.models import Department, Semester

BATCH = 2000
CourseKey = tuple[int, int, int]  # discipline, group, semester


@dataclass(frozen=True, slots=True)
class CourseLine:
    discipline_id: int
    group_id: int
    semester_id: int
    department: str
    control_form: str
    credits: Decimal

    @property
    def key(self) -> CourseKey:
        return self.discipline_id, self.group_id, self.semester_id


@dataclass(frozen=True, slots=True)
class WorkloadLine:
    """A workload of a course. `starts_on` is the day from which its teacher keeps it, if that changes."""

    number: str
    course: CourseKey
    department: str
    kind: str
    subgroup_id: int | None
    hours: int
    stream: str
    teacher: str
    starts_on: date


def put_courses(lines: Iterable[CourseLine]) -> tuple[dict[CourseKey, int], list[int]]:
    """Make or change courses. Their ids by key, and the ids of those that are new."""
    wanted = {line.key: line for line in lines}
    before = _course_ids(wanted)
    departments = dict(Department.objects.values_list("code", "id"))
    Course.objects.bulk_create(
        [
            Course(
                discipline_id=line.discipline_id,
                group_id=line.group_id,
                semester_id=line.semester_id,
                department_id=departments[line.department],
                control_form=line.control_form,
                credits=line.credits,
            )
            for line in wanted.values()
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["discipline", "group", "semester"],
        update_fields=["department", "control_form", "credits"],
    )
    after = _course_ids(wanted)
    return after, sorted(after[key] for key in after.keys() - before.keys())


def _course_ids(keys: Collection[CourseKey]) -> dict[CourseKey, int]:
    rows = Course.objects.filter(semester__in={semester_id for _, _, semester_id in keys})
    found = {
        (discipline_id, group_id, semester_id): course_id
        for course_id, discipline_id, group_id, semester_id in rows.values_list(
            "id", "discipline_id", "group_id", "semester_id"
        )
    }
    return {key: found[key] for key in keys if key in found}


def put_workloads(lines: Sequence[WorkloadLine], *, courses: Mapping[CourseKey, int], today: date) -> list[int]:
    """Make or change workloads by number, and hand them to their teachers. The ids of all of them.

    A lead whom nobody chose by hand follows the hours; one whom the head chose stays.
    """
    departments = dict(Department.objects.values_list("code", "id"))
    course_ids = {courses[line.course] for line in lines}
    leads_before = _leads_by_hours(course_ids, today=today)
    Workload.objects.bulk_create(
        [
            Workload(
                number=line.number,
                course_id=courses[line.course],
                kind=line.kind,
                subgroup_id=line.subgroup_id,
                hours=line.hours,
                department_id=departments[line.department],
                stream=line.stream,
            )
            for line in lines
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["number"],
        update_fields=["course", "kind", "subgroup", "hours", "department", "stream"],
    )
    ids = dict(Workload.objects.filter(number__in=[line.number for line in lines]).values_list("number", "id"))
    _hand_over(lines, ids)
    _set_leads(course_ids, leads_before, today=today)
    return list(ids.values())


def _hand_over(lines: Sequence[WorkloadLine], ids: Mapping[str, int]) -> None:
    """The named teacher keeps each journal from the line's day on; a successor continues the same journal."""
    teachers = dict(
        Teacher.objects.filter(staff_number__in={line.teacher for line in lines}).values_list("staff_number", "id")
    )
    present: dict[int, list[WorkloadTeacher]] = {}
    for row in WorkloadTeacher.objects.filter(workload__in=list(ids.values())).order_by("starts_on"):
        present.setdefault(row.workload_id, []).append(row)
    made: list[WorkloadTeacher] = []
    ended: list[WorkloadTeacher] = []
    corrected: list[WorkloadTeacher] = []
    superfluous: list[int] = []
    for line in lines:
        workload_id, teacher_id = ids[line.number], teachers[line.teacher]
        rows = [r for r in present.get(workload_id, []) if r.ends_on is None or r.ends_on >= line.starts_on]
        if rows and all(row.teacher_id == teacher_id for row in rows):
            continue
        keeps: WorkloadTeacher | None = None
        for row in rows:
            if row.starts_on < line.starts_on:
                row.ends_on = line.starts_on - timedelta(days=1)
                ended.append(row)
            elif keeps is None:
                keeps = row
            else:
                superfluous.append(row.pk)
        if keeps is not None:
            keeps.teacher_id, keeps.ends_on = teacher_id, None
            corrected.append(keeps)
        else:
            made.append(WorkloadTeacher(workload_id=workload_id, teacher_id=teacher_id, starts_on=line.starts_on))
    WorkloadTeacher.objects.bulk_update(ended, ["ends_on"], batch_size=BATCH)
    WorkloadTeacher.objects.filter(pk__in=superfluous).delete()
    WorkloadTeacher.objects.bulk_update(corrected, ["teacher", "ends_on"], batch_size=BATCH)
    WorkloadTeacher.objects.bulk_create(made, batch_size=BATCH)


def end_workloads(workload_ids: Collection[int], *, from_day: date, today: date) -> None:
    """Nobody keeps these journals from a day on. They stay, with what was written in them.

    Their lines are ended by `change_timetable`; the lead of their course follows the hours that are left.
    """
    course_ids = set(Workload.objects.filter(pk__in=workload_ids).values_list("course_id", flat=True))
    before = _leads_by_hours(course_ids, today=today)
    rows = WorkloadTeacher.objects.filter(workload__in=workload_ids)
    rows.filter(starts_on__gte=from_day).delete()
    rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=from_day)).update(ends_on=from_day - timedelta(days=1))
    _set_leads(course_ids, before, today=from_day)


def _leads_by_hours(course_ids: Collection[int], *, today: date) -> dict[int, str | None]:
    """Whom the hours make the lead of each course, by staff number."""
    rows = WorkloadTeacher.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today), workload__course__in=course_ids
    )
    taught: dict[int, list[TaughtHours]] = {course_id: [] for course_id in course_ids}
    for course_id, number, kind, hours in rows.values_list(
        "workload__course_id", "teacher__staff_number", "workload__kind", "workload__hours"
    ):
        taught[course_id].append(TaughtHours(number, kind, hours))
    return {course_id: lead_of(hours) for course_id, hours in taught.items()}


def _set_leads(course_ids: Collection[int], before: Mapping[int, str | None], *, today: date) -> None:
    after = _leads_by_hours(course_ids, today=today)
    teachers = dict(
        Teacher.objects.filter(staff_number__in={number for number in after.values() if number}).values_list(
            "staff_number", "id"
        )
    )
    changed = []
    for course in Course.objects.filter(pk__in=course_ids).select_related("lead"):
        current = course.lead.staff_number if course.lead is not None else None
        lead = after[course.pk]
        if lead is not None and lead != current and (current is None or current == before.get(course.pk)):
            course.lead_id = teachers[lead]
            changed.append(course)
    Course.objects.bulk_update(changed, ["lead"], batch_size=BATCH)


_ENROL = """
INSERT INTO teaching_courseenrolment (student_id, course_id, subgroup_id, basis, starts_on, ends_on)
SELECT ge.student_id, c.id, ge.subgroup_id, %(group)s, {since}, ge.ends_on
FROM accounts_groupenrolment ge
{moves}
JOIN teaching_course c ON c.group_id = ge.group_id
JOIN university_semester s ON s.id = c.semester_id
WHERE {which}
  AND {since} <= s.ends_on AND (ge.ends_on IS NULL OR ge.ends_on >= {since})
  AND NOT EXISTS (
    SELECT 1 FROM teaching_courseenrolment ce
    WHERE ce.student_id = ge.student_id AND ce.course_id = c.id
      AND daterange(ce.starts_on, ce.ends_on, '[]')
          && daterange({since}, ge.ends_on, '[]'))
ORDER BY c.id, ge.student_id
"""


def enrol_in_courses(course_ids: Collection[int]) -> int:
    """Enrol the students of their groups in courses that are new. How many enrolments were made.

    Students who are enrolled on other grounds, or are exempt, stay as they are.
    """
    if not course_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _ENROL.format(which="c.id = ANY(%(courses)s)", moves="", since="greatest(ge.starts_on, s.starts_on)"),
            {"group": EnrolmentBasis.GROUP.value, "courses": sorted(course_ids)},
        )
        return int(cursor.rowcount)


def follow_groups(moves: Sequence[Move], *, today: date) -> None:
    """Let enrolments in courses follow the students' groups and subgroups, each from the day of his move on.

    `today`: semesters that ended before it stay as they are (an order in force since the past names its own day).
    """
    if not moves:
        return
    parameters: dict[str, Any] = {
        "group": EnrolmentBasis.GROUP.value,
        "students": [move.student_id for move in moves],
        "days": [move.from_day for move in moves],
        "today": today,
    }
    left = """
        FROM unnest(%(students)s::bigint[], %(days)s::date[]) AS move (student_id, from_day),
             teaching_course c, university_semester s
        WHERE ce.student_id = move.student_id AND c.id = ce.course_id AND s.id = c.semester_id
          AND ce.basis = %(group)s AND s.ends_on >= %(today)s
          -- Who moves with the coming year stays on the courses of the running one as he is.
          AND s.ends_on >= move.from_day
          AND (ce.ends_on IS NULL OR ce.ends_on >= move.from_day)
          AND NOT EXISTS (
            SELECT 1 FROM accounts_groupenrolment ge
            WHERE ge.student_id = ce.student_id AND ge.group_id = c.group_id
              AND ge.subgroup_id IS NOT DISTINCT FROM ce.subgroup_id
              AND daterange(ge.starts_on, ge.ends_on, '[]') @> greatest(move.from_day, ce.starts_on))
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE teaching_courseenrolment ce SET ends_on = move.from_day - 1 {left}"  # noqa: S608 -- our own words
            " AND ce.starts_on < move.from_day",
            parameters,
        )
        cursor.execute(
            "DELETE FROM teaching_courseenrolment WHERE id IN ("  # noqa: S608 -- our own words
            f"SELECT ce.id {left.replace('FROM unnest', 'FROM teaching_courseenrolment ce, unnest', 1)}"
            " AND ce.starts_on >= move.from_day)",
            parameters,
        )
        cursor.execute(
            _ENROL.format(
                which="s.ends_on >= %(today)s",
                moves="JOIN unnest(%(students)s::bigint[], %(days)s::date[]) AS move (student_id, from_day)"
                " ON move.student_id = ge.student_id",
                # What was before the move stays as it was, gaps and all.
                since="greatest(ge.starts_on, s.starts_on, move.from_day)",
            ),
            parameters,
        )


def move_semester(semester: Semester, *, was: tuple[date, date], today: date) -> None:
    """Let what began or ended with a semester do so again, after the semester moved.

    What has begun does not begin later than it did: lessons that were held would lose what they rest on.
    """
    old_start, old_end = was
    starts_on = semester.starts_on
    if starts_on < old_start or today < old_start:
        ends_later = Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on)
        Slot.objects.filter(workload__course__semester=semester, starts_on=old_start, ends_on__gte=starts_on).update(
            starts_on=starts_on
        )
        WorkloadTeacher.objects.filter(ends_later, workload__course__semester=semester, starts_on=old_start).update(
            starts_on=starts_on
        )
        CourseEnrolment.objects.filter(ends_later, course__semester=semester, starts_on=old_start).update(
            starts_on=starts_on
        )
    Slot.objects.filter(workload__course__semester=semester, ends_on=old_end, starts_on__lte=semester.ends_on).update(
        ends_on=semester.ends_on
    )
