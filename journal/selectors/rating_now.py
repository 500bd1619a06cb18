"""Points of courses as they stand, by one statement: for the grid, and for each save in it (§3.5d–f).

The arithmetic is that of the page of points; only the way to what it counts is shorter than `selectors.rating`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from journal.enums import ComponentSource
from journal.rules.rating import ModuleFacts, ModulePoints, Scheme
from journal.rules.rating_live import Span, StudentPoints, student_points
from journal.rules.rating_presets import PRESETS
from journal.rules.rating_records import facts_from, points_from
from journal.selectors import rating_sql
from journal.selectors.rating import DEFAULT, counted_facts, plain_scheme, with_typed
from journal.selectors.selfstudy import sums_of_given
from journal.selectors.sheets import COLUMN_OF


@dataclass(frozen=True, slots=True)
class CourseNow:
    """A course's points by student, and the scheme they are counted by."""

    scheme: Scheme
    points: Mapping[int, StudentPoints]


def points_now(course_ids: Sequence[int], *, on: date, students: Sequence[int] | None = None) -> dict[int, CourseNow]:
    """By course, the points of everybody who is or was on it, or of `students`: as `selectors.rating.points_of`.
    One query (none for no course), and three more the first time that a process meets a scheme."""
    if not course_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            rating_sql.now(count=len(course_ids)),
            {
                "courses": list(course_ids),
                "students": None if students is None else list(students),
                "on": on,
                "modules": PRESETS[DEFAULT, "exam"].modules,
            },
        )
        (courses,) = cursor.fetchone()
    return {one["course"]: _course_now(one, on=on) for one in json.loads(courses)}


def points_json(course_id: int | None, now: CourseNow | None, student_id: int) -> dict[str, Any] | None:
    """A student's points as the marks API says them (marks-api.md): of each module that has begun, and of the course
    so far; None where he has none in it."""
    points = now.points.get(student_id) if now is not None else None
    if points is None:
        return None
    return {
        "course": course_id,
        "modules": [{"module": module.number, "points": str(module.total)} for module in points.modules],
        "earned": str(points.outlook.earned),
    }


def _course_now(said: Mapping[str, Any], *, on: date) -> CourseNow:
    course_id: int = said["course"]
    scheme = PRESETS[DEFAULT, said["form"]] if said["scheme"] is None else plain_scheme(said["scheme"])
    spans = [
        Span(number, ids[-1], tuple(ids), date.fromisoformat(since), date.fromisoformat(until))
        for number, ids, since, until in said["spans"] or ()
    ]
    stored: dict[int, dict[int, tuple[ModulePoints, ModuleFacts]]] = {
        part: {total["student"]: _stored(total) for total in totals or ()} for part, totals in said["stored"] or ()
    }
    facts = _facts(said, course_id, spans, on=on)
    begun = frozenset(span.number for span in spans if span.starts_on <= on)
    students = {pk for of_module in facts.values() for pk in of_module} | {pk for one in stored.values() for pk in one}
    return CourseNow(
        scheme,
        {
            pk: student_points(
                scheme,
                {number: of_module[pk] for number, of_module in facts.items() if pk in of_module},
                {number: totals[pk][0] if pk in totals else None for number, totals in stored.items()},
                begun=begun,
                stored_facts={number: totals[pk][1] for number, totals in stored.items() if pk in totals},
            )
            for pk in students
        },
    )


def _facts(
    said: Mapping[str, Any], course_id: int, spans: Sequence[Span], *, on: date
) -> dict[int, dict[int, ModuleFacts]]:
    """By number of an open module and student; empty where the semester has no such module."""
    by_number = {span.number: span for span in spans}
    typed = {
        (course_id, module, component, student): Decimal(value)
        for module, component, student, value in said["typed"] or ()
    }
    sums = sums_of_given(
        [
            (
                course_id,
                module,
                student,
                Decimal(maximum),
                date.fromisoformat(due_on),
                None if points is None else Decimal(points),
            )
            for module, student, maximum, due_on, points in said["tasks"] or ()
        ],
        on=on,
    )
    found: dict[int, dict[int, ModuleFacts]] = {}
    for number, student_id, *counts in said["counts"] or ():
        facts = counted_facts(number, counts)
        span = by_number[number]
        found.setdefault(number, {})[student_id] = with_typed(
            facts, course_id, span, student_id, typed=typed, sums=sums
        )
    return found


def _stored(total: Mapping[str, Any]) -> tuple[ModulePoints, ModuleFacts]:
    """A stored row as the rating's arithmetic has it."""
    points: dict[ComponentSource, Decimal | None] = {
        source: None if total[column] is None else Decimal(total[column]) for source, column in COLUMN_OF.items()
    }
    return (
        points_from(
            total["facts"]["number"],
            points,
            total["parts"],
            total=Decimal(total["total"]),
            carried=Decimal(total["carried"]),
            warnings=total["warnings"],
        ),
        facts_from(total["facts"]),
    )
