"""The totals of many sheets at once: for a demo that is built, and a university that is grown."""

from collections import defaultdict
from collections.abc import Sequence

from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from journal.models import ModuleSheet, ModuleTotal, SheetEdition
from journal.rules.rating import Scheme
from journal.rules.rating_live import Span, spans_in
from journal.rules.rating_records import scheme_json
from journal.selectors.rating import facts_of_courses, scheme_of
from journal.selectors.sheets import calendar_of, points_at_closing, record_of, span_of, stored_editions_of
from teaching.models import Course

BATCH = 2000
COURSES = 100  # whose facts are in memory at once


def store_totals_in_bulk(sheets: Sequence[ModuleSheet]) -> int:
    """The first editions of sheets that are closed and have none, each as its closing would have stored it; how many.

    The caller holds their semesters exclusively, and gives the sheets of one module at a time: a later module is
    computed upon what an earlier one stored. A sheet that closes together with a later one has no totals of its own.
    """
    courses = Course.objects.select_related("semester__year").in_bulk({sheet.course_id for sheet in sheets})
    schemes: dict[tuple[str, int], Scheme] = {}
    calendars = {semester_id: calendar_of(semester_id) for semester_id in {c.semester_id for c in courses.values()}}
    ready: list[tuple[ModuleSheet, Scheme, Span]] = []
    for sheet in sheets:
        course = courses[sheet.course_id]
        key = (course.control_form, course.semester_id)
        if key not in schemes:
            schemes[key] = scheme_of(course)
        span = span_of(sheet.module_id, spans_in(schemes[key].modules, calendars[course.semester_id]))
        if span.module_id == sheet.module_id:
            ready.append((sheet, schemes[key], span))
    for start in range(0, len(ready), COURSES):
        _store(ready[start : start + COURSES])
    return len(ready)


def _store(ready: Sequence[tuple[ModuleSheet, Scheme, Span]]) -> None:
    earlier = stored_editions_of([sheet.course_id for sheet, _scheme, _span in ready])
    by_moment: dict[object, dict[int, list[Span]]] = defaultdict(dict)
    for sheet, _scheme, span in ready:
        assert sheet.closed_at is not None
        by_moment[day_of(sheet.closed_at)][sheet.course_id] = [span]
    facts = {}
    for day, spans in by_moment.items():
        facts.update(facts_of_courses(spans, on=day))  # type: ignore[arg-type]
    editions, computed = [], []
    for sheet, scheme, span in ready:
        assert sheet.closed_by_id is not None
        assert sheet.closed_at is not None
        points = points_at_closing(scheme, facts[sheet.course_id][span.number], earlier[sheet.course_id])
        computed.append(points)
        editions.append(
            SheetEdition(
                sheet=sheet,
                scheme=scheme_json(scheme),
                students=len(points),
                based_on=[one.pk for one in earlier[sheet.course_id]],
                by_id=sheet.closed_by_id,
                at=sheet.closed_at,
                source=sheet.source,
                request_id=request_id(),
            )
        )
    SheetEdition.objects.bulk_create(editions)
    ModuleTotal.objects.bulk_create(
        [
            ModuleTotal(edition=edition, student_id=student_id, **record_of(*one))
            for edition, points in zip(editions, computed, strict=True)
            for student_id, one in points.items()
        ],
        batch_size=BATCH,
    )
