"""What closed modules stored, and the same computed again (§4.3, invariant I4)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch

from journal.enums import ComponentSource
from journal.models import ModuleTotal, SheetEdition
from journal.rules.rating import ModuleFacts, ModulePoints, Scheme, module_points
from journal.rules.rating_live import Span
from journal.rules.rating_records import facts_from, facts_json, parts_json, points_from, scheme_from
from university.models import Module

COLUMN_OF = {
    ComponentSource.AUTO_ATTENDANCE: "attendance",
    ComponentSource.AUTO_AVERAGE: "achievement",
    ComponentSource.SELF_STUDY: "self_study",
    ComponentSource.MANUAL: "control",
}


@dataclass(frozen=True, slots=True)
class StoredEdition:
    """The edition of a sheet that holds, with its totals. `part` is the scheme's module in which it counts."""

    pk: int
    sheet_id: int
    module_id: int
    number: int
    part: int
    scheme: Scheme
    closed_at: datetime
    points: Mapping[int, ModulePoints]
    facts: Mapping[int, ModuleFacts]


def stored_editions(course_id: int) -> list[StoredEdition]:
    """The editions that hold, in the order in which the modules were closed. Two queries, one where none is closed."""
    return stored_editions_of([course_id])[course_id]


def stored_editions_of(course_ids: Sequence[int]) -> dict[int, list[StoredEdition]]:
    """`stored_editions` of some courses, by course, at the same cost."""
    editions = list(
        SheetEdition.objects.current()
        .filter(sheet__course__in=course_ids)
        .select_related("sheet__module")
        .order_by("sheet__closed_at", "sheet__module__number")
    )
    of_edition: dict[int, list[ModuleTotal]] = defaultdict(list)
    for total in ModuleTotal.objects.filter(edition__in=[edition.pk for edition in editions]):
        of_edition[total.edition_id].append(total)
    found: dict[int, list[StoredEdition]] = {course_id: [] for course_id in course_ids}
    for edition in editions:
        found[edition.sheet.course_id].append(_stored(edition, of_edition[edition.pk]))
    return found


def _stored(edition: SheetEdition, totals: Sequence[ModuleTotal]) -> StoredEdition:
    sheet = edition.sheet
    assert sheet.closed_at is not None
    scheme = scheme_from(edition.scheme)
    return StoredEdition(
        edition.pk,
        sheet.pk,
        sheet.module_id,
        edition.number,
        min(sheet.module.number, scheme.modules),
        scheme,
        sheet.closed_at,
        {total.student_id: points_of(total) for total in totals},
        {total.student_id: facts_from(total.facts) for total in totals},
    )


def points_of(total: ModuleTotal) -> ModulePoints:
    """A stored row as the rating's arithmetic has it."""
    return points_from(
        total.facts["number"],
        {source: getattr(total, column) for source, column in COLUMN_OF.items()},
        total.parts,
        total=total.total,
        carried=total.carried,
        warnings=total.warnings,
    )


def record_of(points: ModulePoints, facts: ModuleFacts) -> dict[str, Any]:
    """A student's points as the columns of a stored row."""
    by_source = {part.source: part.points for part in points.parts}
    return {
        **{column: by_source.get(source) for source, column in COLUMN_OF.items()},
        "total": points.total,
        "carried": points.carried,
        "warnings": list(points.warnings),
        "parts": parts_json(points),
        "facts": facts_json(facts),
    }


def points_before(student_id: int, earlier: Sequence[StoredEdition], scheme: Scheme) -> list[ModulePoints]:
    """What the modules closed before gave a student. Who came after one of them had nothing in it: its attendance is
    undefined for him, and its weight passes on."""
    found: list[ModulePoints] = []
    for edition in earlier:
        stored = edition.points.get(student_id)
        found.append(stored or module_points(scheme, ModuleFacts(edition.part), found))
    return found


def points_at_closing(
    scheme: Scheme, facts: Mapping[int, ModuleFacts], earlier: Sequence[StoredEdition]
) -> dict[int, tuple[ModulePoints, ModuleFacts]]:
    """By student, what a module is worth if it is closed now: what is still to come in it is lost."""
    found = {}
    for student_id, said in facts.items():
        final = replace(said, remaining=0)
        found[student_id] = (module_points(scheme, final, points_before(student_id, earlier, scheme)), final)
    return found


def stored_totals(course_id: int) -> dict[int, dict[int, ModulePoints]]:
    """By number of a scheme's module that is closed, then by student, the points that its sheet stored."""
    return {edition.part: dict(edition.points) for edition in stored_editions(course_id)}


def stored_of_student(
    student_id: int, course_ids: Sequence[int]
) -> dict[int, dict[int, tuple[ModulePoints, ModuleFacts] | None]]:
    """By course, then by number of a scheme's module that is closed, what its sheet stored for one student, with what
    it was counted from; None where it was closed without him. Two queries for all courses, one where none is closed."""
    editions = SheetEdition.objects.current().filter(sheet__course__in=course_ids).select_related("sheet__module")
    own = Prefetch("totals", ModuleTotal.objects.filter(student=student_id), to_attr="own")
    found: dict[int, dict[int, tuple[ModulePoints, ModuleFacts] | None]] = defaultdict(dict)
    for edition in editions.prefetch_related(own):
        totals: list[ModuleTotal] = edition.own
        part = min(edition.sheet.module.number, edition.scheme["modules"])
        found[edition.sheet.course_id][part] = (points_of(totals[0]), facts_from(totals[0].facts)) if totals else None
    return dict(found)


def calendar_of(semester_id: int) -> list[tuple[int, date, date]]:
    """A semester's modules as (id, first day, last day). One query."""
    modules = Module.objects.filter(semester_id=semester_id).order_by("number")
    return list(modules.values_list("id", "starts_on", "ends_on"))


def span_of(module_id: int, spans: Iterable[Span]) -> Span:
    """The span of a scheme in which a module of the calendar counts."""
    return next(span for span in spans if module_id in span.module_ids)


def totals_that_differ(*, using: str = "default") -> Iterator[str]:
    """Stored totals that are not what their own scheme and facts give, each in words (I4); old editions too."""
    for edition in SheetEdition.objects.using(using).select_related("sheet__module").order_by("pk").iterator(500):
        place = f"sheet {edition.sheet_id}, edition {edition.number}"
        of_sheet: dict[int, list[ModuleTotal]] = {pk: [] for pk in (*edition.based_on, edition.pk)}
        for total in ModuleTotal.objects.using(using).filter(edition__in=of_sheet):
            of_sheet[total.edition_id].append(total)
        bases = SheetEdition.objects.using(using).select_related("sheet__module").in_bulk(edition.based_on)
        earlier = [_stored(bases[pk], of_sheet[pk]) for pk in edition.based_on if pk in bases]
        scheme = scheme_from(edition.scheme)
        facts = {total.student_id: facts_from(total.facts) for total in of_sheet[edition.pk]}
        again = points_at_closing(scheme, facts, earlier)
        for total in of_sheet[edition.pk]:
            wanted = record_of(*again[total.student_id])
            wrong = [name for name, value in wanted.items() if getattr(total, name) != value]
            if wrong:
                yield f"{place}, student {total.student_id}: {', '.join(wrong)}"
        if len(of_sheet[edition.pk]) != edition.students:
            yield f"{place}: not as many totals as it was stored with"
