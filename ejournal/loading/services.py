"""The load: read, compare, show; then, under the semesters' locks, compare again and write all or nothing.

Each app writes its own rows, from below upwards: university, accounts, teaching.
"""

import gc
import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from ejournal.jobs.models import Job
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from ejournal.lib.locks import WORKBOOK_LOAD, own_named, own_semesters
from ejournal.loading.checks import check_book
from ejournal.loading.difference import ENDABLE, Plan, make_plan
from ejournal.loading.known import read_known, semesters_named, workloads_named
from ejournal.loading.models import AppliedLoad
from ejournal.loading.problems import Problems
from ejournal.loading.reading import SourceFile, read_files
from ejournal.loading.rows import Book, SheetKey
from ejournal.loading.undo import begin_log, end_log
from ejournal.loading.writing import STAGES, Progress, Writer
from teaching.models import Lesson, LessonWorkload
from teaching.services.timetable_lessons import Generated
from university.models import Semester

# A workload in whose lessons something was done stays what it is: its marks are about that.
_IDENTITY = ("year", "semester", "discipline", "group", "subgroup")


class LoadRefused(Refusal):
    """Something in the file is wrong: nothing was loaded. `problems` name each bad row."""

    code = "bad_rows"

    def __init__(self, problems: Problems) -> None:
        super().__init__(_("The file has errors: nothing was loaded."))
        self.problems = problems


class DifferenceChanged(Refusal):
    """The journal changed since the difference was shown: another one would be loaded. It must be seen first."""

    code = "difference_changed"
    status = 409


class WouldShrink(Refusal):
    """The load would empty groups, end a journal's lessons or much of the timetable: it asks first."""

    code = "would_shrink"
    status = 409

    def __init__(self, plan: Plan) -> None:
        super().__init__(
            _("The load would end places of students, lessons of workloads or much of a timetable: confirm it.")
        )
        self.plan = plan


@dataclass(slots=True)
class Checked:
    """A file that was read and compared. `plan` is None where the file has errors."""

    book: Book
    problems: Problems
    plan: Plan | None


@dataclass(slots=True)
class Loaded:
    """What a load did."""

    plan: Plan
    problems: Problems
    lessons: Generated = field(default_factory=Generated)
    wrote_nothing: bool = False
    applied: AppliedLoad | None = None


def digest_of(files: Iterable[SourceFile]) -> str:
    """The fingerprint of what was uploaded."""
    made = hashlib.sha256()
    for file in files:
        made.update(hashlib.sha256(file.content).digest())
    return made.hexdigest()


def _silent(percent: int, stage: str) -> None:
    pass


@contextmanager
def _without_collector() -> Iterator[None]:
    """A load makes some million objects and no cycles worth looking for: Python's collector takes a third of it."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@_without_collector()
def plan_load(files: Sequence[SourceFile], *, now: datetime, progress: Progress = _silent) -> Checked:
    """The dry run: what is wrong with the files, or what loading them would do. Writes nothing, locks nothing."""
    book, problems = _read(files, progress, upto=70)
    progress(70, STAGES["comparing"])
    plan = _compare(book, problems, now=now)
    progress(100, STAGES["comparing"])
    return Checked(book, problems, plan)


@_without_collector()
def apply_load(
    files: Sequence[SourceFile],
    *,
    by: User | None,
    now: datetime,
    shown: str | None = None,
    confirm: bool = False,
    end_gone: Collection[SheetKey] = (),
    job: Job | None = None,
    progress: Progress = _silent,
) -> Loaded:
    """Load the files, all or nothing, under the exclusive locks of the semesters they may touch.

    `shown` is the digest of the difference that somebody saw and agreed to; `confirm` agrees to what shrinks.
    `end_gone` names sheets (students, workload) of which what the file does not name any more is ended: students
    leave their groups, workloads lose keeper and coming lessons. Marks stay.
    Refused: `bad_rows` with the problems, `no_author`, `difference_changed`, `would_shrink`, `module_closed`.
    A file that changes nothing writes nothing.
    """
    book, problems = _read(files, progress, upto=15)
    if problems.refused:
        # The rest of its rows may be wrong too: name them all at once.
        _compare(book, problems, now=now)
        raise LoadRefused(problems)
    try:
        with transaction.atomic():
            own_named(WORKBOOK_LOAD)
            own_semesters(_semesters_concerned(book, day_of(now)))
            progress(15, STAGES["comparing"])
            plan = _compare(book, problems, now=now)
            if plan is None:
                raise LoadRefused(problems)
            ends = frozenset(key for key in end_gone if key in ENDABLE and plan.sheet(key).gone)
            if plan.changes_nothing and not ends:
                # Done already, perhaps by this very job before its worker died.
                return Loaded(plan, problems, wrote_nothing=True)
            if by is None and Lesson.objects.exists():
                # A first load makes rows; a later one changes lessons, and who changed them is asked some day (I5).
                raise Refusal(_("The journal has lessons: say who changes them."), code="no_author")
            if shown is not None and shown != plan.digest:
                raise DifferenceChanged(
                    _("The journal has changed since this was shown: look at the difference again.")
                )
            if (plan.shrinks or ends) and not confirm:
                raise WouldShrink(plan)
            applied = AppliedLoad.objects.create(
                by=by,
                at=now,
                names=[file.name for file in files],
                sha256=digest_of(files),
                year=plan.year or "",
                job=job,
                request_id=request_id(),
            )
            begin_log(applied)
            writer = Writer(plan, by=by, now=now, basis=applied.sha256[:8], progress=progress, ends=ends)
            loaded = Loaded(plan, problems, writer.run(), applied=applied)
            applied.counts = _counts_of(loaded, ends)
            end_log(applied)
    except IntegrityError as error:
        raise _refusal_of(error) from error
    progress(100, STAGES["lessons"])
    return loaded


def _read(files: Sequence[SourceFile], progress: Progress, *, upto: int) -> tuple[Book, Problems]:
    progress(0, STAGES["reading"])
    return read_files(files, progress=lambda percent: progress(upto * percent // 100, STAGES["reading"]))


def _compare(book: Book, problems: Problems, *, now: datetime) -> Plan | None:
    """Check the rows together and against the journal; the plan, unless anything is wrong."""
    if not book.tables():
        return None
    known = read_known(today=day_of(now), book=book)
    check_book(book, known, problems)
    if problems.refused:
        return None
    plan = make_plan(book, known)
    _check_begun(plan, problems, now=now)
    return None if problems.refused else plan


def _check_begun(plan: Plan, problems: Problems, *, now: datetime) -> None:
    """Workloads that would become others although their lessons have begun."""
    sheet = plan.sheet(SheetKey.WORKLOAD)
    changed = {change.row.number: change for change in sheet.changed if change.has(*_IDENTITY)}
    if not changed:
        return
    begun = LessonWorkload.objects.filter(workload__number__in=changed, lesson__starts_at__lte=now)
    for number in sorted(set(begun.values_list("workload__number", flat=True))):
        for one in changed[number].fields:
            if one.field in _IDENTITY:
                problems.add(
                    "workload_begun",
                    sheet=sheet.name,
                    row=changed[number].row.at,
                    column=one.heading,
                    value=one.after,
                    before=one.before,
                )


def _semesters_concerned(book: Book, today: date) -> list[int]:
    """Semesters of the file, and all that have not ended: students who move are enrolled in those."""
    named = semesters_named(book)
    of_workloads = set(
        Semester.objects.filter(courses__workloads__number__in=workloads_named(book)).values_list("pk", flat=True)
    )
    return [
        semester.pk
        for semester in Semester.objects.select_related("year")
        if semester.ends_on >= today or semester.pk in of_workloads or (semester.year.name, semester.number) in named
    ]


def _counts_of(loaded: Loaded, ends: Collection[SheetKey]) -> dict[str, Any]:
    """What the list of loads shows: rows of each sheet that did something, lessons, semesters."""
    plan, lessons = loaded.plan, loaded.lessons
    sheets = {
        key.value: {
            "new": len(sheet.new),
            "changed": len(sheet.changed),
            "ended": len(sheet.ended) + (len(sheet.gone) if key in ends else 0),
        }
        for key, sheet in plan.sheets.items()
        if sheet or key in ends
    }
    return {
        "sheets": sheets,
        "lessons": {
            "made": lessons.made,
            "changed": lessons.changed,
            "removed": lessons.removed,
            "moved": lessons.moved,
            "cancelled": len(lessons.cancelled),
        },
        "semesters": sorted(semesters_named(plan.book)),
    }


def _refusal_of(error: IntegrityError) -> Refusal:
    """What the database refused, as a sentence. What it never should have had to refuse is a fault of ours."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    if constraint == "journal_module_closed":
        return Refusal(
            _("A module is closed under what the file changes: nothing under it changes. Nothing was loaded."),
            code="module_closed",
            status=423,
        )
    raise error
