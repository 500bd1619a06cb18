"""A journal with all that its page's head names, and what one person may do in it: one statement by hand.

The ORM takes four milliseconds to write this statement and to read its row; the page's whole budget is twelve.
"""

from datetime import date

from django.db import connection, models

from teaching.models import Course, Workload
from university.models import AcademicYear, Department, Discipline, Group, Semester, Subgroup

# Alias in the statement, and the model whose columns it gives; in the order of the row.
_PARTS: list[tuple[str, type[models.Model]]] = [
    ("w", Workload),
    ("c", Course),
    ("di", Discipline),
    ("g", Group),
    ("s", Semester),
    ("y", AcademicYear),
    ("sg", Subgroup),
    ("de", Department),
]
_NAMES = [[field.attname for field in model._meta.concrete_fields] for _, model in _PARTS]
_COLUMNS = ", ".join(f"{alias}.{field.column}" for alias, model in _PARTS for field in model._meta.concrete_fields)

_SQL = f"""
SELECT
    EXISTS (
        SELECT 1 FROM teaching_workloadteacher k JOIN accounts_teacher t ON t.id = k.teacher_id
        WHERE k.workload_id = w.id AND t.user_id = %(user)s AND (t.ends_on IS NULL OR t.ends_on >= %(today)s)
          -- Before the semester begins its keeper prepares it.
          AND k.starts_on <= greatest(%(today)s, s.starts_on) AND (k.ends_on IS NULL OR k.ends_on >= %(today)s)
    ),
    -- Whether the window of a named lesson is still open is the caller's next question.
    EXISTS (
        SELECT 1 FROM accounts_teacher t
        JOIN teaching_substitution b ON b.substitute_id = t.id AND b.withdrawn_at IS NULL
        JOIN teaching_lesson l ON l.id = b.lesson_id AND l.date <= %(today)s
        JOIN teaching_lessonworkload lw ON lw.lesson_id = l.id AND lw.workload_id = w.id
        WHERE t.user_id = %(user)s AND (t.ends_on IS NULL OR t.ends_on >= %(today)s)
    ),
    {_COLUMNS}
FROM teaching_workload w
JOIN teaching_course c ON c.id = w.course_id
JOIN university_discipline di ON di.id = c.discipline_id
JOIN university_group g ON g.id = c.group_id
JOIN university_semester s ON s.id = c.semester_id
JOIN university_academicyear y ON y.id = s.year_id
LEFT JOIN university_subgroup sg ON sg.id = w.subgroup_id
JOIN university_department de ON de.id = w.department_id
WHERE w.id = %(journal)s
"""


def read_journal(*, user_id: int, journal_id: int, today: date) -> tuple[Workload | None, bool, bool]:
    """The journal with its course, discipline, group, semester, year, subgroup and department; whether the user
    keeps it today; whether he was named a substitute in it. (None, False, False) where there is no such journal.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"user": user_id, "journal": journal_id, "today": today})
        row = cursor.fetchone()
    if row is None:
        return None, False, False
    is_keeper, is_substitute = row[:2]
    made: list[models.Model | None] = []
    position = 2
    for (_, model), names in zip(_PARTS, _NAMES, strict=True):
        values = row[position : position + len(names)]
        position += len(names)
        made.append(None if values[0] is None else model.from_db("default", names, values))
    workload, course, discipline, group, semester, year, subgroup, department = made
    assert isinstance(workload, Workload)
    assert isinstance(course, Course)
    assert isinstance(semester, Semester)
    course.discipline, course.group, semester.year = discipline, group, year  # type: ignore[assignment]
    course.semester = semester
    workload.course, workload.subgroup, workload.department = course, subgroup, department  # type: ignore[assignment]
    return workload, bool(is_keeper), bool(is_substitute)
