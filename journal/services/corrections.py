"""Corrections of closed final sheets (§2.6): asked for by the examiner, approved by two people, stored as the next
edition; and the word that a sheet stays as it is though a module under it was opened again."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Role
from accounts.models import Appointment, User
from accounts.permissions import rights_of
from ejournal.lib import locks
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from journal.enums import CorrectionState, SheetState, Source
from journal.models import (
    LIVING_CORRECTIONS,
    CorrectionLine,
    FinalResult,
    FinalSheet,
    SheetConfirmation,
    SheetCorrection,
)
from journal.permissions import may_decide_correction
from journal.rules import ABSENT_SIGN, points_text, read_points
from journal.selectors.corrections import Corrected, Wanted, digest_of, next_edition, wanted_by
from journal.selectors.differences import differences, differences_of
from journal.services.papers import scan_kept
from journal.services.results import NAMED, Entry, shown_points
from messaging.services import notify
from teaching.models import in_force

MAX_REASON = 300
_WHOLE = "journal_finalsheet_edition, journal_sheetcorrection_made"
_SHEET = ("course__group__unit", "course__discipline", "course__semester__year", "examiner__user", "student__user")


def ask_correction(
    *, sheet_id: int, entries: Sequence[Entry], why: str, paper: bytes | None, by: User, now: datetime
) -> SheetCorrection:
    """Ask to correct a closed sheet: `entries` say what named students are to have, and who of them was wrongly not
    admitted; everybody gets the points of the semester as they stand. That `by` is its examiner is the door's question.

    Refused: `reason_missing`, `paper_missing`, `not_closed`, `corrected_already` (a later edition holds),
    `asked_already`, `no_exam_part`, `not_on_sheet`, `not_admitted`, `admitted_already`, `points_not_allowed`, `stale`
    (409), `retake_exists` (a named student has taken the exam again since, or may: 423), `points_over`,
    `nothing_changes`, and of the paper `empty_file`, `file_too_large`, `active_file`, `not_a_paper`.
    """
    said = why.strip()
    if not said or len(said) > MAX_REASON:
        raise Refusal(_("Write why the sheet should be corrected, in 300 characters at most."), code="reason_missing")
    if paper is None:
        raise Refusal(_("Add the document on which the correction rests."), code="paper_missing")
    with scan_kept(paper, folder=corrections_folder()) as scan, transaction.atomic():
        sheet = _hold_closed(sheet_id)
        if sheet.corrections.filter(state__in=LIVING_CORRECTIONS).exists():
            raise Refusal(_("A correction of this sheet is asked for already."), code="asked_already")
        wanted = _read(sheet, entries)
        _judge(next_edition(sheet, wanted, on=day_of(now)))
        correction = SheetCorrection.objects.create(
            sheet=sheet,
            why=said,
            asked_by=by,
            asked_at=now,
            asker_is_head=_is_head(by, sheet, now=now),
            paper_path=scan.path,
            paper_sha256=scan.sha256,
            paper_type=scan.content_type,
            by=by,
            at=now,
            source=Source.WEB,
            request_id=request_id(),
        )
        CorrectionLine.objects.bulk_create(
            [
                CorrectionLine(
                    correction=correction,
                    student_id=one.student_id,
                    exam_points=one.exam_points,
                    absent=one.absent,
                    admits=one.admits,
                )
                for one in wanted
            ]
        )
        _tell(
            correction,
            _people_to_decide(correction, now=now),
            gettext_lazy("An examiner asks to correct a closed sheet: it waits for you."),
            now=now,
        )
    return correction


def _hold_closed(sheet_id: int) -> FinalSheet:
    """The newest edition of a closed sheet, read again under its course's lock: no retake is opened meanwhile, no
    reopening ends."""
    semester_id, course_id = FinalSheet.objects.values_list("course__semester_id", "course_id").get(pk=sheet_id)
    locks.own_course(semester_id=semester_id, course_id=course_id)
    sheet = FinalSheet.objects.select_related(*_SHEET).get(pk=sheet_id)
    if not sheet.is_closed:
        raise Refusal(_("The sheet is open: its points are simply typed."), code="not_closed")
    if FinalSheet.objects.filter(replaces=sheet).exists():
        raise Refusal(_("A later edition of this sheet holds: correct that one."), code="corrected_already")
    return sheet


def _read(sheet: FinalSheet, entries: Sequence[Entry]) -> list[Wanted]:
    if not sheet.has_exam and any(entry.text or not entry.admits for entry in entries):
        raise Refusal(_("A credit test has no exam: its result is the semester's points."), code="no_exam_part")
    results = {one.student_id: one for one in sheet.results.select_related("student__user")}
    wanted = []
    for entry in entries:
        result = results.get(entry.student_id)
        if result is None:
            raise Refusal(_("The student is not on this sheet."), code="not_on_sheet")
        name = result.student.user.get_short_name()
        if entry.shown != shown_points(result, second=False):
            raise Refusal(
                _("%(name)s: somebody changed it meanwhile. Load the page again.") % {"name": name},
                code="stale",
                status=409,
            )
        if entry.admits and result.admitted:
            raise Refusal(_("%(name)s: the student was admitted.") % {"name": name}, code="admitted_already")
        if not entry.admits and not result.admitted:
            raise Refusal(
                _("%(name)s: the student was not admitted to this exam. Say so if that was wrong.") % {"name": name},
                code="not_admitted",
            )
        wanted.append(_wanted(entry, name, maximum=sheet.exam_maximum))
    return wanted


def _wanted(entry: Entry, name: str, *, maximum: Decimal) -> Wanted:
    text = entry.text.strip()
    if not maximum:
        return Wanted(entry.student_id, None, admits=entry.admits)
    if text.casefold() == ABSENT_SIGN:
        return Wanted(entry.student_id, None, absent=True, admits=entry.admits)
    try:
        points = read_points(text, maximum=maximum)
        if points is None:
            raise ValueError(text)
    except ValueError as error:
        raise Refusal(
            _("%(name)s: points are a number from 0 to %(most)s, with at most two places, or «кж».")
            % {"name": name, "most": points_text(maximum)},
            code="points_not_allowed",
        ) from error
    return Wanted(entry.student_id, points, admits=entry.admits)


def _judge(rows: Sequence[Corrected]) -> None:
    """Whether the next edition may be made."""
    retaken = [row for row in rows if row.is_named and row.is_retaken]
    if retaken:
        raise Refusal(
            _("%(names)s: there is a later attempt, which rests on this result. Correct the sheet of that attempt.")
            % {"names": _names(retaken)},
            code="retake_exists",
            status=423,
        )
    over = [row for row in rows if row.is_over]
    if over:
        raise Refusal(
            _("%(names)s: with the points of the semester these are more than a hundred. Type what is left.")
            % {"names": _names(over)},
            code="points_over",
        )
    if not any(row.differs for row in rows):
        raise Refusal(_("Nothing would change: type what is to stand there."), code="nothing_changes")


def _names(rows: Sequence[Corrected]) -> str:
    named = ", ".join(row.before.student.user.get_short_name() for row in rows[:NAMED])
    return named + ("…" if len(rows) > NAMED else "")


def approve_correction(*, correction_id: int, shown: str, by: User, now: datetime, note: str = "") -> SheetCorrection:
    """The next yes: the head's first, then the dean's office's, with which the next edition is stored and the students
    whose result is another are told. `shown` is the digest of what the page said would stand there.

    Refused: `not_yours_to_decide` (403), `stale` (409: something else would stand there by now), and with the second
    yes what `ask_correction` refuses of a retake that came meanwhile.
    """
    with transaction.atomic():
        correction = _own(correction_id)
        _judge_decider(correction, by, now=now)
        rows = next_edition(correction.sheet, wanted_by(correction), on=day_of(now))
        if digest_of(rows) != shown:
            raise Refusal(
                _("The points of the semester changed meanwhile. Look at what would stand there now."),
                code="stale",
                status=409,
            )
        _judge(rows)
        if correction.state == CorrectionState.ASKED:
            _step(correction, CorrectionState.APPROVED, by=by, now=now, reason=note, head=by, head_at=now)
            _tell(
                correction,
                _people_to_decide(correction, now=now),
                gettext_lazy("The department agreed to correct a closed sheet: it waits for the dean's office."),
                now=now,
            )
            return correction
        _step(correction, CorrectionState.DONE, by=by, now=now, reason=note, office=by, done_at=now)
        _store(correction, rows, by=by, now=now)
        _tell(
            correction,
            [correction.asked_by],
            gettext_lazy("A sheet is corrected: its next edition holds."),
            now=now,
        )
        _tell_students(correction, [row for row in rows if row.differs], now=now)
        return correction


def _store(correction: SheetCorrection, rows: Sequence[Corrected], *, by: User, now: datetime) -> FinalSheet:
    old = correction.sheet
    said = {"by": by, "at": now, "source": Source.CORRECTION, "request_id": request_id()}
    sheet = FinalSheet.objects.create(
        course=old.course,
        attempt=old.attempt,
        edition=old.edition + 1,
        replaces=old,
        correction=correction,
        kind=old.kind,
        exam_id=old.exam_id,
        student_id=old.student_id,
        valid_until=old.valid_until,
        examiner=old.examiner,
        commission_id=old.commission_id,
        exam_maximum=old.exam_maximum,
        scheme=old.scheme,
        opened_at=now,
        reason=correction.why,
        **said,
    )
    for row in rows:
        made = row.after
        made.sheet, made.edition = sheet, sheet.edition
        if row.is_named:
            # The correction is the examiner's word, seen by two people: it is not typed a second time.
            made.exam_by = correction.asked_by if made.exam_points is not None else None
            made.second_points = made.second_by = None
        # Why somebody was not admitted stays readable.
        made.reason = correction.why if row.differs and made.admitted else row.before.reason
        for name, value in said.items():
            setattr(made, name, value)
    FinalResult.objects.bulk_create([row.after for row in rows])
    sheet.state, sheet.closed_by, sheet.closed_at, sheet.version = SheetState.CLOSED, by, now, 2
    sheet.save(update_fields=["state", "closed_by", "closed_at", "version"])
    with connection.cursor() as cursor:
        # Judged as a whole here, and not by what a later statement of the transaction does.
        cursor.execute(f"SET CONSTRAINTS {_WHOLE} IMMEDIATE")
        cursor.execute(f"SET CONSTRAINTS {_WHOLE} DEFERRED")
    return sheet


def refuse_correction(*, correction_id: int, reason: str, by: User, now: datetime) -> SheetCorrection:
    """The next no, with its reason. Refused: `reason_missing`, `not_yours_to_decide` (403)."""
    if not reason.strip():
        raise Refusal(_("Write why the request is refused."), code="reason_missing")
    with transaction.atomic():
        correction = _own(correction_id)
        _judge_decider(correction, by, now=now)
        _step(correction, CorrectionState.REFUSED, by=by, now=now, reason=reason)
        _tell(correction, [correction.asked_by], gettext_lazy("A request to correct a sheet was refused."), now=now)
        return correction


def withdraw_correction(*, correction_id: int, by: User, now: datetime) -> SheetCorrection:
    """Take a request back before it is decided. That `by` asked for it is the door's question. Refused:
    `not_waiting`."""
    with transaction.atomic():
        correction = _own(correction_id)
        if not correction.is_living:
            raise Refusal(_("The request does not wait any more."), code="not_waiting")
        _step(correction, CorrectionState.WITHDRAWN, by=by, now=now)
        return correction


def confirm_sheet(*, sheet_id: int, reason: str, by: User, now: datetime) -> int:
    """Say that a closed sheet stays as it is though its inputs changed, with the reason; for how many students. They
    are told. That `by` is its examiner or the dean's office is the door's question.

    Refused: `reason_missing`, `not_closed`, `corrected_already`, `no_difference`.
    """
    said = reason.strip()
    if not said or len(said) > MAX_REASON:
        raise Refusal(_("Write the reason, in 300 characters at most."), code="reason_missing")
    with transaction.atomic():
        sheet = _hold_closed(sheet_id)
        found = differences_of(sheet)
        if not found:
            raise Refusal(_("This sheet agrees with the points of its modules."), code="no_difference")
        SheetConfirmation.objects.bulk_create(
            [
                SheetConfirmation(
                    sheet=sheet,
                    student_id=one.student_id,
                    semester_points=one.now,
                    by=by,
                    at=now,
                    source=Source.WEB,
                    request_id=request_id(),
                    reason=said,
                )
                for one in found.values()
            ]
        )
        discipline = sheet.course.discipline.name
        notify(
            User.objects.filter(student__in=found, is_active=True),
            kind="result",
            text=lambda: (
                _("%(discipline)s: the points of the semester changed, the result stays: %(reason)s")
                % {"discipline": discipline, "reason": said}
            ),
            url=reverse("results"),
            event=f"sheet-stays:{sheet.pk}:{now.isoformat()}",
            now=now,
        )
        return len(found)


def tell_of_differences(*, course_id: int, event: str, now: datetime) -> int:
    """Tell examiners, the dean's office and the study office which closed sheets of a course need a correction; how
    many. Called when totals were computed anew."""
    sheets = FinalSheet.objects.select_related(*_SHEET).filter(
        pk__in={one.sheet_id for one in differences([course_id])}
    )
    for sheet in sheets:
        held = Q(role=Role.STUDY_OFFICE) | Q(
            role__in=[Role.DEAN, Role.DEANS_OFFICE], unit_id=sheet.course.group.unit_id
        )
        offices = Appointment.objects.filter(held, in_force(day_of(now))).values("user_id")
        facts = {"discipline": sheet.course.discipline.name, "group": sheet.course.group.name}

        def text(facts: dict[str, str] = facts) -> str:
            return _("%(discipline)s, %(group)s: a module changed under a closed sheet. It needs a correction.") % facts

        notify(
            User.objects.filter(Q(pk=sheet.examiner.user_id) | Q(pk__in=offices), is_active=True),
            kind="exam",
            text=text,
            url=reverse("sheet", args=[sheet.pk]),
            event=f"sheet-differs:{sheet.pk}:{event}",
            now=now,
        )
    return len(sheets)


def corrections_folder() -> Path:
    """Where the papers of requests lie; no address serves it."""
    return Path(settings.MEDIA_ROOT) / "corrections"


def _own(correction_id: int) -> SheetCorrection:
    """The request, read again under the exclusive lock of its course."""
    place = SheetCorrection.objects.values_list("sheet__course__semester_id", "sheet__course_id").get(pk=correction_id)
    locks.own_course(semester_id=place[0], course_id=place[1])
    return SheetCorrection.objects.select_related("asked_by", *(f"sheet__{name}" for name in _SHEET)).get(
        pk=correction_id
    )


def _judge_decider(correction: SheetCorrection, by: User, *, now: datetime) -> None:
    if not may_decide_correction(rights_of(by, on=day_of(now)), correction):
        raise Refusal(_("This step is not yours, or was done already."), code="not_yours_to_decide", status=403)


def _is_head(user: User, sheet: FinalSheet, *, now: datetime) -> bool:
    rights = rights_of(user, on=day_of(now))
    return rights.has(Role.HEAD) and sheet.course.department_id in rights.department_ids


def _step(
    correction: SheetCorrection, state: CorrectionState, *, by: User, now: datetime, reason: str = "", **facts: object
) -> None:
    changed = {
        **facts,
        "state": state,
        "by": by,
        "at": now,
        "source": Source.WEB,
        "request_id": request_id(),
        "reason": reason.strip()[:MAX_REASON],
        "version": correction.version + 1,
    }
    for name, value in changed.items():
        setattr(correction, name, value)
    correction.save(update_fields=list(changed))


def _people_to_decide(correction: SheetCorrection, *, now: datetime) -> Iterable[User]:
    """Those whose step is next. The asker and who said yes already are none of them."""
    course = correction.sheet.course
    unit = Q(unit_id=course.group.unit_id)
    if correction.state == CorrectionState.ASKED and not correction.asker_is_head:
        held = Q(role=Role.HEAD, department_id=course.department_id)
    elif correction.state == CorrectionState.ASKED:
        held = unit & Q(role=Role.DEAN)
    else:
        held = unit & Q(role__in=[Role.DEAN, Role.DEANS_OFFICE])
    users = Appointment.objects.filter(held, in_force(day_of(now))).values("user_id")
    return User.objects.filter(pk__in=users, is_active=True).exclude(
        pk__in=[pk for pk in (correction.asked_by_id, correction.head_id) if pk is not None]
    )


def _tell(correction: SheetCorrection, users: Iterable[User], text: Promise, *, now: datetime) -> None:
    notify(
        users,
        kind="reopening",
        text=text,
        url=reverse("correction", args=[correction.pk]),
        event=f"correction:{correction.pk}:{correction.state}",
        now=now,
    )


def _tell_students(correction: SheetCorrection, rows: Sequence[Corrected], *, now: datetime) -> None:
    discipline = correction.sheet.course.discipline.name
    for row in rows:
        facts = {
            "discipline": discipline,
            "before": points_text(row.before.total) or "—",
            "after": points_text(row.after.total) or "—",
            "reason": correction.why,
        }

        def text(facts: dict[str, str] = facts) -> str:
            return _("%(discipline)s: your result was corrected from %(before)s to %(after)s: %(reason)s") % facts

        notify(
            [row.before.student.user],
            kind="result",
            text=text,
            url=reverse("results"),
            event=f"correction:{correction.pk}:{row.before.student_id}",
            now=now,
        )
