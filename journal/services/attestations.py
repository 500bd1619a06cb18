"""State exams and graduation papers: planned for a group, graded by its commission, closed (§2.7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Student, Teacher, User
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from journal.enums import Source
from journal.models import Commission, StateExam, Thesis
from journal.rules import ABSENT_SIGN, points_text, read_points
from journal.rules.rating import HUNDRED
from journal.rules.results import outcome_of_total
from journal.selectors.attestations import scale_scheme, students_of_group
from messaging.services import notify
from university.models import Group

MAX_TITLE = 300


@dataclass(frozen=True, slots=True)
class Graded:
    """What was typed for a row: points, the sign of absence or nothing; `version` is what the typist saw."""

    row_id: int
    text: str
    version: int


def _said(by: User, now: datetime) -> dict[str, Any]:
    return {"by": by, "at": now, "source": Source.WEB, "request_id": request_id(), "reason": ""}


def plan_state_exam(
    *, group: Group, title: str, commission: Commission, held_on: date, by: User, now: datetime
) -> list[StateExam]:
    """A state exam of a group: a row for each of its students. Refused: `attestation_title`, `other_unit` (a
    commission of another unit), `nobody_listed`, `attestation_exists`."""
    said = _judge(group, title, commission)
    students = students_of_group(group, on=day_of(now))
    if not students:
        raise Refusal(_("Nobody studies in this group."), code="nobody_listed")
    with transaction.atomic():
        Group.objects.select_for_update().get(pk=group.pk)
        if StateExam.objects.filter(group=group, title=said, held_on=held_on).exists():
            raise Refusal(_("This exam of the group is there already."), code="attestation_exists")
        return StateExam.objects.bulk_create(
            [
                StateExam(
                    student=one, group=group, commission=commission, title=said, held_on=held_on, **_said(by, now)
                )
                for one in students
            ]
        )


def plan_thesis(
    *,
    group: Group,
    student: Student,
    title: str,
    supervisor: Teacher | None,
    commission: Commission,
    held_on: date,
    by: User,
    now: datetime,
) -> Thesis:
    """The defence of a student's graduation paper. Refused: `attestation_title`, `other_unit`, `not_in_group`,
    `thesis_open` (another one of his waits for its grade), `thesis_done` (he passed)."""
    said = _judge(group, title, commission)
    with transaction.atomic():
        Student.objects.select_for_update().get(pk=student.pk)
        if student.pk not in {one.pk for one in students_of_group(group, on=day_of(now))}:
            raise Refusal(_("The student is not in this group."), code="not_in_group")
        earlier = list(Thesis.objects.filter(student=student))
        if any(one.closed_at is None for one in earlier):
            raise Refusal(_("A graduation paper of this student waits for its grade."), code="thesis_open")
        if any(one.passes for one in earlier):
            raise Refusal(_("The student has defended a graduation paper."), code="thesis_done")
        return Thesis.objects.create(
            student=student,
            group=group,
            commission=commission,
            title=said,
            supervisor=supervisor,
            held_on=held_on,
            **_said(by, now),
        )


def _judge(group: Group, title: str, commission: Commission) -> str:
    said = title.strip()
    if not said or len(said) > MAX_TITLE:
        raise Refusal(_("Give a title of at most 300 characters."), code="attestation_title")
    if commission.unit_id != group.unit_id:
        raise Refusal(_("The commission is of another unit."), code="other_unit")
    return said


def grade_attestations(
    *,
    group: Group,
    state_exams: Sequence[Graded],
    theses: Sequence[Graded],
    by: User,
    now: datetime,
    close: bool = False,
) -> int:
    """Type points of 0–100 into rows of a group, all or none; how many. With `close` these rows are closed with what
    follows by the scale in force: they change no more. Students are told then.

    Refused: `attestation_closed` (423), `not_in_group`, `stale` (409), `points_not_allowed`, `not_yet` (its day is
    to come), and closing `points_missing`.
    """
    with transaction.atomic():
        written: list[StateExam | Thesis] = []
        for model, grades in ((StateExam, state_exams), (Thesis, theses)):
            rows = {
                row.pk: row
                for row in model._default_manager.select_for_update(of=("self",))
                .filter(group=group, pk__in=[one.row_id for one in grades])
                .select_related("student__user")
                .order_by("id")
            }
            written += [_write(rows, one, by=by, now=now, close=close) for one in grades]
        if close:
            _tell(written, now=now)
    return len(written)


def _write(rows: Mapping[int, Any], typed: Graded, *, by: User, now: datetime, close: bool) -> StateExam | Thesis:
    row: StateExam | Thesis | None = rows.get(typed.row_id)
    if row is None:
        raise Refusal(_("This result does not belong to the group."), code="not_in_group")
    if row.closed_at is not None:
        raise Refusal(_("This result is closed: it does not change."), code="attestation_closed", status=423)
    name = row.student.user.get_short_name()
    if row.version != typed.version:
        raise Refusal(
            _("%(name)s: somebody changed it meanwhile. Load the page again.") % {"name": name},
            code="stale",
            status=409,
        )
    if row.held_on > day_of(now):
        raise Refusal(_("%(name)s: the day is to come.") % {"name": name}, code="not_yet")
    text = typed.text.strip()
    is_absent = text.casefold() == ABSENT_SIGN
    try:
        points = None if is_absent else read_points(text, maximum=HUNDRED)
    except ValueError as error:
        raise Refusal(
            _("%(name)s: points are a number from 0 to 100, with at most two places, or «кж».") % {"name": name},
            code="points_not_allowed",
        ) from error
    if close and points is None and not is_absent:
        raise Refusal(_("%(name)s: points are missing.") % {"name": name}, code="points_missing")
    changed: dict[str, Any] = {
        "absent": is_absent,
        "points": points,
        "version": row.version + 1,
        **_said(by, now),
    }
    if close:
        changed |= {"closed_at": now, "closed_by": by, "passes": False}
        if points is not None:
            found = outcome_of_total(scale_scheme(row.held_on), points)
            changed |= {
                "letter": found.letter,
                "traditional": found.traditional,
                "gpa": found.gpa,
                "passes": found.passes,
                "word": found.word,
            }
    for field, value in changed.items():
        setattr(row, field, value)
    row.save(update_fields=list(changed))
    return row


def _tell(rows: Sequence[StateExam | Thesis], *, now: datetime) -> None:
    for row in rows:
        facts = {"title": row.title, "points": points_text(row.points)}

        def text(facts: dict[str, str] = facts, has_points: bool = row.points is not None) -> str:
            return (_("%(title)s: %(points)s points.") if has_points else _("%(title)s: there is no result.")) % facts

        notify(
            [row.student.user],
            kind="result",
            text=text,
            url=reverse("results"),
            event=f"{row._meta.model_name}:{row.pk}",
            now=now,
        )
