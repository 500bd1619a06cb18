"""Closing a module's sheet with its totals, and computing them anew after a reopening (§4.3)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Teacher, User
from ejournal.lib import locks
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from journal.enums import SheetState, Source
from journal.models import (
    ModuleConfirmation,
    ModuleSheet,
    ModuleTotal,
    Reopening,
    ReopeningLesson,
    SheetEdition,
)
from journal.rules.rating import ModuleFacts, ModulePoints
from journal.rules.rating_live import spans_in
from journal.rules.rating_records import scheme_json
from journal.selectors.closing import journals_not_confirmed
from journal.selectors.rating import facts_in, scheme_of, spans_of
from journal.selectors.sheets import (
    StoredEdition,
    calendar_of,
    points_at_closing,
    record_of,
    span_of,
    stored_editions,
)
from journal.services.sheet_telling import tell_of_change, tell_of_closing
from teaching.models import Course, Workload
from university.models import Module
from university.selectors import policy

Computed = Mapping[int, tuple[ModulePoints, ModuleFacts]]


def close_module(*, course: Course, module: Module, by: User, now: datetime) -> ModuleSheet:
    """Close a module of a course with the totals of its students: from now on nothing under it changes, on any path.

    Takes the course's exclusive lock, so that writers who share it have finished. Under a scheme of fewer modules
    than the semester has, the sheets that count in one close together and the last one holds the totals. Refused: a
    module of another semester (`other_semester`), one that is closed already (`module_closed`, 423), that closes with
    a later one (`closes_later`), that has not begun (`not_begun`), or for which a teacher's word is still missing
    (`not_confirmed`). Who may close is
    the caller's question.
    """
    if module.semester_id != course.semester_id:
        raise Refusal(_("The module belongs to another semester than the course."), code="other_semester")
    with transaction.atomic():
        # Nobody chooses another scheme while a module is closed by this one.
        locks.own_course(semester_id=course.semester_id, course_id=course.id, sharing=[locks.RATING])
        sheets = {sheet.module_id: sheet for sheet in ModuleSheet.objects.filter(course=course)}
        if module.pk in sheets and sheets[module.pk].state == SheetState.CLOSED:
            raise Refusal(_("The module is closed already."), code="module_closed", status=423)
        scheme = scheme_of(course)
        span = span_of(module.pk, spans_of(course, scheme))
        if span.module_id != module.pk:
            raise Refusal(
                _("By the rating scheme of this course the module is closed together with a later one."),
                code="closes_later",
            )
        if day_of(now) < span.starts_on:
            raise Refusal(_("The module has not begun: there is nothing to close."), code="not_begun")
        _judge_confirmations(course, module, now=now)
        facts = facts_in(course.id, [span], on=day_of(now))[span.number]
        has_closed = any(sheet.state == SheetState.CLOSED for sheet in sheets.values())
        earlier = stored_editions(course.id) if has_closed else []
        for module_id in span.module_ids:
            sheets[module_id] = _close_sheet(course, module_id, sheets.get(module_id), by=by, now=now)
        computed = points_at_closing(scheme, facts, earlier)
        _store(sheets[module.pk], computed, scheme=scheme_json(scheme), earlier=earlier, by=by, now=now)
        tell_of_closing(course, span.number, _totals(computed), event=f"module_closed:{course.pk}:{module.pk}", now=now)
        return sheets[module.pk]


def _totals(computed: Computed) -> dict[int, Decimal]:
    return {student_id: points.total for student_id, (points, _facts) in computed.items()}


def _judge_confirmations(course: Course, module: Module, *, now: datetime) -> None:
    unit_id = course.group.unit_id
    if not policy("module_confirmations", on=day_of(now), unit_id=unit_id):
        return
    missing = journals_not_confirmed(course.pk, module.pk, on=day_of(now))
    if missing:
        names = ", ".join(dict.fromkeys(one.teacher for one in missing))
        raise Refusal(
            _("These teachers have not yet said that their journals are complete: %(names)s.") % {"names": names},
            code="not_confirmed",
        )


def _close_sheet(course: Course, module_id: int, sheet: ModuleSheet | None, *, by: User, now: datetime) -> ModuleSheet:
    said = {"by": by, "at": now, "source": Source.WEB, "request_id": request_id(), "reason": ""}
    closed = {"state": SheetState.CLOSED, "closed_by": by, "closed_at": now}
    if sheet is None:
        return ModuleSheet.objects.create(course=course, module_id=module_id, **closed, **said)
    if sheet.state != SheetState.CLOSED:
        for name, value in {**closed, **said, "version": sheet.version + 1}.items():
            setattr(sheet, name, value)
        sheet.save(update_fields=[*closed, *said, "version"])
    return sheet


def _store(
    sheet: ModuleSheet,
    computed: Computed,
    *,
    scheme: dict[str, Any],
    earlier: Sequence[StoredEdition],
    by: User,
    now: datetime,
    number: int = 1,
    reopening: Reopening | None = None,
) -> SheetEdition:
    edition = SheetEdition.objects.create(
        sheet=sheet,
        number=number,
        scheme=scheme,
        students=len(computed),
        based_on=[one.pk for one in earlier],
        reopening=reopening,
        by=by,
        at=now,
        source=Source.WEB if reopening is None else Source.CORRECTION,
        request_id=request_id(),
    )
    ModuleTotal.objects.bulk_create(
        [
            ModuleTotal(edition=edition, student_id=student_id, **record_of(*points))
            for student_id, points in sorted(computed.items())
        ]
    )
    return edition


def confirm_module(*, workload: Workload, module: Module, teacher: Teacher, now: datetime) -> None:
    """A keeper's word that his journal is complete for a module. Said again it stays as it was said first.

    Refused: `other_semester`, `module_closed` (423).
    """
    course = workload.course
    if module.semester_id != course.semester_id:
        raise Refusal(_("The module belongs to another semester than the course."), code="other_semester")
    with transaction.atomic():
        locks.share_courses(semester_ids=[course.semester_id], course_ids=[course.id])
        if ModuleSheet.objects.filter(course=course, module=module, state=SheetState.CLOSED).exists():
            raise Refusal(_("The module is closed already."), code="module_closed", status=423)
        ModuleConfirmation.objects.get_or_create(
            workload=workload, module=module, teacher=teacher, defaults={"at": now, "request_id": request_id()}
        )


def recompute_totals(*, reopening: Reopening, by: User, now: datetime) -> list[SheetEdition]:
    """The next editions of the sheets over which a reopening was that ended now; none where no module was closed.

    By the scheme that each was closed under. A module closed later gets a new edition too where it had taken over what
    an earlier one carried and that is another now: by what was stored with it, since nothing under it changed. The
    caller holds the course's exclusive lock, and has ended the reopening at `now`.
    """
    course_id = reopening.workload.course_id
    editions = stored_editions(course_id)
    if not editions:
        return []
    days = set(ReopeningLesson.objects.filter(reopening=reopening).values_list("lesson__date", flat=True))
    calendar = calendar_of(reopening.workload.course.semester_id)
    made = []
    for place, edition in enumerate(editions):
        earlier = editions[:place]
        span = span_of(edition.module_id, spans_in(edition.scheme.modules, calendar))
        touched = any(span.starts_on <= day <= span.ends_on for day in days)
        facts = facts_in(course_id, [span], on=day_of(now))[span.number] if touched else edition.facts
        computed = points_at_closing(edition.scheme, facts, earlier)
        if not touched and all(
            record_of(*points) == record_of(edition.points[student_id], edition.facts[student_id])
            for student_id, points in computed.items()
        ):
            continue
        stored = _store(
            ModuleSheet(pk=edition.sheet_id),
            computed,
            scheme=scheme_json(edition.scheme),
            earlier=earlier,
            by=by,
            now=now,
            number=edition.number + 1,
            reopening=reopening,
        )
        made.append(stored)
        tell_of_change(
            reopening.workload.course,
            edition.part,
            {student_id: points.total for student_id, points in edition.points.items()},
            _totals(computed),
            event=f"module_points:{stored.pk}",
            now=now,
        )
        editions[place] = StoredEdition(
            stored.pk,
            edition.sheet_id,
            edition.module_id,
            stored.number,
            edition.part,
            edition.scheme,
            edition.closed_at,
            {student_id: points for student_id, (points, _facts) in computed.items()},
            {student_id: said for student_id, (_points, said) in computed.items()},
        )
    return made
